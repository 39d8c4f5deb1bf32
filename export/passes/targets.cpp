#include "export/passes/targets.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "export/graph/onnx_writer.h"
#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

using Names = std::vector<std::string>;

Names operator+(Names a, const Names& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// What helps everywhere.
Names clean() {
  return {"fold_batch_norms", "drop_identities", "fold_constants", "drop_identities",
          "merge_duplicates", "drop_zeros",      "fold_constants"};
}

Names common() {
  return clean() + Names{"move_slices_up", "join_slices", "sum_before_resize", "mean_by_rows", "fold_constants"};
}

// For ONNX Runtime's blocked layout on x86 processors (blocks.h).
Names blocked() {
  return {"mean_by_product",  "resize_by_axes", "fold_constants", "split_joined_inputs", "drop_zeros",
          "block_splits",     "block_blends",   "block_crops",    "block_upsampling",    "block_hard_swish",
          "merge_duplicates", "state_shapes",   "open_crops"};
}

const char* const kOpencvSize = "OpenCV's importer works with fixed sizes";

// What its importer knew by 4.6, as far as it is written here and tried with its engine: no comparisons, no choosing between
// maps, no gathering and scattering, no padding by the edge, all of which came later or never.
Names opencv_operators() {
  return {"Add",
          "AveragePool",
          "BatchNormalization",
          "Clip",
          "Concat",
          "Conv",
          "ConvTranspose",
          "Div",
          "Exp",
          "GlobalAveragePool",
          "MatMul",
          "MaxPool",
          "HardSigmoid",
          "Mul",
          "Pad",
          "ReduceMean",
          "LeakyRelu",
          "Relu",
          "Reshape",
          "InstanceNormalization",
          "Resize",
          "Sigmoid",
          "Slice",
          "Softmax",
          "Softplus",
          "Split",
          "Sqrt",
          "Sub",
          "Tanh",
          "Transpose",
          "Identity",
          "Pad (reflect)"};
}

// Its type; of a padding also what it pads with, where that is no number.
std::string operator_of(const GraphNode& node) {
  const std::string mode = node.type == "Pad" ? text_attribute(node, "mode", "constant") : "constant";
  return mode == "constant" ? node.type : fmt::format("{} ({})", node.type, mode);
}

}  // namespace

const std::vector<Target>& target_table() {
  static const std::vector<Target> table = {
      {"ort", "ONNX Runtime on x86 processors", kOnnxOpset, false, "",
       common() + Names{"fold_normalisation", "fold_constants"} + blocked()},
      // Its parser knows opset 17 and HardSwish (github.com/onnx/onnx-tensorrt, docs/operators.md) and it fuses and lays out by
      // itself: ONNX Runtime's detours would only be in its way.
      {"tensorrt", "TensorRT", kOnnxOpset, false, "",
       common() + Names{"fold_normalisation", "fold_constants", "merge_duplicates", "state_shapes"}},
      // As OpenCV 4.6 reads it (modules/dnn/src/onnx): a Clip whose bounds are inputs is refused, kernels' sizes must be
      // stated, broadcasts need known sizes, states included, and any x HardSigmoid(y) is taken for a hard-swish of y.
      {"opencv", "OpenCV's dnn module, 4.6 and later", 11, true, kOpencvSize,
       clean() + Names{"clip_gates", "clip_by_relu", "open_hard_swish", "old_inputs", "merge_duplicates", "own_instance_norms"},
       opencv_operators()},
      // Operators that WebAssembly has, and for RVM WebGPU, too (onnxruntime.ai, docs/reference/operators and
      // js/web/docs/webgpu-operators.md); WebAssembly has no blocked layout. A fixed size leaves RVM no int64 arithmetic.
      {"browser", "onnxruntime-web", 13, false, "",
       common() + Names{"open_hard_swish", "whole_shapes", "merge_duplicates", "state_shapes"}},
  };
  return table;
}

const Target& find_target(const std::string& name) { return find_entry(target_table(), &Target::name, name, "target is"); }

void check_operators(const Graph& graph, const Target& target) {
  if (target.operators.empty()) return;
  Names unknown, able;
  for (const GraphNode& node : graph.nodes) {
    const std::string type = operator_of(node);
    const bool known = std::count(target.operators.begin(), target.operators.end(), type) > 0;
    if (!known && std::count(unknown.begin(), unknown.end(), type) == 0) unknown.push_back(type);
  }
  for (const Target& other : target_table())
    if (other.operators.empty()) able.emplace_back(other.name);
  require(unknown.empty(), "target '{}' is not known to run {}, which the network '{}' is written with (targets that are: {})",
          target.name, fmt::join(unknown, ", "), graph.name, fmt::join(able, ", "));
}

const std::vector<std::string>& plain_passes() {
  static const std::vector<std::string> passes = {"fold_batch_norms", "drop_unused"};
  return passes;
}

}  // namespace facemat
