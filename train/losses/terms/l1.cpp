#include "train/losses/terms/l1.h"

namespace facemat {

torch::Tensor l1_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  return average.of((alpha - target).abs());
}

torch::Tensor l1_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                              const Average& average) {
  return average.in_region((alpha - target).abs() * unknown, unknown);
}

torch::Tensor l1_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                               const Average& average) {
  return average.of(weight * (alpha - target).abs());
}

}  // namespace facemat
