#include "train/losses/l2.h"

namespace facemat {

torch::Tensor l2_loss(const torch::Tensor& alpha, const torch::Tensor& target) { return (alpha - target).square().mean(); }

torch::Tensor l2_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown) {
  constexpr double kAvoidZero = 1e-8;
  return ((alpha - target).square() * unknown).sum() / (unknown.sum() + kAvoidZero);
}

}  // namespace facemat
