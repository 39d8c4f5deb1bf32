#include "train/losses/terms/nll.h"

namespace facemat {
namespace {

torch::Tensor pixel_nll(const torch::Tensor& error, const torch::Tensor& variance) {
  return 0.5 * (error.square() / variance + variance.log());
}

torch::Tensor pixel_nll_log(const torch::Tensor& error, const torch::Tensor& log_variance) {
  return 0.5 * ((-log_variance).exp() * error.square() + log_variance);
}

}  // namespace

torch::Tensor nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                       const Average& average) {
  return average.of(pixel_nll(alpha - target, variance));
}

torch::Tensor nll_log_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& log_variance,
                           const Average& average) {
  return average.of(pixel_nll_log(alpha - target, log_variance));
}

torch::Tensor beta_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance, double beta,
                            const Average& average) {
  return average.of(variance.detach().pow(beta) * pixel_nll(alpha - target, variance));
}

torch::Tensor beta_nll_log_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& log_variance,
                                double beta, const Average& average) {
  return average.of((beta * log_variance.detach()).exp() * pixel_nll_log(alpha - target, log_variance));
}

torch::Tensor faithful_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                                const Average& average) {
  return nll_loss(alpha.detach(), target, variance, average);
}

torch::Tensor uncertainty_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                                   const Average& average) {
  return nll_loss(variance, (alpha - target).abs().detach(), variance, average);
}

}  // namespace facemat
