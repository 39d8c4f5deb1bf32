#pragma once
// Absolute errors of alpha. All tensors [B,T,1,H,W]; results are scalars.

#include <torch/torch.h>

namespace facemat {

// mean |alpha - target|
torch::Tensor l1_loss(const torch::Tensor& alpha, const torch::Tensor& target);

// sum(M |alpha - target|) / sum(M) over the unknown region M (1 inside); 0 if M is empty. Normalising by the region is our
// choice.
torch::Tensor l1_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown);

// mean((w1 + w2 U) |alpha - target|), U the teacher's uncertainty in 0..1 (FaceMat, student).
torch::Tensor l1_uncertainty_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& uncertainty,
                                  double certain_weight, double uncertain_weight);

}  // namespace facemat
