#include "src/runtime/sources/alpha_source.h"

#include <algorithm>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <thread>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/pixels.h"
#include "src/image/trimap.h"
#include "src/runtime/predictors/matter.h"
#include "src/runtime/predictors/segment_anything.h"

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

// --- kinds that solve over a trimap

int threads_of(const SourceContext& context) {
  return context.threads > 0 ? context.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

SolvedMatte solve_trimap(const AlphaSourceConfig&, const cv::Mat&, const cv::Mat& trimap, const SourceContext&) {
  return {alpha_of_trimap(trimap), 0, 0};
}

SolvedMatte solve_closed_form(const AlphaSourceConfig& config, const cv::Mat& frame, const cv::Mat& trimap,
                              const SourceContext& context) {
  return closed_form_matte(frame, trimap, config.windows, config.solver, context.progress);
}

SolvedMatte solve_learning_based(const AlphaSourceConfig& config, const cv::Mat& frame, const cv::Mat& trimap,
                                 const SourceContext& context) {
  return learning_based_matte(frame, trimap, config.windows, config.solver, context.progress);
}

SolvedMatte solve_knn(const AlphaSourceConfig& config, const cv::Mat& frame, const cv::Mat& trimap,
                      const SourceContext& context) {
  return knn_matte(frame, trimap, config.knn, config.solver, threads_of(context), context.progress);
}

SolvedMatte solve_shared_sampling(const AlphaSourceConfig& config, const cv::Mat& frame, const cv::Mat& trimap,
                                  const SourceContext& context) {
  return shared_sampling_matte(frame, trimap, config.shared_sampling, config.solver, threads_of(context), context.progress);
}

// The matte over a trimap, known pixels and all, cut to the region.
Matte solved_matte(const AlphaSourceConfig& config, const cv::Mat& frame, const cv::Mat& trimap, const cv::Mat& region,
                   const SourceContext& context) {
  Matte matte;
  if (keeps(trimap, config.trimap)) {
    matte.alpha = alpha_of_one_side(trimap);
  } else {
    check_problem(frame, trimap);
    const SolvedMatte solved = kind_of(config).solve(config, frame, trimap, context);
    matte.alpha = with_known_of(refined(solved.alpha, frame, config.refine), trimap);
    if (solved.iterations > 0) matte.note = fmt::format("{} iterations, residual {:.1e}", solved.iterations, solved.residual);
  }
  matte.alpha = inside(matte.alpha, region);
  return matte;
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

std::unique_ptr<Predictor> make_in(const AlphaSourceConfig& config, const SourceContext& context);
AlphaSourceConfig load_combined(const CombinedSource& source);
void check_depth(const std::string& first, int depth);

// Of the sources in the one that `config` describes.
SourceContext below(const AlphaSourceConfig& config, const SourceContext& context) {
  SourceContext inner = context;
  ++inner.depth;
  inner.scaled = context.scaled || config.working_size.width > 0 || config.working_size.max_side > 0;
  inner.moved = context.moved || !augments_nothing(config.augment);
  return inner;
}

// What belongs to a frame by its number would go to another one.
void check_order(const AlphaSourceConfig& config, const SourceContext& context) {
  const auto refuse = [&](bool numbered, const char* what) {
    require(!numbered || !context.jumps,
            "{} belong to frames by their numbers, and here frames are looked at in another order (allowed: facemat composite; "
            "mattes in files are judged by facemat eval --pred DIR)",
            what);
  };
  const bool prompted = config.kind == "segment_anything";
  refuse(config.kind == "files", "mattes in files");
  refuse(prompted && config.prompts.from == "file", "prompts in a file");
  refuse((config.region.shape == "detected" && config.region.detector.kind == "boxes") ||
             (config.kind == "faces" && config.faces.detector.kind == "boxes") ||
             (prompted && config.prompts.from == "face" && config.prompts.detector.kind == "boxes"),
         "faces in a file");
}

// A source at the size it is shown: its maps, its predictor or its method, then what is done to any alpha.
class Source : public Predictor {
 public:
  Source(const AlphaSourceConfig& config, const SourceContext& context)
      : config_(config), context_(context), region_(config.region, context.threads) {
    check_order(config, context);
    const AlphaKind& kind = kind_of(config);
    if (kind.alpha) maps_.emplace(config, context.threads);
    if (kind.make) inner_ = kind.make(config, context);
    if (config.hint.file.empty()) return;
    check_depth(config.hint.file, context.depth);
    hint_ = make_in(load_combined(config.hint), below(config, context));
  }

  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }

  Matte predict_given(const cv::Mat& frame, const FrameGuides& given) override {
    FrameGuides guides = given;
    if (hint_) guides.hint = hint_->predict_given(frame, given).alpha;
    const cv::Mat region = region_.find(frame);
    Matte matte = matte_of(frame, guides, region);
    matte.alpha = hardened(matte.alpha, config_.harden);
    return matte;
  }

  // A hint of its own takes the place of one that is given.
  GuideWishes wishes() const override {
    GuideWishes wishes = inner_ ? inner_->wishes() : GuideWishes();
    if (kind_of(config_).solve) (config_.trimap.from == "given" ? wishes.trimap : wishes.hint) = Wish::kNeeded;
    if (!hint_) return wishes;
    wishes.hint = Wish::kNone;
    return stronger(wishes, hint_->wishes());
  }

  bool remembers() const override {
    const bool carries = maps_ && (!config_.network.states.empty() || !config_.class_network.states.empty());
    const bool follows = config_.region.shape == "detected";
    return carries || follows || (inner_ && inner_->remembers()) || (hint_ && hint_->remembers());
  }

  void skip() override {
    region_.skip();
    if (inner_) inner_->skip();
    if (hint_) hint_->skip();
  }

  void reset() override {
    region_.reset();
    if (maps_) maps_->reset();
    if (inner_) inner_->reset();
    if (hint_) hint_->reset();
  }

 private:
  Matte matte_of(const cv::Mat& frame, const FrameGuides& guides, const cv::Mat& region) {
    const AlphaKind& kind = kind_of(config_);
    if (kind.solve) {
      require(frame.type() == CV_8UC3, "a frame must be BGR with 8 bits a channel");
      return solved_matte(config_, frame, trimap_for(guides, config_.trimap, frame.size()), region, context_);
    }
    Matte matte;
    if (maps_) {
      matte.alpha = kind.alpha(config_, maps_->map(frame), maps_->classes(frame), region);
    } else {
      matte = inner_->predict_given(frame, guides);
      if (config_.region.shape != "none") matte.alpha = inside(matte.alpha, region);
    }
    matte.alpha = refined(matte.alpha, frame, config_.refine);
    return matte;
  }

  AlphaSourceConfig config_;
  SourceContext context_;
  RegionFinder region_;
  std::optional<Maps> maps_;
  std::unique_ptr<Predictor> inner_, hint_;
};

// --- kinds that are predictors of their own

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
    files_ = pictures_in(config.files.folder);
    require(!files_.empty(), "{}: no pictures", config.files.folder);
    const std::string reason = white() == 0 ? black_reason(files_) : "";
    require(reason.empty(), "{}: its pictures {} (set files.white: 1 if 1 means 1)", config.files.folder, reason);
  }

  Matte predict(const cv::Mat& frame) override {
    const size_t at = next_++;
    require(at < files_.size(), "{}: no matte for frame {}, there are {}", config_.files.folder, at, files_.size());
    cv::Mat alpha = read_predicted_matte(files_[at], white());
    require(alpha.size() == frame.size(), "{}: {}x{} for a frame of {}x{}", files_[at].string(), alpha.cols, alpha.rows,
            frame.cols, frame.rows);
    return {config_.polarity == "occluder" ? cv::Mat(1 - alpha) : alpha, {}};
  }
  void skip() override { ++next_; }

 private:
  int white() const { return config_.files.white == 255 ? 0 : config_.files.white; }  // as MaskValues has it

  AlphaSourceConfig config_;
  std::vector<fs::path> files_;
  size_t next_;
};

