#pragma once
// One function per translation; ops.cpp names the operators they serve. Grouped as the files of this folder.

#include "export/operators/ops.h"

namespace facemat {

// convolution.cpp
void translate_convolution(const Call& call, OnnxWriter& onnx);
void translate_im2col(const Call& call, OnnxWriter& onnx);
void translate_fold_like(const Call& call, OnnxWriter& onnx);
void translate_batch_norm(const Call& call, OnnxWriter& onnx);     // evaluation mode
void translate_instance_norm(const Call& call, OnnxWriter& onnx);  // statistics of the map itself
void translate_group_norm(const Call& call, OnnxWriter& onnx);

// elementwise.cpp
void translate_relu(const Call& call, OnnxWriter& onnx);
void translate_sigmoid(const Call& call, OnnxWriter& onnx);
void translate_tanh(const Call& call, OnnxWriter& onnx);
void translate_sqrt(const Call& call, OnnxWriter& onnx);
void translate_exp(const Call& call, OnnxWriter& onnx);
void translate_hardswish(const Call& call, OnnxWriter& onnx);
void translate_hardsigmoid(const Call& call, OnnxWriter& onnx);
void translate_leaky_relu(const Call& call, OnnxWriter& onnx);
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
void translate_bmm(const Call& call, OnnxWriter& onnx);
void translate_softmax(const Call& call, OnnxWriter& onnx);  // along the last dimension
void translate_add_to_diagonal(const Call& call, OnnxWriter& onnx);
void translate_full_like(const Call& call, OnnxWriter& onnx);

// shape.cpp
void translate_cat(const Call& call, OnnxWriter& onnx);
void translate_slice(const Call& call, OnnxWriter& onnx);
void translate_narrow(const Call& call, OnnxWriter& onnx);
void translate_split(const Call& call, OnnxWriter& onnx);  // chunk, split, split_with_sizes; along channels
void translate_expand_as(const Call& call, OnnxWriter& onnx);
void translate_transpose(const Call& call, OnnxWriter& onnx);
void translate_flatten(const Call& call, OnnxWriter& onnx);  // all dimensions from one on
void translate_crop_like(const Call& call, OnnxWriter& onnx);
void translate_state_like(const Call& call, OnnxWriter& onnx);
void translate_reflection_pad2d(const Call& call, OnnxWriter& onnx);
void translate_constant_pad_nd(const Call& call, OnnxWriter& onnx);
void translate_pad_to_multiple(const Call& call, OnnxWriter& onnx);

// pooling.cpp
void translate_mean(const Call& call, OnnxWriter& onnx);
void translate_vector_norm(const Call& call, OnnxWriter& onnx);
void translate_adaptive_avg_pool2d(const Call& call, OnnxWriter& onnx);
void translate_avg_pool2d(const Call& call, OnnxWriter& onnx);
void translate_max_pool2d(const Call& call, OnnxWriter& onnx);
void translate_unpool_like(const Call& call, OnnxWriter& onnx);

// distances.cpp
void translate_squared_distances(const Call& call, OnnxWriter& onnx);  // exact up to 255 pixels, far beyond them

// resize.cpp
void translate_upsample_bilinear2d(const Call& call, OnnxWriter& onnx);  // by scale factors
void translate_upsample_nearest2d(const Call& call, OnnxWriter& onnx);   // by scale factors
void translate_resize_like(const Call& call, OnnxWriter& onnx);
void translate_resize_by(const Call& call, OnnxWriter& onnx);

// patches.cpp
void translate_largest_cells(const Call& call, OnnxWriter& onnx);
void translate_cells_above(const Call& call, OnnxWriter& onnx);
void translate_patches_at(const Call& call, OnnxWriter& onnx);
void translate_with_patches(const Call& call, OnnxWriter& onnx);

}  // namespace facemat
