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

void translate_bmm(const Call& call, OnnxWriter& onnx) {
  onnx.node("MatMul", {call.tensor("self"), call.tensor("mat2")}, {call.result()});
}

void translate_softmax(const Call& call, OnnxWriter& onnx) {
  const int64_t rank = static_cast<int64_t>(call.traced(0).sizes.size()), dim = call.integer("dim");
  // Opset 12 and before take all dimensions from there on for one: that is the same in the last.
  call.supports(rank > 0 && (dim == -1 || dim == rank - 1), "a dimension other than the last");
  call.supports(!call.has("dtype"), "a type of its own");
  onnx.node("Softmax", {call.tensor("self")}, {call.result()}, {{"axis", int64_t{-1}}});
}

// EyeLike takes the type and the sizes of a matrix, here of the maps' mean, whatever that holds.
void translate_add_to_diagonal(const Call& call, OnnxWriter& onnx) {
  const std::string x = call.tensor("x");
  onnx.node("ReduceMean", {x}, {call.inner("matrix")}, {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{0}}});
  onnx.node("EyeLike", {call.inner("matrix")}, {call.inner("ones")});
  onnx.node("Mul", {call.inner("ones"), call.tensor("d")}, {call.inner("diagonal")});
  onnx.node("Add", {x, call.inner("diagonal")}, {call.result()});
}

// A number as a tensor of self's shape: how LibTorch records "1 - x".
void translate_full_like(const Call& call, OnnxWriter& onnx) {
  onnx.node("Shape", {call.tensor("self")}, {call.inner("shape")});
  onnx.node("Expand", {onnx.scalar(call.number("fill_value")), call.inner("shape")}, {call.result()});
}

}  // namespace facemat
