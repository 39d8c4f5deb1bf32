#include "train/losses/terms/distillation.h"

namespace facemat {

torch::Tensor distillation_loss(const torch::Tensor& alpha, const torch::Tensor& teacher) {
  return (alpha - teacher).abs().mean();
}

}  // namespace facemat
