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

torch::Tensor nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance) {
  return pixel_nll(alpha - target, variance).mean();
}

torch::Tensor nll_log_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& log_variance) {
  return pixel_nll_log(alpha - target, log_variance).mean();
}

torch::Tensor beta_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                            double beta) {
  return (variance.detach().pow(beta) * pixel_nll(alpha - target, variance)).mean();
}

torch::Tensor beta_nll_log_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& log_variance,
                                double beta) {
  return ((beta * log_variance.detach()).exp() * pixel_nll_log(alpha - target, log_variance)).mean();
}

torch::Tensor uncertainty_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance) {
  return nll_loss(variance, (alpha - target).abs().detach(), variance);
}

}  // namespace facemat