// The largest of the masks that Segment Anything gives for each object; a hint is every prompt's mask.
class PromptedSource : public Predictor {
 public:
  PromptedSource(const AlphaSourceConfig& config, int threads)
      : config_(config), network_(config.network, as_asked(config), threads), prompter_(config.prompts, threads) {}

  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }

  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    std::vector<ObjectPrompt> prompts = prompter_.find(frame);
    if (prompts.empty() && config_.prompts.from == "listed" && !guides.hint.empty()) prompts.emplace_back();
    cv::Mat objects(frame.size(), CV_32FC1, cv::Scalar(0));
    const cv::Mat hint = turned(guides.hint);
    if (!prompts.empty()) network_.see(frame);
    for (ObjectPrompt& prompt : prompts) {
      prompt.mask = hint;
      objects = cv::max(objects, network_.mask(prompt));
    }
    return {turned(objects), {}};
  }

  GuideWishes wishes() const override {
    GuideWishes wishes;
    wishes.hint = Wish::kWelcome;
    return wishes;
  }

  bool remembers() const override { return config_.prompts.from == "face"; }  // where the faces were
  void skip() override { prompter_.skip(); }
  void reset() override { prompter_.reset(); }

 private:
  // Between the visible face and what is asked for.
  cv::Mat turned(const cv::Mat& alpha) const {
    return config_.polarity == "occluder" && !alpha.empty() ? cv::Mat(1 - alpha) : alpha;
  }

  // As published: the first mask, cut at a logit of 0.
  static SegmentAnythingConfig as_asked(const AlphaSourceConfig& config) {
    SegmentAnythingConfig asked = config.segment_anything;
    if (config.published) asked.answer = "first", asked.soft = false;
    return asked;
  }

  AlphaSourceConfig config_;
  SegmentAnything network_;
  Prompter prompter_;
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

  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }

  // What one source is unsure of has no simple part in the result, so there is no uncertainty.
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    cv::Mat alpha = sources_[0]->predict_given(frame, guides).alpha;
    for (size_t i = 1; i < sources_.size(); ++i) alpha = rule_(alpha, sources_[i]->predict_given(frame, guides).alpha);
    return {alpha, {}};
  }

  GuideWishes wishes() const override {
    GuideWishes wishes;
    for (const auto& source : sources_) wishes = stronger(wishes, source->wishes());
    return wishes;
  }
  bool remembers() const override {
    return std::any_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->remembers(); });
  }

  void skip() override {
    for (const auto& source : sources_) source->skip();
  }

  void reset() override {
    for (const auto& source : sources_) source->reset();
  }

 private:
  std::vector<std::unique_ptr<Predictor>> sources_;
  Rule rule_;
};

