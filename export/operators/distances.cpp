#include <string>
#include <vector>

#include "export/operators/translators.h"

namespace facemat {
namespace {

constexpr int64_t kReach = 255;    // pixels to either side along each axis
constexpr double kNowhere = 4096;  // for a distance where nothing is in reach; its square is beyond any that is

// The largest within `reach` pixels along an axis (2 or 3), less `cost`, or what x has itself.
std::string spread(OnnxWriter& onnx, const std::string& x, int64_t axis, int64_t reach, double cost,
                   const std::string& result) {
  const int64_t down = axis == 2 ? reach : 0, across = axis == 3 ? reach : 0;
  onnx.node("MaxPool", {x}, {result + "/pool"},
            {{"kernel_shape", std::vector<int64_t>{2 * down + 1, 2 * across + 1}},
             {"pads", std::vector<int64_t>{down, across, down, across}},
             {"strides", std::vector<int64_t>{1, 1}}});
  onnx.node("Sub", {result + "/pool", onnx.scalar(cost)}, {result + "/less"});
  onnx.node("Max", {x, result + "/less"}, {result});
  return result;
}

}  // namespace

// Negative distances spread from what is set. Along rows by steps of 1, 2, 4 .. 128 pixels that cost as much: every distance up
// to 255 is a sum of them. Then, squared, along columns by steps of one pixel that cost 1, 3, 5 ..: the sum of the first k odd
// numbers is k^2, and no other k of them are cheaper, so what arrives is the least of all sums of squares.
void translate_squared_distances(const Call& call, OnnxWriter& onnx) {
  const auto name = [&](const char* what, int64_t number) { return call.inner(what + std::to_string(number)); };
  const std::string ones = call.inner("ones"), along_rows = call.inner("along_rows");
  onnx.node("Greater", {call.tensor("mask"), onnx.scalar(0.5)}, {call.inner("set")});
  onnx.node("Cast", {call.inner("set")}, {ones}, {{"to", kFloatType}});
  onnx.node("Sub", {ones, onnx.scalar(1)}, {call.inner("unset")});
  std::string x = name("row", 0);
  onnx.node("Mul", {call.inner("unset"), onnx.scalar(kNowhere)}, {x});
  for (int64_t step = 1; step < kReach; step *= 2) x = spread(onnx, x, 3, step, static_cast<double>(step), name("row", step));
  onnx.node("Mul", {x, x}, {along_rows});
  x = name("column", 0);
  onnx.node("Sub", {onnx.scalar(0), along_rows}, {x});
  for (int64_t k = 1; k <= kReach; ++k) x = spread(onnx, x, 2, 1, static_cast<double>(2 * k - 1), name("column", k));
  onnx.node("Sub", {onnx.scalar(0), x}, {call.result()});
}

}  // namespace facemat
