#pragma once
// What a decoder block's convolution sees.

#include <torch/torch.h>

#include <vector>

namespace facemat {

// x [N,C,h,w] upsampled x2 (bilinear, align_corners false), cut to the sides' size from the top left, and joined with them:
// [N,C + sum of the sides' channels,H,W]. sides [N,_,H,W], at least one; H in {2h - 1, 2h}, W likewise. Channels-last maps on
// the CPU are written straight into the result; on others the operators run one by one.
torch::Tensor join_upsampled(const torch::Tensor& x, const std::vector<torch::Tensor>& sides);

}  // namespace facemat
