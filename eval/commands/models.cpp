#include "eval/commands/models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/core/program.h"
#include "src/runtime/onnx/cost.h"
#include "src/runtime/predictors/matter.h"

#ifdef FACEMAT_LIBTORCH
#include "eval/judge/checkpoint_predictor.h"
#endif

namespace facemat {
namespace {

constexpr uint64_t kMostModel = uint64_t{2} << 30;  // bytes

// A matte drawn to the edges of its frame.
class RefinedPredictor : public Predictor {
 public:
  RefinedPredictor(std::unique_ptr<Predictor> inner, const RefineConfig& config) : inner_(std::move(inner)), config_(config) {}
  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    Matte matte = inner_->predict_given(frame, guides);
    matte.alpha = refined(matte.alpha, frame, config_);
    return matte;
  }
  GuideWishes wishes() const override { return inner_->wishes(); }
  bool remembers() const override { return inner_->remembers(); }
  void skip() override { inner_->skip(); }
  void reset() override { inner_->reset(); }

 private:
  std::unique_ptr<Predictor> inner_;
  RefineConfig config_;
};

// What is done to frames before a source sees them. The worst of them are looked at again.
SourceContext around(const ModelChoice& c) {
  SourceContext context;
  context.threads = c.threads;
  context.scaled = c.working_size.width > 0 || c.working_size.max_side > 0;
  context.moved = !augments_nothing(c.augment);
  context.jumps = true;
  return context;
}

std::unique_ptr<Predictor> open_plain(const ModelChoice& c) {
  if (c.path.extension() == ".onnx") return std::make_unique<Matter>(c.path, MatterOptions{c.threads, 0, false});
  if (c.path.extension() == ".yaml") return make_alpha_source(load_alpha_source(c.path, c.assignments), around(c));
#ifdef FACEMAT_LIBTORCH
  warn(prepare_checkpoints(c.threads));
  return std::make_unique<CheckpointPredictor>(c.path, c.untrained ? std::optional(c.seed) : std::nullopt);
#else
  fail("{}: this build has no LibTorch, so it judges ONNX files only (allowed: FILE.onnx, SOURCE.yaml)", c.path.string());
#endif
}

ModelInfo describe_source(const ModelChoice& c) {
  const AlphaSourceConfig config = load_alpha_source(c.path, c.assignments);
  ModelInfo info;
  info.name = c.path.stem().string(), info.kind = "source", info.network = config.kind;
  uint64_t hash = kHashStart;
  const auto files = model_files_of(config);
  for (const fs::path& file : files) hash = hash_bytes(read_file(file, kMostModel), hash);
  if (!files.empty()) info.weights_hash = hash_text(hash);
  return info;
}

ModelInfo describe_onnx(const ModelChoice& c) {
  const Matter matter(c.path, {1, 0, false});
  ModelInfo info;
  info.name = name_of(c.path), info.kind = "onnx", info.network = matter.contract().network;
  info.weights_hash = matter.contract().weights_hash;
  return info;
}

#ifdef FACEMAT_LIBTORCH
ModelInfo describe_checkpoint(const ModelChoice& c) {
  const CheckpointPredictor predictor(c.path);
  const TrainedModel& model = predictor.model();
  ModelInfo info;
  info.name = name_of(c.path), info.kind = "checkpoint", info.network = model.config.network;
  info.weights_hash = model.weights_hash, info.parameters = predictor.parameters();
  if (c.untrained) info.name += ", untrained", info.kind = "untrained", info.weights_hash.clear();
  return info;
}
#endif

ModelInfo describe(const ModelChoice& c) {
  if (c.path.extension() == ".onnx") return describe_onnx(c);
  if (c.path.extension() == ".yaml") return describe_source(c);
#ifdef FACEMAT_LIBTORCH
  return describe_checkpoint(c);
#else
  return {};  // open_plain has refused it
#endif
}

bool can_be_counted(const ModelChoice& c, const ModelInfo& info) {
  if (info.kind == "onnx") return true;
  return info.kind == "source" && !model_files_of(load_alpha_source(c.path, c.assignments)).empty();
}

// "network.model=models/depth.onnx" -> "network.model=depth.onnx": results are published, paths are nobody's business.
std::string without_folders(const std::string& assignment) {
  const size_t value = assignment.find('=') + 1;
  std::error_code ignored;
  if (!fs::exists(assignment.substr(value), ignored)) return assignment;
  return assignment.substr(0, value) + name_of(assignment.substr(value));
}

}  // namespace

