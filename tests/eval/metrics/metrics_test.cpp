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
#include "eval/metrics/variants.h"
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

Regions whole(const AlphaPair& pair) { return Regions::whole(pair.truth.size()); }

TEST(PixelErrors, ByHand) {
  const AlphaPair pair = make_pair(row({0, 255, 100, 10}), row({51, 255, 0, 10}));
  EXPECT_DOUBLE_EQ(sad(pair, whole(pair)).at(0), (0.2 + 100 / 255.0) / 1000);
  EXPECT_DOUBLE_EQ(mad(pair, whole(pair)).at(0), (0.2 + 100 / 255.0) / 4);
  EXPECT_DOUBLE_EQ(mse(pair, whole(pair)).at(0), (0.04 + 10000.0 / 65025) / 4);
}

TEST(PixelErrors, CountOnlyTheRegion) {
  const AlphaPair pair = make_pair(row({0, 255}), row({255, 0}));
  EXPECT_DOUBLE_EQ(sad(pair, Regions::only(row({0, 1}))).at(0), 0.001);
  EXPECT_DOUBLE_EQ(mse(pair, Regions::only(row({0, 1}))).at(0), 1);
  EXPECT_DOUBLE_EQ(mse(pair, Regions::only(row({0, 0}))).at(0), 0);  // empty region
}

// One pixel is cut off from the rest at level 0.6 and above: l = 0.5 for it, d = 1 - 0.5 for both, so no error; the pixel that
// separates them is 0.5 in truth and 1 in the prediction: l = 0.5, phi_p = 1 - 0.5, phi_g = 1.
TEST(Connectivity, ByHand) {
  const AlphaPair pair = make_pair(row({255, 255, 255, 255}), row({255, 255, 128, 255}));
  EXPECT_NEAR(connectivity_error(pair, whole(pair)).at(0), 0.5 / 1000, 1e-12);
}

// visit(y, x) for every pixel of the region; of the frame if that is empty.
template <typename Visit>
void for_pixels(const AlphaPair& pair, const cv::Mat& region, Visit visit) {
  for (int y = 0; y < pair.truth.rows; ++y)
    for (int x = 0; x < pair.truth.cols; ++x)
      if (region.empty() || region.at<uint8_t>(y, x)) visit(y, x);
}

Regions of_mask(const AlphaPair& pair, const cv::Mat& region) { return region.empty() ? whole(pair) : Regions::only(region); }

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

double connectivity_by_definition(const AlphaPair& pair, const cv::Mat& region = {}) {
  cv::Mat low;
  cv::transpose(cv::min(pair.prediction, pair.truth), low);
  cv::Mat last(low.size(), CV_8UC1, cv::Scalar(10)), inside(low.size(), CV_8UC1, cv::Scalar(255));
  for (int k = 1; k <= 10; ++k) {
    const cv::Mat omega = largest_component(low >= (51 * k + 1) / 2);
    last.setTo(k - 1, inside & ~omega);
    inside &= omega;
  }
  int64_t sum = 0;
  for_pixels(pair, region, [&](int y, int x) {
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
    const AlphaPair pair = make_pair(prediction, truth);
    EXPECT_EQ(connectivity_error(pair, of_mask(pair, region)).at(0), connectivity_by_definition(pair, region))
        << "seed " << seed;
  }
}

TEST(Connectivity, IsItsDefinitionOnSoftMattes) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const AlphaPair pair = make_pair(random_matte(seed, 97, 131), random_matte(seed + 9, 97, 131));
    EXPECT_EQ(connectivity_error(pair, whole(pair)).at(0), connectivity_by_definition(pair)) << "seed " << seed;
  }
}

// The two-dimensional kernel of the definition, pixel by pixel.
double gradient_by_definition(const AlphaPair& pair, const cv::Mat& region) {
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
  for_pixels(pair, region,
             [&](int y, int x) { sum += std::pow(amplitude(pair.prediction, y, x) - amplitude(pair.truth, y, x), 2); });
  return sum / 1000;
}

TEST(Gradient, IsItsDefinitionToTheBorders) {
  for (const auto& [rows, cols] : std::vector<std::pair<int, int>>{{31, 22}, {1, 9}, {9, 1}, {3, 3}, {1, 1}, {8, 17}}) {
    const cv::Mat prediction = random_matte(3, rows, cols), truth = random_matte(4, rows, cols);
    for (const cv::Mat& region : {cv::Mat(), cv::Mat(random_matte(5, rows, cols) > 100)}) {
      const AlphaPair pair = make_pair(prediction, truth);
      EXPECT_NEAR(gradient_error(pair, of_mask(pair, region)).at(0), gradient_by_definition(pair, region), 1e-14)
          << rows << "x" << cols;
    }
  }
}

