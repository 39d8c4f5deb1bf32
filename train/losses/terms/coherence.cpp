#include "train/losses/terms/coherence.h"

namespace facemat {

torch::Tensor coherence_loss(const torch::Tensor& alpha, const torch::Tensor& target) {
  return (alpha - target).diff(1, 1).square().mean();
}

torch::Tensor coherence_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight) {
  return (weight * (alpha - target)).diff(1, 1).square().mean();
}

}  // namespace facemat
