#include "eval/metrics/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/metrics/connectivity.h"
#include "eval/metrics/pixel_errors.h"
#include "eval/metrics/segmentation.h"
#include "eval/metrics/temporal.h"
#include "src/core/error.h"
#include "src/core/random.h"

namespace facemat {

inline void PrintTo(const MetricEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

cv::Mat random_matte(uint64_t seed, int rows = 40, int cols = 56) {
  Rng rng(seed);
  cv::Mat matte(rows, cols, CV_8UC1);
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < cols; ++x) {
      const double edge = (x - cols / 2.0 + 6 * rng.normal()) / 8;
      matte.at<uint8_t>(y, x) = static_cast<uint8_t>(255 / (1 + std::exp(-edge)) + 0.5);
    }
  return matte;
}

cv::Mat row(std::vector<uint8_t> values) { return cv::Mat(values, true).reshape(1, 1); }

TEST(PixelErrors, ByHand) {
  const AlphaPair pair = make_pair(row({0, 255, 100, 10}), row({51, 255, 0, 10}));
  EXPECT_DOUBLE_EQ(sad(pair), (0.2 + 100 / 255.0) / 1000);
  EXPECT_DOUBLE_EQ(mad(pair), (0.2 + 100 / 255.0) / 4);
  EXPECT_DOUBLE_EQ(mse(pair), (0.04 + 10000.0 / 65025) / 4);
}

TEST(PixelErrors, CountOnlyTheRegion) {
  const AlphaPair pair = make_pair(row({0, 255}), row({255, 0}), row({0, 1}));
  EXPECT_DOUBLE_EQ(sad(pair), 0.001);
  EXPECT_DOUBLE_EQ(mse(pair), 1);
  EXPECT_DOUBLE_EQ(mse(make_pair(row({0}), row({255}), row({0}))), 0);  // empty region
}

// One pixel is cut off from the rest at level 0.6 and above: l = 0.5 for it, d = 1 - 0.5 for both, so no error; the pixel that
// separates them is 0.5 in truth and 1 in the prediction: l = 0.5, phi_p = 1 - 0.5, phi_g = 1.
TEST(Connectivity, ByHand) {
  const AlphaPair pair = make_pair(row({255, 255, 255, 255}), row({255, 255, 128, 255}));
  EXPECT_NEAR(connectivity_error(pair), 0.5 / 1000, 1e-12);
}

TEST(Temporal, ByHand) {
  const AlphaPair before = make_pair(row({0, 0}), row({0, 0})), now = make_pair(row({51, 0}), row({0, 51}));
  EXPECT_DOUBLE_EQ(dtssd(before, now), 0.2);
  EXPECT_EQ(dtssd(now, now), 0);
}

TEST(Segmentation, ByHand) {
  const Confusion c = confusion(make_pair(row({128, 255, 127, 0, 200}), row({255, 127, 128, 0, 130})));
  EXPECT_EQ(c.tp, 2);
  EXPECT_EQ(c.fp, 1);
  EXPECT_EQ(c.fn, 1);
  EXPECT_EQ(c.tn, 1);
  EXPECT_DOUBLE_EQ(iou(c), 0.5);
  EXPECT_DOUBLE_EQ(accuracy(c), 0.6);
  EXPECT_DOUBLE_EQ(precision(c), 2.0 / 3);
  EXPECT_DOUBLE_EQ(iou({}), 1);
}

class EveryMetric : public testing::TestWithParam<MetricEntry> {};

TEST_P(EveryMetric, IsPerfectForEqualMattes) {
  const cv::Mat matte = random_matte(1);
  EXPECT_EQ(GetParam().compute(make_pair(matte, matte)), GetParam().lower_is_better ? 0 : 1);
}

TEST_P(EveryMetric, SeesAnError) {
  const MetricEntry metric = GetParam();
  const cv::Mat truth = random_matte(1), wrong = random_matte(2);
  const double perfect = metric.compute(make_pair(truth, truth)), value = metric.compute(make_pair(wrong, truth));
  EXPECT_TRUE(metric.lower_is_better ? value > perfect : value < perfect);
}

TEST_P(EveryMetric, DoesNotChangeWhenTheImageIsTransposed) {
  const cv::Mat truth = random_matte(1), wrong = random_matte(2);
  const double value = GetParam().compute(make_pair(wrong, truth));
  EXPECT_NEAR(GetParam().compute(make_pair(wrong.t(), truth.t())), value, 1e-12 * (1 + value));
}

TEST_P(EveryMetric, RefusesMattesOfDifferentSize) { EXPECT_THROW(make_pair(row({0, 1}), row({0})), Error); }

INSTANTIATE_TEST_SUITE_P(Table, EveryMetric, testing::ValuesIn(metric_table()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Metrics, UnknownNameListsTheKnown) { EXPECT_THROW(find_metric("psnr"), Error); }

}  // namespace
}  // namespace facemat
