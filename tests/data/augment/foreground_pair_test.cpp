#include "data/augment/foreground_pair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

Foreground even(uint8_t colour, float alpha, cv::Size size = {3, 2}) {
  return {cv::Mat(size, CV_8UC3, cv::Scalar::all(colour)), cv::Mat(size, CV_32FC1, cv::Scalar(alpha))};
}

TEST(Paired, ByHand) {
  const Foreground half = paired(even(200, 0.5f), even(100, 0.5f));
  EXPECT_FLOAT_EQ(half.alpha.at<float>(1, 2), 0.75f);
  EXPECT_EQ(half.colour.at<cv::Vec3b>(1, 2), cv::Vec3b::all(150));
  const Foreground opaque = paired(even(200, 1), even(100, 0.25f));
  EXPECT_EQ(opaque.alpha.at<float>(0, 0), 1);
  EXPECT_EQ(opaque.colour.at<cv::Vec3b>(0, 0), cv::Vec3b::all(200));
  const Foreground alone = paired(even(200, 0), even(100, 0.25f));
  EXPECT_EQ(alone.alpha.at<float>(0, 0), 0.25f);
  EXPECT_EQ(alone.colour.at<cv::Vec3b>(0, 0), cv::Vec3b::all(100));
}

TEST(Paired, RefusesWhatDoesNotFit) {
  EXPECT_THAT(message_of([] { paired(even(1, 1), even(1, 1, {4, 2})); }), testing::HasSubstr("3x2 and 4x2"));
  Foreground odd = even(1, 1);
  odd.alpha.convertTo(odd.alpha, CV_8U);
  EXPECT_THAT(message_of([&] { paired(odd, even(1, 1)); }), testing::HasSubstr("a float alpha of its size"));
}

}  // namespace
}  // namespace facemat
