#include "train/losses/l1.h"

namespace facemat {

torch::Tensor l1_loss(const torch::Tensor& alpha, const torch::Tensor& target) { return (alpha - target).abs().mean(); }

torch::Tensor l1_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown) {
  constexpr double kAvoidZero = 1e-8;
  return ((alpha - target).abs() * unknown).sum() / (unknown.sum() + kAvoidZero);
}

torch::Tensor l1_uncertainty_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& uncertainty,
                                  double certain_weight, double uncertain_weight) {
  return ((certain_weight + uncertain_weight * uncertainty) * (alpha - target).abs()).mean();
}

}  // namespace facemat
