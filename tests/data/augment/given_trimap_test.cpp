#include "data/augment/given_trimap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "src/image/trimap.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

// Background on the left, face on the right, unknown in columns 14 to 17.
cv::Mat halves() {
  cv::Mat trimap(32, 32, CV_8UC1, cv::Scalar(0));
  trimap.colRange(14, 18).setTo(kUnknown);
  trimap.colRange(18, 32).setTo(255);
  return trimap;
}

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

TEST(TrimapGuides, KernelsAreDrawnForEachSideAndScaled) {
  const TrimapGuideConfig config;
  std::set<int> foreground, background, large;
  bool differ = false;
  for (uint64_t i = 0; i < 400; ++i) {
    const TrimapKernels kernels = draw_trimap_kernels(Rng(1).fork("clip", i), config, 512, false);
    foreground.insert(kernels.foreground), background.insert(kernels.background);
    differ |= kernels.foreground != kernels.background;
    large.insert(draw_trimap_kernels(Rng(1).fork("clip", i), config, 1024, false).foreground);
  }
  EXPECT_EQ(foreground.size(), 15u);
  EXPECT_EQ(*foreground.begin(), 1);
  EXPECT_EQ(*foreground.rbegin(), 15);
  EXPECT_EQ(background, foreground);
  EXPECT_TRUE(differ);
  EXPECT_EQ(*large.begin(), 2);
  EXPECT_EQ(*large.rbegin(), 30);
  const TrimapKernels judging = draw_trimap_kernels(Rng(1), config, 256, true);
  EXPECT_EQ(judging.foreground, 4);
  EXPECT_EQ(judging.background, 4);
  EXPECT_EQ(draw_trimap_kernels(Rng(1), config, 16, true).foreground, 1) << "never less";
  TrimapGuideConfig wrong;
  wrong.least = 20;
  EXPECT_THAT(message_of([&] { draw_trimap_kernels(Rng(1), wrong, 512, false); }),
              testing::HasSubstr("the smallest kernel 20 is more than the largest 15"));
}

TEST(TrimapGuides, OfTheWholeFaceIsItsHull) {
  cv::Mat alpha(20, 20, CV_32FC1, cv::Scalar(0));
  alpha(cv::Rect(5, 5, 3, 10)).setTo(1);
  alpha(cv::Rect(12, 5, 3, 10)).setTo(0.25);  // with a gap between the two
  cv::Mat expected(20, 20, CV_8UC1, cv::Scalar(0));
  expected(cv::Rect(5, 5, 10, 10)).setTo(kUnknown);
  EXPECT_EQ(difference(whole_face_trimap(alpha, 0), expected), 0);
  const cv::Mat grown = whole_face_trimap(alpha, 2);
  EXPECT_EQ(grown.at<uint8_t>(10, 3), kUnknown);
  EXPECT_EQ(grown.at<uint8_t>(10, 2), 0);
  EXPECT_EQ(cv::countNonZero(whole_face_trimap(cv::Mat(9, 9, CV_32FC1, cv::Scalar(0)), 3)), 0) << "no face";
}

TEST(TrimapFaults, AreNoneUnlessTheSettingsSaySo) {
  EXPECT_EQ(difference(degraded_trimap(halves(), {}), halves()), 0);
  TrimapGuideConfig config;
  const TrimapFaults none = draw_trimap_faults(Rng(4), config);
  EXPECT_EQ(none.x, 0);
  EXPECT_TRUE(none.blots.empty());
  config.degraded = 1;
  std::set<int> blots;
  std::set<int> factors;
  for (uint64_t i = 0; i < 300; ++i) {
    const TrimapFaults faults = draw_trimap_faults(Rng(4).fork("clip", i), config);
    EXPECT_LE(std::abs(faults.x), 4. / 512);
    for (const TrimapFaults::Blot& blot : faults.blots) EXPECT_LE(blot.radius, 30. / 512);
    blots.insert(static_cast<int>(faults.blots.size()));
    factors.insert(faults.coarse);
  }
  EXPECT_THAT(blots, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(factors.size(), 8u);
}

TEST(TrimapFaults, MoveBlotAndCoarsen) {
  TrimapFaults moved;
  moved.x = 3. / 32;
  cv::Mat expected(32, 32, CV_8UC1, cv::Scalar(0));
  expected.colRange(17, 21).setTo(kUnknown);
  expected.colRange(21, 32).setTo(255);
  EXPECT_EQ(difference(degraded_trimap(halves(), moved), expected), 0);

  TrimapFaults blotted;
  blotted.blots = {{0.125, 0.5, 3. / 32}};
  const cv::Mat blot = degraded_trimap(halves(), blotted);
  EXPECT_EQ(blot.at<uint8_t>(16, 4), kUnknown);
  EXPECT_EQ(blot.at<uint8_t>(16, 7), kUnknown);
  EXPECT_EQ(blot.at<uint8_t>(16, 8), 0);
  EXPECT_EQ(blot.at<uint8_t>(16, 25), 255);

  TrimapFaults coarse;
  coarse.coarse = 8;
  const cv::Mat steps = degraded_trimap(halves(), coarse);
  for (int x = 0; x < 32; ++x) EXPECT_EQ(steps.at<uint8_t>(3, x), steps.at<uint8_t>(20, x / 8 * 8)) << x;
}

}  // namespace
}  // namespace facemat
