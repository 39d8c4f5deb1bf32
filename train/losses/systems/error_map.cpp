#include "train/losses/systems/error_map.h"

namespace facemat {

torch::Tensor error_map_loss(const torch::Tensor& error, const torch::Tensor& alpha, const torch::Tensor& target,
                             const Average& average) {
  return average.of((error - (alpha.detach() - target).abs()).square());
}

}  // namespace facemat
