#include "export/product/diagnosis.h"

#include <c10/util/Half.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "export/graph/proto.h"
#include "export/product/certificate.h"
#include "export/product/product.h"
#include "export/proof/frames.h"
#include "src/core/error.h"
#include "src/core/seal.h"
#include "src/model/networks/models.h"

namespace facemat {
namespace {

constexpr int kFrames = 6;         // of the clip that is tried again for each hypothesis
constexpr double kMuchLess = 0.1;  // of the difference: not gone, but this is part of the cause

// A mistake that somebody could have made, and what undoes it.
struct Hypothesis {
  std::string cause;
  torch::Tensor (*fed)(const torch::Tensor& frame) = nullptr;     // what the file is given instead of pictures
  torch::Tensor (*guided)(const torch::Tensor& share) = nullptr;  // and instead of guides that are none
  torch::Tensor (*meant)(const torch::Tensor& alpha) = nullptr;   // what its alpha stands for
  bool forgets = false;                                           // the network starts every frame without states
  std::optional<double> ratio;                                    // that the network works at
};

bool is_picture(const ModelGuide& guide) { return find_guide(guide.name).kind == GuideKind::kColours; }

torch::Tensor inverted(const torch::Tensor& alpha) { return 1 - alpha; }
torch::Tensor swapped(const torch::Tensor& frame) { return frame.flip(1).contiguous(); }
torch::Tensor bytes(const torch::Tensor& frame) { return frame * 255; }
torch::Tensor signed_range(const torch::Tensor& frame) { return frame * 2 - 1; }
torch::Tensor normalised(const torch::Tensor& frame) {  // statistics of ImageNet, as torchvision publishes them
  const auto mean = torch::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1});
  const auto deviation = torch::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1});
  return (frame - mean) / deviation;
}
torch::Tensor mirrored(const torch::Tensor& alpha) { return alpha.flip(3); }
torch::Tensor squashed_back(const torch::Tensor& alpha) { return torch::logit(alpha.clamp(1e-7, 1 - 1e-7)).clamp(0, 1); }

// What could be wrong with a file of this contract, whose network may work at other ratios (`scales`) than this.
std::vector<Hypothesis> hypotheses(const ModelContract& contract, bool scales, double ratio) {
  std::vector<Hypothesis> list;
  const auto add = [&](const char* cause) -> Hypothesis& {
    list.emplace_back();
    list.back().cause = cause;
    return list.back();
  };
  add("polarity inverted: the file's alpha is 1 minus the network's").meant = inverted;
  add("colour order swapped: the file takes BGR for RGB").fed = swapped;
  add("value range: the file wants 0..255, not 0..1").fed = bytes;
  add("value range: the file wants -1..1, not 0..1").fed = signed_range;
  add("value range: the file wants frames that are already normalised (mean and deviation of ImageNet)").fed = normalised;
  add("a sigmoid was put behind alpha, which the network only clamps").meant = squashed_back;
  add("the picture is mirrored").meant = mirrored;
  const auto& guides = contract.guides;
  if (std::any_of(guides.begin(), guides.end(), [](const ModelGuide& g) { return !is_picture(g); }))
    add("guides inverted: the file takes them to mean the occluder").guided = inverted;
  if (!contract.states.empty())
    add("states not carried on: the file answers every frame as the first of a clip").forgets = true;
  for (const double other : {1.0, 0.6, 0.5, 0.4, 0.375, 0.25, 0.125}) {
    if (!scales || other == ratio) continue;
    add("").ratio = other;
    list.back().cause = fmt::format("ratio: the file works at {} of the size, it says {}", other, ratio);
  }
  return list;
}

class Trial {
 public:
  Trial(const TrainedModel& model, const std::string& onnx, const Spot& first, const ExportConfig& config,
        const std::string& where)
      : file_(onnx, where),
        network_(model, file_.contract()),
        tolerated_(tolerated_share(model.config.network)),
        clip_(first.clip),
        count_(std::clamp(first.frame + 1, kFrames, 4 * kFrames)) {
    const FrameSize size = parse_size(clip_.size, "cases.size");
    const Rng rng = Rng(config.seed).fork("parity", static_cast<uint64_t>(size.height * 65536 + size.width));
    for (int t = 0; t < count_; ++t) frames_.push_back(drawn_frames(size, clip_.batch, t, rng, guides_of(file_.contract())));
  }

  // Largest difference of alpha if `hypothesis` holds, but for what is tolerated; infinite if the file or the network cannot be
  // run so.
  double difference(const Hypothesis& hypothesis) {
    try {
      return run(hypothesis);
    } catch (const std::exception&) {
      return INFINITY;
    }
  }

  const ModelContract& contract() const { return file_.contract(); }
  double ratio() const { return clip_.ratio; }

