#include "export/operators/translators.h"

namespace facemat {
namespace {

const char* coordinates(bool align_corners) { return align_corners ? "align_corners" : "half_pixel"; }

}  // namespace

void translate_upsample_bilinear2d(const Call& call, OnnxWriter& onnx) {
  call.supports(call.has("scales_h") && call.has("scales_w"),
                "a fixed size (use a scale factor with recompute_scale_factor(false), or resize_like)");
  const std::string scales = onnx.numbers({1, 1, call.number("scales_h"), call.number("scales_w")});
  onnx.node("Resize", {call.tensor("self"), "", scales}, {call.result()},
            {{"coordinate_transformation_mode", coordinates(call.flag("align_corners"))}, {"mode", "linear"}});
}

void translate_upsample_nearest2d(const Call& call, OnnxWriter& onnx) {
  call.supports(call.has("scales_h") && call.has("scales_w"),
                "a fixed size (use a scale factor with recompute_scale_factor(false))");
  const std::string scales = onnx.numbers({1, 1, call.number("scales_h"), call.number("scales_w")});
  onnx.node("Resize", {call.tensor("self"), "", scales}, {call.result()},
            {{"coordinate_transformation_mode", "asymmetric"}, {"mode", "nearest"}, {"nearest_mode", "floor"}});
}

void translate_resize_like(const Call& call, OnnxWriter& onnx) {
  const std::string x = call.tensor("x");
  onnx.node("Shape", {x}, {call.inner("batch_channels")}, {{"start", int64_t{0}}, {"end", int64_t{2}}});
  onnx.node("Shape", {call.tensor("ref")}, {call.inner("size")}, {{"start", int64_t{-2}}});
  onnx.node("Concat", {call.inner("batch_channels"), call.inner("size")}, {call.inner("shape")}, {{"axis", int64_t{0}}});
  onnx.node("Resize", {x, "", "", call.inner("shape")}, {call.result()},
            {{"coordinate_transformation_mode", coordinates(call.flag("align_corners"))}, {"mode", "linear"}});
}

void translate_resize_by(const Call& call, OnnxWriter& onnx) {
  const std::string ratio = call.tensor("ratio");
  onnx.node("Concat", {onnx.numbers({1, 1}), ratio, ratio}, {call.inner("scales")}, {{"axis", int64_t{0}}});
  onnx.node("Resize", {call.tensor("x"), "", call.inner("scales")}, {call.result()},
            {{"coordinate_transformation_mode", coordinates(false)}, {"mode", "linear"}});
}

}  // namespace facemat
