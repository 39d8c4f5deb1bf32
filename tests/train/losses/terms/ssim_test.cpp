#include "train/losses/terms/ssim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/train/losses/loss_inputs.h"

namespace facemat {
namespace {

constexpr double kC1 = 1e-4, kC2 = 9e-4;

TEST(Ssim, OfEvenPicturesIsThatOfTheirMeans) {
  const auto a = torch::full({1, 2, 1, 7, 9}, 0.4, torch::kFloat64), b = torch::full({1, 2, 1, 7, 9}, 0.6, torch::kFloat64);
  EXPECT_NEAR(ssim_loss(a, b).item<double>(), 1 - (2 * 0.24 + kC1) / (0.16 + 0.36 + kC1), 1e-9);
  EXPECT_EQ(ssim_loss(a, a).item<double>(), 0);
}

// The statistics of one window by their definition: pixel (3, 4) of a random picture, beyond whose border it is repeated.
TEST(Ssim, OfOneWindowByDefinition) {
  torch::manual_seed(7);
  const auto a = torch::rand({1, 1, 1, 8, 9}, torch::kFloat64), b = torch::rand({1, 1, 1, 8, 9}, torch::kFloat64);
  const auto at = [](const torch::Tensor& x, int64_t row, int64_t column) {
    return x[0][0][0][std::min<int64_t>(std::max<int64_t>(row, 0), 7)][std::min<int64_t>(std::max<int64_t>(column, 0), 8)]
        .item<double>();
  };
  double sum = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  for (int y = -5; y <= 5; ++y)
    for (int x = -5; x <= 5; ++x) {
      const double weight = std::exp(-(x * x + y * y) / (2 * 1.5 * 1.5)), va = at(a, 3 + y, 4 + x), vb = at(b, 3 + y, 4 + x);
      sum += weight, ma += weight * va, mb += weight * vb;
      aa += weight * va * va, bb += weight * vb * vb, ab += weight * va * vb;
    }
  ma /= sum, mb /= sum;
  const double variance_a = aa / sum - ma * ma, variance_b = bb / sum - mb * mb, covariance = ab / sum - ma * mb;
  const double expected =
      (2 * ma * mb + kC1) * (2 * covariance + kC2) / ((ma * ma + mb * mb + kC1) * (variance_a + variance_b + kC2));
  auto here = torch::zeros_like(a);
  here[0][0][0][3][4] = 1;
  EXPECT_NEAR(ssim_unknown_loss(a, b, here).item<double>(), 1 - expected, 1e-7);
  EXPECT_EQ(ssim_unknown_loss(a, b, torch::zeros_like(a)).item<double>(), 0);
  EXPECT_NEAR(ssim_unknown_loss(a, b, torch::ones_like(a)).item<double>(), ssim_loss(a, b).item<double>(), 1e-7);
}

TEST(Ssim, ComparesWhatIsTrusted) {
  torch::manual_seed(8);
  const auto a = torch::rand({1, 1, 1, 12, 12}, torch::kFloat64), b = torch::rand({1, 1, 1, 12, 12}, torch::kFloat64);
  auto trust = torch::ones_like(a);
  trust.narrow(-1, 0, 6).zero_();
  const Average average(trust, {});
  EXPECT_NEAR(ssim_loss(a, b, average).item<double>(), ssim_loss(trust * a, trust * b).item<double>() / 0.5, 1e-7);
}

}  // namespace
}  // namespace facemat
