#include "train/losses/terms/foreground.h"

namespace facemat {
namespace {

// m (foreground - true_foreground)
torch::Tensor face_error(const torch::Tensor& foreground, const torch::Tensor& true_foreground, const torch::Tensor& target) {
  return (target > 0) * (foreground - true_foreground);
}

}  // namespace

torch::Tensor foreground_l1_loss(const torch::Tensor& foreground, const torch::Tensor& true_foreground,
                                 const torch::Tensor& target, const Average& average) {
  return average.of(face_error(foreground, true_foreground, target).abs());
}

torch::Tensor foreground_l1_normalised_loss(const torch::Tensor& foreground, const torch::Tensor& true_foreground,
                                            const torch::Tensor& target, const Average& average) {
  return average.in_region(face_error(foreground, true_foreground, target).abs(), 3 * (target > 0));
}

torch::Tensor foreground_coherence_loss(const torch::Tensor& foreground, const torch::Tensor& true_foreground,
                                        const torch::Tensor& target, const Average& average) {
  return average.of_changes().of(face_error(foreground, true_foreground, target).diff(1, 1).square());
}

}  // namespace facemat
