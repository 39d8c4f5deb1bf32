#include "export/proof/parity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "export/graph/float_ports.h"
#include "export/graph/proto.h"
#include "src/core/error.h"
#include "src/core/seal.h"
#include "src/model/networks/models.h"
#include "src/runtime/onnx/plain_session.h"

namespace facemat {
namespace {

constexpr double kRatioIfOpen = 0.5;  // at 1 the network skips its refiner, which a file with a ratio input always runs
constexpr int kFramesAlone = 6;       // of files without states

FloatTensor to_floats(const torch::Tensor& tensor) {
  const auto plain = tensor.contiguous();
  return {plain.sizes().vec(), {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()}};
}

torch::Tensor to_tensor(FloatTensor& floats) {
  return torch::from_blob(floats.values.data(), floats.shape, torch::kFloat32).clone();
}

// Where the absolute difference is largest. Neither side may hold a number that is not finite.
Spot worst_spot(const torch::Tensor& expected, const torch::Tensor& got) {
  const auto plain = expected.contiguous(), other = got.contiguous();
  const auto difference = (plain - other).abs();
  int64_t at = difference.argmax().item<int64_t>();
  Spot spot;
  spot.expected = plain.data_ptr<float>()[at];
  spot.got = other.data_ptr<float>()[at];
  int64_t* const places[] = {&spot.x, &spot.y, &spot.channel, &spot.batch};
  for (int64_t dim = plain.dim() - 1, i = 0; dim >= 0 && i < 4; --dim, ++i) {
    *places[i] = at % plain.size(dim);
    at /= plain.size(dim);
  }
  return spot;
}

double difference_of(const Spot& spot) { return std::abs(spot.expected - spot.got); }

std::string shape_text(const torch::Tensor& tensor) { return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ",")); }

// Sums over one output.
struct Sum {
  double total = 0;
  int64_t count = 0, over = 0;  // values; those above the limit
};

class Comparison {
 public:
  Comparison(const TrainedModel& model, const std::string& onnx, const ExportConfig& config, std::string where, FrameDone done)
      : where_(std::move(where)),
        done_(std::move(done)),
        seed_(config.seed),
        file_(onnx, where_),
        network_(model, file_.contract()) {
    parity_.precision = precision_of(onnx, where_);
    parity_.limit = config.limit > 0 ? config.limit : default_limit(parity_.precision);
    parity_.tolerated = tolerated_share(model.config.network);
    parity_.cases = cases_for(file_, config);
    parity_.frames = parity_.cases[0].frames;
    for (const ParityCase& clip : parity_.cases) work_total_ += clip.frames * work_of(clip);
  }

  Parity run() {
    for (const ParityCase& clip : parity_.cases) run(clip);
    for (auto& [name, output] : parity_.outputs) {
      const auto count = static_cast<double>(sums_[name].count);
      output.mean = sums_[name].total / count;
      output.over = static_cast<double>(sums_[name].over) / count;
    }
    parity_.alpha = parity_.outputs.at(file_.contract().alpha_output).largest;
    return std::move(parity_);
  }

 private:
  // Thousands of pixels; small frames cost what all frames cost.
  static int64_t work_of(const ParityCase& clip) {
    const FrameSize size = parse_size(clip.size, "cases.size");
    return std::max<int64_t>(16, clip.batch * size.height * size.width / 1000);
  }

  void run(const ParityCase& clip) {
    const FrameSize size = parse_size(clip.size, "cases.size");
    const Rng rng = Rng(seed_).fork("parity", static_cast<uint64_t>(size.height * 65536 + size.width));
    const std::vector<std::string> guides = guides_of(file_.contract());
    for (int t = 0; t < clip.frames; ++t) {
      if (t == 0 || (clip.reset && t == clip.frames / 2)) file_.reset(), network_.reset();
      compare(clip, t, drawn_frames(size, clip.batch, t, rng, guides));
      ++step_;
      work_done_ += work_of(clip);
      if (done_) done_(work_done_, work_total_, fmt::format("{}, frame {}", clip.size, t + 1));
    }
  }

