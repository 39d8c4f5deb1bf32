#include "train/losses/terms/l1.h"

namespace facemat {

torch::Tensor l1_loss(const torch::Tensor& alpha, const torch::Tensor& target) { return (alpha - target).abs().mean(); }

torch::Tensor l1_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                              const MeanOverProcesses& over_processes) {
  return region_mean(((alpha - target).abs() * unknown).sum(), unknown.sum(), over_processes);
}

torch::Tensor l1_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight) {
  return (weight * (alpha - target).abs()).mean();
}

}  // namespace facemat