 private:
  double run(const Hypothesis& hypothesis) {
    file_.reset(), network_.reset();
    std::vector<torch::Tensor> differences;
    const std::string& alpha = file_.contract().alpha_output;
    for (const ShownFrames& shown : frames_) {
      if (hypothesis.forgets) network_.reset();
      const auto expected = network_.run(shown, hypothesis.ratio.value_or(clip_.ratio)).at(alpha);
      const auto got = file_.run(mistaken(shown, hypothesis), clip_.ratio).at(alpha);
      differences.push_back((expected - (hypothesis.meant ? hypothesis.meant(got) : got)).abs());
    }
    return largest_but_for(tolerated_, differences);
  }

  // What the file is shown if `hypothesis` holds.
  ShownFrames mistaken(const ShownFrames& shown, const Hypothesis& hypothesis) const {
    ShownFrames out = shown;
    if (hypothesis.fed) out.frames = hypothesis.fed(out.frames);
    for (const ModelGuide& guide : file_.contract().guides) {
      torch::Tensor& map = find_guide(guide.name).of(out.guides);
      const auto change = is_picture(guide) ? hypothesis.fed : hypothesis.guided;
      if (change) map = change(map);
    }
    return out;
  }

  FileRunner file_;
  NetworkRunner network_;
  double tolerated_;
  ParityCase clip_;
  int count_;
  std::vector<ShownFrames> frames_;
};

// Values of a float32 or float16 tensor; empty for other types.
std::vector<float> values_of(const onnx::TensorProto& tensor) {
  if (tensor.data_type() == onnx::TensorProto::FLOAT) return floats_of(tensor);
  if (tensor.data_type() != onnx::TensorProto::FLOAT16) return {};
  std::vector<float> values(tensor.raw_data().size() / sizeof(uint16_t));
  for (size_t i = 0; i < values.size(); ++i) {
    c10::Half half;
    std::memcpy(&half.x, tensor.raw_data().data() + 2 * i, sizeof(half.x));
    values[i] = static_cast<float>(half);
  }
  return values;
}

// Largest difference relative to the tensor's largest value; infinite if the two cannot be compared.
double relative_difference(const onnx::TensorProto& a, const onnx::TensorProto& b) {
  const std::vector<float> x = values_of(a), y = values_of(b);
  if (x.size() != y.size()) return INFINITY;
  double largest = 0, scale = 1e-12;
  for (size_t i = 0; i < x.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(x[i]) - y[i]));
    scale = std::max(scale, std::abs(static_cast<double>(y[i])));
  }
  return largest / scale;
}

// Stored tensors against those of a fresh export with the same settings. Empty if there is nothing to say.
std::string compare_weights(const TrainedModel& model, const std::string& onnx, const ExportConfig& config,
                            const std::string& precision, const std::string& where) {
  const onnx::ModelProto ours = parse_onnx(without_seal(onnx), where);
  const onnx::ModelProto fresh = parse_onnx(exported(model, with_settings_of(onnx, config, where)), where);
  const auto expected = initializers_of(fresh.graph());
  const double tolerance = precision == "fp32" ? 1e-6 : 1e-3;  // float16 keeps eleven bits
  int shared = 0, different = 0;
  double most = 0;
  std::string worst;
  for (const auto& [name, tensor] : initializers_of(ours.graph())) {
    const auto same = expected.find(name);
    if (same == expected.end() || values_of(*tensor).empty()) continue;
    ++shared;
    const double difference = relative_difference(*tensor, *same->second);
    if (difference > tolerance) ++different;
    if (difference > most) most = difference, worst = name;
  }
  if (different == 0) return "";
  return fmt::format(
      "other weights: {} of {} stored tensors differ from a fresh export, most '{}' by {:.2g} of its largest value", different,
      shared, worst, most);
}

// What drifted first: order of the first frames over the limit. Empty for a file without states.
std::string drift(const Parity& parity, const ModelContract& contract) {
  if (contract.states.empty()) return "";
  const std::string& alpha = contract.alpha_output;
  const auto& first_alpha = parity.outputs.at(alpha).first_over;
  std::string state;
  int step = -1;
  for (const auto& [name, output] : parity.outputs) {
    const auto of_it = [&output_name = name](const ModelState& s) { return s.output == output_name; };
    if (std::none_of(contract.states.begin(), contract.states.end(), of_it) || !output.first_over) continue;
    if (step < 0 || output.first_over->step < step) step = output.first_over->step, state = name;
  }
  if (!first_alpha) return state.empty() ? "" : fmt::format("state {} left the limit, alpha did not", state);
  if (state.empty()) return "alpha left the limit, no state did: the cause lies behind the decoder";
  if (step < first_alpha->step)
    return fmt::format("state {} left the limit {} frame{} before alpha: the difference grows through the recurrence", state,
                       first_alpha->step - step, first_alpha->step - step == 1 ? "" : "s");
  if (step > first_alpha->step)
    return fmt::format("alpha left the limit {} frames before the first state ({})", step - first_alpha->step, state);
  return fmt::format("alpha and state {} left the limit in the same frame: input or weights, not the recurrence", state);
}

