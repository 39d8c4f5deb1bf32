#include "src/runtime/plain_session.h"

#include <functional>
#include <numeric>

#include "src/core/error.h"
#include "src/runtime/environment.h"

namespace facemat {
namespace {

std::vector<const char*> pointers(const std::vector<std::string>& names) {
  std::vector<const char*> out;
  for (const std::string& name : names) out.push_back(name.c_str());
  return out;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Ort::Value to_value(const FloatTensor& tensor, const std::string& name) {
  const int64_t count = std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1}, std::multiplies<>());
  require(count == static_cast<int64_t>(tensor.values.size()), "input {}: {} values for a shape of {}", name,
          tensor.values.size(), count);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  // ONNX Runtime takes a mutable pointer but does not write to an input.
  return Ort::Value::CreateTensor<float>(memory, const_cast<float*>(tensor.values.data()), tensor.values.size(),
                                         tensor.shape.data(), tensor.shape.size());
}

FloatTensor to_tensor(const Ort::Value& value, const std::string& name) {
  const auto info = value.GetTensorTypeAndShapeInfo();
  require(info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, "output {} is not a float tensor", name);
  const float* data = value.GetTensorData<float>();
  return {info.GetShape(), std::vector<float>(data, data + info.GetElementCount())};
}

}  // namespace

struct PlainSession::Impl {
  Ort::Session session{nullptr};
  std::string where;
  std::vector<std::string> inputs, outputs;
};

PlainSession::PlainSession(const std::string& model, const std::string& where, int threads) : impl_(std::make_unique<Impl>()) {
  impl_->where = where;
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  try {
    impl_->session = open_session(model, options);
  } catch (const Ort::Exception& error) {
    fail("{}: ONNX Runtime refuses the model: {}", where, first_line(error.what()));
  }
  Ort::AllocatorWithDefaultOptions allocator;
  for (size_t i = 0; i < impl_->session.GetInputCount(); ++i)
    impl_->inputs.emplace_back(impl_->session.GetInputNameAllocated(i, allocator).get());
  for (size_t i = 0; i < impl_->session.GetOutputCount(); ++i)
    impl_->outputs.emplace_back(impl_->session.GetOutputNameAllocated(i, allocator).get());
}
PlainSession::~PlainSession() = default;
PlainSession::PlainSession(PlainSession&&) noexcept = default;

const std::vector<std::string>& PlainSession::inputs() const { return impl_->inputs; }
const std::vector<std::string>& PlainSession::outputs() const { return impl_->outputs; }

std::vector<FloatTensor> PlainSession::run(const std::vector<FloatTensor>& values) {
  require(values.size() == impl_->inputs.size(), "{}: {} inputs given, the model has {}", impl_->where, values.size(),
          impl_->inputs.size());
  std::vector<Ort::Value> given;
  for (size_t i = 0; i < values.size(); ++i) given.push_back(to_value(values[i], impl_->inputs[i]));
  const auto in = pointers(impl_->inputs), out = pointers(impl_->outputs);
  try {
    const auto answers =
        impl_->session.Run(Ort::RunOptions{nullptr}, in.data(), given.data(), given.size(), out.data(), out.size());
    std::vector<FloatTensor> tensors;
    for (size_t i = 0; i < answers.size(); ++i) tensors.push_back(to_tensor(answers[i], impl_->outputs[i]));
    return tensors;
  } catch (const Ort::Exception& error) {
    fail("{}: the model failed: {}", impl_->where, first_line(error.what()));
  }
}

}  // namespace facemat
