#include "train/losses/terms/boundary.h"

#include <algorithm>
#include <cmath>

namespace facemat {

torch::Tensor boundary_of(const torch::Tensor& alpha, const torch::Tensor& trust, int64_t radius) {
  const torch::NoGradGuard no_grad;
  auto largest = alpha, smallest = alpha;
  if (trust.defined()) {
    largest = torch::where(trust > 0, alpha, torch::zeros_like(alpha));
    smallest = torch::where(trust > 0, alpha, torch::ones_like(alpha));
  }
  const auto most = [radius](const torch::Tensor& x) {
    const int64_t side = 2 * radius + 1;
    return torch::max_pool2d(x.flatten(0, 1), {side, side}, {1, 1}, {radius, radius});
  };
  const auto edge = (most(largest) > 0) & (-most(-smallest) < 1);
  return edge.to(alpha.scalar_type()).view_as(alpha);
}

int64_t scaled_radius(double pixels, const torch::Tensor& picture) {
  constexpr double kStatedAt = 512;
  const auto side = static_cast<double>(std::min(picture.size(-1), picture.size(-2)));
  return std::max<int64_t>(1, std::llround(pixels * side / kStatedAt));
}

}  // namespace facemat