TEST(Temporal, ByHand) {
  const AlphaPair before = make_pair(row({0, 0}), row({0, 0})), now = make_pair(row({51, 0}), row({0, 51}));
  EXPECT_DOUBLE_EQ(dtssd(before, now), 0.2);
  EXPECT_EQ(dtssd(now, now), 0);
}

// The matte moves one pixel to the right; errors 1 at one pixel of either frame.
TEST(Temporal, MessddtByHand) {
  const AlphaPair before = make_pair(row({255, 255, 0, 0}), row({255, 0, 0, 0}));
  const AlphaPair now = make_pair(row({0, 255, 255, 0}), row({0, 255, 0, 0}));
  const auto flow = [](float x) { return cv::Mat(1, 4, CV_32FC2, cv::Scalar(x, 0)); };
  EXPECT_EQ(messddt(before, now, flow(1)), 0);               // the error moves with the matte; the last pixel leaves
  EXPECT_DOUBLE_EQ(messddt(before, now, flow(0)), 2.0 / 4);  // it is somewhere else
  EXPECT_DOUBLE_EQ(messddt(before, now, flow(0.5F)), (0.75 + 0.25) / 3);  // half an error between two pixels
  EXPECT_EQ(messddt(before, now, flow(NAN)), 0);                          // nothing is counted
  EXPECT_THROW(messddt(before, now, cv::Mat(1, 3, CV_32FC2)), Error);
}

TEST(Segmentation, ByHand) {
  const AlphaPair pair = make_pair(row({128, 255, 127, 0, 200}), row({255, 127, 128, 0, 130}));
  const Confusion c = confusion(pair, whole(pair)).at(0);
  EXPECT_EQ(c.tp, 2);
  EXPECT_EQ(c.fp, 1);
  EXPECT_EQ(c.fn, 1);
  EXPECT_EQ(c.tn, 1);
  EXPECT_DOUBLE_EQ(iou(c), 0.5);
  EXPECT_DOUBLE_EQ(accuracy(c), 0.6);
  EXPECT_DOUBLE_EQ(precision(c), 2.0 / 3);
  EXPECT_DOUBLE_EQ(iou({}), 1);
  EXPECT_DOUBLE_EQ(mean_iou(c), (2.0 / 4 + 1.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(mean_iou({0, 0, 0, 7}), 1);  // no face anywhere: the class is left out
}

class EveryMetric : public testing::TestWithParam<MetricEntry> {};

TEST_P(EveryMetric, IsPerfectForEqualMattes) {
  const cv::Mat matte = random_matte(1);
  EXPECT_EQ(over_whole(GetParam(), make_pair(matte, matte)), GetParam().lower_is_better ? 0 : 1);
}

TEST_P(EveryMetric, SeesAnError) {
  const MetricEntry metric = GetParam();
  const cv::Mat truth = random_matte(1), wrong = random_matte(2);
  const double perfect = over_whole(metric, make_pair(truth, truth)), value = over_whole(metric, make_pair(wrong, truth));
  EXPECT_TRUE(metric.lower_is_better ? value > perfect : value < perfect);
}

// Turned and mirrored mattes are as wrong as before, in every region; ties between components do not occur in random mattes.
TEST_P(EveryMetric, DoesNotChangeWhenTheImageIsTransposedOrFlipped) {
  const std::vector<std::string> names = {"whole", "unknown", "face", "boundary", "transparent"};
  const auto values = [&](const cv::Mat& wrong, const cv::Mat& truth, const cv::Mat& trimap) {
    return GetParam().compute(make_pair(wrong, truth), Regions::of({truth, trimap, {}}, names));
  };
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const cv::Mat truth = random_matte(seed), wrong = random_matte(seed + 50), trimap = (random_matte(seed + 99) > 90) / 2;
    const std::vector<double> expected = values(wrong, truth, trimap);
    ASSERT_EQ(expected.size(), names.size());
    const auto same = [&](const std::vector<double>& found) {
      for (size_t r = 0; r < names.size(); ++r)
        EXPECT_NEAR(found[r], expected[r], 1e-12 * (1 + expected[r])) << names[r] << ", seed " << seed;
    };
    same(values(wrong.t(), truth.t(), trimap.t()));
    for (const int axis : {0, 1, -1}) {
      cv::Mat a, b, c;
      cv::flip(wrong, a, axis), cv::flip(truth, b, axis), cv::flip(trimap, c, axis);
      same(values(a, b, c));
    }
  }
}

// What is computed for many regions at once is what each of them gives alone.
TEST_P(EveryMetric, JudgesEachRegionAsIfAlone) {
  const cv::Mat truth = random_matte(1), wrong = random_matte(2), trimap = (random_matte(3) > 90) / 2, mask = random_matte(4),
                trust = random_matte(5);
  const AlphaPair pair = make_pair(wrong, truth);
  const RegionInput input{truth, trimap, mask, trust};
  std::vector<std::string> names;
  for (const RegionEntry& region : region_table()) names.emplace_back(region.name);
  const Regions all = Regions::of(input, names);
  ASSERT_EQ(all.size(), region_table().size());
  const std::vector<double> values = GetParam().compute(pair, all);
  for (size_t r = 0; r < all.size(); ++r) {
    const cv::Mat pixels = region_table()[r].pixels(input);
    EXPECT_EQ(all.pixels(r), cv::countNonZero(pixels));
    EXPECT_NEAR(values[r], GetParam().compute(pair, Regions::only(pixels)).at(0), 1e-12 * (1 + values[r])) << all.name(r);
  }
}

TEST_P(EveryMetric, RefusesMattesOfDifferentSize) { EXPECT_THROW(make_pair(row({0, 1}), row({0})), Error); }

// Sums over tiles are the sum over the frame: SAD of the four quarters.
TEST(PixelErrors, SadOfTilesAddsUp) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const AlphaPair pair = make_pair(random_matte(seed), random_matte(seed + 100));
    double tiles = 0;
    for (const cv::Rect tile :
         {cv::Rect(0, 0, 30, 17), cv::Rect(30, 0, 26, 17), cv::Rect(0, 17, 30, 23), cv::Rect(30, 17, 26, 23)}) {
      const AlphaPair part = make_pair(pair.prediction(tile), pair.truth(tile));
      tiles += sad(part, whole(part)).at(0);
    }
    EXPECT_NEAR(tiles, sad(pair, whole(pair)).at(0), 1e-14);
  }
}

