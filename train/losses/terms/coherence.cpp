#include "train/losses/terms/coherence.h"

namespace facemat {

torch::Tensor coherence_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  return average.of_changes().of((alpha - target).diff(1, 1).square());
}

torch::Tensor coherence_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                      const Average& average) {
  return average.of_changes().of((weight * (alpha - target)).diff(1, 1).square());
}

}  // namespace facemat
