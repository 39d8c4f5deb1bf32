#include "train/losses/terms/composition.h"

namespace facemat {

torch::Tensor composition_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& clean,
                               const torch::Tensor& occluder, const Average& average) {
  const auto colour = occluder.narrow(2, 0, 3), opacity = occluder.narrow(2, 3, 1);
  const auto region = (opacity > 0) & ((target > 0) | (opacity >= 1));
  const auto contrast = (region * (clean - colour).abs()).sum(2, /*keepdim=*/true);
  return average.in_region((alpha - target).abs() * contrast, 3 * region);
}

}  // namespace facemat
