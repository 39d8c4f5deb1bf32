#include "src/runtime/sources/refine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "src/core/error.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

cv::Mat noise(cv::Size size, uint64_t seed, int type = CV_32FC1) {
  cv::Mat out(size, type);
  cv::RNG(seed).fill(out, cv::RNG::UNIFORM, 0, 1);
  return out;
}

cv::Mat in_three(const cv::Mat& grey) {
  cv::Mat out;
  cv::merge(std::vector<cv::Mat>{grey, grey, grey}, out);
  return out;
}

cv::Rect window(cv::Point centre, int radius, cv::Size size) {
  return cv::Rect(centre.x - radius, centre.y - radius, 2 * radius + 1, 2 * radius + 1) & cv::Rect({}, size);
}

struct Line {
  cv::Vec3d a;
  double b;
};

// The definition, pixel by pixel, without a box filter.
Line line_of(const cv::Mat& guide, const cv::Mat& input, const cv::Rect& where, double eps) {
  const double n = where.area();
  cv::Vec3d mean(0, 0, 0), covariance(0, 0, 0);
  double p = 0;
  for (int y = where.y; y < where.br().y; ++y)
    for (int x = where.x; x < where.br().x; ++x) {
      for (int c = 0; c < 3; ++c) mean[c] += guide.at<cv::Vec3f>(y, x)[c] / n;
      p += input.at<float>(y, x) / n;
    }
  cv::Matx33d spread = cv::Matx33d::eye() * eps;
  for (int y = where.y; y < where.br().y; ++y)
    for (int x = where.x; x < where.br().x; ++x)
      for (int i = 0; i < 3; ++i) {
        const double apart = guide.at<cv::Vec3f>(y, x)[i] - mean[i];
        covariance[i] += apart * (input.at<float>(y, x) - p) / n;
        for (int j = 0; j < 3; ++j) spread(i, j) += apart * (guide.at<cv::Vec3f>(y, x)[j] - mean[j]) / n;
      }
  const cv::Vec3d a = spread.solve(covariance, cv::DECOMP_LU);
  return {a, p - a.dot(mean)};
}

cv::Mat by_definition(const cv::Mat& guide, const cv::Mat& input, int radius, double eps) {
  cv::Mat out(guide.size(), CV_32FC1);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      const cv::Rect around = window({x, y}, radius, out.size());
      double sum = 0;
      for (int v = around.y; v < around.br().y; ++v)
        for (int u = around.x; u < around.br().x; ++u) {
          const Line line = line_of(guide, input, window({u, v}, radius, out.size()), eps);
          sum += line.b;
          for (int c = 0; c < 3; ++c) sum += line.a[c] * guide.at<cv::Vec3f>(y, x)[c];
        }
      out.at<float>(y, x) = static_cast<float>(sum / around.area());
    }
  return out;
}

TEST(GuidedFilter, IsItsDefinition) {
  for (const cv::Size size : {cv::Size(17, 12), cv::Size(9, 23), cv::Size(3, 3)})
    for (const int radius : {1, 2, 5})
      for (const double eps : {1e-6, 1e-2}) {
        const cv::Mat guide = noise(size, 1, CV_32FC3), input = noise(size, 2);
        const double worst =
            cv::norm(guided_filter(guide, input, radius, eps), by_definition(guide, input, radius, eps), cv::NORM_INF);
        EXPECT_LT(worst, 1e-5) << size << " radius " << radius << " eps " << eps;
      }
}

// A mixture of two colours, whatever their brightness.
TEST(GuidedFilter, KeepsWhatTheColoursExplain) {
  const cv::Mat input = noise({20, 20}, 3);
  std::vector<cv::Mat> planes = {0.5 * input + 0.2, 0.6 - 0.3 * input, 0.4 * noise({20, 20}, 4)};
  cv::Mat guide;
  cv::merge(planes, guide);
  EXPECT_LT(cv::norm(guided_filter(guide, input, 3, 1e-9), input, cv::NORM_INF), 1e-4);
}

// Colours without a spread of their own leave two of three directions to eps alone.
TEST(GuidedFilter, GreyPicturesAreNoWorse) {
  const cv::Mat grey = noise({20, 20}, 3), input = 0.5 * grey + 0.25;
  for (const double eps : {1e-6, 1e-12})
    EXPECT_LT(cv::norm(guided_filter(in_three(grey), input, 3, eps), input, cv::NORM_INF), 1e-4) << eps;
}

TEST(GuidedFilter, AFlatGuideGivesMeansOfMeans) {
  const cv::Mat guide(20, 20, CV_32FC3, cv::Scalar::all(0.4));
  cv::Mat input(20, 20, CV_32FC1, cv::Scalar(0));
  input.at<float>(10, 10) = 1;
  const cv::Mat out = guided_filter(guide, input, 1, 1e-4);
  EXPECT_NEAR(out.at<float>(10, 10), 9.0 / 81, 1e-6);
  EXPECT_NEAR(out.at<float>(12, 12), 1.0 / 81, 1e-6);
  EXPECT_NEAR(out.at<float>(13, 10), 0, 1e-6);
}

TEST(GuidedFilter, RefusesWhatDoesNotFit) {
  const cv::Mat guide = noise({8, 8}, 1, CV_32FC3), a = noise({8, 8}, 1), b = noise({8, 9}, 1);
  EXPECT_THROW(guided_filter(guide, b, 1, 1e-3), Error);
  EXPECT_THROW(guided_filter(a, a, 1, 1e-3), Error);
  EXPECT_THROW(guided_filter(guide, a, 0, 1e-3), Error);
  EXPECT_THROW(guided_filter(guide, a, 1, 0), Error);
}

TEST(Refined, LargePicturesAreRefusedWithWhatHelps) {
  const cv::Mat frame(8, 10, CV_8UC3, cv::Scalar::all(30)), rough(8, 10, CV_32FC1, cv::Scalar(0.5));
  RefineConfig config;
  config.radius = 2, config.most_pixels = 79;
  EXPECT_THAT(message_of([&] { refined(rough, frame, config); }),
              AllOf(HasSubstr("80 pixels (allowed: 79;"), HasSubstr("working_size.max_side"), HasSubstr("refine.most_pixels")));
  config.most_pixels = 80;
  EXPECT_EQ(message_of([&] { refined(rough, frame, config); }), "no error");
  config.radius = 0, config.most_pixels = 1;  // off
  EXPECT_EQ(message_of([&] { refined(rough, frame, config); }), "no error");
}

// Red beside green of its brightness: to a grey guide there is no edge.
TEST(Refined, ColoursOfOneBrightnessAreAnEdge) {
  cv::Mat frame(40, 40, CV_8UC3, cv::Scalar(0, 0, 196)), rough(40, 40, CV_32FC1);
  frame.colRange(20, 40).setTo(cv::Scalar(0, 100, 0));
  for (int x = 0; x < 40; ++x) rough.col(x).setTo(std::clamp((x - 14.5) / 10, 0.0, 1.0));
  RefineConfig config;
  config.radius = 8;
  const cv::Mat out = refined(rough, frame, config);
  EXPECT_GT(out.at<float>(20, 20) - out.at<float>(20, 19), 0.5);  // the matte had 0.1
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
