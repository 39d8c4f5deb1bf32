#include "export/operators/translators.h"

namespace facemat {
namespace {

void translate_unary(const Call& call, OnnxWriter& onnx, const char* type) {
  onnx.node(type, {call.tensor("self")}, {call.result()});
}

std::string scalar_or_none(const Call& call, OnnxWriter& onnx, const char* name) {
  return call.has(name) ? onnx.scalar(call.number(name)) : "";
}

}  // namespace

void translate_relu(const Call& call, OnnxWriter& onnx) { translate_unary(call, onnx, "Relu"); }
void translate_sigmoid(const Call& call, OnnxWriter& onnx) { translate_unary(call, onnx, "Sigmoid"); }
void translate_tanh(const Call& call, OnnxWriter& onnx) { translate_unary(call, onnx, "Tanh"); }
void translate_sqrt(const Call& call, OnnxWriter& onnx) { translate_unary(call, onnx, "Sqrt"); }
void translate_exp(const Call& call, OnnxWriter& onnx) { translate_unary(call, onnx, "Exp"); }
void translate_hardswish(const Call& call, OnnxWriter& onnx) { translate_unary(call, onnx, "HardSwish"); }

void translate_hardsigmoid(const Call& call, OnnxWriter& onnx) {
  onnx.node("HardSigmoid", {call.tensor("self")}, {call.result()}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
}

void translate_leaky_relu(const Call& call, OnnxWriter& onnx) {
  onnx.node("LeakyRelu", {call.tensor("self")}, {call.result()}, {{"alpha", call.number("negative_slope")}});
}

// softplus(x) = log(1 + exp(beta x)) / beta. LibTorch's switch to x above the threshold is within float rounding of that.
void translate_softplus(const Call& call, OnnxWriter& onnx) {
  const double beta = call.number("beta");
  call.supports(call.number("threshold") >= 15, "a threshold below 15");
  if (beta == 1) return translate_unary(call, onnx, "Softplus");
  onnx.node("Mul", {call.tensor("self"), onnx.scalar(beta)}, {call.inner("scaled")});
  onnx.node("Softplus", {call.inner("scaled")}, {call.inner("softplus")});
  onnx.node("Div", {call.inner("softplus"), onnx.scalar(beta)}, {call.result()});
}

void translate_clamp(const Call& call, OnnxWriter& onnx) {
  onnx.node("Clip", {call.tensor("self"), scalar_or_none(call, onnx, "min"), scalar_or_none(call, onnx, "max")},
            {call.result()});
}

void translate_hardtanh(const Call& call, OnnxWriter& onnx) {
  onnx.node("Clip", {call.tensor("self"), onnx.scalar(call.number("min_val")), onnx.scalar(call.number("max_val"))},
            {call.result()});
}

void translate_identity(const Call& call, OnnxWriter& onnx) { translate_unary(call, onnx, "Identity"); }

void translate_dropout(const Call& call, OnnxWriter& onnx) {
  call.supports(!call.flag("train"), "training mode");
  onnx.node("Identity", {call.tensor("input")}, {call.result()});
}

}  // namespace facemat