  // Both sides see the same: what the file's inputs can hold.
  void compare(const ParityCase& clip, int t, const ShownFrames& drawn) {
    const ShownFrames shown = parity_.precision == "fp16" ? as_half(drawn) : drawn;
    const auto expected = network_.run(shown, clip.ratio);
    const auto got = file_.run(shown, clip.ratio);
    for (const std::string& name : file_.outputs()) {
      const auto entry = expected.find(name);
      require(entry != expected.end(), "{}: output '{}' is none of the network's", where_, name);
      add(name, clip, t, entry->second, got.at(name));
    }
  }

  void add(const std::string& name, const ParityCase& clip, int t, const torch::Tensor& expected, const torch::Tensor& got) {
    const std::string place = fmt::format("frame {} of {}", t, clip.size);
    require(expected.sizes() == got.sizes(), "{}: output {} has the shape {}, the network's {} ({})", where_, name,
            shape_text(got), shape_text(expected), place);
    require(expected.isfinite().all().item<bool>(), "the network itself gives a number that is not finite in {} ({})", name,
            place);
    require(got.isfinite().all().item<bool>(), "{}: output {} holds a number that is not finite ({})", where_, name, place);
    Spot spot = worst_spot(expected, got);
    spot.clip = clip;
    spot.frame = t;
    spot.step = step_;
    OutputParity& output = parity_.outputs[name];
    if (difference_of(spot) > parity_.limit && !output.first_over) output.first_over = spot;
    if (difference_of(spot) >= output.largest) output.largest = difference_of(spot), output.worst = spot;
    const auto difference = (expected - got).abs();
    sums_[name].total += difference.sum(torch::kFloat64).item<double>();
    sums_[name].count += expected.numel();
    sums_[name].over += (difference > parity_.limit).sum().item<int64_t>();
  }

  std::string where_;
  FrameDone done_;
  uint64_t seed_;
  FileRunner file_;
  NetworkRunner network_;
  Parity parity_;
  std::map<std::string, Sum> sums_;
  int step_ = 0;
  int64_t work_done_ = 0, work_total_ = 0;
};

int64_t fixed_dimension(const PlainSession& session, const std::string& name, size_t dimension) {
  for (const TensorPort& port : session.input_ports())
    if (port.name == name && port.shape.size() == 4) return std::max<int64_t>(0, port.shape[dimension]);
  return 0;
}

bool has_half_ports(const onnx::GraphProto& graph) {
  for (const auto* ports : {&graph.input(), &graph.output()})
    for (const auto& port : *ports)
      if (port.type().tensor_type().elem_type() == onnx::TensorProto::FLOAT16) return true;
  return false;
}

}  // namespace

std::string describe(const Spot& spot) {
  std::string place = fmt::format("frame {} of {}", spot.frame, spot.clip.size);
  if (spot.clip.batch > 1) place += fmt::format(", clip {} of {}", spot.batch, spot.clip.batch);
  if (spot.channel > 0) place += fmt::format(", channel {}", spot.channel);
  return fmt::format("{}, pixel (y {}, x {}): LibTorch {:.6g}, the file {:.6g}", place, spot.y, spot.x, spot.expected,
                     spot.got);
}

double tolerated_share(const std::string& network) {
  const auto& table = model_table();
  const bool chooses =
      std::any_of(table.begin(), table.end(), [&](const ModelEntry& entry) { return entry.name == network && entry.chooses; });
  return chooses ? kTolerated : 0;
}

double largest_but_for(double share, const std::vector<torch::Tensor>& differences) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& each : differences) flat.push_back(each.flatten());
  const torch::Tensor all = torch::cat(flat).nan_to_num(kInfinity, kInfinity);
  const auto left_out = static_cast<int64_t>(share * static_cast<double>(all.numel()));
  return (left_out == 0 ? all.max() : std::get<0>(all.kthvalue(all.numel() - left_out))).item<double>();
}