AlphaSourceConfig load_combined(const CombinedSource& source) {
  AlphaSourceConfig config = load_alpha_source(source.file);
  if (!source.model.empty()) config.network.model = source.model;
  return config;
}

// `first`: the first source that is to be opened at that depth.
void check_depth(const std::string& first, int depth) {
  require(depth < kDeepestCombination, "{}: combined sources nest too deeply (allowed: {} levels)", first, kDeepestCombination);
}
void check_depth(const CombineConfig& config, int depth) {
  check_depth(config.sources.empty() ? "combine" : config.sources[0].file, depth);
}

std::unique_ptr<Predictor> make_combined(const AlphaSourceConfig& config, const SourceContext& context) {
  check_depth(config.combine, context.depth);
  require(!config.combine.sources.empty(), "no sources are given (combine.sources: at least one file)");
  const SourceContext inner = below(config, context);
  std::vector<std::unique_ptr<Predictor>> sources;
  for (const CombinedSource& source : config.combine.sources) sources.push_back(make_in(load_combined(source), inner));
  return std::make_unique<CombinedPredictor>(std::move(sources), config.combine.rule);
}

std::unique_ptr<Predictor> make_faces(const AlphaSourceConfig& config, const SourceContext& context) {
  check_depth(config.combine, context.depth);
  require(config.combine.sources.size() == 1, "the kind faces takes one source, {} are given (combine.sources)",
          config.combine.sources.size());
  const AlphaSourceConfig source = load_combined(config.combine.sources[0]);
  SourceContext inner = below(config, context);
  inner.moved = true;
  return std::make_unique<FaceMatter>(
      config.faces, [=] { return make_in(source, inner); }, context.threads);
}

