#include "export/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "export/exporter.h"
#include "export/onnx_writer.h"
#include "src/core/error.h"
#include "src/core/program.h"
#include "src/core/random.h"
#include "src/runtime/plain_session.h"
#include "src/runtime/session.h"

namespace facemat {
namespace {

const std::vector<FrameSize> kSizes = {{128, 128}, {160, 96}, {127, 129}};

// [1,3,H,W]: a soft disc that wanders over a drifting pattern, with noise.
torch::Tensor test_frame(FrameSize size, int t, Rng rng) {
  auto frame = torch::empty({1, 3, size.height, size.width});
  auto pixels = frame.accessor<float, 4>();
  const double radius = 0.3 * static_cast<double>(std::min(size.height, size.width));
  const double cy = size.height * (0.5 + 0.2 * std::sin(0.3 * t)), cx = size.width * (0.5 + 0.2 * std::cos(0.2 * t));
  for (int64_t y = 0; y < size.height; ++y)
    for (int64_t x = 0; x < size.width; ++x) {
      const double disc = std::clamp((radius - std::hypot(y - cy, x - cx)) / 4 + 0.5, 0.0, 1.0);
      for (int64_t c = 0; c < 3; ++c) {
        const double pattern = 0.5 + 0.4 * std::sin(0.1 * (x + 2 * t) + 0.07 * y + 2.0 * c);
        const double value = disc * (0.9 - 0.2 * c) + (1 - disc) * pattern + 0.05 * rng.uniform(-1, 1);
        pixels[0][c][y][x] = static_cast<float>(std::clamp(value, 0.0, 1.0));
      }
    }
  return frame;
}

FloatTensor to_floats(const torch::Tensor& tensor) {
  const auto plain = tensor.contiguous();
  return {plain.sizes().vec(), {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()}};
}

// NaN never compares as larger, so it is caught by name.
double largest_difference(const torch::Tensor& expected, const FloatTensor& got, const std::string& name,
                          const std::string& where) {
  require(expected.sizes().vec() == got.shape, "{}: output {} has another shape than the network's", where, name);
  const auto plain = expected.contiguous();
  const float* values = plain.data_ptr<float>();
  double largest = 0;
  for (size_t i = 0; i < got.values.size(); ++i) {
    require(std::isfinite(values[i]), "the network itself gives a number that is not finite in {}", name);
    require(std::isfinite(got.values[i]), "{}: output {} holds a number that is not finite", where, name);
    largest = std::max(largest, std::abs(static_cast<double>(values[i]) - got.values[i]));
  }
  return largest;
}

// Both engines, each with its own states.
class Pair {
 public:
  Pair(const TrainedModel& model, const std::string& onnx, double ratio, const std::string& where)
      : network_(*model.network), names_(export_names(model.config)), ratio_(ratio), where_(where), session_(onnx, where) {
    require(session_.inputs() == names_.inputs && session_.outputs() == names_.outputs,
            "{}: inputs or outputs are not those of the network", where);
    reset();
  }

  void reset() {
    states_.assign(names_.inputs.size() - 1, torch::zeros({1, 1, 1, 1}));
    float_states_.assign(states_.size(), FloatTensor{{1, 1, 1, 1}, {0}});
  }

  void step(const torch::Tensor& frame, std::map<std::string, double>& differences) {
    std::vector<torch::Tensor> inputs = {frame};
    inputs.insert(inputs.end(), states_.begin(), states_.end());
    std::vector<FloatTensor> float_inputs = {to_floats(frame)};
    float_inputs.insert(float_inputs.end(), float_states_.begin(), float_states_.end());
    const auto expected = export_forward(network_, inputs, ratio_);
    const auto got = session_.run(float_inputs);
    for (size_t i = 0; i < expected.size(); ++i) {
      double& largest = differences[names_.outputs[i]];
      largest = std::max(largest, largest_difference(expected[i], got[i], names_.outputs[i], where_));
    }
    states_.assign(expected.end() - states_.size(), expected.end());
    float_states_.assign(got.end() - float_states_.size(), got.end());
  }

 private:
  MattingNetwork& network_;
  ExportNames names_;
  double ratio_;
  std::string where_;
  PlainSession session_;
  std::vector<torch::Tensor> states_;
  std::vector<FloatTensor> float_states_;
};

void check_limit(const Parity& parity, double limit, const std::string& where) {
  for (const auto& [name, difference] : parity.outputs)
    require(difference <= limit, "{}: {} differs from LibTorch by {:.3g} (limit {:.3g})", where, name, difference, limit);
}

}  // namespace

Parity verify_parity(const TrainedModel& model, const std::string& onnx, double ratio, const ExportConfig& config,
                     const std::string& where, const FrameDone& done) {
  const torch::NoGradGuard no_grad;
  Pair pair(model, onnx, ratio, where);
  Parity parity{config.frames, kSizes, 0, {}};
  int frames_done = 0;
  for (const FrameSize& size : kSizes) {
    pair.reset();
    const Rng rng = Rng(config.seed).fork("parity", static_cast<uint64_t>(size.height * 65536 + size.width));
    for (int t = 0; t < config.frames; ++t) {
      pair.step(test_frame(size, t, rng.fork("frame", t)), parity.outputs);
      if (done) done(++frames_done, config.frames * static_cast<int>(kSizes.size()));
    }
  }
  parity.alpha = parity.outputs.at(export_names(model.config).outputs[0]);
  check_limit(parity, config.limit, where);
  return parity;
}

std::string parity_to_json(const Parity& parity, const ExportConfig& config) {
  nlohmann::json sizes = nlohmann::json::array();
  for (const FrameSize& size : parity.sizes) sizes.push_back(fmt::format("{}x{}", size.height, size.width));
  const nlohmann::json versions = {{"facemat", kVersion}, {"libtorch", TORCH_VERSION}, {"onnxruntime", runtime_version()}};
  return nlohmann::json{{"frames", parity.frames},   {"sizes", sizes},        {"max_difference", parity.alpha},
                        {"outputs", parity.outputs}, {"limit", config.limit}, {"seed", config.seed},
                        {"versions", versions}}
      .dump();
}

double exported_ratio(const std::string& onnx, const std::string& where) {
  const Metadata metadata = read_metadata(onnx, where);
  const auto found = metadata.find(kRatioKey);
  require(found != metadata.end(), "{}: not a model of facemat-export (no metadata '{}')", where, kRatioKey);
  char* end = nullptr;
  const double ratio = std::strtod(found->second.c_str(), &end);
  require(*end == '\0' && ratio > 0 && ratio <= 1, "{}: metadata '{}' is '{}' (above 0, at most 1 is allowed)", where,
          kRatioKey, found->second);
  return ratio;
}

void check_same_weights(const TrainedModel& model, const std::string& onnx, const std::string& where) {
  const Metadata metadata = read_metadata(onnx, where);
  const auto found = metadata.find(kContractKey);
  require(found != metadata.end(), "{}: no contract (metadata '{}')", where, kContractKey);
  const ModelContract contract = contract_from_json(found->second, where);
  require(contract.weights_hash == model.weights_hash, "{}: exported from other weights ({}) than those of {} ({})", where,
          contract.weights_hash, model.file.string(), model.weights_hash);
}

}  // namespace facemat