struct FileRunner::Impl {
  std::string where;
  ModelContract contract;
  PlainSession session;
  std::map<std::string, FloatTensor> states;  // by input name
};

FileRunner::FileRunner(const std::string& onnx, const std::string& where, int threads) {
  const onnx::ModelProto model = parse_onnx(without_seal(onnx), where);
  const std::string bytes = has_half_ports(model.graph()) ? with_float_ports(onnx, where) : onnx;
  impl_ = std::make_unique<Impl>(Impl{where, contract_of_file(onnx, where), PlainSession(bytes, where, threads), {}});
  for (const std::string& name : impl_->session.inputs()) {
    const ModelContract& contract = impl_->contract;
    const auto named = [&](const auto& entries) {
      return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.input == name; });
    };
    require(named(contract.states) || named(contract.guides) || name == contract.image_input || name == contract.ratio_input,
            "{}: the contract does not name input '{}'", where, name);
  }
  reset();
}
FileRunner::~FileRunner() = default;

const ModelContract& FileRunner::contract() const { return impl_->contract; }
const std::vector<std::string>& FileRunner::outputs() const { return impl_->session.outputs(); }

FrameSize FileRunner::fixed_size() const {
  const std::string& name = impl_->contract.image_input;
  return {fixed_dimension(impl_->session, name, 2), fixed_dimension(impl_->session, name, 3)};
}

int64_t FileRunner::fixed_batch() const { return fixed_dimension(impl_->session, impl_->contract.image_input, 0); }

void FileRunner::reset() {
  for (const TensorPort& port : impl_->session.input_ports())
    for (const ModelState& state : impl_->contract.states)
      if (state.input == port.name) impl_->states[port.name] = first_state(port.shape, impl_->where);
}

std::map<std::string, torch::Tensor> FileRunner::run(const ShownFrames& shown, double ratio) {
  std::map<std::string, torch::Tensor> maps = {{impl_->contract.image_input, shown.frames}};
  for (const ModelGuide& guide : impl_->contract.guides) {
    maps[guide.input] = find_guide(guide.name).of(shown.guides);
    require(maps[guide.input].defined(), "{}: no {} is given", impl_->where, guide.name);
  }
  std::vector<FloatTensor> inputs;
  for (const std::string& name : impl_->session.inputs()) {
    if (const auto map = maps.find(name); map != maps.end()) {
      inputs.push_back(to_floats(map->second));
    } else if (name == impl_->contract.ratio_input) {
      inputs.push_back({{1}, {static_cast<float>(ratio)}});
    } else {
      inputs.push_back(impl_->states.at(name));
    }
  }
  std::vector<FloatTensor> answers = impl_->session.run(inputs);
  std::map<std::string, torch::Tensor> outputs;
  for (size_t i = 0; i < answers.size(); ++i) outputs[impl_->session.outputs()[i]] = to_tensor(answers[i]);
  for (const ModelState& state : impl_->contract.states) {
    const auto& names = impl_->session.outputs();
    const auto at = std::find(names.begin(), names.end(), state.output);
    require(at != names.end(), "{}: the contract promises output '{}'", impl_->where, state.output);
    impl_->states[state.input] = std::move(answers[static_cast<size_t>(at - names.begin())]);
  }
  return outputs;
}

