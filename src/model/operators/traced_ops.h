#pragma once
// Operators whose result depends on run-time sizes. Each is registered with LibTorch's dispatcher as one composite operator: it
// differentiates like its parts, and the tracer records it as one node ("facemat::crop_like"), which the exporter translates
// with Shape, Slice, Expand or Resize. So a traced graph stays valid for every size; C++ code must not read sizes in a traced
// forward.

#include <torch/torch.h>

namespace facemat {

// x [..,H',W'] cut to the height and width of ref [..,H,W] from the top left; H' >= H, W' >= W.
torch::Tensor crop_like(const torch::Tensor& x, const torch::Tensor& ref);

// state [B,C,H,W] or [1,1,1,1] expanded to the shape of x [B,C,H,W].
torch::Tensor state_like(const torch::Tensor& state, const torch::Tensor& x);

// x [N,C,h,w] resized bilinearly to the height and width of ref [N,_,H,W]. align_corners: the corners' values stay what they
// are, else those are of areas.
torch::Tensor resize_like(const torch::Tensor& x, const torch::Tensor& ref, bool align_corners = false);

// x [N,C,H,W] resized bilinearly (align_corners false) by the factor ratio [1]: floor(H ratio) x floor(W ratio) in float32, on
// a grid of step 1 / ratio. Throws Error if nothing is left.
torch::Tensor resize_by(const torch::Tensor& x, const torch::Tensor& ratio);

// The same by a factor that does not change after tracing, recorded as LibTorch's own operator with it. The grid's step is that
// of the given factor, not of the rounded size (RVM, section 3.5 of its supplement).
torch::Tensor resize_by(const torch::Tensor& x, double factor);

// x [N,C,H,W] with its last column and row repeated to the right and downwards until both sides are multiples of `multiple`.
torch::Tensor pad_to_multiple(const torch::Tensor& x, int64_t multiple);

// x [N,C,h,w] on a map of twice its sides, the one of `map` [N,C,2h,2w]: each value lies where the largest of the 2x2 values of
// `map` does (the first of equal ones, row by row), all other places are 0. So it undoes the pooling of `map` (SegNet,
// Badrinarayanan et al., 2017). The places are found anew from the map instead of being handed on as indices: these are counted
// within each channel by LibTorch, through the whole tensor by ONNX, and not every runtime takes them.
torch::Tensor unpool_like(const torch::Tensor& x, const torch::Tensor& map);

// The way back of torch::im2col: columns [N,C*side*side,h*w] are square patches, one for each place of grid [N,_,h,w], row by
// row, `stride` apart. Where they overlap they are added up, and `padding` at each border is cut off:
// [N,C,(h - 1) stride + side - 2 padding,(w - 1) stride + side - 2 padding].
torch::Tensor fold_like(const torch::Tensor& columns, const torch::Tensor& grid, int64_t side, int64_t stride, int64_t padding);

// x [N,L,L] with d [N,1,L] added to the diagonals.
torch::Tensor add_to_diagonal(const torch::Tensor& x, const torch::Tensor& d);

}  // namespace facemat
