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

// x [N,C,h,w] resized bilinearly (align_corners false) to the height and width of ref [N,_,H,W].
torch::Tensor resize_like(const torch::Tensor& x, const torch::Tensor& ref);

// x [N,C,H,W] resized bilinearly (align_corners false) by the factor ratio [1]: floor(H ratio) x floor(W ratio) in float32, on
// a grid of step 1 / ratio. Throws Error if nothing is left.
torch::Tensor resize_by(const torch::Tensor& x, const torch::Tensor& ratio);

}  // namespace facemat