std::map<std::string, torch::Tensor> NetworkRunner::run(const ShownFrames& shown, double ratio) {
  const torch::NoGradGuard no_grad;
  MattingNetwork& network = *model_.network;
  // A file with a ratio input refines at every ratio, the network at 1 does not.
  const Prediction prediction =
      contract_.ratio_input.empty()
          ? network.forward(shown.frames, shown.guides, states_, ratio)
          : network.forward_scaled(shown.frames, shown.guides, states_, torch::tensor({static_cast<float>(ratio)}));
  std::map<std::string, torch::Tensor> outputs = {{contract_.alpha_output, prediction.alpha}};
  if (prediction.variance.defined()) outputs[contract_.uncertainty_output] = prediction.variance.sqrt();
  if (prediction.foreground.defined()) outputs["fgr"] = prediction.foreground;
  for (size_t i = 0; i < contract_.states.size(); ++i) outputs[contract_.states[i].output] = prediction.states[i];
  if (!contract_.states.empty()) states_ = prediction.states;
  return outputs;
}

std::vector<std::string> guides_of(const ModelContract& contract) {
  std::vector<std::string> names;
  for (const ModelGuide& guide : contract.guides) names.push_back(guide.name);
  return names;
}

std::vector<ParityCase> cases_for(const FileRunner& file, const ExportConfig& config) {
  const FrameSize fixed = file.fixed_size();
  std::vector<ParityCase> cases = config.cases;
  if (fixed.height > 0) cases = {{fmt::format("{}x{}", fixed.height, fixed.width), 1, 0, 0, true}};
  for (ParityCase& clip : cases) {
    if (file.fixed_batch() > 0) clip.batch = static_cast<int>(file.fixed_batch());
    const ModelContract& contract = file.contract();
    if (clip.frames == 0) clip.frames = contract.states.empty() ? std::min(config.frames, kFramesAlone) : config.frames;
    if (contract.ratio_input.empty()) {
      clip.ratio = contract.ratio;
    } else if (clip.ratio == 0) {
      clip.ratio = contract.ratio < 1 ? contract.ratio : kRatioIfOpen;
    }
  }
  return cases;
}

Parity measure_parity(const TrainedModel& model, const std::string& onnx, const ExportConfig& config, const std::string& where,
                      const FrameDone& done) {
  const torch::NoGradGuard no_grad;
  return Comparison(model, onnx, config, where, done).run();
}

bool is_judged(const Parity& parity, const std::string& output, const std::string& alpha_output) {
  return parity.precision == "fp32" || output == alpha_output;
}

bool holds(const Parity& parity, const OutputParity& output) {
  const bool few = parity.tolerated > 0 && output.over <= parity.tolerated && output.mean <= parity.limit;
  return output.largest <= parity.limit || few;
}

void check_parity(const Parity& parity, const std::string& where) {
  const auto share = [&](const OutputParity& output) {
    if (parity.tolerated == 0) return std::string();
    return fmt::format(", above it {:.2g} % of the values, mean {:.2g}", 100 * output.over, output.mean);
  };
  for (const auto& [name, output] : parity.outputs)
    require(!is_judged(parity, name) || holds(parity, output),
            "{}: {} differs from LibTorch by {:.3g} (limit {:.3g}{}), most at {}", where, name, output.largest, parity.limit,
            share(output), describe(output.worst));
}

Parity verify_parity(const TrainedModel& model, const std::string& onnx, const ExportConfig& config, const std::string& where,
                     const FrameDone& done) {
  Parity parity = measure_parity(model, onnx, config, where, done);
  check_parity(parity, where);
  return parity;
}

ModelContract contract_of_file(const std::string& onnx, const std::string& where) {
  const std::string text = metadata_of(parse_onnx(without_seal(onnx), where), kContractKey);
  require(!text.empty(), "{}: no contract (metadata '{}'): not a model of 'facemat export'", where, kContractKey);
  return contract_from_json(text, where);
}

std::string precision_of(const std::string& onnx, const std::string& where) {
  const onnx::ModelProto model = parse_onnx(without_seal(onnx), where);
  for (const onnx::NodeProto& node : model.graph().node())
    if (node.op_type() == "QuantizeLinear" || node.op_type() == "DynamicQuantizeLinear") return "int8";
  return has_half_ports(model.graph()) ? "fp16" : "fp32";
}

}  // namespace facemat
