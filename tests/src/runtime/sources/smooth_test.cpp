#include "src/runtime/sources/smooth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/image/pixels.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

// Alpha: the red channel, with `noise` of its own; uncertainty the green one if it judges.
class Red : public Predictor {
 public:
  Red(double noise, bool judges) : noise_(noise), judges_(judges) {}
  Matte predict(const cv::Mat& frame) override {
    Matte out;
    cv::extractChannel(to_float(frame), out.alpha, 2);
    if (judges_) cv::extractChannel(to_float(frame), out.uncertainty, 1);
    if (noise_ > 0) {
      cv::Mat noise(frame.size(), CV_32FC1);
      random_.fill(noise, cv::RNG::NORMAL, 0, noise_);
      out.alpha += noise;
    }
    return out;
  }
  void reset() override {}

 private:
  double noise_;
  bool judges_;
  cv::RNG random_{17};
};

SmoothConfig strong(double strength) {
  SmoothConfig config;
  config.strength = strength;
  return config;
}

cv::Mat grey(int value, cv::Size size = {64, 48}) { return cv::Mat(size, CV_8UC3, cv::Scalar::all(value)); }

double variance(const cv::Mat& values) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(values, mean, deviation);
  return deviation[0] * deviation[0];
}

TEST(Smoothed, OffIsTheInnerPredictorItself) {
  auto inner = std::make_unique<Red>(0, false);
  const Predictor* address = inner.get();
  EXPECT_EQ(smoothed(std::move(inner), {}).get(), address);
}

TEST(Smoothed, LeavesTheShareOfNoiseThatTheHeaderSays) {
  for (const double strength : {0.3, 0.7}) {
    const auto source = smoothed(std::make_unique<Red>(0.1, false), strong(strength));
    Matte last;
    for (int i = 0; i < 60; ++i) last = source->predict(grey(128, {200, 200}));
    EXPECT_NEAR(variance(last.alpha) / 0.01, (1 - strength) / (1 + strength), 0.015) << strength;
    EXPECT_NEAR(cv::mean(last.alpha)[0], 128 / 255.0, 0.001);
  }
}

TEST(Smoothed, ACamerasNoiseCountsAsRest) {
  const auto source = smoothed(std::make_unique<Red>(0.1, false), strong(0.7));
  cv::RNG random(5);
  Matte last;
  for (int i = 0; i < 60; ++i) {
    cv::Mat noise(200, 200, CV_16SC3), frame = grey(128, {200, 200});
    random.fill(noise, cv::RNG::NORMAL, 0, 4);  // of 255
    cv::add(frame, noise, frame, cv::noArray(), CV_8U);
    last = source->predict(frame);
  }
  // The inner alpha is the noisy red channel and noise of its own, both smoothed.
  const double in = 0.01 + std::pow(4 / 255.0, 2);
  EXPECT_LT(variance(last.alpha) / in, 0.2);
}

TEST(Smoothed, AMovingEdgeNeitherLagsNorSmears) {
  const auto source = smoothed(std::make_unique<Red>(0, false), strong(0.9));
  for (int i = 0; i < 12; ++i) {
    cv::Mat frame = grey(20);
    frame.colRange(0, 5 + 4 * i).setTo(cv::Scalar::all(230));
    const cv::Mat alpha = source->predict(frame).alpha;
    cv::Mat wanted;
    cv::extractChannel(to_float(frame), wanted, 2);
    EXPECT_EQ(cv::norm(alpha, wanted, cv::NORM_INF), 0) << i;
  }
}

TEST(Smoothed, SlowChangeAddsUpUntilItCounts) {
  // Brightness rises by 1 of 255 a frame, which is less than a camera's noise.
  const auto source = smoothed(std::make_unique<Red>(0, false), strong(0.95));
  double most = 0;
  for (int i = 0; i < 200; ++i) {
    const double alpha = source->predict(grey(20 + i)).alpha.at<float>(9, 9);
    most = std::max(most, (20 + i) / 255.0 - alpha);
  }
  EXPECT_GT(most, 0.01);  // it is smoothed
  EXPECT_LT(most, 0.06);  // but never by more than `moved`
}

TEST(Smoothed, OneFrameByHand) {
  SmoothConfig config = strong(0.5);
  config.rest = 0.1, config.moved = 0.3, config.radius = 0;
  const auto source = smoothed(std::make_unique<Red>(0, true), config);
  source->predict(grey(51));
  const Matte matte = source->predict(grey(102));  // changed by 0.2: half way, k = 0.75
  EXPECT_NEAR(matte.alpha.at<float>(5, 5), 0.2 + 0.75 * 0.2, 1e-6);
  EXPECT_NEAR(matte.uncertainty.at<float>(5, 5), 0.35, 1e-6);
  // The picture it is compared to is smoothed as well: 0.35, which differs by 0.05 from 0.4.
  EXPECT_NEAR(source->predict(grey(102)).alpha.at<float>(5, 5), 0.35 + 0.5 * 0.05, 1e-6);
}

TEST(Smoothed, ForgetsAtCutsAndOtherSizes) {
  SmoothConfig config = strong(0.9);
  config.rest = 0.98, config.moved = 0.99;  // everything rests
  const auto source = smoothed(std::make_unique<Red>(0, false), config);
  source->predict(grey(51));
  EXPECT_NEAR(source->predict(grey(255)).alpha.at<float>(5, 5), 0.2 + 0.1 * 0.8, 1e-6);
  source->reset();
  EXPECT_EQ(source->predict(grey(255)).alpha.at<float>(5, 5), 1);
  EXPECT_NEAR(source->predict(grey(51, {32, 32})).alpha.at<float>(5, 5), 0.2, 1e-6);
}

TEST(Smoothed, DoesNotHandOutItsMemory) {
  const auto source = smoothed(std::make_unique<Red>(0, false), strong(0.5));
  Matte first = source->predict(grey(51));
  first.alpha.setTo(9);
  EXPECT_NEAR(source->predict(grey(51)).alpha.at<float>(5, 5), 0.2, 1e-6);
}

TEST(Smoothed, RefusesSettingsThatContradict) {
  SmoothConfig config = strong(0.5);
  config.rest = 0.1, config.moved = 0.1;
  EXPECT_THAT(message_of([&] { smoothed(std::make_unique<Red>(0, false), config); }), HasSubstr("rest below moved"));
  EXPECT_THAT(message_of([&] { smoothed(std::make_unique<Red>(0, false), strong(1)); }), HasSubstr("strength"));
}

}  // namespace
}  // namespace facemat
