#include "train/losses/terms/uncertainty_weight.h"

namespace facemat {

torch::Tensor uncertainty_weight(const torch::Tensor& uncertainty, double certain_weight, double uncertain_weight,
                                 bool mean_one, const Average& average) {
  const auto weight = certain_weight + uncertain_weight * uncertainty;
  return mean_one ? average.with_mean_one(weight) : weight;
}

}  // namespace facemat
