#include "train/losses/systems/trimap_classes.h"

namespace facemat {

torch::Tensor trimap_cross_entropy_loss(const torch::Tensor& logits, const torch::Tensor& target, const Average& average) {
  const auto classes = (target > 0).to(torch::kLong) + (target >= 1).to(torch::kLong);
  return average.of(-logits.log_softmax(2).gather(2, classes));
}

torch::Tensor estimated_unknown(const torch::Tensor& logits, const torch::Tensor& otherwise) {
  const torch::NoGradGuard no_grad;
  constexpr int64_t kUnknownClass = 1;
  const auto classes = logits.argmax(2, /*keepdim=*/true).flatten(0, 1) == kUnknownClass;
  auto estimated = torch::upsample_nearest2d(classes.to(otherwise.scalar_type()), {otherwise.size(-2), otherwise.size(-1)});
  estimated = estimated.view_as(otherwise);
  return torch::where(estimated.amax({1, 2, 3, 4}, /*keepdim=*/true) > 0, estimated, otherwise);
}

}  // namespace facemat
