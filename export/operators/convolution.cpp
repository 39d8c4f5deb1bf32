#include "export/operators/translators.h"

namespace facemat {
namespace {

// ONNX wants the padding of every side: tops and lefts, then bottoms and rights.
std::vector<int64_t> all_sides(const std::vector<int64_t>& padding) { return {padding[0], padding[1], padding[0], padding[1]}; }

// Kernels [channels height width,1,height,width], each of which picks one place of a channel's window, row by row: what a
// grouped convolution takes windows apart with, and a transposed one puts them together with.
std::string pickers(const Call& call, OnnxWriter& onnx, int64_t channels, int64_t height, int64_t width) {
  const auto each = torch::eye(height * width).view({height * width, 1, height, width});
  const std::string name = call.inner("pickers");
  onnx.tensor(name, each.repeat({channels, 1, 1, 1}));
  return name;
}

}  // namespace

void translate_convolution(const Call& call, OnnxWriter& onnx) {
  std::vector<std::string> inputs = {call.tensor("input"), call.tensor("weight")};
  if (call.has("bias")) inputs.push_back(call.tensor("bias"));
  Attributes attributes = {{"dilations", call.pair("dilation")},
                           {"group", call.integer("groups")},
                           {"pads", all_sides(call.pair("padding"))},
                           {"strides", call.pair("stride")}};
  const bool transposed = call.flag("transposed");
  if (transposed) attributes["output_padding"] = call.pair("output_padding");
  onnx.node(transposed ? "ConvTranspose" : "Conv", inputs, {call.result()}, attributes);
}

void translate_im2col(const Call& call, OnnxWriter& onnx) {
  const std::vector<int64_t>& sizes = call.traced(0).sizes;
  call.supports(sizes.size() == 3, "a map without a batch");
  const std::vector<int64_t> kernel = call.pair("kernel_size");
  const int64_t channels = sizes[1] / (kernel[0] * kernel[1]);
  onnx.node("Conv", {call.tensor("self"), pickers(call, onnx, channels, kernel[0], kernel[1])}, {call.inner("windows")},
            {{"dilations", call.pair("dilation")},
             {"group", channels},
             {"pads", all_sides(call.pair("padding"))},
             {"strides", call.pair("stride")}});
  onnx.node("Reshape", {call.inner("windows"), onnx.integers({0, 0, -1})}, {call.result()});
}

// Col2Im came with opset 18; a transposed convolution does the same.
void translate_fold_like(const Call& call, OnnxWriter& onnx) {
  const int64_t side = call.integer("side"), stride = call.integer("stride"), padding = call.integer("padding");
  const std::vector<int64_t>& sizes = call.traced(0).sizes;
  call.supports(sizes.size() == 4, "a map of unknown size");
  const std::string columns = call.tensor("columns");
  onnx.node("Shape", {columns}, {call.inner("batch_channels")}, {{"start", int64_t{0}}, {"end", int64_t{2}}});
  onnx.node("Shape", {call.tensor("grid")}, {call.inner("places")}, {{"start", int64_t{2}}, {"end", int64_t{4}}});
  onnx.node("Concat", {call.inner("batch_channels"), call.inner("places")}, {call.inner("shape")}, {{"axis", int64_t{0}}});
  onnx.node("Reshape", {columns, call.inner("shape")}, {call.inner("windows")});
  onnx.node("ConvTranspose", {call.inner("windows"), pickers(call, onnx, sizes[1], side, side)}, {call.result()},
            {{"group", sizes[1]}, {"pads", all_sides({padding, padding})}, {"strides", std::vector<int64_t>{stride, stride}}});
}

void translate_batch_norm(const Call& call, OnnxWriter& onnx) {
  call.supports(!call.flag("training"), "training mode");
  call.supports(call.has("weight") && call.has("running_mean"), "no weight or no running mean");
  onnx.node("BatchNormalization",
            {call.tensor("input"), call.tensor("weight"), call.tensor("bias"), call.tensor("running_mean"),
             call.tensor("running_var")},
            {call.result()}, {{"epsilon", call.number("eps")}});
}

void translate_instance_norm(const Call& call, OnnxWriter& onnx) {
  call.supports(call.flag("use_input_stats"), "running statistics");
  const std::vector<int64_t>& sizes = call.traced(0).sizes;
  call.supports(sizes.size() > 2, "a map of unknown size");
  const auto or_all = [&](const char* name, double value) {
    return call.has(name) ? call.tensor(name) : onnx.numbers(std::vector<double>(static_cast<size_t>(sizes[1]), value));
  };
  onnx.node("InstanceNormalization", {call.tensor("input"), or_all("weight", 1), or_all("bias", 0)}, {call.result()},
            {{"epsilon", call.number("eps")}});
}

// ONNX has it from opset 18 on. A group is what an instance norm takes for a channel; weight and bias are each channel's own.
void translate_group_norm(const Call& call, OnnxWriter& onnx) {
  call.supports(call.has("weight") && call.has("bias"), "no weight or no bias");
  const int64_t groups = call.integer("num_groups");
  const auto all = [&](double value) { return onnx.numbers(std::vector<double>(static_cast<size_t>(groups), value)); };
  onnx.node("Reshape", {call.tensor("input"), onnx.integers({0, groups, -1})}, {call.inner("groups")});
  onnx.node("InstanceNormalization", {call.inner("groups"), all(1), all(0)}, {call.inner("normal_groups")},
            {{"epsilon", call.number("eps")}});
  onnx.node("Shape", {call.tensor("input")}, {call.inner("shape")});
  onnx.node("Reshape", {call.inner("normal_groups"), call.inner("shape")}, {call.inner("normal")});
  const std::string each = onnx.integers({-1, 1, 1});
  onnx.node("Reshape", {call.tensor("weight"), each}, {call.inner("weight")});
  onnx.node("Reshape", {call.tensor("bias"), each}, {call.inner("bias")});
  onnx.node("Mul", {call.inner("normal"), call.inner("weight")}, {call.inner("scaled")});
  onnx.node("Add", {call.inner("scaled"), call.inner("bias")}, {call.result()});
}

}  // namespace facemat
