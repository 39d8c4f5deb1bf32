#include "src/runtime/onnx/session.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/runtime/onnx/environment.h"
#include "src/runtime/onnx/ports.h"
#include "src/runtime/onnx/prepared_graphs.h"

namespace facemat {
namespace {

using ports::check_graph;
using ports::contract_text;
using ports::find;
using ports::Graph;
using ports::graph_of;
using ports::Port;

Ort::MemoryInfo cpu_memory() { return Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault); }

// A tensor over the bytes of `data`, CV_32F or CV_16F, which must outlive it. ONNX Runtime takes a mutable pointer but does not
// write to an input.
Ort::Value tensor_over(const cv::Mat& data, const std::vector<int64_t>& shape) {
  const auto type = data.depth() == CV_16F ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  return Ort::Value::CreateTensor(cpu_memory(), const_cast<uint8_t*>(data.data), data.total() * data.elemSize(), shape.data(),
                                  shape.size(), type);
}

// A tensor of the type of `port` with the values of `tensor`, in memory of its own.
Ort::Value to_value(const FloatTensor& tensor, const Port& port) {
  Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value value = Ort::Value::CreateTensor(allocator, tensor.shape.data(), tensor.shape.size(), port.type);
  const int count = static_cast<int>(tensor.values.size());
  const cv::Mat from(1, count, CV_32F, const_cast<float*>(tensor.values.data()));
  cv::Mat to(1, count, port.is_half() ? CV_16F : CV_32F, value.GetTensorMutableRawData());
  from.convertTo(to, to.type());
  return value;
}

FloatTensor to_floats(const Ort::Value& value) {
  const auto info = value.GetTensorTypeAndShapeInfo();
  const bool half = info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
  const int count = static_cast<int>(info.GetElementCount());
  FloatTensor out{info.GetShape(), std::vector<float>(count)};
  // Only read.
  const cv::Mat from(1, count, half ? CV_16F : CV_32F, const_cast<void*>(value.GetTensorRawData()));
  cv::Mat to(1, count, CV_32F, out.values.data());
  from.convertTo(to, CV_32F);
  return out;
}

// `planes` (CV_32F) of the type of `port`.
cv::Mat of_type(const cv::Mat& planes, const Port& port) {
  if (!port.is_half()) return planes;
  cv::Mat out;
  planes.convertTo(out, CV_16F);
  return out;
}

// [1,channels,H,W] CV_32F, as a model takes its image and its guides.
bool is_planes(const cv::Mat& planes, int channels) {
  return planes.dims == 4 && planes.type() == CV_32F && planes.isContinuous() && planes.size[0] == 1 &&
         planes.size[1] == channels;
}

// An answer of the model as an image of its own: the buffer belongs to ONNX Runtime.
cv::Mat plane(const Ort::Value& value, cv::Size size, const std::string& name, const std::string& model) {
  const std::vector<int64_t> shape = value.GetTensorTypeAndShapeInfo().GetShape();
  const std::vector<int64_t> wanted = {1, 1, size.height, size.width};
  require(shape == wanted, "{}: output {} is [{}] for an image of [{}]", model, name, fmt::join(shape, ","),
          fmt::join(wanted, ","));
  const bool half = value.GetTensorTypeAndShapeInfo().GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
  cv::Mat out;
  cv::Mat(size, half ? CV_16FC1 : CV_32FC1, const_cast<void*>(value.GetTensorRawData())).convertTo(out, CV_32F);
  return out;
}

}  // namespace

struct Model::Impl {
  std::string where;
  ModelContract contract;
  Graph graph;
  std::shared_ptr<OpenedSession> opened;     // as the file is: for any size, where it leaves sizes open
  std::unique_ptr<PreparedGraphs> prepared;  // null: none are to be
  SessionOptions options;                    // with the provider that was opened

  void load(const std::string& bytes, const SessionOptions& asked) {
    options = asked;
    try {
      opened = std::make_shared<OpenedSession>(open_session(bytes, options));
    } catch (const Ort::Exception& error) {
      fail_with(where + ": not a readable ONNX model", error);
    }
    options.provider = opened->provider;
    graph = graph_of(opened->session);
    contract = contract_from_json(contract_text(opened->session, graph, where), where);
    check_graph(graph, contract, where);
    std::vector<std::string> guides;
    for (const ModelGuide& guide : contract.guides) guides.push_back(guide.input);
    const ImageDimensions open = image_dimensions(opened->session, contract.image_input, guides);
    const bool can_prepare = !open.height.empty() && !open.width.empty() && options.provider == "cpu";
    if (options.prepare && can_prepare) prepared = std::make_unique<PreparedGraphs>(bytes, options, open);
  }
};

