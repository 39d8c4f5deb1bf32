#include "src/image/trimap.h"

#include <gtest/gtest.h>

#include "src/core/error.h"

namespace facemat {
namespace {

std::vector<int> row(const cv::Mat& trimap, int y) { return {trimap.ptr<uint8_t>(y), trimap.ptr<uint8_t>(y) + trimap.cols}; }

cv::Mat step() {  // ten pixels background, one soft, nine foreground
  cv::Mat alpha(20, 20, CV_32FC1, cv::Scalar(0));
  alpha.colRange(11, 20).setTo(1);
  alpha.col(10).setTo(0.5f);
  return alpha;
}

TEST(Trimap, SoftPixelsAreUnknown) {
  std::vector<int> expected(20, 0);
  std::fill(expected.begin() + 11, expected.end(), 255);
  expected[10] = kUnknown;
  EXPECT_EQ(row(make_trimap(step(), 1, 1), 7), expected);
}

TEST(Trimap, KernelsErodeEachSideByItself) {
  std::vector<int> expected(20, kUnknown);
  std::fill(expected.begin(), expected.begin() + 8, 0);   // 5 pixels across take 2 from the background
  std::fill(expected.begin() + 14, expected.end(), 255);  // 7 take 3 from the foreground
  EXPECT_EQ(row(make_trimap(step(), 7, 5), 7), expected);
}

TEST(Trimap, TheFramesBorderIsNoEdge) {
  EXPECT_EQ(cv::countNonZero(make_trimap(cv::Mat(9, 9, CV_32FC1, cv::Scalar(1)), 9, 9) != 255), 0);
  EXPECT_EQ(cv::countNonZero(make_trimap(cv::Mat(9, 9, CV_32FC1, cv::Scalar(0)), 9, 9) != 0), 0);
}

TEST(Trimap, ThresholdsAreOneInAHundredThousand) {
  const cv::Mat alpha = (cv::Mat_<float>(1, 4) << 0.9e-5f, 2e-5f, 1 - 2e-5f, 1 - 0.5e-5f);
  EXPECT_EQ(row(make_trimap(alpha, 1, 1), 0), (std::vector<int>{0, 128, 128, 255}));
}

TEST(Trimap, BadArgumentsAreRefused) {
  EXPECT_THROW(make_trimap(cv::Mat(2, 2, CV_8U), 1, 1), Error);
  EXPECT_THROW(make_trimap(cv::Mat(2, 2, CV_32FC1), 0, 1), Error);
}

}  // namespace
}  // namespace facemat
