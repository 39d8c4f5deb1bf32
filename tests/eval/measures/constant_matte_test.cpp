#include "eval/measures/constant_matte.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "eval/metrics/pixel_errors.h"
#include "src/core/random.h"

namespace facemat {
namespace {

double mean_sad(const std::vector<cv::Mat>& truths, int value) {
  double sum = 0;
  for (const cv::Mat& truth : truths)
    sum += sad(make_pair(cv::Mat(truth.size(), CV_8UC1, cv::Scalar(value)), truth), Regions::whole(truth.size())).at(0);
  return sum / static_cast<double>(truths.size());
}

TEST(ConstantBaseline, IsTheBestOfAll256) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Rng rng(seed);
    std::vector<cv::Mat> truths;
    ConstantBaseline baseline;
    for (int i = 0; i < 3; ++i) {
      cv::Mat truth(7, 5, CV_8UC1);
      for (auto it = truth.begin<uint8_t>(); it != truth.end<uint8_t>(); ++it) *it = static_cast<uint8_t>(rng.integer(0, 255));
      truths.push_back(truth);
      baseline.add(truth);
    }
    double best = std::numeric_limits<double>::infinity();
    for (int value = 0; value < 256; ++value) best = std::min(best, mean_sad(truths, value));
    EXPECT_NEAR(baseline.best().sad, best, 1e-12);
    EXPECT_NEAR(mean_sad(truths, baseline.best().value), best, 1e-12);
  }
}

TEST(ConstantBaseline, ByHand) {
  ConstantBaseline baseline;
  baseline.add((cv::Mat_<uint8_t>(1, 5) << 0, 0, 51, 255, 255));
  EXPECT_EQ(baseline.best().value, 51);
  EXPECT_DOUBLE_EQ(baseline.best().sad, (0.2 + 0.2 + 0.8 + 0.8) / 1000);
  EXPECT_EQ(ConstantBaseline().best().sad, 0);
}

}  // namespace
}  // namespace facemat
