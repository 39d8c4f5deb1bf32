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

struct ImageGradient {
  torch::Tensor across, down;  // [B T,1,H,W], 8 times Sx and Sy
};

// Of x [B,T,1,H,W].
ImageGradient gradient_of(const torch::Tensor& x) {
  const auto padded = torch::replication_pad2d(x.flatten(0, 1), {1, 1, 1, 1});
  return {differenced(smoothed(padded, 2), 3), differenced(smoothed(padded, 3), 2)};
}

torch::Tensor magnitude_of(const torch::Tensor& x) {
  constexpr double kAvoidZero = 1e-6;  // a root has no slope at 0
  const ImageGradient gradient = gradient_of(x);
  return ((gradient.across.square() + gradient.down.square()) / 64 + kAvoidZero).sqrt();
}

}  // namespace

torch::Tensor gradient_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  const ImageGradient error = gradient_of(average.believed(alpha - target));  // gradients are linear
  return (average.of_filtered(error.across.abs()) + average.of_filtered(error.down.abs())) / 8;
}

torch::Tensor gradient_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                                    const Average& average) {
  const ImageGradient error = gradient_of(average.believed(alpha - target));
  const auto inside = (error.across.abs() + error.down.abs()) * unknown.flatten(0, 1);
  return average.in_filtered_region(inside, average.believed(unknown)) / 8;
}

torch::Tensor gradient_magnitude_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  return average.of_filtered((magnitude_of(average.believed(alpha)) - magnitude_of(average.believed(target))).abs());
}

}  // namespace facemat
