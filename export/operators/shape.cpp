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

// A pass takes a padding that leaves the size as it is for none.
void refuse_cutting(const Call& call, const std::vector<int64_t>& padding) {
  const bool cuts = std::any_of(padding.begin(), padding.end(), [](int64_t side) { return side < 0; });
  call.supports(!cuts, "a padding below 0");
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

void translate_transpose(const Call& call, OnnxWriter& onnx) {
  const int64_t rank = static_cast<int64_t>(call.traced(0).sizes.size());
  const auto axis = [&](const char* name) { return call.integer(name) < 0 ? call.integer(name) + rank : call.integer(name); };
  call.supports(axis("dim0") < rank && axis("dim1") < rank, "a tensor of unknown size");
  std::vector<int64_t> order;
  for (int64_t i = 0; i < rank; ++i) order.push_back(i);
  std::swap(order[static_cast<size_t>(axis("dim0"))], order[static_cast<size_t>(axis("dim1"))]);
  onnx.node("Transpose", {call.tensor("self")}, {call.result()}, {{"perm", order}});
}

void translate_flatten(const Call& call, OnnxWriter& onnx) {
  const int64_t rank = static_cast<int64_t>(call.traced(0).sizes.size());  // of the result, whose last one is what is joined
  const int64_t start = call.integer("start_dim");
  call.supports(call.integer("end_dim") == -1 && start == rank - 1, "dimensions other than all from one on");
  std::vector<int64_t> shape(static_cast<size_t>(rank), 0);  // as it is
  shape.back() = -1;
  onnx.node("Reshape", {call.tensor("self"), onnx.integers(shape)}, {call.result()});
}

void translate_state_like(const Call& call, OnnxWriter& onnx) {
  add_expand(call, onnx, call.tensor("state"), call.tensor("x"));
}

void translate_crop_like(const Call& call, OnnxWriter& onnx) {
  onnx.node("Shape", {call.tensor("ref")}, {call.inner("size")}, {{"start", int64_t{-2}}});
  onnx.node("Slice", {call.tensor("x"), onnx.integers({0, 0}), call.inner("size"), onnx.integers({-2, -1})}, {call.result()});
}

void translate_reflection_pad2d(const Call& call, OnnxWriter& onnx) {
  const std::vector<int64_t> p = call.integers("padding");  // left, right, top, bottom
  call.supports(p.size() == 4, "a padding of other than four numbers");
  refuse_cutting(call, p);
  onnx.node("Pad", {call.tensor("self"), onnx.integers({0, 0, p[2], p[0], 0, 0, p[3], p[1]})}, {call.result()},
            {{"mode", "reflect"}});
}

void translate_constant_pad_nd(const Call& call, OnnxWriter& onnx) {
  const std::vector<int64_t> given = call.integers("pad");  // before and after the last dimension, the one before it, ...
  const size_t rank = call.traced(0).sizes.size();
  call.supports(given.size() <= 2 * rank, "a map of unknown size");
  refuse_cutting(call, given);
  std::vector<int64_t> pads(2 * rank, 0);  // ONNX: before all dimensions, then after
  for (size_t i = 0; i < given.size(); ++i) pads[(i % 2 == 0 ? 0 : rank) + rank - 1 - i / 2] = given[i];
  onnx.node("Pad", {call.tensor("self"), onnx.integers(pads), onnx.scalar(call.number("value"))}, {call.result()});
}

// What a side lacks: (multiple - side mod multiple) mod multiple.
void translate_pad_to_multiple(const Call& call, OnnxWriter& onnx) {
  const std::string x = call.tensor("x"), multiple = onnx.integers({call.integer("multiple")});
  onnx.node("Shape", {x}, {call.inner("size")}, {{"start", int64_t{2}}});
  onnx.node("Mod", {call.inner("size"), multiple}, {call.inner("over")});
  onnx.node("Sub", {multiple, call.inner("over")}, {call.inner("to_next")});
  onnx.node("Mod", {call.inner("to_next"), multiple}, {call.inner("missing")});
  onnx.node("Concat", {onnx.integers({0, 0, 0, 0, 0, 0}), call.inner("missing")}, {call.inner("pads")}, {{"axis", int64_t{0}}});
  onnx.node("Pad", {x, call.inner("pads")}, {call.result()}, {{"mode", "edge"}});
}

}  // namespace facemat
