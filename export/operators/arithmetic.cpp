#include "export/operators/translators.h"

namespace facemat {
namespace {

// A tensor, or a number as a stored scalar.
std::string operand(const Call& call, OnnxWriter& onnx, const char* name) {
  return call.is_constant(name) ? onnx.scalar(call.number(name)) : call.tensor(name);
}

// other * alpha of add, sub and rsub.
std::string scaled_other(const Call& call, OnnxWriter& onnx) {
  const double alpha = call.number("alpha");
  if (call.is_constant("other")) return onnx.scalar(call.number("other") * alpha);
  if (alpha == 1) return call.tensor("other");
  onnx.node("Mul", {call.tensor("other"), onnx.scalar(alpha)}, {call.inner("scaled")});
  return call.inner("scaled");
}

}  // namespace

void translate_add(const Call& call, OnnxWriter& onnx) {
  onnx.node("Add", {call.tensor("self"), scaled_other(call, onnx)}, {call.result()});
}

void translate_sub(const Call& call, OnnxWriter& onnx) {
  onnx.node("Sub", {call.tensor("self"), scaled_other(call, onnx)}, {call.result()});
}

// other - alpha * self.
void translate_rsub(const Call& call, OnnxWriter& onnx) {
  call.supports(call.number("alpha") == 1, "a factor");
  onnx.node("Sub", {operand(call, onnx, "other"), call.tensor("self")}, {call.result()});
}

void translate_mul(const Call& call, OnnxWriter& onnx) {
  onnx.node("Mul", {call.tensor("self"), operand(call, onnx, "other")}, {call.result()});
}

void translate_div(const Call& call, OnnxWriter& onnx) {
  onnx.node("Div", {call.tensor("self"), operand(call, onnx, "other")}, {call.result()});
}

// A number as a tensor of self's shape: how LibTorch records "1 - x".
void translate_full_like(const Call& call, OnnxWriter& onnx) {
  onnx.node("Shape", {call.tensor("self")}, {call.inner("shape")});
  onnx.node("Expand", {onnx.scalar(call.number("fill_value")), call.inner("shape")}, {call.result()});
}

}  // namespace facemat