Model::Model(const fs::path& model, const SessionOptions& options) : Model(read_file(model, kLargestModel), model, options) {}

Model::Model(const std::string& bytes, const std::string& where, const SessionOptions& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->where = where;
  check_model(bytes, where);
  impl_->load(bytes, options);
}
Model::~Model() = default;

const ModelContract& Model::contract() const { return impl_->contract; }
const std::string& Model::provider() const { return impl_->opened->provider; }
const std::string& Model::where() const { return impl_->where; }
bool Model::half_precision() const { return find(impl_->graph.inputs, impl_->contract.image_input)->is_half(); }

cv::Size Model::fixed_size() const {
  const std::vector<int64_t>& shape = find(impl_->graph.inputs, impl_->contract.image_input)->shape;
  return shape[2] > 0 ? cv::Size(static_cast<int>(shape[3]), static_cast<int>(shape[2])) : cv::Size();
}

struct Session::Impl {
  std::shared_ptr<const Model> shared;
  std::shared_ptr<OpenedSession> running;  // what `binding` is of; null: of nothing that may run
  Ort::IoBinding binding{nullptr};
  bool under_way = false;  // the clip has had a frame
  std::vector<Ort::Value> states;
  struct Before {
    bool under_way;
    std::vector<Ort::Value> states;
  };
  std::optional<Before> before;  // the last run, for undo()
  StateAddresses addresses;

  Model::Impl& model() const { return *shared->impl_; }
  const ModelContract& contract() const { return model().contract; }
  // Which graph an image of this size goes through: a single picture is not worth the time to prepare one.
  std::shared_ptr<OpenedSession> graph_for(cv::Size size) const {
    const auto prepared = under_way && model().prepared ? model().prepared->of(size) : nullptr;
    return prepared ? prepared : model().opened;
  }

  void use(const std::shared_ptr<OpenedSession>& graph) {
    if (graph == running) return;
    Ort::IoBinding fresh(graph->session);  // first: the two belong together, whatever it throws
    binding = std::move(fresh);
    running = graph;
  }

  const Port& port(const std::string& input) const { return *find(model().graph.inputs, input); }
  const Port& state_port(size_t i) const { return port(contract().states[i].input); }

  // What a frame brings, in memory that lives as long as the run.
  struct Inputs {
    cv::Mat image, ratio;
    std::vector<cv::Mat> guides;  // in the order of the contract
  };

  Inputs inputs_of(const cv::Mat& image, const GuideSet<cv::Mat>& guides, double ratio) const {
    Inputs inputs{of_type(image, port(contract().image_input)),
                  cv::Mat(1, 1, CV_32F, cv::Scalar(ratio > 0 ? ratio : contract().ratio)),
                  {}};
    for (const ModelGuide& guide : contract().guides) {
      const GuideEntry& entry = find_guide(guide.name);
      const cv::Mat& planes = entry.of(guides);
      require(is_planes(planes, entry.channels()) && planes.size[2] == image.size[2] && planes.size[3] == image.size[3],
              "{}: the model needs a {} of [1,{},{},{}] float beside the image", model().where, entry.name, entry.channels(),
              image.size[2], image.size[3]);
      inputs.guides.push_back(of_type(planes, port(guide.input)));
    }
    return inputs;
  }

  void bind_inputs(const Inputs& inputs, cv::Size size) {
    const auto map = [&](const cv::Mat& planes) { return tensor_over(planes, {1, planes.size[1], size.height, size.width}); };
    binding.BindInput(contract().image_input.c_str(), map(inputs.image));
    for (size_t i = 0; i < inputs.guides.size(); ++i)
      binding.BindInput(contract().guides[i].input.c_str(), map(inputs.guides[i]));
    if (!contract().ratio_input.empty()) binding.BindInput(contract().ratio_input.c_str(), tensor_over(inputs.ratio, {1}));
    for (size_t i = 0; i < states.size(); ++i) binding.BindInput(contract().states[i].input.c_str(), states[i]);
  }

  // Anew for every run: what the last one wrote would be overwritten else. Answers come to the machine's memory, states stay
  // with the provider.
  void bind_outputs(const OpenedSession& graph) {
    for (const ModelState& state : contract().states) binding.BindOutput(state.output.c_str(), graph.memory);
    const auto memory = cpu_memory();
    binding.BindOutput(contract().alpha_output.c_str(), memory);
    if (!contract().uncertainty_output.empty()) binding.BindOutput(contract().uncertainty_output.c_str(), memory);
  }