const auto kName = [](const auto& info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(Table, EveryMetric, testing::ValuesIn(metric_table()), kName);
INSTANTIATE_TEST_SUITE_P(Variants, EveryMetric, testing::ValuesIn(variant_table()), kName);

TEST(Metrics, UnknownNameListsTheKnown) {
  EXPECT_THROW(find_metric("psnr"), Error);
  EXPECT_THROW(find_variant("conn"), Error);
  EXPECT_THROW(find_region("everywhere"), Error);
}

TEST(Regions, ByHand) {
  const cv::Mat truth = row({0, 0, 9, 255, 255, 0}), trimap = row({0, 128, 128, 255, 255, 0});
  const auto pixels = [&](const char* name) {
    return find_region(name).pixels({truth, trimap, row({0, 127, 128, 255, 0, 0}), row({0, 127, 128, 255, 255, 0})});
  };
  const auto same = [](const cv::Mat& a, const std::vector<uint8_t>& b) {
    return cv::countNonZero((a != 0) != (row(b) != 0)) == 0;
  };
  EXPECT_TRUE(same(pixels("whole"), {1, 1, 1, 1, 1, 1}));
  EXPECT_TRUE(same(pixels("unknown"), {0, 1, 1, 0, 0, 0}));
  EXPECT_TRUE(same(pixels("face"), {0, 0, 1, 1, 1, 0}));
  EXPECT_TRUE(same(pixels("boundary"), {0, 0, 1, 1, 1, 1}));
  EXPECT_TRUE(same(pixels("transparent"), {0, 0, 1, 0, 0, 0}));
  EXPECT_TRUE(same(pixels("mask"), {0, 0, 1, 1, 0, 0}));
  EXPECT_TRUE(same(pixels("trusted"), {0, 0, 1, 1, 1, 0}));
  EXPECT_TRUE(same(pixels("trusted_unknown"), {0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(boundary_radius({640, 512}), 6);
}

TEST(Regions, WhatCannotBeToldIsLeftOut) {
  const Regions regions =
      Regions::of({row({0, 255}), {}, {}}, {"unknown", "mask", "face", "whole", "trusted", "trusted_unknown"});
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions.name(0), "whole");
  EXPECT_EQ(regions.name(1), "face");
  EXPECT_THROW(Regions::of({row({0, 255}), row({0}), {}}, {"unknown"}), Error);
}

}  // namespace
}  // namespace facemat
