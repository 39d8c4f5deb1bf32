#include "src/image/trimap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "src/core/error.h"
#include "src/core/random.h"
#include "tests/support/scratch.h"

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

// Blots of foreground and background with soft pixels between, many of them touching the border; `share` is foreground's.
cv::Mat blots(cv::Size size, double share, Rng rng) {
  cv::Mat noise(size, CV_32FC1), alpha(size, CV_32FC1);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) noise.at<float>(y, x) = static_cast<float>(rng.uniform(-1, 1));
  const double sigma = rng.uniform(0.5, 12);
  cv::GaussianBlur(noise, noise, {}, sigma, sigma, cv::BORDER_REFLECT_101);
  const double deviation = cv::norm(noise) / std::sqrt(static_cast<double>(size.area()));
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      alpha.at<float>(y, x) =
          std::clamp(static_cast<float>(noise.at<float>(y, x) / deviation * 8 + 16 * (share - 0.5)), 0.f, 1.f);
  return alpha;
}

// The rule by OpenCV's own erosion.
cv::Mat trimap_by_opencv(const cv::Mat& alpha, int foreground_side, int background_side) {
  const auto erode = [](const cv::Mat& mask, int side) {
    cv::Mat out;
    const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side});
    cv::erode(mask, out, kernel, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(255));
    return out;
  };
  cv::Mat trimap(alpha.size(), CV_8UC1, cv::Scalar(128));
  trimap.setTo(255, erode(alpha >= 1 - 1e-5f, foreground_side));
  trimap.setTo(0, erode(alpha <= 1e-5f, background_side));
  return trimap;
}

