#pragma once
// A smooth absolute error, as the alpha-prediction loss of Deep Image Matting (Xu et al., CVPR 2017, equation 1).

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean sqrt((alpha - target)^2 + epsilon^2); the smallest value is epsilon. [B,T,1,H,W] -> scalar; epsilon > 0.
torch::Tensor charbonnier_loss(const torch::Tensor& alpha, const torch::Tensor& target, double epsilon,
                               const Average& average = {});

// The same over the unknown region M, as Deep Image Matting has it: sum(M error) / (sum(M) + 1e-8), over the whole batch; 0 if
// M is empty. `unknown` [B,T,1,H,W], 1 inside.
torch::Tensor charbonnier_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                                       double epsilon, const Average& average = {});

}  // namespace facemat
