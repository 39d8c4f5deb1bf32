#include <algorithm>
#include <limits>

#include "export/operators/translators.h"

namespace facemat {
namespace {

void add_slice(const Call& call, OnnxWriter& onnx, const char* from, int64_t start, int64_t end, int64_t step) {
  const int64_t axis = call.integer("dim");
  onnx.node("Slice",
            {call.tensor(from), onnx.integers({start}), onnx.integers({end}), onnx.integers({axis}), onnx.integers({step})},
            {call.result()});
}

void add_expand(const Call& call, OnnxWriter& onnx, const std::string& x, const std::string& like) {
  onnx.node("Shape", {like}, {call.inner("shape")});
  onnx.node("Expand", {x, call.inner("shape")}, {call.result()});
}

int64_t integer_or(const Call& call, const char* name, int64_t fallback) {
  return call.has(name) ? call.integer(name) : fallback;
}

}  // namespace

void translate_cat(const Call& call, OnnxWriter& onnx) {
  onnx.node("Concat", call.tensors("tensors"), {call.result()}, {{"axis", call.integer("dim")}});
}

void translate_slice(const Call& call, OnnxWriter& onnx) {
  add_slice(call, onnx, "self", integer_or(call, "start", 0), integer_or(call, "end", std::numeric_limits<int64_t>::max()),
            call.integer("step"));
}

void translate_narrow(const Call& call, OnnxWriter& onnx) {
  const int64_t start = call.integer("start"), end = start + call.integer("length");
  // From the end, 0 would mean the beginning.
  add_slice(call, onnx, "self", start, start < 0 && end >= 0 ? std::numeric_limits<int64_t>::max() : end, 1);
}

void translate_split(const Call& call, OnnxWriter& onnx) {
  const int64_t rank = static_cast<int64_t>(call.traced(0).sizes.size());
  const int64_t dim = call.integer("dim"), axis = dim < 0 ? dim + rank : dim;
  call.supports(axis == 1, "a dimension other than channels (its size is known only when the model runs)");
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < call.result_count(); ++i) sizes.push_back(call.traced(i).sizes.at(axis));
  onnx.node("Split", {call.tensor("self"), onnx.integers(sizes)}, call.results(), {{"axis", axis}});
}

void translate_expand_as(const Call& call, OnnxWriter& onnx) {
  add_expand(call, onnx, call.tensor("self"), call.tensor("other"));
}

void translate_state_like(const Call& call, OnnxWriter& onnx) {
  add_expand(call, onnx, call.tensor("state"), call.tensor("x"));
}

void translate_crop_like(const Call& call, OnnxWriter& onnx) {
  onnx.node("Shape", {call.tensor("ref")}, {call.inner("size")}, {{"start", int64_t{-2}}});
  onnx.node("Slice", {call.tensor("x"), onnx.integers({0, 0}), call.inner("size"), onnx.integers({-2, -1})}, {call.result()});
}

}  // namespace facemat
