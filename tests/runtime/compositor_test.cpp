#include "src/runtime/compositor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/error.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

TEST(Compositor, KeepsSoftAlphaToTheEnd) {
  const cv::Mat target(1, 4, CV_8UC3, cv::Scalar(200, 100, 0)), swap(1, 4, CV_8UC3, cv::Scalar(0, 100, 255));
  const cv::Mat alpha = (cv::Mat_<float>(1, 4) << 0.f, 0.25f, 0.5f, 1.f);
  const cv::Mat out = composite(target, swap, alpha);
  EXPECT_EQ(out.at<cv::Vec3b>(0, 0), cv::Vec3b(200, 100, 0));
  EXPECT_EQ(out.at<cv::Vec3b>(0, 1), cv::Vec3b(150, 100, 64));   // 63.75 rounds up
  EXPECT_EQ(out.at<cv::Vec3b>(0, 2), cv::Vec3b(100, 100, 128));  // 127.5 rounds half up
  EXPECT_EQ(out.at<cv::Vec3b>(0, 3), cv::Vec3b(0, 100, 255));
}

TEST(Compositor, OpacityScalesAlpha) {
  const cv::Mat target(1, 1, CV_8UC3, cv::Scalar::all(0)), swap(1, 1, CV_8UC3, cv::Scalar::all(200));
  const cv::Mat alpha(1, 1, CV_32FC1, cv::Scalar(0.5));
  EXPECT_EQ(composite(target, swap, alpha, {0.5}).at<cv::Vec3b>(0, 0)[0], 50);
  EXPECT_EQ(composite(target, swap, alpha, {0.}).at<cv::Vec3b>(0, 0)[0], 0);
  EXPECT_EQ(alpha.at<float>(0, 0), 0.5f);
  EXPECT_THROW(composite(target, swap, alpha, {1.5}), Error);
}

TEST(Compositor, RefusesUnequalSizesWithBoth) {
  const cv::Mat target(2, 3, CV_8UC3), swap(4, 5, CV_8UC3), alpha(2, 3, CV_32FC1, cv::Scalar(1));
  try {
    composite(target, swap, alpha);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the swap is 5x4, the target 3x2"));
  }
  EXPECT_THROW(composite(target, cv::Mat(2, 3, CV_8UC3), cv::Mat(2, 2, CV_32FC1, cv::Scalar(1))), Error);
  EXPECT_THROW(composite(target, cv::Mat(2, 3, CV_8UC1), alpha), Error);
}

}  // namespace
}  // namespace facemat
