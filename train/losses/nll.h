#pragma once
// Gaussian negative log-likelihoods.

#include <torch/torch.h>

namespace facemat {

// beta-NLL (Seitzer et al., ICLR 2022, equation 5): mean of sg(v)^beta * ((alpha - target)^2 / (2 v) + ln(v) / 2), sg = stop
// gradient, without the constant ln(2 pi) / 2. alpha, target, variance: one shape, variance > 0.
torch::Tensor beta_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                            double beta);

}  // namespace facemat
