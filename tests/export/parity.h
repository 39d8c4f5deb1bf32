#pragma once
// A function of tensors, traced and written as ONNX, against itself.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "export/operators/ops.h"
#include "src/runtime/onnx/plain_session.h"

namespace facemat {

using Shape = std::vector<int64_t>;

inline FloatTensor to_floats(const torch::Tensor& tensor) {
  const auto plain = tensor.contiguous();
  return {plain.sizes().vec(), {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()}};
}

inline torch::Tensor to_tensor(const FloatTensor& floats) {
  return torch::from_blob(const_cast<float*>(floats.values.data()), floats.shape).clone();
}

// Values on both sides of zero and beyond the knees of every activation.
inline std::vector<torch::Tensor> random_tensors(const std::vector<Shape>& shapes) {
  std::vector<torch::Tensor> tensors;
  for (const Shape& shape : shapes) tensors.push_back(4 * torch::randn(shape));
  return tensors;
}

struct Exported {
  TracedGraph graph;
  std::string onnx;
};

// `function` traced on tensors of `shapes`; every dimension is left open.
inline Exported export_function(const TensorFunction& function, const std::vector<Shape>& shapes,
                                const std::map<std::string, torch::Tensor>& weights = {}) {
  const auto tensors = random_tensors(shapes);
  OnnxWriter onnx("test");
  std::vector<NamedTensor> inputs;
  for (size_t i = 0; i < tensors.size(); ++i) {
    inputs.push_back({"x" + std::to_string(i), tensors[i]});
    std::vector<Dimension> open;
    for (size_t d = 0; d < shapes[i].size(); ++d) open.push_back(inputs[i].name + "_" + std::to_string(d));
    onnx.input(inputs[i].name, open);
  }
  std::vector<std::string> outputs;
  for (const torch::Tensor& result : function(tensors)) {
    const std::string name = "y" + std::to_string(outputs.size());
    std::vector<Dimension> open;
    for (int64_t d = 0; d < result.dim(); ++d) open.push_back(name + "_" + std::to_string(d));
    onnx.output(name, open);
    outputs.push_back(name);
  }
  Exported exported{trace(function, inputs, outputs, weights), {}};
  translate(exported.graph, onnx);
  exported.onnx = onnx_bytes(onnx.graph(), {});
  return exported;
}

// Both sides agree on new tensors of `shapes`, which need not be those that were traced.
inline void expect_parity(const TensorFunction& function, const Exported& exported, const std::vector<Shape>& shapes,
                          float tolerance = 1e-4f) {
  PlainSession session(exported.onnx, "test");
  const auto tensors = random_tensors(shapes);
  std::vector<FloatTensor> floats;
  for (const torch::Tensor& tensor : tensors) floats.push_back(to_floats(tensor));
  const auto expected = function(tensors);
  const auto got = session.run(floats);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape, expected[i].sizes().vec());
    EXPECT_LT((to_tensor(got[i]) - expected[i]).abs().max().item<float>(), tolerance) << "result " << i;
  }
}

}  // namespace facemat