std::unique_ptr<Predictor> make_model(const AlphaSourceConfig& config, const SourceContext& context) {
  require(!config.network.model.empty(), "no model is given (network.model: an exported model)");
  MatterOptions options;
  options.threads = context.threads;
  options.as_trained = config.working_size.max_side == 0 && config.working_size.width == 0;
  return std::make_unique<Matter>(config.network.model, options);
}

// check() has looked at the source's own settings; here at those around it.
std::unique_ptr<Predictor> make_prompted(const AlphaSourceConfig& config, const SourceContext& context) {
  const bool by_place = config.prompts.from != "face";
  require(!by_place || !context.moved,
          "prompts by their places are of whole frames, and what is around this source crops or augments them (allowed: "
          "prompts.from face, or whole frames, in facemat composite by --faces never)");
  require(!by_place || !context.scaled || config.prompts.units == "shares",
          "within a source with a working_size places of prompts are shares (prompts.units)");
  return std::make_unique<PromptedSource>(config, context.threads);
}

std::unique_ptr<Predictor> make_files(const AlphaSourceConfig& config, const SourceContext& context) {
  require(
      !context.moved,
      "mattes in files are of whole frames, and what is around this source crops or augments them (allowed: whole frames, in "
      "facemat composite by --faces never)");
  return std::make_unique<FileSource>(config);
}
std::unique_ptr<Predictor> make_box(const AlphaSourceConfig& config, const SourceContext&) {
  return std::make_unique<BoxSource>(config.box);
}
std::unique_ptr<Predictor> make_full(const AlphaSourceConfig&, const SourceContext&) { return std::make_unique<FullSource>(); }

std::unique_ptr<Predictor> make_in(const AlphaSourceConfig& config, const SourceContext& context) {
  check(config);
  const MakePredictor make = [&] { return std::make_unique<Source>(config, context); };
  std::unique_ptr<Predictor> source = augments_nothing(config.augment) ? make() : augmented(make, config.augment);
  return smoothed(at_working_size(std::move(source), config.working_size), config.smooth);
}

// Calls `visit` with the settings of the source and of all sources in it.
void visit_sources(const AlphaSourceConfig& config, int depth, const std::function<void(const AlphaSourceConfig&)>& visit) {
  visit(config);
  if (!config.hint.file.empty()) {
    check_depth(config.hint.file, depth);
    visit_sources(load_combined(config.hint), depth + 1, visit);
  }
  if (config.kind != "combine" && config.kind != "faces") return;
  check_depth(config.combine, depth);
  for (const CombinedSource& source : config.combine.sources) visit_sources(load_combined(source), depth + 1, visit);
}

// Settings and pictures as the conversions take them: floats whose values mean what a network's do.
cv::Mat as_map(const cv::Mat& picture, bool share_of_white, const char* what) {
  require(!picture.empty() && picture.channels() == 1, "the {} must be a picture of one channel", what);
  if (share_of_white) return to_float(picture);
  cv::Mat out;
  picture.convertTo(out, CV_32F);
  return out;
}

