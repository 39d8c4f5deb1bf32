#pragma once
// A function of tensors, recorded while it runs once, as a plain list of operators. The only place that knows LibTorch's
// tracer, whose header is internal and may change between releases.
//
// C++ reads of sizes are not recorded: whatever they led to is frozen. A function that shall be valid for other sizes uses the
// operators of src/model/operators/traced_ops.h.

#include <torch/torch.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace facemat {

using TensorFunction = std::function<std::vector<torch::Tensor>(const std::vector<torch::Tensor>&)>;

struct NamedTensor {
  std::string name;
  torch::Tensor tensor;
};

// What an operator was given in one place of its schema.
struct Argument {
  std::string name;                  // the schema's name: "stride"
  std::vector<std::string> tensors;  // names of graph inputs, stored tensors or results; several for a list of tensors
  c10::IValue constant;              // everything else: numbers, flags, lists of them; None if absent
};

struct TracedResult {
  std::string name;
  std::vector<int64_t> sizes;  // while tracing; empty if not a tensor of known shape
};

struct TracedNode {
  std::string kind;  // "aten::relu"
  std::vector<Argument> arguments;
  std::vector<TracedResult> results;
};

struct TracedGraph {
  std::vector<TracedNode> nodes;                 // each after those it needs
  std::map<std::string, torch::Tensor> tensors;  // parameters, buffers and constants that the nodes use
};

// Runs `function` on `inputs` and records it. Its results get the names `outputs`. A stored tensor that shares memory with one
// of `weights` gets that name, any other "/constant_N"; results are called "/relu_3", so that they meet no dotted name.
// Gradients are off for the run. Throws Error if the number of results is another than that of `outputs`, or if something other
// than tensors and constants flows between operators.
TracedGraph trace(const TensorFunction& function, const std::vector<NamedTensor>& inputs,
                  const std::vector<std::string>& outputs, const std::map<std::string, torch::Tensor>& weights);

}  // namespace facemat