OpenedModel open_model(const ModelChoice& c) {
  const std::string extension = c.path.extension();
  require(!c.untrained || (extension != ".onnx" && extension != ".yaml"), "{}: --untrained needs a run or a checkpoint",
          c.path.string());
  require(c.assignments.empty() || extension == ".yaml", "--set changes the settings of an alpha source (--model SOURCE.yaml)");
  OpenedModel opened;
  opened.predictor = augments_nothing(c.augment) ? open_plain(c) : augmented([&] { return open_plain(c); }, c.augment);
  opened.predictor = at_working_size(std::move(opened.predictor), c.working_size);
  if (c.refine.radius > 0) opened.predictor = std::make_unique<RefinedPredictor>(std::move(opened.predictor), c.refine);
  opened.info = describe(c);
  opened.info.settings = settings_text(c);
  if (opened.info.kind == "checkpoint" && fs::is_regular_file(c.path / "log.jsonl"))
    opened.training = read_training_log(c.path / "log.jsonl");
  return opened;
}

std::vector<std::string> given_to(const Predictor& predictor, const std::vector<std::string>& guides) {
  std::vector<std::string> given = {"frame"};
  if (predictor.remembers()) given.emplace_back("past");
  const GuideWishes wishes = predictor.wishes();
  for (const std::string& guide : guides)
    if (find_guide(guide).of(wishes) != Wish::kNone) given.push_back(guide);
  return given;
}

void count_cost(const ModelChoice& c, cv::Size size, ModelInfo& info) {
  if (!can_be_counted(c, info)) return;
  const ModelCost cost = model_cost([&] { return open_model(c).predictor; }, cv::Mat::zeros(size, CV_8UC3));
  info.parameters = cost.parameters, info.multiply_adds = cost.multiply_adds;
}

std::string training_licence_of(const fs::path& run) {
#ifdef FACEMAT_LIBTORCH
  const CheckpointPredictor predictor(run);
  const auto& metadata = predictor.model().metadata;
  const auto licence = metadata.find("data_licence");
  return licence == metadata.end() ? "" : licence->second;
#else
  return {};
#endif
}

std::string settings_text(const ModelChoice& c) {
  std::vector<std::string> parts;
  for (const std::string& assignment : c.assignments) parts.push_back(without_folders(assignment));
  if (c.augment.flip) parts.emplace_back("flip");
  if (c.augment.scales != std::vector<double>{1}) parts.push_back(fmt::format("scales {:g}", fmt::join(c.augment.scales, " ")));
  if (c.working_size.width > 0) parts.push_back(fmt::format("at {}x{}", c.working_size.width, c.working_size.height));
  if (c.working_size.max_side > 0) parts.push_back(fmt::format("longest side at most {}", c.working_size.max_side));
  if (c.refine.radius > 0) parts.push_back(fmt::format("guided filter, radius {}, eps {:g}", c.refine.radius, c.refine.eps));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string name_of(const fs::path& path) {
  const fs::path plain = fs::absolute(path).lexically_normal();
  return (plain.has_filename() ? plain : plain.parent_path()).filename().string();
}

std::string torch_version() {
#ifdef FACEMAT_LIBTORCH
  return checkpoint_library();
#else
  return {};
#endif
}

}  // namespace facemat
