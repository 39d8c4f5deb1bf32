#include "eval/measures/uncertainty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/measures/pixel_pool.h"
#include "src/core/error.h"
#include "src/core/random.h"
#include "tests/eval/example.h"

namespace facemat {
namespace {

constexpr double kTwoPi = 6.283185307179586;

TEST(Uncertainty, TwoPixelsByHand) {
  const UncertaintyInfo u = measure_uncertainty({0.5F, 0.25F}, {1.0F, 0.25F});
  EXPECT_EQ(u.spearman, 1);
  EXPECT_EQ(u.pixels, 2);
  ASSERT_EQ(u.bins.size(), 2u);
  EXPECT_EQ(u.bins[0].uncertainty, 0.25);
  EXPECT_EQ(u.bins[0].error, 0.25);
  EXPECT_EQ(u.bins[1].uncertainty, 0.5);
  EXPECT_EQ(u.bins[1].error, 1);
  const Calibration& c = u.calibration;
  EXPECT_DOUBLE_EQ(c.error, (0.0 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(c.relative_error, (0.0 + 1.0) / 2);
  EXPECT_EQ(c.within_one, 0.5);
  EXPECT_EQ(c.within_two, 1);
  EXPECT_NEAR(c.nll, (std::log(kTwoPi / 16) / 2 + 0.5 + std::log(kTwoPi / 4) / 2 + 2) / 2, 1e-12);
}

// Twenty pixels, two a bin; the last bin holds sigma 0.125 and 0.875, errors 0.5 and 0.5.
TEST(Uncertainty, BinsCompareRootMeanSquares) {
  std::vector<float> deviation(20, 0.0625F), error(20, 0.0625F);
  deviation[3] = 0.125F, deviation[11] = 0.875F;
  error[3] = error[11] = 0.5F;
  const UncertaintyInfo u = measure_uncertainty(deviation, error);
  ASSERT_EQ(u.bins.size(), 10u);
  EXPECT_EQ(u.bins[9].uncertainty, 0.5);
  EXPECT_EQ(u.bins[9].error, 0.5);
  const double deviation_of_last = std::sqrt((0.125 * 0.125 + 0.875 * 0.875) / 2);
  EXPECT_DOUBLE_EQ(u.calibration.bins[9].deviation, deviation_of_last);
  EXPECT_DOUBLE_EQ(u.calibration.bins[9].rmse, 0.5);
  EXPECT_DOUBLE_EQ(u.calibration.error, (deviation_of_last - 0.5) / 10);
  EXPECT_DOUBLE_EQ(u.calibration.relative_error, (deviation_of_last - 0.5) / deviation_of_last / 10);
}

TEST(Uncertainty, EqualDeviationsStayInOrder) {
  std::vector<float> error;
  for (int i = 0; i < 10; ++i) error.push_back(static_cast<float>(i));
  const UncertaintyInfo u = measure_uncertainty(std::vector<float>(10, 0.5F), error);
  EXPECT_EQ(u.spearman, 0);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(u.bins[i].error, static_cast<double>(i));
}

// 15 pixels in ten bins: one and two in turns.
TEST(Uncertainty, CountsOfBinsDifferByAtMostOne) {
  std::vector<float> rising;
  for (int i = 0; i < 15; ++i) rising.push_back(static_cast<float>(i));
  std::vector<double> means;
  for (const UncertaintyBin& bin : measure_uncertainty(rising, rising).bins) means.push_back(bin.uncertainty);
  EXPECT_THAT(means, testing::ElementsAre(0, 1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5));
}

TEST(Uncertainty, NoDeviationCountsAsTheLeast) {
  const Calibration c = measure_uncertainty({0, 0}, {0, 0.001F}).calibration;
  EXPECT_EQ(c.within_one, 1);
  EXPECT_NEAR(c.nll, std::log(kTwoPi * 1e-6) / 2 + 0.25, 1e-6);
  EXPECT_NEAR(c.relative_error, 0.5, 1e-6);
}

TEST(Uncertainty, RefusesWhatCannotBeCompared) {
  EXPECT_THROW(measure_uncertainty({1}, {1, 2}), Error);
  EXPECT_THROW(measure_uncertainty({}, {}), Error);
}

// Errors drawn from N(0, (factor sigma)^2), sigma from 0.01 to 0.5.
UncertaintyInfo simulated(double factor) {
  Rng rng(5);
  std::vector<float> deviation, error;
  for (int i = 0; i < 200000; ++i) {
    const double sigma = 0.01 * std::pow(50, rng.uniform());
    deviation.push_back(static_cast<float>(sigma));
    error.push_back(static_cast<float>(std::abs(rng.normal(0, factor * sigma))));
  }
  return measure_uncertainty(deviation, error);
}

double gaussian_share(double deviations) { return std::erf(deviations / std::sqrt(2)); }

TEST(Uncertainty, GaussianErrorsAreCalibrated) {
  EXPECT_NEAR(kWithinOne, gaussian_share(1), 1e-15);
  EXPECT_NEAR(kWithinTwo, gaussian_share(2), 1e-15);
  const UncertaintyInfo u = simulated(1);
  EXPECT_NEAR(u.calibration.within_one, kWithinOne, 0.005);
  EXPECT_NEAR(u.calibration.within_two, kWithinTwo, 0.003);
  EXPECT_LT(u.calibration.error, 0.002);
  EXPECT_LT(u.calibration.relative_error, 0.01);
  // E[log(2 pi sigma^2)] / 2 + 1/2 with log sigma uniform between log 0.01 and log 0.5.
  EXPECT_NEAR(u.calibration.nll, std::log(kTwoPi) / 2 + (std::log(0.01) + std::log(0.5)) / 2 + 0.5, 0.01);
  // The mean absolute error of a Gaussian is sqrt(2 / pi) sigma.
  for (const UncertaintyBin& bin : u.bins) EXPECT_NEAR(bin.error / bin.uncertainty, std::sqrt(4 / kTwoPi), 0.02);
}

TEST(Uncertainty, OverconfidenceShows) {
  const UncertaintyInfo u = simulated(2);
  EXPECT_NEAR(u.calibration.within_one, gaussian_share(0.5), 0.005);
  EXPECT_NEAR(u.calibration.within_two, gaussian_share(1), 0.005);
  EXPECT_NEAR(u.calibration.relative_error, 1, 0.02);
  EXPECT_NEAR(u.spearman, simulated(1).spearman, 1e-3);  // ranks do not see the scale
}

// Errors 4, 3, 2, 1 by falling deviation, then a deviation that knows nothing.
TEST(Uncertainty, SparsificationByHand) {
  std::vector<float> rising, falling;
  for (int i = 1; i <= 20; ++i) rising.push_back(static_cast<float>(i)), falling.push_back(static_cast<float>(21 - i));
  const Sparsification known = measure_uncertainty(rising, rising).sparsification;
  ASSERT_EQ(known.by_uncertainty.size(), 20u);
  EXPECT_EQ(known.ause, 0);
  EXPECT_EQ(known.by_uncertainty[0], 1);
  EXPECT_DOUBLE_EQ(known.by_uncertainty[19], 1 / 10.5);  // the pixel of error 1 remains; the mean of all is 10.5
  EXPECT_DOUBLE_EQ(known.by_uncertainty[10], 5.5 / 10.5);
  const Sparsification wrong = measure_uncertainty(falling, rising).sparsification;
  EXPECT_DOUBLE_EQ(wrong.by_uncertainty[10], 15.5 / 10.5);
  EXPECT_EQ(wrong.by_error, known.by_error);
  // Taking k of 20 away leaves means 10.5 + k / 2 and 10.5 - k / 2: the trapezoids between 0 and 19 / 20.
  EXPECT_NEAR(wrong.ause, 19 * 19 / 2.0 / 20 / 10.5, 1e-12);
}

TEST(Uncertainty, NoErrorHasNothingToSparsify) { EXPECT_EQ(measure_uncertainty({1, 2}, {0, 0}).sparsification.ause, 0); }

TEST(Ledger, ByHand) {
  const auto bins = ledger_bins({0.5F, 0.25F}, {1, 0}, {0.5F, 0.125F});
  ASSERT_EQ(bins.size(), 2u);
  EXPECT_EQ(bins[0].uncertainty, 0.25);
  EXPECT_EQ(bins[0].teacher_error, 0);
  EXPECT_EQ(bins[0].error, 0.125);
  EXPECT_EQ(bins[1].teacher_error, 1);
  EXPECT_EQ(bins[1].error, 0.5);
  EXPECT_THROW(ledger_bins({1}, {1}, {1, 2}), Error);
}

// 64 x 64 pixels whose first value grows from left to right; the second one is `second`.
void add_frame(PixelPool<2>& pool, float second) {
  for (int i = 0; i < 64 * 64; ++i) pool.add({(i % 64 + 0.5F) / 64, second});
}

double mean_of(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

TEST(PixelPool, KeepsEveryPixelWhileThereIsRoom) {
  PixelPool<2> pool(4 * 64 * 64);
  for (int i = 0; i < 4; ++i) add_frame(pool, static_cast<float>(i % 2));
  EXPECT_EQ(pool.size(), 4u * 64 * 64);
  EXPECT_NEAR(mean_of(pool.values(0)), 0.5, 1e-6);
  EXPECT_NEAR(mean_of(pool.values(1)), 0.5, 1e-6);
}

TEST(PixelPool, ThinsOutEvenlyAndTheSameEachTime) {
  constexpr size_t kMost = 4000;
  PixelPool<2> pool(kMost), again(kMost);
  for (int i = 0; i < 24; ++i) {
    add_frame(pool, i < 12 ? 0 : 1);  // what came early must weigh as much as what came late
    add_frame(again, i < 12 ? 0 : 1);
    EXPECT_LE(pool.size(), kMost);
    EXPECT_GT(pool.size(), kMost / 3);
  }
  EXPECT_NEAR(mean_of(pool.values(0)), 0.5, 0.03);
  EXPECT_NEAR(mean_of(pool.values(1)), 0.5, 0.05);
  EXPECT_EQ(pool.values(0), again.values(0));
  EXPECT_EQ(pool.values(1), again.values(1));
}

}  // namespace
}  // namespace facemat
