#include "train/losses/terms/charbonnier.h"

namespace facemat {
namespace {

torch::Tensor smooth_error(const torch::Tensor& alpha, const torch::Tensor& target, double epsilon) {
  return ((alpha - target).square() + epsilon * epsilon).sqrt();
}

}  // namespace

torch::Tensor charbonnier_loss(const torch::Tensor& alpha, const torch::Tensor& target, double epsilon,
                               const Average& average) {
  return average.of(smooth_error(alpha, target, epsilon));
}

torch::Tensor charbonnier_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                                       double epsilon, const Average& average) {
  return average.in_region(smooth_error(alpha, target, epsilon) * unknown, unknown);
}

}  // namespace facemat
