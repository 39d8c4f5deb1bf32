#include "train/losses/terms/uncertainty_weight.h"

namespace facemat {

torch::Tensor uncertainty_weight(const torch::Tensor& uncertainty, double certain_weight, double uncertain_weight,
                                 bool mean_one, const MeanOverProcesses& over_processes) {
  const auto weight = certain_weight + uncertain_weight * uncertainty;
  return mean_one ? region_mean(weight, weight.mean(), over_processes) : weight;
}

}  // namespace facemat
