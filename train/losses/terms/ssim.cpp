#include "train/losses/terms/ssim.h"

#include <array>
#include <cmath>

namespace facemat {
namespace {

constexpr int kReach = 5;  // pixels of the window beside its middle
constexpr double kSigma = 1.5, kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;

std::array<double, 2 * kReach + 1> window() {
  std::array<double, 2 * kReach + 1> weights{};
  double sum = 0;
  for (int i = -kReach; i <= kReach; ++i) sum += weights[i + kReach] = std::exp(-i * i / (2 * kSigma * kSigma));
  for (double& weight : weights) weight /= sum;
  return weights;
}

// The window's mean along `dim`, of which the padding is consumed.
torch::Tensor averaged(const torch::Tensor& padded, int dim) {
  static const std::array<double, 2 * kReach + 1> weights = window();
  const int64_t n = padded.size(dim) - 2 * kReach;
  auto sum = weights[kReach] * padded.narrow(dim, kReach, n);
  for (int i = 1; i <= kReach; ++i)
    sum = sum + weights[kReach + i] * (padded.narrow(dim, kReach - i, n) + padded.narrow(dim, kReach + i, n));
  return sum;
}

// [N,1,H,W] -> the windows' means.
torch::Tensor local_mean(const torch::Tensor& x) {
  return averaged(averaged(torch::replication_pad2d(x, {kReach, kReach, kReach, kReach}), 2), 3);
}

// 1 - SSIM of [N,1,H,W]. Sums of the same order on both sides: equal images give exactly 1.
torch::Tensor dissimilarity(const torch::Tensor& a, const torch::Tensor& t) {
  const auto mean_a = local_mean(a), mean_t = local_mean(t);
  const auto square_a = mean_a * mean_a, square_t = mean_t * mean_t, product = mean_a * mean_t;
  const auto variance_a = local_mean(a * a) - square_a, variance_t = local_mean(t * t) - square_t;
  const auto covariance = local_mean(a * t) - product;
  const auto similarity =
      (2 * product + kC1) * (2 * covariance + kC2) / ((square_a + square_t + kC1) * (variance_a + variance_t + kC2));
  return 1 - similarity;
}

torch::Tensor believed_dissimilarity(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  return dissimilarity(average.believed(alpha).flatten(0, 1), average.believed(target).flatten(0, 1));
}

}  // namespace

torch::Tensor ssim_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average) {
  return average.of_filtered(believed_dissimilarity(alpha, target, average));
}

torch::Tensor ssim_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                                const Average& average) {
  return average.in_filtered_region(believed_dissimilarity(alpha, target, average) * unknown.flatten(0, 1),
                                    average.believed(unknown));
}

}  // namespace facemat