std::string find_cause(const TrainedModel& model, const std::string& onnx, const Parity& parity, const Spot& first,
                       const ExportConfig& config, const std::string& where) {
  Trial trial(model, onnx, first, config, where);
  const double plain = trial.difference({});
  std::string best;
  double least = INFINITY;
  for (const Hypothesis& hypothesis : hypotheses(trial.contract(), takes_ratio(model.config), trial.ratio())) {
    const double difference = trial.difference(hypothesis);
    if (difference < least) least = difference, best = hypothesis.cause;
  }
  const double limit = std::max(parity.limit, default_limit(parity.precision));
  if (least <= limit) return fmt::format("{} (then it differs by {:.2g})", best, least);
  const std::string weights = compare_weights(model, onnx, config, parity.precision, where);
  if (!weights.empty()) return weights;
  if (parity.precision != "fp32" && parity.alpha <= default_limit("int8"))
    return fmt::format("precision: {} rounds this much on this model; the limit of {:.2g} is not for it", parity.precision,
                       parity.limit);
  if (parity.alpha <= default_limit(parity.precision))
    return fmt::format("the limit: {:.2g} is less than {} can promise ({:.2g})", parity.limit, parity.precision,
                       default_limit(parity.precision));
  if (least <= kMuchLess * plain) return fmt::format("in part: {} (then it differs by {:.2g}, not {:.2g})", best, least, plain);
  return "not found: none of polarity, colour order, value range, guides, states, ratio and weights explains it";
}

// Of a comparison that could not be finished.
std::string cause_of_error(const TrainedModel& model, const std::string& onnx, const ExportConfig& config,
                           const std::string& where) {
  Parity parity;
  parity.alpha = INFINITY;
  parity.precision = precision_of(onnx, where);
  parity.limit = config.limit > 0 ? config.limit : default_limit(parity.precision);
  Spot first;
  try {
    first.clip = cases_for(FileRunner(onnx, where), config)[0];
    return find_cause(model, onnx, parity, first, config, where);
  } catch (const std::exception&) {
    return "not found: the two cannot be run side by side";
  }
}

}  // namespace

std::vector<std::string> explain(const TrainedModel& model, const std::string& onnx, const Parity& parity,
                                 const ExportConfig& config, const std::string& where) {
  const ModelContract contract = contract_of_file(onnx, where);
  const std::string& alpha = contract.alpha_output;
  // Alpha if it does not hold the limit, else the output that is furthest of those that do not.
  const auto wrong_by = [&](const std::string& name) {
    const OutputParity& output = parity.outputs.at(name);
    return holds(parity, output) ? 0 : output.largest;
  };
  std::string name = alpha;
  if (wrong_by(alpha) == 0)
    for (const auto& [other, output] : parity.outputs)
      if (wrong_by(other) > wrong_by(name)) name = other;
  const OutputParity& output = parity.outputs.at(name);
  std::vector<std::string> lines = {
      fmt::format("{} differs by {:.3g}, most at {}", name, output.largest, describe(output.worst))};
  if (!output.first_over) return lines;
  lines.push_back(fmt::format("first over the limit: {}", describe(*output.first_over)));
  if (const std::string order = drift(parity, contract); !order.empty()) lines.push_back(order);
  lines.push_back("cause: " + find_cause(model, onnx, parity, *output.first_over, config, where));
  return lines;
}

std::vector<Finding> check_against(const TrainedModel& model, const std::string& onnx, const ExportConfig& config,
                                   const std::string& where, const FrameDone& done) {
  std::vector<Finding> findings;
  const std::string hash = contract_of_file(onnx, where).weights_hash;
  const bool same = hash == model.weights_hash;
  findings.push_back({"weights",
                      same,
                      same ? fmt::format("exported from {} ({})", model.file.string(), hash)
                           : fmt::format("exported from other weights ({}) than those of {} ({})", hash, model.file.string(),
                                         model.weights_hash),
                      {}});
  Finding numerics{"numerics", false, "", {}};
  try {
    const Parity parity = measure_parity(model, onnx, config, where, done);
    numerics.detail = describe(make_certificate(parity, config, onnx, where));
    numerics.passed = std::all_of(parity.outputs.begin(), parity.outputs.end(), [&](const auto& item) {
      return !is_judged(parity, item.first) || holds(parity, item.second);
    });
    if (!numerics.passed) numerics.more = explain(model, onnx, parity, config, where);
  } catch (const Error& error) {  // another shape, a number that is not finite
    numerics.detail = error.what();
    numerics.more = {"cause: " + cause_of_error(model, onnx, config, where)};
  }
  findings.push_back(numerics);
  return findings;
}

ExportConfig with_settings_of(const std::string& onnx, const ExportConfig& config, const std::string& where) {
  ExportConfig settings = config;
  const std::string text = metadata_of(parse_onnx(without_seal(onnx), where), kParityKey);
  if (!text.empty()) {
    read_graph_settings(certificate_from_json(text, where).settings, where, settings);
  } else {
    settings.ratio = contract_of_file(onnx, where).ratio;
  }
  return settings;
}

}  // namespace facemat
