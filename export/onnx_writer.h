#pragma once
// An ONNX model under construction, and its bytes. Hides protobuf from the operators.

#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace onnx {
class ModelProto;
}

namespace facemat {

inline constexpr int kOnnxOpset = 17;     // the newest that ONNX 1.12 knows
inline constexpr int kOnnxIrVersion = 8;  // belongs to opset 17

using Attribute = std::variant<int64_t, double, std::string, std::vector<int64_t>>;
using Attributes = std::map<std::string, Attribute>;
using Dimension = std::variant<int64_t, std::string>;  // a size, or the name of one that is known when the model runs
using Metadata = std::map<std::string, std::string>;

class OnnxWriter {
 public:
  explicit OnnxWriter(const std::string& graph_name);
  ~OnnxWriter();

  // Declare float32 inputs and outputs of the model, in order.
  void input(const std::string& name, const std::vector<Dimension>& dimensions);
  void output(const std::string& name, const std::vector<Dimension>& dimensions);

  // Stores a floating-point tensor as float32. Throws Error, naming it, for another type.
  void tensor(const std::string& name, const torch::Tensor& tensor);

  // Names of stored constants: an int64 vector, a float32 vector, a float32 scalar. Equal ones are stored once.
  std::string integers(const std::vector<int64_t>& values);
  std::string numbers(const std::vector<double>& values);
  std::string scalar(double value);

  // Adds an operator. An empty input name stands for an optional input that is not given.
  void node(const std::string& type, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
            const Attributes& attributes = {});

  // The bytes of the model file, after ONNX's own checker has passed it. Throws Error with the checker's finding.
  std::string finish(const Metadata& metadata);

 private:
  std::string constant(const std::string& name, const torch::Tensor& tensor);

  std::unique_ptr<onnx::ModelProto> model_;
};

// `model` (bytes of an ONNX file) with `metadata` added or replaced. Throws Error, prefixed by `where`, if it is no ONNX model.
std::string with_metadata(const std::string& model, const Metadata& metadata, const std::string& where);

// The metadata of `model`. Throws as with_metadata.
Metadata read_metadata(const std::string& model, const std::string& where);

}  // namespace facemat