TEST(Trimap, EqualsErosionByOpencvToThePixel) {
  const std::vector<cv::Size> sizes = {{1, 1}, {7, 3}, {63, 41}, {64, 64}, {65, 33}, {128, 9}, {131, 97}, {200, 143}};
  int kinds[3] = {0, 0, 0};
  for (int side = 1; side <= 40; ++side)
    for (size_t i = 0; i < sizes.size(); ++i) {
      Rng rng = Rng(3).fork("blots", static_cast<uint64_t>(side)).fork("size", i);
      const int other = static_cast<int>(rng.integer(1, 40));
      const cv::Mat alpha = blots(sizes[i], rng.uniform(-0.5, 1.5), rng);
      const cv::Mat trimap = make_trimap(alpha, side, other);
      ASSERT_EQ(cv::norm(trimap, trimap_by_opencv(alpha, side, other), cv::NORM_INF), 0)
          << side << " " << other << " " << sizes[i];
      for (int kind = 0; kind < 3; ++kind) kinds[kind] += cv::countNonZero(trimap == std::array{0, 128, 255}[kind]);
    }
  for (const int count : kinds) EXPECT_GT(count, 100'000);  // of all three: the comparison is no empty one
}

TEST(Trimap, KernelsMayBeLargerThanThePicture) {
  const cv::Mat alpha = blots({90, 70}, 1.4, Rng(4));
  for (const int side : {64, 65, 127, 300, 301})
    EXPECT_EQ(cv::norm(make_trimap(alpha, side, side), trimap_by_opencv(alpha, side, side), cv::NORM_INF), 0) << side;
}

TEST(Trimap, APartOfAPictureIsAPicture) {
  const cv::Mat alpha = blots({150, 100}, 0.6, Rng(5)), part = alpha(cv::Rect(13, 7, 77, 61));
  EXPECT_EQ(cv::norm(make_trimap(part, 9, 12), make_trimap(part.clone(), 9, 12), cv::NORM_INF), 0);
}

TEST(Trimap, BadArgumentsAreRefused) {
  EXPECT_THROW(make_trimap(cv::Mat(2, 2, CV_8U), 1, 1), Error);
  EXPECT_THROW(make_trimap(cv::Mat(2, 2, CV_32FC1), 0, 1), Error);
}

TEST(Trimap, PixelsAreCountedByWhatIsKnown) {
  const TrimapCounts counts = count_trimap(make_trimap(step(), 1, 1));
  EXPECT_EQ(counts.background, 200);
  EXPECT_EQ(counts.unknown, 20);
  EXPECT_EQ(counts.face, 180);
  EXPECT_THROW(count_trimap(cv::Mat(4, 4, CV_8UC1, cv::Scalar(127))), Error);
  EXPECT_THROW(count_trimap(cv::Mat(4, 4, CV_32FC1, cv::Scalar(0))), Error);
  EXPECT_THROW(count_trimap(cv::Mat()), Error);
}

TEST(Trimap, WhatIsNoLongerPureIsUnknown) {
  const cv::Mat mixed = (cv::Mat_<uint8_t>(1, 6) << 0, 1, 64, 128, 254, 255);
  EXPECT_EQ(row(settled_trimap(mixed), 0), (std::vector<int>{0, 128, 128, 128, 128, 255}));
  EXPECT_EQ(mixed.at<uint8_t>(0, 1), 1);  // the argument stays
}

// --- as somebody made it

std::string refusal(const std::vector<uint8_t>& levels, const TrimapValues& values, bool lossy) {
  return message_of([&] { trimap_of_levels(cv::Mat(levels, true).reshape(1, 1), values, lossy, "t"); });
}

std::vector<int> meanings(const std::vector<uint8_t>& levels, const TrimapValues& values, bool lossy) {
  return row(trimap_of_levels(cv::Mat(levels, true).reshape(1, 1), values, lossy, "t"), 0);
}

TEST(Trimap, LevelsAreTheThreeValuesOrNoTrimap) {
  const std::string only = "t: a trimap holds 0, 128 and 255 only, this one ";
  for (const bool lossy : {false, true}) {
    EXPECT_EQ(meanings({255, 0, 128}, {}, lossy), (std::vector<int>{255, 0, 128}));
    EXPECT_EQ(refusal({0, 127, 255}, {}, lossy), only + "0, 127, 255") << "nobody said that it is near";
  }
  const TrimapValues advised = stated_trimap_values({});
  EXPECT_EQ(refusal({7}, advised, true), only + "7 (say what they mean: --trimap-values BACKGROUND,UNKNOWN,FACE)");
  EXPECT_EQ(message_of([] { trimap_of_levels(cv::Mat(2, 2, CV_32FC1, cv::Scalar(0)), {}, false, "t"); }),
            "t: a trimap is one channel of 8 bits");
}

TEST(Trimap, StatedValuesMayBeNearInLossyPicturesAlone) {
  const TrimapValues stated = stated_trimap_values({0, 102, 255}), close = stated_trimap_values({20, 10, 0});
  EXPECT_EQ(meanings({0, 102, 255}, stated, false), (std::vector<int>{0, 128, 255}));
  EXPECT_EQ(refusal({0, 103}, stated, false), "t: a trimap holds 0, 102 and 255 only, this one 0, 103");
  EXPECT_EQ(meanings({24, 78, 126, 231}, stated, true), (std::vector<int>{0, 128, 128, 255}));
  EXPECT_EQ(refusal({24, 25}, stated, true), "t: a trimap holds 0, 102 and 255 only, this one 24, 25");
  EXPECT_EQ(meanings({24, 16, 14, 6, 4, 0}, close, true), (std::vector<int>{0, 0, 128, 128, 255, 255}));
  EXPECT_EQ(refusal({15}, close, true), "t: a trimap holds 20, 10 and 0 only, this one 15") << "as near to both";
}

TEST(Trimap, StatedValuesAreThreeThatDiffer) {
  EXPECT_FALSE(stated_trimap_values({}).stated);
  EXPECT_EQ(message_of([] {
              stated_trimap_values({0, 255});
            }),
            "--trimap-values has 2 numbers (allowed: BACKGROUND,UNKNOWN,FACE, as 0,127,255)");
  for (const std::vector<int>& twice : {std::vector<int>{0, 0, 255}, {0, 255, 255}, {255, 0, 255}})
    EXPECT_EQ(message_of([&] { stated_trimap_values(twice); }),
              "--trimap-values: background, unknown and face are different values");
}

TEST(Trimap, AtAnotherSizeOnlyWhatAllAgreeOnIsKnown) {
  const cv::Mat trimap = make_trimap(step(), 1, 1);  // 0 up to column 9, 128 in column 10, 255 from column 11 on
  EXPECT_EQ(row(resize_trimap(trimap, {10, 10}), 3), (std::vector<int>{0, 0, 0, 0, 0, 128, 255, 255, 255, 255}));
  const cv::Mat large = resize_trimap(trimap, {40, 40});
  const TrimapCounts counts = count_trimap(large);
  EXPECT_GT(counts.unknown, 2 * 40);
  EXPECT_EQ(large.at<uint8_t>(7, 18), 0);
  EXPECT_EQ(large.at<uint8_t>(7, 21), kUnknown);
  EXPECT_EQ(large.at<uint8_t>(7, 23), 255);
  EXPECT_EQ(resize_trimap(trimap, trimap.size()).data, trimap.data);
}

}  // namespace
}  // namespace facemat
