#include "train/losses/terms/charbonnier.h"

namespace facemat {

torch::Tensor charbonnier_loss(const torch::Tensor& alpha, const torch::Tensor& target, double epsilon,
                               const Average& average) {
  return average.of(((alpha - target).square() + epsilon * epsilon).sqrt());
}

}  // namespace facemat
