#pragma once
// Absolute errors of alpha. All tensors [B,T,1,H,W]; results are scalars. Means are those of `average`: over what is trusted.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean |alpha - target|
torch::Tensor l1_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average = {});

// sum(M |alpha - target|) / (sum(M) + 1e-8) over the unknown region M (1 inside); 0 if M is empty. Normalising by the region is
// our choice (and that of the first author's public code for images, 2023).
torch::Tensor l1_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                              const Average& average = {});

// mean(w |alpha - target|) over all pixels. w = M is the unknown region of the first author's public code for video (2023): the
// smaller the region, the smaller the loss. w = uncertainty_weight(...) is FaceMat's student.
torch::Tensor l1_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                               const Average& average = {});

}  // namespace facemat