// A picture that is the trimap itself, whatever trimap.from says.
cv::Mat alpha_over_picture(const AlphaSourceConfig& config, const cv::Mat& trimap, const cv::Mat& frame) {
  require(!frame.empty() && frame.size() == trimap.size(), "a trimap of {}x{} needs its picture (--images), got {}x{}",
          trimap.cols, trimap.rows, frame.cols, frame.rows);
  count_trimap(trimap);  // refuses other values
  const cv::Mat region = RegionFinder(config.region).find(frame);
  return hardened(solved_matte(config, frame, trimap, region, {1}).alpha, config.harden);
}

// A mask of 8 bits may hold 0 and 1 as well as 0 and 255; the conversion tells them apart by their highest value.
bool is_share_of_white(const AlphaSourceConfig& config, int depth) {
  return config.kind == "matte" || (config.kind == "segmentation" && config.segmentation.map == "binary" && depth == CV_16U);
}

}  // namespace

const std::vector<AlphaKind>& alpha_kinds() {
  static const std::vector<AlphaKind> table = {
      {"matte", "the map is the matte", false, of_matte},
      {"depth", "what is nearer than the face covers it", false, of_depth},
      {"segmentation", "classes or a mask", false, of_segmentation},
      {"hybrid", "the larger of depth and segmentation", true, of_both},
      {"trimap", "a trimap itself, half where it is unknown", false, nullptr, nullptr, solve_trimap},
      {"closed_form", "closed-form matting over a trimap", false, nullptr, nullptr, solve_closed_form},
      {"learning_based", "learning-based matting over a trimap", false, nullptr, nullptr, solve_learning_based},
      {"knn", "KNN matting over a trimap", false, nullptr, nullptr, solve_knn},
      {"shared_sampling", "shared sampling matting over a trimap", false, nullptr, nullptr, solve_shared_sampling},
      {"segment_anything", "Segment Anything, prompted (network.model, segment_anything.decoder)", false, nullptr,
       make_prompted},
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

std::unique_ptr<Predictor> make_alpha_source(const AlphaSourceConfig& config, const SourceContext& context) {
  return make_in(config, context);
}

std::unique_ptr<Predictor> make_alpha_source(const AlphaSourceConfig& config, int threads) {
  return make_in(config, {threads});
}

std::unique_ptr<Predictor> open_alpha_source(const fs::path& yaml, const std::vector<std::string>& set, int threads) {
  return make_alpha_source(load_alpha_source(yaml, set), threads);
}

cv::Mat alpha_of_picture(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes, const cv::Mat& frame) {
  check(config);
  const AlphaKind& kind = kind_of(config);
  if (kind.solve) return alpha_over_picture(config, map, frame);
  require(kind.alpha != nullptr, "the kind {} makes no matte of a picture", config.kind);
  const cv::Mat first = as_map(map, is_share_of_white(config, map.depth()), "map");
  const cv::Mat second = kind.takes_classes ? as_map(classes, false, "class map") : cv::Mat();
  const bool looks = config.refine.radius > 0 || config.region.shape == "detected";
  require(!looks || frame.size() == map.size(), "refine and the region detected need the picture, {}x{}, got {}x{}", map.cols,
          map.rows, frame.cols, frame.rows);
  const cv::Mat region = looks ? RegionFinder(config.region).find(frame) : face_region(config.region, map.size());
  const cv::Mat alpha = kind.alpha(config, first, second, region);
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
  visit_sources(config, 0, [&](const AlphaSourceConfig& source) {
    if (source.kind == "combine" || source.kind == "faces") return;
    for (const std::string& file : {source.network.model, kind_of(source).takes_classes ? source.class_network.model : "",
                                    source.kind == "segment_anything" ? source.segment_anything.decoder : ""})
      if (!file.empty()) files.emplace_back(file);
  });
  return files;
}

}  // namespace facemat
