#include "train/losses/terms/l2.h"

namespace facemat {

torch::Tensor l2_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  return average.of((alpha - target).square());
}

torch::Tensor l2_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                              const Average& average) {
  return average.in_region((alpha - target).square() * unknown, unknown);
}

torch::Tensor l2_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                               const Average& average) {
  return average.of(weight * (alpha - target).square());
}

}  // namespace facemat
