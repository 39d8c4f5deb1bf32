#pragma once
// Squared errors of alpha. All tensors [B,T,1,H,W]; results are scalars. Means are those of `average`: over what is trusted.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean (alpha - target)^2
torch::Tensor l2_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average = {});

// sum(M (alpha - target)^2) / (sum(M) + 1e-8) over the unknown region M (1 inside); 0 if M is empty.
torch::Tensor l2_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                              const Average& average = {});

// mean(w (alpha - target)^2) over all pixels.
torch::Tensor l2_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                               const Average& average = {});

}  // namespace facemat
