#include "src/runtime/session.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <thread>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/runtime/environment.h"

namespace facemat {
namespace {

// A named tensor of the graph. A size of -1 is left open until run time.
struct Port {
  std::string name;
  bool is_float = false;
  std::vector<int64_t> shape;
};

std::string describe(const Port& port) {
  return fmt::format("{} {}[{}]", port.name, port.is_float ? "float" : "other", fmt::join(port.shape, ","));
}

std::string describe(const std::vector<Port>& ports) {
  std::vector<std::string> parts;
  for (const Port& port : ports) parts.push_back(describe(port));
  return fmt::format("{}", fmt::join(parts, " "));
}

Port port(std::string name, const Ort::TypeInfo& type) {
  Port out{std::move(name), false, {}};
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return out;
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  out.is_float = tensor.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  out.shape = tensor.GetShape();
  return out;
}

struct Graph {
  std::vector<Port> inputs, outputs;
};

Graph graph_of(const Ort::Session& session) {
  Ort::AllocatorWithDefaultOptions allocator;
  Graph graph;
  for (size_t i = 0; i < session.GetInputCount(); ++i)
    graph.inputs.push_back(port(session.GetInputNameAllocated(i, allocator).get(), session.GetInputTypeInfo(i)));
  for (size_t i = 0; i < session.GetOutputCount(); ++i)
    graph.outputs.push_back(port(session.GetOutputNameAllocated(i, allocator).get(), session.GetOutputTypeInfo(i)));
  return graph;
}

const Port* find(const std::vector<Port>& ports, const std::string& name) {
  const auto at = std::find_if(ports.begin(), ports.end(), [&](const Port& p) { return p.name == name; });
  return at == ports.end() ? nullptr : &*at;
}

// `ports` must hold a float tensor `name` of rank 4 with `channels` channels (0: any number).
void check_port(const std::vector<Port>& ports, const std::string& name, int channels, const char* side,
                const fs::path& model) {
  const std::string wanted = fmt::format("{} float[-1,{},-1,-1]", name, channels == 0 ? -1 : channels);
  const Port* found = find(ports, name);
  const bool fits = found && found->is_float && found->shape.size() == 4 &&
                    (channels == 0 || found->shape[1] == -1 || found->shape[1] == channels);
  require(fits, "{}: the contract promises {} {}, the graph has {}", model.string(), side, wanted, describe(ports));
}

void check_graph(const Graph& graph, const ModelContract& contract, const fs::path& model) {
  check_port(graph.inputs, contract.image_input, 3, "input", model);
  check_port(graph.outputs, contract.alpha_output, 1, "output", model);
  if (!contract.uncertainty_output.empty()) check_port(graph.outputs, contract.uncertainty_output, 1, "output", model);
  for (const ModelState& state : contract.states) {
    check_port(graph.inputs, state.input, 0, "input", model);
    check_port(graph.outputs, state.output, 0, "output", model);
  }
  require(graph.inputs.size() == 1 + contract.states.size(), "{}: the contract promises {} inputs, the graph has {}",
          model.string(), 1 + contract.states.size(), describe(graph.inputs));
}

std::string contract_text(const Ort::Session& session, const Graph& graph, const fs::path& model) {
  Ort::AllocatorWithDefaultOptions allocator;
  const auto text = session.GetModelMetadata().LookupCustomMetadataMapAllocated(kContractKey, allocator);
  require(text != nullptr, "{}: the model has no contract (metadata '{}'; 'facemat export' writes it); inputs: {}; outputs: {}",
          model.string(), kContractKey, describe(graph.inputs), describe(graph.outputs));
  return text.get();
}

Ort::Value zero_state() {
  constexpr std::array<int64_t, 4> kShape = {1, 1, 1, 1};
  Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value value = Ort::Value::CreateTensor<float>(allocator, kShape.data(), kShape.size());
  value.GetTensorMutableData<float>()[0] = 0;
  return value;
}

cv::Mat plane(const Ort::Value& value, cv::Size size, const std::string& name, const fs::path& model) {
  const std::vector<int64_t> shape = value.GetTensorTypeAndShapeInfo().GetShape();
  const std::vector<int64_t> wanted = {1, 1, size.height, size.width};
  require(shape == wanted, "{}: output {} is [{}] for an image of [{}]", model.string(), name, fmt::join(shape, ","),
          fmt::join(wanted, ","));
  // The buffer belongs to ONNX Runtime, hence the clone; it is only read.
  return cv::Mat(size, CV_32FC1, const_cast<float*>(value.GetTensorData<float>())).clone();
}

std::vector<const char*> pointers(const std::vector<std::string>& names) {
  std::vector<const char*> out;
  for (const std::string& name : names) out.push_back(name.c_str());
  return out;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

struct Session::Impl {
  fs::path path;
  ModelContract contract;
  Graph graph;
  Ort::Session session{nullptr};
  std::vector<std::string> input_names, output_names;
  std::vector<Ort::Value> inputs;  // the image, then the states

  void load(const SessionOptions& options) {
    const std::string bytes = read_file(path, kLargestModel);
    Ort::SessionOptions settings;
    settings.SetIntraOpNumThreads(options.threads > 0 ? options.threads
                                                      : std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
    settings.SetInterOpNumThreads(1);
    settings.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    // Idle threads sleep: a decoder, an encoder or another program usually wants the cores between two frames.
    settings.AddConfigEntry("session.intra_op.allow_spinning", "0");
    try {
      session = open_session(bytes, settings);
    } catch (const Ort::Exception& error) {
      fail("{}: not a readable ONNX model: {}", path.string(), first_line(error.what()));
    }
    graph = graph_of(session);
    contract = contract_from_json(contract_text(session, graph, path), path.string());
    check_graph(graph, contract, path);
    name_ports();
    inputs.emplace_back(nullptr);
    for (size_t i = 0; i < contract.states.size(); ++i) inputs.push_back(zero_state());
  }

  void name_ports() {
    input_names = {contract.image_input};
    for (const ModelState& state : contract.states) {
      input_names.push_back(state.input);
      output_names.push_back(state.output);
    }
    output_names.push_back(contract.alpha_output);
    if (!contract.uncertainty_output.empty()) output_names.push_back(contract.uncertainty_output);
  }

  std::vector<Ort::Value> forward() {
    const auto in = pointers(input_names), out = pointers(output_names);
    try {
      return session.Run(Ort::RunOptions{nullptr}, in.data(), inputs.data(), in.size(), out.data(), out.size());
    } catch (const Ort::Exception& error) {
      fail("{}: the model failed: {}", path.string(), first_line(error.what()));
    }
  }
};

Session::Session(const fs::path& model, const SessionOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->path = model;
  impl_->load(options);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const ModelContract& Session::contract() const { return impl_->contract; }

cv::Size Session::fixed_size() const {
  const std::vector<int64_t>& shape = find(impl_->graph.inputs, impl_->contract.image_input)->shape;
  return shape[2] > 0 && shape[3] > 0 ? cv::Size(static_cast<int>(shape[3]), static_cast<int>(shape[2])) : cv::Size();
}

Session::Answer Session::run(const cv::Mat& image) {
  require(image.dims == 4 && image.type() == CV_32F && image.isContinuous() && image.size[0] == 1 && image.size[1] == 3,
          "a model's image must be [1,3,H,W] float");
  const cv::Size size(image.size[3], image.size[2]);
  const std::array<int64_t, 4> shape = {1, 3, size.height, size.width};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  // ONNX Runtime takes a mutable pointer but does not write to an input.
  impl_->inputs[0] = Ort::Value::CreateTensor<float>(memory, const_cast<float*>(image.ptr<float>()), image.total(),
                                                     shape.data(), shape.size());
  std::vector<Ort::Value> outputs = impl_->forward();
  const size_t states = impl_->contract.states.size();
  Answer answer;
  answer.alpha = plane(outputs[states], size, impl_->contract.alpha_output, impl_->path);
  if (outputs.size() > states + 1)
    answer.uncertainty = plane(outputs[states + 1], size, impl_->contract.uncertainty_output, impl_->path);
  for (size_t i = 0; i < states; ++i) impl_->inputs[i + 1] = std::move(outputs[i]);
  return answer;
}

void Session::reset() {
  for (size_t i = 1; i < impl_->inputs.size(); ++i) impl_->inputs[i] = zero_state();
}

std::string runtime_version() { return OrtGetApiBase()->GetVersionString(); }

std::vector<std::string> runtime_providers() { return Ort::GetAvailableProviders(); }

}  // namespace facemat
