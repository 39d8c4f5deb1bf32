#pragma once
// The band around an edge: a trimap's unknown region made from an alpha, for losses of networks that are given no trimap.

#include <torch/torch.h>

namespace facemat {

// 1 where the square of `radius` pixels around a pixel holds neither 0 alone nor 1 alone, else 0: every soft pixel, and
// `radius` pixels on each side of it and of an edge. Where trust is 0 an alpha is not asked; a square without any that is
// trusted has no boundary. alpha, and trust if it is defined: [B,T,1,H,W]; radius >= 1. The result has no gradient.
torch::Tensor boundary_of(const torch::Tensor& alpha, const torch::Tensor& trust, int64_t radius);

// `pixels` at 512 on the shorter side of `picture` [..,H,W], rounded, at least 1.
int64_t scaled_radius(double pixels, const torch::Tensor& picture);

}  // namespace facemat
