#include "train/losses/nll.h"

namespace facemat {

torch::Tensor beta_nll_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& variance,
                            double beta) {
  const auto nll = 0.5 * ((alpha - target).square() / variance + variance.log());
  return (variance.detach().pow(beta) * nll).mean();
}

}  // namespace facemat
