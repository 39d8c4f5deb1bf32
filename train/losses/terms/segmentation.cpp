#include "train/losses/terms/segmentation.h"

namespace facemat {

torch::Tensor segmentation_loss(const torch::Tensor& logits, const torch::Tensor& target, const Average& average) {
  // LibTorch's own mean rounds the gradient in another order.
  if (average.is_plain()) return torch::binary_cross_entropy_with_logits(logits, target);
  return average.of(torch::binary_cross_entropy_with_logits(logits, target, {}, {}, at::Reduction::None));
}

}  // namespace facemat
