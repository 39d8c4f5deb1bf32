#include "train/losses/terms/laplacian.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "src/core/error.h"

namespace facemat {
namespace {

// Rows and columns are filtered one after the other, and every output pixel is computed from the pixels it depends on alone:
// no zeros are multiplied, nothing is thrown away. Sums of shifted images are many times as fast on a CPU as convolutions of
// one channel.

torch::Tensor first(const torch::Tensor& x, int dim) { return x.narrow(dim, 0, 1); }
torch::Tensor second(const torch::Tensor& x, int dim) { return x.narrow(dim, 1, 1); }
torch::Tensor last(const torch::Tensor& x, int dim) { return x.narrow(dim, x.size(dim) - 1, 1); }

// k * x at the even places of dimension `dim`, whose size is even and at least 4. Reflection sets x[-2] = x[2], x[-1] = x[1]
// and x[n] = x[n-2]: among the even places the second is repeated before, the last behind; among the odd ones the first before.
torch::Tensor halved(const torch::Tensor& x, int dim) {
  const int64_t n = x.size(dim), half = n / 2;
  const auto even = x.slice(dim, 0, n, 2), odd = x.slice(dim, 1, n, 2);
  const auto around = torch::cat({second(even, dim), even, last(even, dim)}, dim);
  const auto before = torch::cat({first(odd, dim), odd.narrow(dim, 0, half - 1)}, dim);
  return (around.narrow(dim, 0, half) + around.narrow(dim, 2, half) + 4 * (before + odd) + 6 * even) / 16;
}

// 2 k * (x with a zero after each pixel) along `dim`, at least 2 pixels: [1 6 1]/8 at even places, [4 4]/8 at odd ones.
// Reflection of the spread pixels sets x[-1] = x[1] and x[n] = x[n-1].
torch::Tensor doubled(const torch::Tensor& x, int dim) {
  const int64_t n = x.size(dim);
  const auto around = torch::cat({second(x, dim), x, last(x, dim)}, dim);
  const auto next = around.narrow(dim, 2, n);
  return torch::stack({(around.narrow(dim, 0, n) + 6 * x + next) / 8, (x + next) / 2}, dim + 1).flatten(dim, dim + 1);
}

torch::Tensor down(const torch::Tensor& x) { return halved(halved(x, 2), 3); }
torch::Tensor up(const torch::Tensor& x) { return doubled(doubled(x, 2), 3); }
torch::Tensor subsampled(const torch::Tensor& x) { return x.slice(2, 0, x.size(2), 2).slice(3, 0, x.size(3), 2); }

torch::Tensor even_sides(const torch::Tensor& x) { return x.narrow(2, 0, x.size(2) / 2 * 2).narrow(3, 0, x.size(3) / 2 * 2); }

// Levels that leave at least 4 pixels at the last.
int fitting_levels(const torch::Tensor& alpha, int levels) {
  const int64_t side = std::min(alpha.size(-1), alpha.size(-2));
  require(side >= 4, "laplacian_loss needs at least 4x4 pixels, got {}x{}", alpha.size(-1), alpha.size(-2));
  while (levels > 1 && (side >> (levels - 1)) < 4) --levels;
  return levels;
}

// |lap_k(alpha) - lap_k(target)| of every level, of what is believed of the difference.
std::vector<torch::Tensor> level_errors(const torch::Tensor& alpha, const torch::Tensor& target, int levels,
                                        const Average& average) {
  auto errors = laplacian_pyramid(average.believed(alpha - target).flatten(0, 1), fitting_levels(alpha, levels));
  for (auto& level : errors) level = level.abs();
  return errors;
}

using Reduction = std::function<torch::Tensor(const torch::Tensor&)>;

// `weight` for each level, made smaller by `reduce` from one to the next, cut to even sides as the levels are.
std::vector<torch::Tensor> weight_pyramid(const torch::Tensor& weight, size_t levels, const Reduction& reduce) {
  std::vector<torch::Tensor> pyramid{even_sides(weight.flatten(0, 1))};
  while (pyramid.size() < levels) pyramid.push_back(even_sides(reduce(pyramid.back())));
  return pyramid;
}

}  // namespace

std::vector<torch::Tensor> laplacian_pyramid(const torch::Tensor& x, int levels) {
  std::vector<torch::Tensor> pyramid;
  auto current = x;
  for (int k = 0; k < levels; ++k) {
    current = even_sides(current);
    const auto smaller = down(current);
    pyramid.push_back(current - up(smaller));
    current = smaller;
  }
  return pyramid;
}

torch::Tensor laplacian_loss(const torch::Tensor& alpha, const torch::Tensor& target, int levels, const Average& average) {
  const auto errors = level_errors(alpha, target, levels, average);
  auto sum = torch::zeros({}, alpha.options());
  for (size_t k = 0; k < errors.size(); ++k) sum = sum + std::ldexp(1.0, k) * average.of_filtered(errors[k]);
  return sum / static_cast<double>(errors.size());
}

torch::Tensor laplacian_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                      int levels, const Average& average) {
  const auto errors = level_errors(alpha, target, levels, average);
  const auto weights = weight_pyramid(weight, errors.size(), down);
  auto sum = torch::zeros({}, alpha.options());
  for (size_t k = 0; k < errors.size(); ++k) sum = sum + std::ldexp(1.0, k) * average.of_filtered(weights[k] * errors[k]);
  return sum / static_cast<double>(errors.size());
}

torch::Tensor laplacian_normalised_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                        int levels, const Average& average) {
  const auto errors = level_errors(alpha, target, levels, average);
  const auto weights = weight_pyramid(average.believed(weight), errors.size(), subsampled);
  auto sum = torch::zeros({}, alpha.options());
  for (size_t k = 0; k < errors.size(); ++k)
    sum = sum + std::ldexp(1.0, k) * average.in_filtered_region(weights[k] * errors[k], weights[k]);
  return sum;
}

}  // namespace facemat
