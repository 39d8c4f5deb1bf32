#pragma once
// One function per translation; ops.cpp names the operators they serve. Grouped as the files of this folder.

#include "export/operators/ops.h"

namespace facemat {

// convolution.cpp
void translate_convolution(const Call& call, OnnxWriter& onnx);
void translate_batch_norm(const Call& call, OnnxWriter& onnx);  // evaluation mode

// elementwise.cpp
void translate_relu(const Call& call, OnnxWriter& onnx);
void translate_sigmoid(const Call& call, OnnxWriter& onnx);
void translate_tanh(const Call& call, OnnxWriter& onnx);
void translate_sqrt(const Call& call, OnnxWriter& onnx);
void translate_exp(const Call& call, OnnxWriter& onnx);
void translate_hardswish(const Call& call, OnnxWriter& onnx);
void translate_hardsigmoid(const Call& call, OnnxWriter& onnx);
void translate_softplus(const Call& call, OnnxWriter& onnx);
void translate_clamp(const Call& call, OnnxWriter& onnx);
void translate_hardtanh(const Call& call, OnnxWriter& onnx);
void translate_identity(const Call& call, OnnxWriter& onnx);
void translate_dropout(const Call& call, OnnxWriter& onnx);  // evaluation mode

// arithmetic.cpp
void translate_add(const Call& call, OnnxWriter& onnx);
void translate_sub(const Call& call, OnnxWriter& onnx);
void translate_rsub(const Call& call, OnnxWriter& onnx);
void translate_mul(const Call& call, OnnxWriter& onnx);
void translate_div(const Call& call, OnnxWriter& onnx);
void translate_full_like(const Call& call, OnnxWriter& onnx);

// shape.cpp
void translate_cat(const Call& call, OnnxWriter& onnx);
void translate_slice(const Call& call, OnnxWriter& onnx);
void translate_narrow(const Call& call, OnnxWriter& onnx);
void translate_split(const Call& call, OnnxWriter& onnx);  // chunk, split, split_with_sizes; along channels
void translate_expand_as(const Call& call, OnnxWriter& onnx);
void translate_crop_like(const Call& call, OnnxWriter& onnx);
void translate_state_like(const Call& call, OnnxWriter& onnx);

// pooling.cpp
void translate_mean(const Call& call, OnnxWriter& onnx);
void translate_adaptive_avg_pool2d(const Call& call, OnnxWriter& onnx);  // to 1x1
void translate_avg_pool2d(const Call& call, OnnxWriter& onnx);

// resize.cpp
void translate_upsample_bilinear2d(const Call& call, OnnxWriter& onnx);  // by scale factors
void translate_resize_like(const Call& call, OnnxWriter& onnx);
void translate_resize_by(const Call& call, OnnxWriter& onnx);

}  // namespace facemat
