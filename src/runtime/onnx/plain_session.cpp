#include "src/runtime/onnx/plain_session.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <opencv2/core.hpp>

#include "src/core/error.h"
#include "src/runtime/onnx/environment.h"
#include "src/runtime/onnx/model_file.h"

namespace facemat {
namespace {

std::vector<const char*> pointers(const std::vector<std::string>& names) {
  std::vector<const char*> out;
  for (const std::string& name : names) out.push_back(name.c_str());
  return out;
}

template <typename T>
std::vector<float> to_floats(const Ort::Value& value, size_t count) {
  const T* data = value.GetTensorData<T>();
  std::vector<float> out(count);
  std::transform(data, data + count, out.begin(), [](T number) { return static_cast<float>(number); });
  return out;
}

std::vector<float> from_halves(const Ort::Value& value, size_t count) {
  std::vector<float> out(count);
  // Only read.
  const cv::Mat halves(1, static_cast<int>(count), CV_16F, const_cast<void*>(value.GetTensorRawData()));
  halves.convertTo(cv::Mat(1, static_cast<int>(count), CV_32F, out.data()), CV_32F);
  return out;
}

template <int kDepth>
void write_as(const std::vector<float>& values, void* to) {
  const int count = static_cast<int>(values.size());
  const cv::Mat from(1, count, CV_32F, const_cast<float*>(values.data()));
  from.convertTo(cv::Mat(1, count, kDepth, to), kDepth);
}

// The element types that are known, each with its name, its reader and, where an input may be of it, its writer.
struct Element {
  ONNXTensorElementDataType type;
  const char* name;
  std::vector<float> (*read)(const Ort::Value& value, size_t count);
  void (*write)(const std::vector<float>& values, void* to) = nullptr;
};
constexpr Element kElements[] = {
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, "float", to_floats<float>, write_as<CV_32F>},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, "float16", from_halves, write_as<CV_16F>},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, "double", to_floats<double>, write_as<CV_64F>},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, "uint8", to_floats<uint8_t>},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, "int8", to_floats<int8_t>},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, "int32", to_floats<int32_t>},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, "int64", to_floats<int64_t>},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL, "bool", to_floats<bool>},
};

const Element* find_element(ONNXTensorElementDataType type) {
  const auto at = std::find_if(std::begin(kElements), std::end(kElements), [&](const Element& e) { return e.type == type; });
  return at == std::end(kElements) ? nullptr : at;
}

const Element* find_element(const std::string& name) {
  const auto at = std::find_if(std::begin(kElements), std::end(kElements), [&](const Element& e) { return e.name == name; });
  return at == std::end(kElements) ? nullptr : at;
}

Ort::Value to_value(const FloatTensor& tensor, const TensorPort& port, const std::string& where) {
  const Element* element = find_element(port.type);
  require(element != nullptr && element->write != nullptr, "{}: input {} is {} (allowed: float, float16, double)", where,
          port.name, port.type);
  require(holds_its_shape(tensor), "{}: input {}: {} values for a shape of [{}]", where, port.name, tensor.values.size(),
          fmt::join(tensor.shape, ","));
  if (element->type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    // ONNX Runtime takes a mutable pointer but does not write to an input.
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    return Ort::Value::CreateTensor<float>(memory, const_cast<float*>(tensor.values.data()), tensor.values.size(),
                                           tensor.shape.data(), tensor.shape.size());
  }
  Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value value = Ort::Value::CreateTensor(allocator, tensor.shape.data(), tensor.shape.size(), element->type);
  element->write(tensor.values, value.GetTensorMutableRawData());
  return value;
}

FloatTensor to_tensor(const Ort::Value& value, const std::string& name) {
  const auto info = value.GetTensorTypeAndShapeInfo();
  const Element* element = find_element(info.GetElementType());
  require(element != nullptr, "output {} holds no numbers that are read", name);
  return {info.GetShape(), element->read(value, info.GetElementCount())};
}

TensorPort port(std::string name, const Ort::TypeInfo& type) {
  TensorPort out{std::move(name), "other", {}};
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return out;
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  if (const Element* element = find_element(tensor.GetElementType())) out.type = element->name;
  out.shape = tensor.GetShape();
  return out;
}

