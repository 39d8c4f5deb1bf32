#include "export/operators/translators.h"

namespace facemat {

void translate_mean(const Call& call, OnnxWriter& onnx) {
  call.supports(call.has("dim"), "no dimensions");
  onnx.node("ReduceMean", {call.tensor("self")}, {call.result()},
            {{"axes", call.integers("dim")}, {"keepdims", int64_t{call.flag("keepdim")}}});
}

void translate_adaptive_avg_pool2d(const Call& call, OnnxWriter& onnx) {
  call.supports(call.pair("output_size") == std::vector<int64_t>{1, 1}, "an output other than 1x1");
  onnx.node("GlobalAveragePool", {call.tensor("self")}, {call.result()});
}

void translate_avg_pool2d(const Call& call, OnnxWriter& onnx) {
  call.supports(!call.has("divisor_override"), "a divisor of its own");
  const std::vector<int64_t> kernel = call.pair("kernel_size"), padding = call.pair("padding");
  const bool own_stride = !call.integers("stride").empty();
  // Which elements count where padding and rounding up meet differs between runtimes.
  call.supports(!call.flag("ceil_mode") || !call.flag("count_include_pad"), "ceil_mode together with count_include_pad");
  onnx.node("AveragePool", {call.tensor("self")}, {call.result()},
            {{"ceil_mode", int64_t{call.flag("ceil_mode")}},
             {"count_include_pad", int64_t{call.flag("count_include_pad")}},
             {"kernel_shape", kernel},
             {"pads", std::vector<int64_t>{padding[0], padding[1], padding[0], padding[1]}},
             {"strides", own_stride ? call.pair("stride") : kernel}});
}

}  // namespace facemat
