#include "export/operators/translators.h"

namespace facemat {
namespace {

// ONNX wants the padding of every side: tops and lefts, then bottoms and rights.
std::vector<int64_t> all_sides(const std::vector<int64_t>& padding) { return {padding[0], padding[1], padding[0], padding[1]}; }

}  // namespace

void translate_convolution(const Call& call, OnnxWriter& onnx) {
  call.supports(!call.flag("transposed"), "a transposed kernel");
  std::vector<std::string> inputs = {call.tensor("input"), call.tensor("weight")};
  if (call.has("bias")) inputs.push_back(call.tensor("bias"));
  onnx.node("Conv", inputs, {call.result()},
            {{"dilations", call.pair("dilation")},
             {"group", call.integer("groups")},
             {"pads", all_sides(call.pair("padding"))},
             {"strides", call.pair("stride")}});
}

void translate_batch_norm(const Call& call, OnnxWriter& onnx) {
  call.supports(!call.flag("training"), "training mode");
  call.supports(call.has("weight") && call.has("running_mean"), "no weight or no running mean");
  onnx.node("BatchNormalization",
            {call.tensor("input"), call.tensor("weight"), call.tensor("bias"), call.tensor("running_mean"),
             call.tensor("running_var")},
            {call.result()}, {{"epsilon", call.number("eps")}});
}

}  // namespace facemat
