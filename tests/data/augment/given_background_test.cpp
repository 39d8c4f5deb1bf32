#include "data/augment/given_background.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

cv::Mat ramp() {
  cv::Mat image(40, 40, CV_8UC3);
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 40; ++x) image.at<cv::Vec3b>(y, x) = cv::Vec3b(uint8_t(6 * x), uint8_t(6 * y), 100);
  return image;
}

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

TEST(GivenBackground, WithoutFaultsIsTheBackground) {
  const cv::Mat covering(40, 40, CV_32FC1, cv::Scalar(1));
  EXPECT_EQ(difference(given_background(ramp(), covering, {}, Rng(1)), ramp()), 0);
}

TEST(GivenBackground, IsDarkerUnderWhatWillCoverIt) {
  cv::Mat covering(40, 40, CV_32FC1, cv::Scalar(0));
  covering.colRange(20, 40).setTo(1);
  BackgroundFaults faults;
  faults.shadow = 0.2;
  cv::Mat expected = ramp();
  expected.colRange(20, 40) -= cv::Scalar::all(51);
  EXPECT_EQ(difference(given_background(ramp(), covering, faults, Rng(1)), expected), 0);
  faults.shadow_x = -5. / 40;  // five pixels to the left
  expected = ramp();
  expected.colRange(15, 40) -= cv::Scalar::all(51);
  EXPECT_EQ(difference(given_background(ramp(), covering, faults, Rng(1)), expected), 0);
  EXPECT_EQ(difference(given_background(ramp(), {}, faults, Rng(1)), ramp()), 0) << "nothing covers it";
  faults.shadow_x = 0, faults.shadow_blur = 10. / 40;
  const cv::Mat soft = given_background(cv::Mat(40, 40, CV_8UC3, cv::Scalar::all(200)), covering, faults, Rng(1));
  EXPECT_GT(soft.at<cv::Vec3b>(20, 17)[0], 149);
  EXPECT_LT(soft.at<cv::Vec3b>(20, 17)[0], 200);
}

TEST(GivenBackground, HasAGammaAndMoves) {
  BackgroundFaults faults;
  faults.gamma = 2;
  const cv::Mat darker = given_background(ramp(), {}, faults, Rng(1));
  EXPECT_EQ(darker.at<cv::Vec3b>(3, 3)[2], 39);  // 255 (100 / 255)^2 = 39.2
  faults.gamma = 1;
  faults.x = 0.1;  // four pixels to the right
  const cv::Mat moved = given_background(ramp(), {}, faults, Rng(1));
  EXPECT_EQ(moved.at<cv::Vec3b>(20, 20), ramp().at<cv::Vec3b>(20, 16));
  EXPECT_EQ(moved.at<cv::Vec3b>(20, 2), ramp().at<cv::Vec3b>(20, 0)) << "the border is repeated";
}

TEST(GivenBackground, HasNoiseOfItsOwnInEachFrame) {
  BackgroundFaults faults;
  faults.effects.noise = 0.02;
  const cv::Mat grey(64, 64, CV_8UC3, cv::Scalar::all(128));
  const cv::Mat first = given_background(grey, {}, faults, Rng(1)), second = given_background(grey, {}, faults, Rng(2));
  EXPECT_GT(difference(first, second), 0);
  EXPECT_EQ(difference(first, given_background(grey, {}, faults, Rng(1))), 0);
  cv::Scalar mean, deviation;
  cv::meanStdDev(first, mean, deviation);
  EXPECT_NEAR(deviation[0], 0.02 * 255, 0.3);  // five standard errors
}

TEST(DrawBackgroundFaults, KeepsToItsRangesAndOdds) {
  const BackgroundGuideConfig config;
  int noisy = 0, jittered = 0, moved = 0, shadowed = 0;
  constexpr int kDraws = 1000;
  for (uint64_t i = 0; i < kDraws; ++i) {
    const BackgroundFaults faults = draw_background_faults(Rng(8).fork("clip", i), config);
    noisy += faults.effects.noise > 0, jittered += faults.effects.jitter.strength > 0;
    moved += faults.degrees != 0, shadowed += faults.shadow > 0;
    EXPECT_LE(faults.effects.noise, 0.03);
    EXPECT_LE(std::abs(faults.effects.jitter.hue.from), 0.1);
    EXPECT_EQ(faults.effects.jitter.brightness.from, faults.effects.jitter.brightness.to) << "the same in all frames";
    EXPECT_LE(std::abs(faults.degrees), 1);
    EXPECT_LE(std::abs(faults.x), 0.01);
    EXPECT_LE(faults.shadow, 0.3);
    EXPECT_EQ(faults.gamma, 1);
  }
  EXPECT_NEAR(noisy, 400, 65);  // four standard deviations
  EXPECT_NEAR(jittered, 800, 52);
  EXPECT_NEAR(moved, 300, 60);
  EXPECT_NEAR(shadowed, 300, 60);
}

TEST(DrawBackgroundFaults, RefusesARangeThatIsTurnedRound) {
  BackgroundGuideConfig config;
  config.most_shadow_blur = 10;
  EXPECT_THAT(message_of([&] { draw_background_faults(Rng(1), config); }),
              testing::HasSubstr("least_shadow_blur 20 is more than most_shadow_blur 10"));
}

TEST(GivenBackground, RefusesWhatDoesNotFit) {
  EXPECT_THAT(message_of([] { given_background(cv::Mat(4, 4, CV_32FC3), {}, {}, Rng(1)); }), testing::HasSubstr("8 bit"));
  EXPECT_THAT(message_of([] { given_background(ramp(), cv::Mat(4, 4, CV_32FC1), {}, Rng(1)); }),
              testing::HasSubstr("one float channel of its size"));
}

}  // namespace
}  // namespace facemat