std::vector<std::string> names_of(const std::vector<TensorPort>& ports) {
  std::vector<std::string> out;
  for (const TensorPort& port : ports) out.push_back(port.name);
  return out;
}

}  // namespace

bool holds_its_shape(const FloatTensor& tensor) {
  size_t count = 1;
  for (const int64_t side : tensor.shape) {
    if (side < 0 || (side > 0 && count > (size_t{1} << 31) / side)) return false;
    count *= side;
  }
  return count == tensor.values.size() && count < (size_t{1} << 31);
}

FloatTensor first_state(const std::vector<int64_t>& shape, const std::string& where) {
  constexpr int64_t kMostNumbers = int64_t{1} << 28;
  FloatTensor state{shape, {}};
  int64_t count = 1;
  for (int64_t& size : state.shape) {
    size = std::max<int64_t>(size, 1);
    require(size <= kMostNumbers / count, "{}: a state of [{}] (allowed: up to {} numbers)", where, fmt::join(shape, ","),
            kMostNumbers);
    count *= size;
  }
  state.values.assign(static_cast<size_t>(count), 0.f);
  return state;
}

std::string describe(const std::vector<TensorPort>& ports) {
  std::vector<std::string> parts;
  for (const TensorPort& port : ports)
    parts.push_back(fmt::format("{} {}[{}]", port.name, port.type, fmt::join(port.shape, ",")));
  return fmt::format("{}", fmt::join(parts, " "));
}

struct PlainSession::Impl {
  Ort::Session session{nullptr};
  std::string where;
  std::vector<TensorPort> input_ports, output_ports;
  std::vector<std::string> inputs, outputs;  // their names
};

PlainSession::PlainSession(const std::string& model, const std::string& where, int threads) : impl_(std::make_unique<Impl>()) {
  impl_->where = where;
  check_model(model, where, Seal::kIfThere);
  SessionOptions options;
  options.threads = threads;
  try {
    impl_->session = open_session(model, options).session;
  } catch (const Ort::Exception& error) {
    fail_with(where + ": ONNX Runtime refuses the model", error);
  }
  Ort::AllocatorWithDefaultOptions allocator;
  const Ort::Session& session = impl_->session;
  for (size_t i = 0; i < session.GetInputCount(); ++i)
    impl_->input_ports.push_back(port(session.GetInputNameAllocated(i, allocator).get(), session.GetInputTypeInfo(i)));
  for (size_t i = 0; i < session.GetOutputCount(); ++i)
    impl_->output_ports.push_back(port(session.GetOutputNameAllocated(i, allocator).get(), session.GetOutputTypeInfo(i)));
  impl_->inputs = names_of(impl_->input_ports);
  impl_->outputs = names_of(impl_->output_ports);
}
PlainSession::~PlainSession() = default;
PlainSession::PlainSession(PlainSession&&) noexcept = default;

const std::vector<std::string>& PlainSession::inputs() const { return impl_->inputs; }
const std::vector<std::string>& PlainSession::outputs() const { return impl_->outputs; }
const std::vector<TensorPort>& PlainSession::input_ports() const { return impl_->input_ports; }
const std::vector<TensorPort>& PlainSession::output_ports() const { return impl_->output_ports; }

std::vector<FloatTensor> PlainSession::run(const std::vector<FloatTensor>& values) { return run(values, impl_->outputs); }

std::vector<FloatTensor> PlainSession::run(const std::vector<FloatTensor>& values, const std::vector<std::string>& outputs) {
  require(values.size() == impl_->inputs.size(), "{}: {} inputs given, the model has {}", impl_->where, values.size(),
          impl_->inputs.size());
  const auto in = pointers(impl_->inputs), out = pointers(outputs);
  try {
    std::vector<Ort::Value> given;
    for (size_t i = 0; i < values.size(); ++i) given.push_back(to_value(values[i], impl_->input_ports[i], impl_->where));
    const auto answers =
        impl_->session.Run(Ort::RunOptions{nullptr}, in.data(), given.data(), given.size(), out.data(), out.size());
    std::vector<FloatTensor> tensors;
    for (size_t i = 0; i < answers.size(); ++i) tensors.push_back(to_tensor(answers[i], outputs[i]));
    return tensors;
  } catch (const Ort::Exception& error) {
    fail_with(impl_->where + ": the model failed", error);
  }
}

}  // namespace facemat
