#pragma once
// Laplacian pyramid loss in RVM's form.

#include <torch/torch.h>

namespace facemat {

// (1/L) sum_k 2^k mean|lap_k(alpha) - lap_k(target)|, k = 0..L-1, binomial kernel [1 4 6 4 1]^2 / 256, reflected borders, sides
// cut to even before each level; the low-pass rest is not used. [B,T,1,H,W]; `levels` is lowered while a level would be under 4
// pixels.
torch::Tensor laplacian_loss(const torch::Tensor& alpha, const torch::Tensor& target, int levels);

// The same with each level's difference multiplied by a weight: `weight` [B,T,1,H,W] at the first level, smoothed and halved
// for each next one (the first author's unknown-region form). Means are over all pixels.
torch::Tensor laplacian_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                      int levels);

// The level images lap_0.. of x [N,1,H,W], finest first.
std::vector<torch::Tensor> laplacian_pyramid(const torch::Tensor& x, int levels);

}  // namespace facemat
