#pragma once
// Gaussian negative log-likelihoods, without the constant ln(2 pi) / 2; they can be negative. alpha, target and the variance
// have one shape; sg = stop gradient; results are scalars. Means are those of
// `average`: over what is trusted.
//
// Each comes in two forms of one value: by the variance v > 0, and by its logarithm s = ln v (Kendall & Gal, NeurIPS 2017),
// which divides by nothing and lets a head predict any real number. The networks here give v in 1e-6..1, where
// both forms are safe and have the same gradients; the loss table forms s = ln v for the second.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean of (alpha - target)^2 / (2 v) + ln(v) / 2; lowest in v at v = (alpha - target)^2.
torch::Tensor nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                       const Average& average = {});

// mean of exp(-s) (alpha - target)^2 / 2 + s / 2
torch::Tensor nll_log_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& log_variance,
                           const Average& average = {});

// beta-NLL (Seitzer et al., ICLR 2022, equation 5): mean of sg(v)^beta ((alpha - target)^2 / (2 v) + ln(v) / 2). beta = 0 is
// nll_loss; beta = 1 gives errors the gradient of a squared error.
torch::Tensor beta_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance, double beta,
                            const Average& average = {});

// mean of sg(exp(beta s)) (exp(-s) (alpha - target)^2 / 2 + s / 2)
torch::Tensor beta_nll_log_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& log_variance,
                                double beta, const Average& average = {});

// nll_loss of sg(alpha): the variance learns how large errors are, alpha nothing; give it a loss of its own (l1, say). With a
// head on detached features (ModelConfig::detached_uncertainty) the network learns alpha as if there were no variance: faithful
// heteroscedastic regression (Stirn et al., AISTATS 2023).
torch::Tensor faithful_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                                const Average& average = {});

// nll_loss of v as the estimate of sg|alpha - target| with variance v: the "uncertainty NLL" a third party read from FaceMat's
// paper. Not recommended: v is estimate and variance at once. With error e its lowest point is not at v = e but at
// v = (sqrt(1 + 4 e^2) - 1) / 2, about e^2 for small e, and it falls without end as e and v go to 0.
torch::Tensor uncertainty_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                                   const Average& average = {});

}  // namespace facemat
