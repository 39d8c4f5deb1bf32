#include "src/runtime/sources/refine.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/core/error.h"

namespace facemat {
namespace {

cv::Mat noise(cv::Size size, uint64_t seed) {
  cv::Mat out(size, CV_32FC1);
  cv::RNG(seed).fill(out, cv::RNG::UNIFORM, 0, 1);
  return out;
}

cv::Rect window(cv::Point centre, int radius, cv::Size size) {
  return cv::Rect(centre.x - radius, centre.y - radius, 2 * radius + 1, 2 * radius + 1) & cv::Rect({}, size);
}

struct Line {
  double a, b;
};

// The definition, pixel by pixel, without a box filter.
Line line_of(const cv::Mat& guide, const cv::Mat& input, const cv::Rect& where, double eps) {
  double n = where.area(), i = 0, p = 0, ii = 0, ip = 0;
  for (int y = where.y; y < where.br().y; ++y)
    for (int x = where.x; x < where.br().x; ++x) {
      const double g = guide.at<float>(y, x), v = input.at<float>(y, x);
      i += g / n, p += v / n, ii += g * g / n, ip += g * v / n;
    }
  const double a = (ip - i * p) / (ii - i * i + eps);
  return {a, p - a * i};
}

cv::Mat by_definition(const cv::Mat& guide, const cv::Mat& input, int radius, double eps) {
  cv::Mat out(guide.size(), CV_32FC1);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      const cv::Rect around = window({x, y}, radius, out.size());
      double a = 0, b = 0;
      for (int v = around.y; v < around.br().y; ++v)
        for (int u = around.x; u < around.br().x; ++u) {
          const Line line = line_of(guide, input, window({u, v}, radius, out.size()), eps);
          a += line.a / around.area(), b += line.b / around.area();
        }
      out.at<float>(y, x) = static_cast<float>(a * guide.at<float>(y, x) + b);
    }
  return out;
}

TEST(GuidedFilter, IsItsDefinition) {
  for (const cv::Size size : {cv::Size(17, 12), cv::Size(9, 23), cv::Size(3, 3)})
    for (const int radius : {1, 2, 5})
      for (const double eps : {1e-6, 1e-2}) {
        const cv::Mat guide = noise(size, 1), input = noise(size, 2);
        const double worst =
            cv::norm(guided_filter(guide, input, radius, eps), by_definition(guide, input, radius, eps), cv::NORM_INF);
        EXPECT_LT(worst, 1e-5) << size << " radius " << radius << " eps " << eps;
      }
}

TEST(GuidedFilter, KeepsWhatTheGuideExplains) {
  const cv::Mat guide = noise({20, 20}, 3);
  const cv::Mat input = 0.5 * guide + 0.25;
  EXPECT_LT(cv::norm(guided_filter(guide, input, 3, 1e-9), input, cv::NORM_INF), 1e-4);
}

TEST(GuidedFilter, AFlatGuideGivesMeansOfMeans) {
  const cv::Mat guide(20, 20, CV_32FC1, cv::Scalar(0.4));
  cv::Mat input(20, 20, CV_32FC1, cv::Scalar(0));
  input.at<float>(10, 10) = 1;
  const cv::Mat out = guided_filter(guide, input, 1, 1e-4);
  EXPECT_NEAR(out.at<float>(10, 10), 9.0 / 81, 1e-6);
  EXPECT_NEAR(out.at<float>(12, 12), 1.0 / 81, 1e-6);
  EXPECT_NEAR(out.at<float>(13, 10), 0, 1e-6);
}

TEST(GuidedFilter, RefusesWhatDoesNotFit) {
  const cv::Mat a = noise({8, 8}, 1), b = noise({8, 9}, 1);
  EXPECT_THROW(guided_filter(a, b, 1, 1e-3), Error);
  EXPECT_THROW(guided_filter(a, a, 0, 1e-3), Error);
  EXPECT_THROW(guided_filter(a, a, 1, 0), Error);
}

TEST(Refined, DrawsASoftMatteToTheEdgeOfThePicture) {
  cv::Mat frame(40, 40, CV_8UC3, cv::Scalar::all(30)), rough(40, 40, CV_32FC1);
  frame.colRange(20, 40).setTo(cv::Scalar::all(220));
  for (int x = 0; x < 40; ++x) rough.col(x).setTo(std::clamp((x - 14.5) / 10, 0.0, 1.0));
  RefineConfig config;
  EXPECT_EQ(cv::norm(refined(rough, frame, config), rough, cv::NORM_INF), 0);  // off
  config.radius = 8;
  const cv::Mat out = refined(rough, frame, config);
  EXPECT_GT(out.at<float>(20, 20) - out.at<float>(20, 19), 0.5);  // the picture's step; the matte had 0.1
  double low, high;
  cv::minMaxLoc(out, &low, &high);
  EXPECT_GE(low, 0);
  EXPECT_LE(high, 1);
}

}  // namespace
}  // namespace facemat
