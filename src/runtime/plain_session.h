#pragma once
// Any ONNX graph of float tensors in ONNX Runtime, without a contract: what the exporter checks its work with.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace facemat {

struct FloatTensor {
  std::vector<int64_t> shape;
  std::vector<float> values;  // row by row
};

class PlainSession {
 public:
  // `model`: bytes of an ONNX file. Throws Error, prefixed by `where`, with ONNX Runtime's reason.
  PlainSession(const std::string& model, const std::string& where, int threads = 1);
  ~PlainSession();
  PlainSession(PlainSession&&) noexcept;

  const std::vector<std::string>& inputs() const;
  const std::vector<std::string>& outputs() const;

  // The outputs, in order, for `values` in the order of inputs(). Throws Error if the graph fails or an output is not float.
  std::vector<FloatTensor> run(const std::vector<FloatTensor>& values);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facemat
