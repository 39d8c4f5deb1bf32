#include "train/losses/terms/l2.h"

namespace facemat {

torch::Tensor l2_loss(const torch::Tensor& alpha, const torch::Tensor& target) { return (alpha - target).square().mean(); }

torch::Tensor l2_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                              const MeanOverProcesses& over_processes) {
  return region_mean(((alpha - target).square() * unknown).sum(), unknown.sum(), over_processes);
}

torch::Tensor l2_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight) {
  return (weight * (alpha - target).square()).mean();
}

}  // namespace facemat
