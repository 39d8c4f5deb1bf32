#include "data/augment/rough_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

// 64x64 with a block of ones from 20 to 43, its first column half.
cv::Mat block() {
  cv::Mat alpha(64, 64, CV_32FC1, cv::Scalar(0));
  alpha(cv::Rect(20, 20, 24, 24)).setTo(1);
  alpha(cv::Rect(19, 20, 1, 24)).setTo(0.5);
  return alpha;
}

cv::Mat ones_in(const cv::Rect& box) {
  cv::Mat mask(64, 64, CV_32FC1, cv::Scalar(0));
  mask(box).setTo(1);
  return mask;
}

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

TEST(RoughMask, WithoutFaultsIsTheBinaryAlpha) {
  EXPECT_EQ(difference(rough_mask(block(), {}), ones_in({19, 20, 25, 24})), 0);
  RoughMask high;
  high.threshold = 0.6;
  EXPECT_EQ(difference(rough_mask(block(), high), ones_in({20, 20, 24, 24})), 0);
}

TEST(RoughMask, IsErodedThenDilated) {
  RoughMask faults;
  faults.threshold = 0.6;
  faults.eroded = 2. / 64;
  EXPECT_EQ(difference(rough_mask(block(), faults), ones_in({22, 22, 20, 20})), 0);
  faults.dilated = 3. / 64;
  EXPECT_EQ(difference(rough_mask(block(), faults), ones_in({19, 19, 26, 26})), 0);
  faults.eroded = 13. / 64;
  EXPECT_EQ(cv::norm(rough_mask(block(), faults)), 0) << "nothing was left";
  const cv::Mat whole(64, 64, CV_32FC1, cv::Scalar(1));
  EXPECT_EQ(difference(rough_mask(whole, faults), whole), 0) << "the border is no edge";
}

TEST(RoughMask, HasHoles) {
  const cv::Mat whole(64, 64, CV_32FC1, cv::Scalar(1));
  RoughMask faults;
  faults.holes = {{0.5, 0.5, 8. / 64, 8. / 64}, {1, 0, 6. / 64, 6. / 64}};
  cv::Mat expected = whole.clone();
  expected(cv::Rect(28, 28, 8, 8)).setTo(0);
  expected(cv::Rect(61, 0, 3, 3)).setTo(0);
  EXPECT_EQ(difference(rough_mask(whole, faults), expected), 0);
}

TEST(RoughMask, IsBlurredAndCoarse) {
  RoughMask soft;
  soft.blur = 2. / 64;
  const cv::Mat blurred = rough_mask(block(), soft);
  EXPECT_GT(blurred.at<float>(32, 18), 0.1f);
  EXPECT_LT(blurred.at<float>(32, 18), 0.5f);
  EXPECT_NEAR(blurred.at<float>(32, 32), 1, 1e-6);  // eleven pixels from any edge, of a kernel that reaches eight
  RoughMask coarse;
  coarse.coarse = 16;
  const cv::Mat mask = rough_mask(block(), coarse);  // of cells of 16 pixels those from 16 to 47 are half and more
  EXPECT_EQ(mask.size(), cv::Size(64, 64));
  EXPECT_EQ(mask.at<float>(32, 32), 1);
  EXPECT_EQ(mask.at<float>(2, 2), 0);
  EXPECT_GT(mask.at<float>(32, 14), 0) << "the steps are as wide as cells";
}

TEST(DrawRoughMask, KeepsToItsRanges) {
  const RoughMaskConfig hint = hint_faults(), segmentation = segmentation_faults();
  std::set<int> holes;
  std::set<int> factors;
  for (uint64_t i = 0; i < 300; ++i) {
    const RoughMask a = draw_rough_mask(Rng(2).fork("hint", i), hint);
    EXPECT_GE(a.threshold, 0.2);
    EXPECT_LE(a.threshold, 0.8);
    EXPECT_LE(a.eroded, 10. / 512);
    EXPECT_LE(a.blur, 4. / 512);
    factors.insert(a.coarse);
    const RoughMask b = draw_rough_mask(Rng(2).fork("segmentation", i), segmentation);
    EXPECT_EQ(b.threshold, 0.5);
    EXPECT_GE(b.eroded, 20. / 512);
    EXPECT_LE(b.eroded, 38. / 512);
    EXPECT_GE(b.dilated, 30. / 512);
    EXPECT_LE(b.dilated, 58. / 512);
    EXPECT_GE(b.blur, 3.5 / 512);
    EXPECT_LE(b.blur, 6.5 / 512);
    EXPECT_EQ(b.coarse, 1);
    holes.insert(static_cast<int>(b.holes.size()));
    for (const cv::Rect2d& hole : b.holes) {
      EXPECT_GE(hole.width, 15. / 512);
      EXPECT_LE(hole.width, 45. / 512);
      EXPECT_EQ(hole.width, hole.height);
    }
  }
  EXPECT_THAT(holes, testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(factors, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(DrawRoughMask, RefusesRangesThatAreTurnedRound) {
  RoughMaskConfig config = segmentation_faults();
  config.most_erosion = 10;  // below the smallest, which was left as it is
  EXPECT_EQ(message_of([&] { draw_rough_mask(Rng(1), config); }), "guides: least_erosion 20 is more than most_erosion 10");
}

TEST(DrawRoughMask, IsAFunctionOfItsStream) {
  const auto mask = [](uint64_t i) { return rough_mask(block(), draw_rough_mask(Rng(5).fork("clip", i), hint_faults())); };
  EXPECT_EQ(difference(mask(1), mask(1)), 0);
  double most = 0;
  for (uint64_t i = 2; i < 12; ++i) most = std::max(most, difference(mask(1), mask(i)));
  EXPECT_GT(most, 0);
  EXPECT_THAT(message_of([] { rough_mask(cv::Mat(4, 4, CV_8UC1), {}); }), testing::HasSubstr("a float alpha"));
}

}  // namespace
}  // namespace facemat
