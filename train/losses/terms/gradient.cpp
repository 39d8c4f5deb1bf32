#include "train/losses/terms/gradient.h"

namespace facemat {
namespace {

// The Sobel kernel's two factors along `dim`: [1 2 1] and [-1 0 1]. The result has two pixels less.
torch::Tensor smoothed(const torch::Tensor& x, int dim) {
  const int64_t n = x.size(dim) - 2;
  return x.narrow(dim, 0, n) + 2 * x.narrow(dim, 1, n) + x.narrow(dim, 2, n);
}

torch::Tensor differenced(const torch::Tensor& x, int dim) {
  const int64_t n = x.size(dim) - 2;
  return x.narrow(dim, 2, n) - x.narrow(dim, 0, n);
}

}  // namespace

torch::Tensor gradient_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  const auto difference = average.believed(alpha - target).flatten(0, 1);  // [B T,1,H,W]; gradients are linear
  const auto padded = torch::replication_pad2d(difference, {1, 1, 1, 1});
  const auto across = differenced(smoothed(padded, 2), 3).abs(), down = differenced(smoothed(padded, 3), 2).abs();
  return (average.of_filtered(across) + average.of_filtered(down)) / 8;
}

}  // namespace facemat
