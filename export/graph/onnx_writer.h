#pragma once
// A graph under construction, and the bytes of an ONNX file.

#include <map>
#include <string>
#include <vector>

#include "export/graph/graph.h"

namespace facemat {

inline constexpr int kOnnxOpset = 17;  // the newest that ONNX 1.12 knows

using Metadata = std::map<std::string, std::string>;

// Collects a graph, operator by operator.
class OnnxWriter {
 public:
  explicit OnnxWriter(const std::string& graph_name) { graph_.name = graph_name; }

  // Declare float32 inputs and outputs of the model, in order.
  void input(const std::string& name, const Dimensions& dimensions) { graph_.inputs.push_back({name, dimensions}); }
  void output(const std::string& name, const Dimensions& dimensions) { graph_.outputs.push_back({name, dimensions}); }

  // Stores a floating-point tensor as float32. Throws Error, naming it, for another type.
  void tensor(const std::string& name, const torch::Tensor& tensor);

  // Names of stored constants: an int64 vector and scalar, a float32 vector and scalar. Equal ones are stored once.
  std::string integers(const std::vector<int64_t>& values);
  std::string integer(int64_t value);
  std::string numbers(const std::vector<double>& values);
  std::string scalar(double value);
  // Stores a float32 or int64 tensor as `name`, of which there is one content, and returns that.
  std::string constant(const std::string& name, const torch::Tensor& tensor);

  // Adds an operator. An empty input name stands for an optional input that is not given.
  void node(const std::string& type, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
            const Attributes& attributes = {}) {
    graph_.nodes.push_back({type, inputs, outputs, attributes});
  }

  const Graph& graph() const { return graph_; }

 private:
  Graph graph_;
};

// The bytes of the model file, after ONNX's own checker and its strict shape inference have passed it: every operator's inputs
// fit, and what is inferred for the outputs is what they are declared as. Throws Error with their finding.
std::string onnx_bytes(const Graph& graph, const Metadata& metadata, int opset = kOnnxOpset);

// `model` (bytes of an ONNX file) with `metadata` added or replaced. Throws Error, prefixed by `where`, if it is no ONNX model.
std::string with_metadata(const std::string& model, const Metadata& metadata, const std::string& where);

// The metadata of `model`. Throws as with_metadata.
Metadata read_metadata(const std::string& model, const std::string& where);

}  // namespace facemat
