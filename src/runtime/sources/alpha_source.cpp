#include "src/runtime/sources/alpha_source.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <optional>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/runtime/predictors/matter.h"

namespace facemat {
namespace {

Form form_of(const AlphaSourceConfig& config) { return config.published ? Form::kPublished : Form::kMended; }

cv::Mat of_matte(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat&, const cv::Mat& region) {
  if (config.polarity == "occluder") return visible_face(map, region);
  return inside(cv::min(cv::max(map, 0.f), 1.f), region);
}

cv::Mat of_depth(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat&, const cv::Mat& region) {
  return visible_face(occluder_of_depth(map, region, config.depth, form_of(config)), region);
}

cv::Mat of_segmentation(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat&, const cv::Mat& region) {
  return visible_face(occluder_of_segmentation(map, region, config.segmentation, form_of(config)), region);
}

cv::Mat of_both(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes, const cv::Mat& region) {
  return visible_face(occluder_of_both(map, classes, region, config.depth, config.segmentation, form_of(config)), region);
}

// A foreign network's map, or two, as they are.
class Maps {
 public:
  Maps(const AlphaSourceConfig& config, int threads) : network_(config.network, threads) {
    if (kind_of(config).takes_classes) classes_.emplace(config.class_network, threads);
  }
  cv::Mat map(const cv::Mat& frame) { return network_.run(frame); }
  cv::Mat classes(const cv::Mat& frame) { return classes_ ? classes_->run(frame) : cv::Mat(); }
  void reset() {
    network_.reset();
    if (classes_) classes_->reset();
  }

 private:
  ForeignNetwork network_;
  std::optional<ForeignNetwork> classes_;
};

// A source at the size it is shown: its maps or its predictor, then what is done to any alpha.
class Source : public Predictor {
 public:
  Source(const AlphaSourceConfig& config, int threads, int depth) : config_(config), region_(config.region, threads) {
    const AlphaKind& kind = kind_of(config);
    if (kind.make) {
      inner_ = kind.make(config, threads, depth);
    } else {
      maps_.emplace(config, threads);
    }
  }

  Matte predict(const cv::Mat& frame) override {
    const cv::Mat region = region_.find(frame);
    Matte matte;
    if (maps_) {
      matte.alpha = kind_of(config_).alpha(config_, maps_->map(frame), maps_->classes(frame), region);
    } else {
      matte = inner_->predict(frame);
      if (config_.region.shape != "none") matte.alpha = inside(matte.alpha, region);
    }
    matte.alpha = hardened(refined(matte.alpha, frame, config_.refine), config_.harden);
    return matte;
  }

  void reset() override {
    region_.reset();
    if (maps_) maps_->reset();
    if (inner_) inner_->reset();
  }

 private:
  AlphaSourceConfig config_;
  RegionFinder region_;
  std::optional<Maps> maps_;
  std::unique_ptr<Predictor> inner_;
};

// --- kinds that run no foreign network

// Predictors that remember nothing.
class Stateless : public Predictor {
 public:
  void reset() override {}
};

class BoxSource : public Stateless {
 public:
  explicit BoxSource(const BoxMaskConfig& config) : config_(config) {}
  Matte predict(const cv::Mat& frame) override { return {box_mask(config_, frame.size()), {}}; }

 private:
  BoxMaskConfig config_;
};

// 1 everywhere: with a region the region itself.
class FullSource : public Stateless {
 public:
  Matte predict(const cv::Mat& frame) override { return {cv::Mat(frame.size(), CV_32FC1, cv::Scalar(1)), {}}; }
};

// reset() is a cut, not a rewind: files go on with the frames.
class FileSource : public Stateless {
 public:
  explicit FileSource(const AlphaSourceConfig& config) : config_(config), next_(config.files.first) {
    require(!config.files.folder.empty(), "no mattes are given (files.folder: a folder of pictures)");
    files_ = list_files(config.files.folder, image_extensions());
    require(!files_.empty(), "{}: no pictures", config.files.folder);
  }

  Matte predict(const cv::Mat& frame) override {
    const size_t at = next_++;
    require(at < files_.size(), "{}: no matte for frame {}, there are {}", config_.files.folder, at, files_.size());
    cv::Mat alpha = read_mask(files_[at]);
    require(alpha.size() == frame.size(), "{}: {}x{} for a frame of {}x{}", files_[at].string(), alpha.cols, alpha.rows,
            frame.cols, frame.rows);
    return {config_.polarity == "occluder" ? cv::Mat(1 - alpha) : alpha, {}};
  }

