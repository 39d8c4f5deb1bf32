#include "src/runtime/classical/shared_sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/src/runtime/classical/problems.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

cv::Vec3d grey(double value) { return {value, value, value}; }

TEST(SharedSampling, AlphaIsThePlaceBetweenTwoColours) {
  EXPECT_NEAR(sample_alpha(grey(0.25), grey(1), grey(0)), 0.25, 1e-5);
  EXPECT_NEAR(sample_alpha({0.1, 0.5, 0.9}, {0.2, 0.5, 0.8}, {0, 0.5, 1}), 0.5, 2e-4);  // 0.04 / 0.08001
  EXPECT_EQ(sample_alpha(grey(1.5), grey(1), grey(0)), 1);
  EXPECT_EQ(sample_alpha(grey(-0.5), grey(1), grey(0)), 0);
  EXPECT_EQ(sample_alpha(grey(0.7), grey(0.3), grey(0.3)), 0);
  EXPECT_NEAR(sample_error({0.6, 0.4, 0.5}, grey(1), grey(0)), 0.02, 1e-5);  // (0.1, -0.1, 0) beside the line
  EXPECT_NEAR(sample_error(grey(1.5), grey(1), grey(0)), 0.75, 1e-4);
}

// Colours of one row, greys.
cv::Mat row_of(const std::vector<double>& greys) {
  cv::Mat out(1, static_cast<int>(greys.size()), CV_64FC3);
  for (int x = 0; x < out.cols; ++x) out.at<cv::Vec3d>(0, x) = grey(greys[static_cast<size_t>(x)]);
  return out;
}

TEST(SharedSampling, PathsCountWhatChangesAlongThem) {
  std::vector<double> step(30, 0.0);
  std::fill(step.begin() + 5, step.end(), 1.0);
  const cv::Mat row = row_of(step);
  EXPECT_EQ(path_energy(row, {0, 0}, {4, 0}), 0);
  EXPECT_EQ(path_energy(row, {3, 0}, {3, 0}), 0);
  EXPECT_NEAR(path_energy(row, {0, 0}, {10, 0}), 3, 1e-12);    // ten steps of one pixel
  EXPECT_NEAR(path_energy(row, {20, 0}, {0, 0}), 1.5, 1e-12);  // ten of two
}

// Eight steps down and across: y moves by half a pixel a step, whatever x does.
TEST(SharedSampling, PathsMoveByTheirOwnSlope) {
  cv::Mat colours(6, 10, CV_64FC3);
  for (int y = 0; y < 6; ++y) colours.row(y).setTo(cv::Scalar::all(0.1 * y));
  EXPECT_NEAR(path_energy(colours, {0, 0}, {8, 4}), 4 * 0.03 / (std::sqrt(80.0) / 8), 1e-12);
}

std::vector<int> values(const cv::Mat& trimap) { return {trimap.ptr<uint8_t>(), trimap.ptr<uint8_t>() + trimap.cols}; }

TEST(SharedSampling, UnknownPixelsOfAKnownColourNearbyBecomeKnown) {
  const cv::Mat colours = row_of({0.5, 0.51, 0.52, 0.7, 0.9, 0.89, 0.9, 0.5});
  const cv::Mat trimap = (cv::Mat_<uint8_t>(1, 8) << 0, 128, 128, 128, 128, 128, 255, 128);
  // 0.01 apart is a distance of 0.0173, 0.02 one of 0.035. The last is like the first, which is too far away.
  EXPECT_THAT(values(expanded_trimap(colours, trimap, 5, 0.02)), ElementsAre(0, 0, 128, 128, 255, 255, 255, 128));
  EXPECT_THAT(values(expanded_trimap(colours, trimap, 7, 0.02)), ElementsAre(0, 0, 128, 128, 255, 255, 255, 0));
  EXPECT_THAT(values(expanded_trimap(colours, trimap, 1, 0.02)), ElementsAre(0, 0, 128, 128, 128, 255, 255, 128));
  EXPECT_THAT(values(expanded_trimap(colours, trimap, 0, 0.02)), ElementsAre(0, 128, 128, 128, 128, 128, 255, 128));
}

TEST(SharedSampling, TheNearestOfTwoAlikeCounts) {
  const cv::Mat colours = row_of({0.5, 0.5, 0.5, 0.5});
  const cv::Mat trimap = (cv::Mat_<uint8_t>(1, 4) << 0, 128, 128, 255);
  EXPECT_THAT(values(expanded_trimap(colours, trimap, 9, 0.02)), ElementsAre(0, 0, 255, 255));
}

TEST(SharedSampling, MixturesOfTwoColoursAreTakenApart) {
  const SmallProblem problem = grey_ramp(18, 12);
  ToldProgress progress;
  const SolvedMatte one = shared_sampling_matte(problem.image, problem.trimap, {}, {}, 1, &progress);
  EXPECT_LT(worst_difference(one.alpha, grey_of(problem.image)), 1e-3);
  EXPECT_EQ(progress.last, 4);
  const SolvedMatte three = shared_sampling_matte(problem.image, problem.trimap, {}, {}, 3);
  EXPECT_EQ(worst_difference(one.alpha, three.alpha), 0);
}

// Face known in one corner pixel alone, where hardly a ray leads.
TEST(SharedSampling, ASideThatNoRayMeetsIsTakenFromTheNearestPixel) {
  cv::Mat image(31, 31, CV_8UC3, cv::Scalar::all(10)), trimap(31, 31, CV_8UC1, cv::Scalar(kUnknown));
  image(cv::Rect(8, 8, 15, 15)).setTo(cv::Scalar::all(240));
  image.at<cv::Vec3b>(0, 0) = {240, 240, 240};
  trimap.row(30).setTo(0);
  trimap.at<uint8_t>(0, 0) = 255;
  SharedSamplingConfig config;
  config.expand_radius = 0;
  const cv::Mat alpha = shared_sampling_matte(image, trimap, config, {}).alpha;
  EXPECT_GT(alpha.at<float>(15, 15), 0.95);
  EXPECT_LT(alpha.at<float>(3, 27), 0.05);
  EXPECT_TRUE(cv::checkRange(alpha, true, nullptr, 0, 1 + 1e-6));
}

TEST(SharedSampling, KnownPixelsKeepWhatTheTrimapSays) {
  for (const SmallProblem& problem : small_problems()) {
    const cv::Mat alpha = shared_sampling_matte(problem.image, problem.trimap, {}, {}).alpha;
    EXPECT_EQ(cv::countNonZero((alpha != 0) & (problem.trimap == 0)), 0);
    EXPECT_EQ(cv::countNonZero((alpha != 1) & (problem.trimap == 255)), 0);
    EXPECT_TRUE(cv::checkRange(alpha, true, nullptr, 0, 1 + 1e-6));
  }
}

TEST(SharedSampling, MistakesAreNamed) {
  const SmallProblem problem = small_problems()[0];
  SolverConfig small;
  small.most_pixels = 10;
  EXPECT_THAT(message_of([&] { shared_sampling_matte(problem.image, problem.trimap, {}, small); }),
              HasSubstr("solver.most_pixels"));
  cv::Mat no_face = problem.trimap.clone();
  no_face.setTo(kUnknown, no_face == 255);
  EXPECT_THAT(message_of([&] { shared_sampling_matte(problem.image, no_face, {}, {}); }), HasSubstr("no known face"));
}

}  // namespace
}  // namespace facemat
