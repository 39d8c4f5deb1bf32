#pragma once
// Any ONNX graph in ONNX Runtime, without a contract: what the exporter checks its work with and foreign networks run in.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace facemat {

struct FloatTensor {
  std::vector<int64_t> shape;
  std::vector<float> values;  // row by row
};

// True if there are as many values as the shape says, no side below 0, and few enough to be counted by an int.
bool holds_its_shape(const FloatTensor& tensor);

// A named tensor as the graph declares it.
struct TensorPort {
  std::string name;
  std::string type;            // "float", "int64", ...; "other" for what is read nowhere
  std::vector<int64_t> shape;  // -1: left open until run time; empty for a scalar and for a shape the graph does not state
};

// "src float[1,3,-1,-1] r1i float[-1,-1,-1,-1]"
std::string describe(const std::vector<TensorPort>& ports);

// The state a clip begins with at a port of that shape: zeros, 1 wide where the graph leaves a size open. Throws Error,
// prefixed by `where`, for a state that is larger than any network has.
FloatTensor first_state(const std::vector<int64_t>& shape, const std::string& where);

class PlainSession {
 public:
  // `model`: bytes of an ONNX file. Throws Error, prefixed by `where`: what check_model (model_file.h) throws, or ONNX
  // Runtime's reason.
  PlainSession(const std::string& model, const std::string& where, int threads = 1);
  ~PlainSession();
  PlainSession(PlainSession&&) noexcept;

  const std::vector<std::string>& inputs() const;
  const std::vector<std::string>& outputs() const;
  const std::vector<TensorPort>& input_ports() const;
  const std::vector<TensorPort>& output_ports() const;

  // The outputs, in order, for `values` in the order of inputs(). Floats are turned into what the graph takes (float16 and
  // double too) and back; whole numbers and truth values (class maps) come as floats. Throws Error if the graph fails, an input
  // takes other numbers or an output is no number.
  std::vector<FloatTensor> run(const std::vector<FloatTensor>& values);
  // Only the outputs named, in that order.
  std::vector<FloatTensor> run(const std::vector<FloatTensor>& values, const std::vector<std::string>& outputs);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facemat