 private:
  AlphaSourceConfig config_;
  std::vector<fs::path> files_;
  size_t next_;
};

using Rule = cv::Mat (*)(const cv::Mat& a, const cv::Mat& b);

cv::Mat smaller(const cv::Mat& a, const cv::Mat& b) { return cv::min(a, b); }
cv::Mat larger(const cv::Mat& a, const cv::Mat& b) { return cv::max(a, b); }
cv::Mat product(const cv::Mat& a, const cv::Mat& b) { return a.mul(b); }

class CombinedPredictor : public Predictor {
 public:
  CombinedPredictor(std::vector<std::unique_ptr<Predictor>> sources, const std::string& rule)
      : sources_(std::move(sources)),
        rule_(rule == "min"   ? smaller
              : rule == "max" ? larger
                              : product) {}

  // What one source is unsure of has no simple part in the result, so there is no uncertainty.
  Matte predict(const cv::Mat& frame) override {
    cv::Mat alpha = sources_[0]->predict(frame).alpha;
    for (size_t i = 1; i < sources_.size(); ++i) alpha = rule_(alpha, sources_[i]->predict(frame).alpha);
    return {alpha, {}};
  }

  void reset() override {
    for (const auto& source : sources_) source->reset();
  }

 private:
  std::vector<std::unique_ptr<Predictor>> sources_;
  Rule rule_;
};

std::unique_ptr<Predictor> make_at_depth(const AlphaSourceConfig& config, int threads, int depth);

AlphaSourceConfig load_combined(const CombinedSource& source) {
  AlphaSourceConfig config = load_alpha_source(source.file);
  if (!source.model.empty()) config.network.model = source.model;
  return config;
}

void check_depth(const CombineConfig& config, int depth) {
  require(depth < kDeepestCombination, "{}: combined sources nest too deeply (allowed: {} levels)",
          config.sources.empty() ? "combine" : config.sources[0].file, kDeepestCombination);
}

std::unique_ptr<Predictor> make_combined(const AlphaSourceConfig& config, int threads, int depth) {
  check_depth(config.combine, depth);
  require(!config.combine.sources.empty(), "no sources are given (combine.sources: at least one file)");
  std::vector<std::unique_ptr<Predictor>> sources;
  for (const CombinedSource& source : config.combine.sources)
    sources.push_back(make_at_depth(load_combined(source), threads, depth + 1));
  return std::make_unique<CombinedPredictor>(std::move(sources), config.combine.rule);
}

std::unique_ptr<Predictor> make_faces(const AlphaSourceConfig& config, int threads, int depth) {
  check_depth(config.combine, depth);
  require(config.combine.sources.size() == 1, "the kind faces takes one source, {} are given (combine.sources)",
          config.combine.sources.size());
  const AlphaSourceConfig inner = load_combined(config.combine.sources[0]);
  return std::make_unique<FaceMatter>(
      config.faces, [=] { return make_at_depth(inner, threads, depth + 1); }, threads);
}

std::unique_ptr<Predictor> make_model(const AlphaSourceConfig& config, int threads, int) {
  require(!config.network.model.empty(), "no model is given (network.model: an exported model)");
  MatterOptions options;
  options.threads = threads, options.as_trained = config.working_size.max_side == 0 && config.working_size.width == 0;
  return std::make_unique<Matter>(config.network.model, options);
}

std::unique_ptr<Predictor> make_files(const AlphaSourceConfig& config, int, int) {
  return std::make_unique<FileSource>(config);
}
std::unique_ptr<Predictor> make_box(const AlphaSourceConfig& config, int, int) {
  return std::make_unique<BoxSource>(config.box);
}
std::unique_ptr<Predictor> make_full(const AlphaSourceConfig&, int, int) { return std::make_unique<FullSource>(); }

std::unique_ptr<Predictor> make_at_depth(const AlphaSourceConfig& config, int threads, int depth) {
  check(config);
  const MakePredictor make = [&] { return std::make_unique<Source>(config, threads, depth); };
  std::unique_ptr<Predictor> source = augments_nothing(config.augment) ? make() : augmented(make, config.augment);
  return smoothed(at_working_size(std::move(source), config.working_size), config.smooth);
}

void add_models(const AlphaSourceConfig& config, int depth, std::vector<fs::path>& files) {
  if (config.kind == "combine" || config.kind == "faces") {
    check_depth(config.combine, depth);
    for (const CombinedSource& source : config.combine.sources) add_models(load_combined(source), depth + 1, files);
    return;
  }
  if (!config.network.model.empty()) files.emplace_back(config.network.model);
  if (kind_of(config).takes_classes && !config.class_network.model.empty()) files.emplace_back(config.class_network.model);
}

// Settings and pictures as the conversions take them: floats whose values mean what a network's do.
cv::Mat as_map(const cv::Mat& picture, bool share_of_white, const char* what) {
  require(!picture.empty() && picture.channels() == 1, "the {} must be a picture of one channel", what);
  if (share_of_white) return to_float(picture);
  cv::Mat out;
  picture.convertTo(out, CV_32F);
  return out;
}

// A mask of 8 bits may hold 0 and 1 as well as 0 and 255; the conversion tells them apart by their highest value.
bool is_share_of_white(const AlphaSourceConfig& config, int depth) {
  return config.kind == "matte" || (config.kind == "segmentation" && config.segmentation.map == "binary" && depth == CV_16U);
}

}  // namespace

const std::vector<AlphaKind>& alpha_kinds() {
  static const std::vector<AlphaKind> table = {
      {"matte", "the map is the matte", false, of_matte, nullptr},
      {"depth", "what is nearer than the face covers it", false, of_depth, nullptr},
      {"segmentation", "classes or a mask", false, of_segmentation, nullptr},
      {"hybrid", "the larger of depth and segmentation", true, of_both, nullptr},
      {"model", "a model exported by this toolkit (network.model)", false, nullptr, make_model},
      {"files", "mattes in a folder, one for each frame", false, nullptr, make_files},
      {"box", "a box with a soft edge", false, nullptr, make_box},
      {"region", "the face's region itself", false, nullptr, make_full},
      {"combine", "other sources together, by min, max or product", false, nullptr, make_combined},
      {"faces", "another source on each face that is found", false, nullptr, make_faces},
  };
  return table;
}

const AlphaKind& kind_of(const AlphaSourceConfig& config) {
  const auto& table = alpha_kinds();
  const auto at = std::find_if(table.begin(), table.end(), [&](const AlphaKind& kind) { return kind.name == config.kind; });
  require(at != table.end(), "unknown kind of alpha source '{}'", config.kind);
  return *at;
}

std::unique_ptr<Predictor> make_alpha_source(const AlphaSourceConfig& config, int threads) {
  return make_at_depth(config, threads, 0);
}

std::unique_ptr<Predictor> open_alpha_source(const fs::path& yaml, const std::vector<std::string>& set, int threads) {
  return make_alpha_source(load_alpha_source(yaml, set), threads);
}

cv::Mat alpha_of_picture(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes, const cv::Mat& frame) {
  check(config);
  require(kind_of(config).alpha != nullptr, "the kind {} makes no matte of a picture", config.kind);
  const cv::Mat first = as_map(map, is_share_of_white(config, map.depth()), "map");
  const cv::Mat second = kind_of(config).takes_classes ? as_map(classes, false, "class map") : cv::Mat();
  const bool looks = config.refine.radius > 0 || config.region.shape == "detected";
  require(!looks || frame.size() == map.size(), "refine and the region detected need the picture, {}x{}, got {}x{}", map.cols,
          map.rows, frame.cols, frame.rows);
  const cv::Mat region = looks ? RegionFinder(config.region).find(frame) : face_region(config.region, map.size());
  const cv::Mat alpha = kind_of(config).alpha(config, first, second, region);
  return hardened(refined(alpha, frame, config.refine), config.harden);
}

cv::Mat read_map(const fs::path& path) {
  const ImageSize size = read_image_size(path);
  require(size.bit_depth >= 8, "{}: {} bits a pixel (allowed for a map: 8 or 16)", path.string(), size.bit_depth);
  if (size.bit_depth == 16) return read_mask(path);
  const cv::Mat values = read_mask(path);  // refuses colours
  cv::Mat out;
  values.convertTo(out, CV_8U, 255);
  return out;
}

std::vector<fs::path> model_files_of(const AlphaSourceConfig& config) {
  std::vector<fs::path> files;
  add_models(config, 0, files);
  return files;
}

}  // namespace facemat