  std::vector<Ort::Value> forward(const Inputs& inputs, cv::Size size) {
    const std::shared_ptr<OpenedSession> graph = std::exchange(running, nullptr);  // a binding half made is not used again
    try {
      bind_inputs(inputs, size);
      bind_outputs(*graph);
      binding.SynchronizeInputs();
      graph->session.Run(Ort::RunOptions{nullptr}, binding);
      binding.SynchronizeOutputs();
      std::vector<Ort::Value> values = binding.GetOutputValues();
      running = graph;
      return values;
    } catch (const Ort::Exception& error) {
      fail_with(model().where + ": the model failed", error);
    }
  }

  static std::vector<const void*> where_are(const std::vector<Ort::Value>& values, size_t count) {
    std::vector<const void*> out;
    for (size_t i = 0; i < count; ++i) out.push_back(values[i].GetTensorRawData());
    return out;
  }
};

Session::Session(std::shared_ptr<const Model> model) : impl_(std::make_unique<Impl>()) {
  require(model != nullptr, "a session needs a model");
  impl_->shared = std::move(model);
  impl_->use(impl_->model().opened);
  reset();
}
Session::Session(const fs::path& model, const SessionOptions& options)
    : Session(std::make_shared<const Model>(model, options)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const Model& Session::model() const { return *impl_->shared; }
const Session::StateAddresses& Session::state_addresses() const { return impl_->addresses; }

Session::Answer Session::run(const cv::Mat& image, const GuideSet<cv::Mat>& guides, double ratio) {
  require(is_planes(image, 3), "a model's image must be [1,3,H,W] float");
  const cv::Size size(image.size[3], image.size[2]);
  require(std::max(size.width, size.height) <= kLargestSide, "an image of {}x{} is too large (allowed: up to {} each way)",
          size.width, size.height, kLargestSide);
  require(ratio >= 0 && ratio <= 1, "ratio is {} (allowed: above 0, at most 1; 0: the model's own)", ratio);

  Impl& impl = *impl_;
  const Impl::Inputs inputs = impl.inputs_of(image, guides, ratio);
  impl.before.reset();
  const size_t states = impl.states.size();
  impl.addresses = {Impl::where_are(impl.states, states), {}};
  impl.use(impl.graph_for(size));
  std::vector<Ort::Value> outputs = impl.forward(inputs, size);
  Answer answer;
  answer.alpha = plane(outputs[states], size, contract().alpha_output, model().where());
  if (outputs.size() > states + 1)
    answer.uncertainty = plane(outputs[states + 1], size, contract().uncertainty_output, model().where());
  impl.addresses.written = Impl::where_are(outputs, states);
  outputs.erase(outputs.begin() + static_cast<std::ptrdiff_t>(states), outputs.end());
  impl.before = Impl::Before{std::exchange(impl.under_way, true), std::exchange(impl.states, std::move(outputs))};
  return answer;
}

void Session::undo() noexcept {
  if (!impl_->before) return;
  impl_->under_way = impl_->before->under_way;
  impl_->states = std::move(impl_->before->states);
  impl_->before.reset();
}

bool Session::prepared() const { return impl_->running && impl_->running != impl_->model().opened; }

void Session::reset() {
  std::vector<Ort::Value> first;
  for (size_t i = 0; i < contract().states.size(); ++i)
    first.push_back(to_value(first_state(impl_->state_port(i).shape, model().where()), impl_->state_port(i)));
  impl_->states = std::move(first);
  impl_->under_way = false;
  impl_->before.reset();
}

std::vector<FloatTensor> Session::states() const {
  std::vector<FloatTensor> out;
  try {
    for (const Ort::Value& state : impl_->states) out.push_back(to_floats(to_cpu(state, impl_->model().options)));
  } catch (const Ort::Exception& error) {
    fail_with(model().where() + ": the states cannot be read", error);
  }
  return out;
}

void Session::set_states(const std::vector<FloatTensor>& states) {
  require(states.size() == contract().states.size(), "{}: {} states given, the model has {}", model().where(), states.size(),
          contract().states.size());
  std::vector<Ort::Value> values;
  for (size_t i = 0; i < states.size(); ++i) {
    const std::string& name = contract().states[i].input;
    require(states[i].shape.size() == 4, "{}: state {} has {} dimensions (allowed: 4)", model().where(), name,
            states[i].shape.size());
    require(holds_its_shape(states[i]), "{}: state {} has {} values, its shape [{}] takes others", model().where(), name,
            states[i].values.size(), fmt::join(states[i].shape, ","));
    values.push_back(to_value(states[i], impl_->state_port(i)));
  }
  impl_->states = std::move(values);
  impl_->under_way = true;
  impl_->before.reset();
}

}  // namespace facemat
