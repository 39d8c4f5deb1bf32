#include "train/losses/laplacian.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

torch::Tensor binomial_kernel(const torch::TensorOptions& options) {
  const auto row = torch::tensor({1., 4., 6., 4., 1.}, options);
  return (row.unsqueeze(1) * row.unsqueeze(0) / 256).view({1, 1, 5, 5});
}

torch::Tensor smoothed(const torch::Tensor& x, const torch::Tensor& kernel) {
  return torch::conv2d(torch::reflection_pad2d(x, {2, 2, 2, 2}), kernel);
}

torch::Tensor down(const torch::Tensor& x, const torch::Tensor& kernel) {
  using torch::indexing::None;
  using torch::indexing::Slice;
  return smoothed(x, kernel).index({Slice(), Slice(), Slice(None, None, 2), Slice(None, None, 2)});
}

// Zero insertion x2; the kernel then holds a quarter of the samples, hence the factor 4.
torch::Tensor up(const torch::Tensor& x, const torch::Tensor& kernel) {
  const auto zeros = torch::zeros_like(x);
  const auto rows =
      torch::stack({torch::stack({4 * x, zeros}, -1).flatten(-2), torch::stack({zeros, zeros}, -1).flatten(-2)}, -2);
  return smoothed(rows.flatten(-3, -2), kernel);
}

torch::Tensor even_sides(const torch::Tensor& x) { return x.narrow(2, 0, x.size(2) / 2 * 2).narrow(3, 0, x.size(3) / 2 * 2); }

}  // namespace

std::vector<torch::Tensor> laplacian_pyramid(const torch::Tensor& x, int levels) {
  const auto kernel = binomial_kernel(x.options().requires_grad(false));
  std::vector<torch::Tensor> pyramid;
  auto current = x;
  for (int k = 0; k < levels; ++k) {
    current = even_sides(current);
    const auto smaller = down(current, kernel);
    pyramid.push_back(current - up(smaller, kernel));
    current = smaller;
  }
  return pyramid;
}

namespace {

// Levels that leave at least 4 pixels at the last.
int fitting_levels(const torch::Tensor& alpha, int levels) {
  const int64_t side = std::min(alpha.size(-1), alpha.size(-2));
  require(side >= 4, "laplacian_loss needs at least 4x4 pixels, got {}x{}", alpha.size(-1), alpha.size(-2));
  while (levels > 1 && (side >> (levels - 1)) < 4) --levels;
  return levels;
}

// weight, its half, ...: one for each level, cut to even sides as the levels are.
std::vector<torch::Tensor> weight_pyramid(const torch::Tensor& weight, int levels) {
  const auto kernel = binomial_kernel(weight.options());
  std::vector<torch::Tensor> pyramid;
  auto current = weight;
  for (int k = 0; k < levels; ++k) {
    pyramid.push_back(even_sides(current));
    current = down(pyramid.back(), kernel);
  }
  return pyramid;
}

}  // namespace

torch::Tensor laplacian_loss(const torch::Tensor& alpha, const torch::Tensor& target, int levels) {
  levels = fitting_levels(alpha, levels);
  const auto a = laplacian_pyramid(alpha.flatten(0, 1), levels), t = laplacian_pyramid(target.flatten(0, 1), levels);
  auto sum = torch::zeros({}, alpha.options());
  for (int k = 0; k < levels; ++k) sum = sum + std::ldexp(1.0, k) * (a[k] - t[k]).abs().mean();
  return sum / levels;
}

torch::Tensor laplacian_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                      int levels) {
  levels = fitting_levels(alpha, levels);
  const auto a = laplacian_pyramid(alpha.flatten(0, 1), levels), t = laplacian_pyramid(target.flatten(0, 1), levels);
  const auto w = weight_pyramid(weight.flatten(0, 1), levels);
  auto sum = torch::zeros({}, alpha.options());
  for (int k = 0; k < levels; ++k) sum = sum + std::ldexp(1.0, k) * (w[k] * (a[k] - t[k])).abs().mean();
  return sum / levels;
}

}  // namespace facemat
