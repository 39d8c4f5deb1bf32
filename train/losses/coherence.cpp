#include "train/losses/coherence.h"

namespace facemat {

torch::Tensor coherence_loss(const torch::Tensor& alpha, const torch::Tensor& target) {
  return (alpha.diff(1, 1) - target.diff(1, 1)).square().mean();
}

}  // namespace facemat
