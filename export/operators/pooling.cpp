#include <limits>
#include <string>
#include <vector>

#include "export/operators/translators.h"

namespace facemat {
namespace {

// The windows of a pooling.
Attributes window_of(const Call& call) {
  const std::vector<int64_t> kernel = call.pair("kernel_size"), padding = call.pair("padding");
  const bool own_stride = !call.integers("stride").empty();
  return {{"ceil_mode", int64_t{call.flag("ceil_mode")}},
          {"kernel_shape", kernel},
          {"pads", std::vector<int64_t>{padding[0], padding[1], padding[0], padding[1]}},
          {"strides", own_stride ? call.pair("stride") : kernel}};
}

// `size` (int64 [1]) times `factor`, divided by `divisor` and rounded up if `up`, else down.
std::string share_of(OnnxWriter& onnx, const std::string& size, int64_t factor, int64_t divisor, bool up,
                     const std::string& result) {
  onnx.node("Mul", {size, onnx.integers({factor})}, {result + "/times"});
  if (up) onnx.node("Add", {result + "/times", onnx.integers({divisor - 1})}, {result + "/over"});
  onnx.node("Div", {result + (up ? "/over" : "/times"), onnx.integers({divisor})}, {result});
  return result;
}

// The means of x [N,C,H,W] in `count` parts along an axis: part i reaches from floor(i size / count) to
// ceil((i + 1) size / count), so parts overlap where count does not divide the size (LibTorch's adaptive pooling).
void mean_of_parts(const Call& call, OnnxWriter& onnx, const std::string& x, int64_t axis, int64_t count,
                   const std::string& result) {
  const std::string base = call.inner("axis_" + std::to_string(axis)), size = base + "/size";
  onnx.node("Shape", {x}, {size}, {{"start", axis}, {"end", axis + 1}});
  std::vector<std::string> means;
  for (int64_t i = 0; i < count; ++i) {
    const std::string part = base + "/part_" + std::to_string(i);
    const std::string begin = share_of(onnx, size, i, count, /*up=*/false, part + "/begin");
    const std::string end = share_of(onnx, size, i + 1, count, /*up=*/true, part + "/end");
    onnx.node("Slice", {x, begin, end, onnx.integers({axis})}, {part});
    onnx.node("ReduceMean", {part}, {part + "/mean"}, {{"axes", std::vector<int64_t>{axis}}, {"keepdims", int64_t{1}}});
    means.push_back(part + "/mean");
  }
  onnx.node("Concat", means, {result}, {{"axis", axis}});
}

}  // namespace

void translate_mean(const Call& call, OnnxWriter& onnx) {
  call.supports(call.has("dim"), "no dimensions");
  onnx.node("ReduceMean", {call.tensor("self")}, {call.result()},
            {{"axes", call.integers("dim")}, {"keepdims", int64_t{call.flag("keepdim")}}});
}

void translate_vector_norm(const Call& call, OnnxWriter& onnx) {
  call.supports(call.number("ord") == 2 && call.has("dim"), "another order than 2, or no dimensions");
  call.supports(!call.has("dtype"), "a type of its own");
  onnx.node("ReduceL2", {call.tensor("self")}, {call.result()},
            {{"axes", call.integers("dim")}, {"keepdims", int64_t{call.flag("keepdim")}}});
}

void translate_adaptive_avg_pool2d(const Call& call, OnnxWriter& onnx) {
  const std::vector<int64_t> sizes = call.pair("output_size");
  if (sizes == std::vector<int64_t>{1, 1}) return onnx.node("GlobalAveragePool", {call.tensor("self")}, {call.result()});
  mean_of_parts(call, onnx, call.tensor("self"), 2, sizes[0], call.inner("rows"));
  mean_of_parts(call, onnx, call.inner("rows"), 3, sizes[1], call.result());
}

void translate_avg_pool2d(const Call& call, OnnxWriter& onnx) {
  call.supports(!call.has("divisor_override"), "a divisor of its own");
  // Which elements count where padding and rounding up meet differs between runtimes.
  call.supports(!call.flag("ceil_mode") || !call.flag("count_include_pad"), "ceil_mode together with count_include_pad");
  Attributes attributes = window_of(call);
  attributes["count_include_pad"] = int64_t{call.flag("count_include_pad")};
  onnx.node("AveragePool", {call.tensor("self")}, {call.result()}, attributes);
}

void translate_max_pool2d(const Call& call, OnnxWriter& onnx) {
  // LibTorch leaves out a last window that would begin in the padding, others do not.
  call.supports(!call.flag("ceil_mode") || call.pair("padding") == std::vector<int64_t>{0, 0}, "ceil_mode with padding");
  Attributes attributes = window_of(call);
  attributes["dilations"] = call.pair("dilation");
  onnx.node("MaxPool", {call.tensor("self")}, {call.result()}, attributes);
}

// MaxUnpool counts its indices through the whole tensor, unlike LibTorch, and few runtimes have it. So places are found by
// comparing: of the four values of a window the first that equals the largest, row by row, gets the value of x.
void translate_unpool_like(const Call& call, OnnxWriter& onnx) {
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  const std::string map = call.tensor("map"), largest = call.inner("largest"), zero = onnx.scalar(0);
  onnx.node("MaxPool", {map}, {largest},
            {{"kernel_shape", std::vector<int64_t>{2, 2}}, {"strides", std::vector<int64_t>{2, 2}}});
  std::vector<std::string> corners;
  std::string rest = call.tensor("x");  // what has found no place yet
  for (const int64_t corner : {0, 1, 2}) {
    const auto name = [&](const char* what) { return call.inner(what + std::to_string(corner)); };
    onnx.node("Slice",
              {map, onnx.integers({corner / 2, corner % 2}), onnx.integers({kEnd, kEnd}), onnx.integers({2, 3}),
               onnx.integers({2, 2})},
              {name("value_")});
    onnx.node("Equal", {name("value_"), largest}, {name("here_")});
    onnx.node("Where", {name("here_"), rest, zero}, {name("corner_")});
    onnx.node("Where", {name("here_"), zero, rest}, {name("rest_")});
    corners.push_back(name("corner_"));
    rest = name("rest_");
  }
  corners.push_back(rest);
  onnx.node("Concat", corners, {call.inner("corners")}, {{"axis", int64_t{1}}});
  onnx.node("DepthToSpace", {call.inner("corners")}, {call.result()}, {{"blocksize", int64_t{2}}, {"mode", "DCR"}});
}

}  // namespace facemat
