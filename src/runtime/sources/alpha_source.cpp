#include "src/runtime/sources/alpha_source.h"

#include <algorithm>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/runtime/matter.h"

namespace facemat {
namespace {

constexpr uint64_t kMostSettingsBytes = 1 << 20;

bool is_plain(const AugmentConfig& config) { return !config.flip && config.scales == std::vector<double>{1}; }

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

const AlphaKind& kind_of(const AlphaSourceConfig& config);

Choices kind_names() {
  Choices names;
  for (const AlphaKind& kind : alpha_kinds()) names.push_back(kind.name);
  return names;
}

std::string kind_help() {
  std::string help;
  for (const AlphaKind& kind : alpha_kinds()) help += (help.empty() ? "" : "; ") + kind.name + ": " + kind.help;
  return help;
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

const AlphaKind& kind_of(const AlphaSourceConfig& config) {
  const auto& table = alpha_kinds();
  const auto at = std::find_if(table.begin(), table.end(), [&](const AlphaKind& kind) { return kind.name == config.kind; });
  require(at != table.end(), "unknown kind of alpha source '{}'", config.kind);
  return *at;
}

std::unique_ptr<Predictor> make_at_depth(const AlphaSourceConfig& config, int threads, int depth) {
  check(config);
  const MakePredictor make = [&] { return std::make_unique<Source>(config, threads, depth); };
  std::unique_ptr<Predictor> source = is_plain(config.augment) ? make() : augmented(make, config.augment);
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

// One settings file without those it is based on.
struct Layer {
  AlphaSourceConfig config;
  std::string base;
};
void fields(FieldVisitor& visit, Layer& layer) {
  visit("base", layer.base, "file read before this one");
  fields(visit, layer.config);
}

using PathOf = std::function<std::string&(AlphaSourceConfig&)>;

using Names = std::function<bool(AlphaSourceConfig&)>;

// The file, `yaml` or the one among its bases read last, that names something. load_config has read them all: they end.
fs::path file_naming(const fs::path& yaml, const Names& names) {
  Layer layer = config_from_yaml<Layer>(read_file(yaml, kMostSettingsBytes), yaml.string());
  if (names(layer.config) || layer.base.empty()) return yaml;
  return file_naming(yaml.parent_path() / layer.base, names);
}

void resolve(AlphaSourceConfig& config, const fs::path& yaml, const PathOf& path_of) {
  std::string& path = path_of(config);
  if (path.empty() || fs::path(path).is_absolute()) return;
  path = (file_naming(yaml, [&](AlphaSourceConfig& layer) { return !path_of(layer).empty(); }).parent_path() / path).string();
}

// A list is replaced as a whole, so one file names all of it.
void resolve_sources(AlphaSourceConfig& config, const fs::path& yaml) {
  if (config.combine.sources.empty()) return;
  const fs::path folder =
      file_naming(yaml, [](AlphaSourceConfig& layer) { return !layer.combine.sources.empty(); }).parent_path();
  for (CombinedSource& source : config.combine.sources)
    for (std::string* path : {&source.file, &source.model})
      if (!path->empty() && fs::path(*path).is_relative()) *path = (folder / *path).string();
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

void fields(FieldVisitor& visit, AlphaSourceConfig& c) {
  visit("kind", c.kind, kind_help().c_str(), kind_names());
  visit("polarity", c.polarity, "kinds matte and files: what their 1 means", {"visible_face", "occluder"});
  visit("published", c.published, "the formula as others published it, with its traps; false: mended");
  visit.group("network", c.network, "that gives the map; of kind hybrid the depth; of kind model only its file counts");
  visit.group("class_network", c.class_network, "of kind hybrid: that gives the classes");
  visit.group("files", c.files, "of kind files");
  visit.group("box", c.box, "of kind box");
  visit.group("combine", c.combine, "of kinds combine and faces");
  visit.group("faces", c.faces, "of kind faces");
  visit.group("region", c.region, "where the face is; alpha is 0 outside");
  visit.group("depth", c.depth, "from depth to alpha");
  visit.group("segmentation", c.segmentation, "from classes or a mask to alpha");
  visit.group("refine", c.refine, "guided filter on the matte");
  visit.group("harden", c.harden, "the edge XSeg's users put on masks");
  visit.group("working_size", c.working_size, "of the frames the source sees");
  visit.group("augment", c.augment, "test-time augmentation");
  visit.group("smooth", c.smooth, "over time, where the picture rests");
}

void fields(FieldVisitor& visit, MatteFilesConfig& c) {
  visit("folder", c.folder, "of pictures, by name in the order of the frames, relative to the file that names it");
  visit("first", c.first, "number, from 0, of the file that belongs to the first frame", {0, 1e9});
}

void fields(FieldVisitor& visit, CombinedSource& c) {
  visit("file", c.file, "settings of a source, relative to the file that names it");
  visit("model", c.model, "instead of its network.model, likewise; empty: its own");
}

void fields(FieldVisitor& visit, CombineConfig& c) {
  visit("rule", c.rule, "of their mattes", {"min", "max", "product"});
  visit.list("sources", c.sources, "at least one");
}

void check(const AlphaSourceConfig& config) {
  kind_of(config);
  check(config.network, "network");
  check(config.class_network, "class_network");
  check(config.segmentation);
  check(config.box);
  check(config.region.detector);
  check(config.faces);
  require(config.kind != "files" || is_plain(config.augment),
          "mattes in files are not augmented (allowed: augment as it is by default)");
  for (const CombinedSource& source : config.combine.sources)
    require(!source.file.empty(), "combine.sources: a source without its file (needed: file)");
  if (!config.published) return;
  const bool has_two_forms = config.kind == "depth" || config.kind == "segmentation" || config.kind == "hybrid";
  require(has_two_forms || config.harden.sigma > 0,
          "published is for the kinds depth, segmentation and hybrid, and for masks with harden.sigma");
  require(config.region.shape == "none", "published formulas know no face region (allowed: region.shape none)");
  require(config.segmentation.marks == "occluder", "published formulas take occluders (allowed: segmentation.marks occluder)");
}

AlphaSourceConfig load_alpha_source(const fs::path& yaml, const std::vector<std::string>& set) {
  auto config = load_config<AlphaSourceConfig>(yaml);
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.class_network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.files.folder; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.region.detector.file; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.region.detector.landmarks.network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.faces.detector.file; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.faces.detector.landmarks.network.model; });
  resolve_sources(config, yaml);
  set_config(set, [&](FieldVisitor& visit) { fields(visit, config); });
  check(config);
  return config;
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
