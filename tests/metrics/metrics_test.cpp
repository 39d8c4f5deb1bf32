#include "eval/metrics/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>

#include "eval/metrics/connectivity.h"
#include "eval/metrics/gradient.h"
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

// By the definition, level after level, with OpenCV's labelling: the largest 4-connected component of what reaches level k. On
// the transposed image labels come in column-major order.
cv::Mat largest_component(const cv::Mat& set) {
  cv::Mat labels, statistics, centroids;
  const int count = cv::connectedComponentsWithStats(set, labels, statistics, centroids, 4, CV_32S, cv::CCL_GRANA);
  int best = 0, most = 0;
  for (int label = 1; label < count; ++label)
    if (statistics.at<int>(label, cv::CC_STAT_AREA) > most) most = statistics.at<int>(label, cv::CC_STAT_AREA), best = label;
  return best == 0 ? cv::Mat(cv::Mat::zeros(set.size(), CV_8UC1)) : cv::Mat(labels == best);
}

double connectivity_by_definition(const AlphaPair& pair) {
  cv::Mat low;
  cv::transpose(cv::min(pair.prediction, pair.truth), low);
  cv::Mat last(low.size(), CV_8UC1, cv::Scalar(10)), inside(low.size(), CV_8UC1, cv::Scalar(255));
  for (int k = 1; k <= 10; ++k) {
    const cv::Mat omega = largest_component(low >= (51 * k + 1) / 2);
    last.setTo(k - 1, inside & ~omega);
    inside &= omega;
  }
  int64_t sum = 0;
  for_region(pair, [&](int y, int x) {
    const auto drop = [&](int value) {
      const int d = 10 * value - 255 * last.at<uint8_t>(x, y);
      return 100 * d >= 15 * 2550 ? d : 0;
    };
    sum += std::abs(drop(pair.prediction.at<uint8_t>(y, x)) - drop(pair.truth.at<uint8_t>(y, x)));
  });
  return static_cast<double>(sum) / 2550 / 1000;
}

// Few values and small sizes: many components of equal size.
TEST(Connectivity, IsItsDefinitionTiesIncluded) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed);
    const int rows = rng.integer(1, 20), cols = rng.integer(1, 20), values = rng.integer(1, 5);
    const auto matte = [&] {
      cv::Mat out(rows, cols, CV_8UC1);
      for (uint8_t& value : cv::Mat_<uint8_t>(out)) value = static_cast<uint8_t>(51 * rng.integer(0, values));
      return out;
    };
    const cv::Mat prediction = matte(), truth = matte(), region = matte();
    const AlphaPair pair = make_pair(prediction, truth, region);
    EXPECT_EQ(connectivity_error(pair), connectivity_by_definition(pair)) << "seed " << seed;
  }
}

TEST(Connectivity, IsItsDefinitionOnSoftMattes) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const AlphaPair pair = make_pair(random_matte(seed, 97, 131), random_matte(seed + 9, 97, 131));
    EXPECT_EQ(connectivity_error(pair), connectivity_by_definition(pair)) << "seed " << seed;
  }
}

// The two-dimensional kernel of the definition, pixel by pixel.
double gradient_by_definition(const AlphaPair& pair) {
  constexpr int kHalf = 4;
  constexpr double kSigma = 1.4;
  const auto bell = [&](int i) { return std::exp(-i * i / (2 * kSigma * kSigma)); };
  double norm = 0;
  for (int i = -kHalf; i <= kHalf; ++i)
    for (int j = -kHalf; j <= kHalf; ++j) norm += std::pow(bell(i) * j * bell(j), 2);
  const auto amplitude = [&](const cv::Mat& alpha, int y, int x) {
    double low, high, gx = 0, gy = 0;
    cv::minMaxLoc(alpha, &low, &high);
    for (int i = -kHalf; i <= kHalf; ++i)
      for (int j = -kHalf; j <= kHalf; ++j) {
        const int value = alpha.at<uint8_t>(std::clamp(y + i, 0, alpha.rows - 1), std::clamp(x + j, 0, alpha.cols - 1));
        gx += bell(i) * j * bell(j) * value, gy += i * bell(i) * bell(j) * value;
      }
    return high > low ? std::hypot(gx, gy) / std::sqrt(norm) / (high - low) : 0;
  };
  double sum = 0;
  for_region(pair, [&](int y, int x) { sum += std::pow(amplitude(pair.prediction, y, x) - amplitude(pair.truth, y, x), 2); });
  return sum / 1000;
}

TEST(Gradient, IsItsDefinitionToTheBorders) {
  for (const auto& [rows, cols] : std::vector<std::pair<int, int>>{{31, 22}, {1, 9}, {9, 1}, {3, 3}, {1, 1}, {8, 17}}) {
    const cv::Mat prediction = random_matte(3, rows, cols), truth = random_matte(4, rows, cols);
    for (const cv::Mat& region : {cv::Mat(), cv::Mat(random_matte(5, rows, cols) > 100)}) {
      const AlphaPair pair = make_pair(prediction, truth, region);
      EXPECT_NEAR(gradient_error(pair), gradient_by_definition(pair), 1e-14) << rows << "x" << cols;
    }
  }
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
