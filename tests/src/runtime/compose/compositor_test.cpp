#include "src/runtime/compose/compositor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/random.h"
#include "src/image/pixels.h"
#include "src/runtime/compose/light.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

CompositeOptions faded(double opacity, const char* mode = "standard") {
  CompositeOptions options;
  options.opacity = opacity;
  options.mode = mode;
  return options;
}
CompositeOptions with_mode(const char* mode) { return faded(1, mode); }

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
  EXPECT_EQ(composite(target, swap, alpha, faded(0.5)).at<cv::Vec3b>(0, 0)[0], 50);
  EXPECT_EQ(composite(target, swap, alpha, faded(0)).at<cv::Vec3b>(0, 0)[0], 0);
  EXPECT_EQ(alpha.at<float>(0, 0), 0.5f);
}

TEST(Compositor, RefusesUnequalSizesWithBoth) {
  const cv::Mat target(2, 3, CV_8UC3), swap(4, 5, CV_8UC3), alpha(2, 3, CV_32FC1, cv::Scalar(1));
  EXPECT_THAT(message_of([&] { composite(target, swap, alpha); }), HasSubstr("the swap is 5x4, the target 3x2"));
  EXPECT_THAT(message_of([&] { composite(target, target, cv::Mat(2, 2, CV_32FC1)); }),
              HasSubstr("alpha is 2x2, the target 3x2"));
  EXPECT_THAT(message_of([&] { composite(target, target, alpha, {}, cv::Mat(9, 9, CV_32FC1)); }), HasSubstr("region is 9x9"));
  EXPECT_THAT(message_of([&] { composite(target, target, cv::Mat(2, 3, CV_8UC1)); }), HasSubstr("alpha must be a float map"));
  EXPECT_THAT(message_of([&] { composite(target, cv::Mat(2, 3, CV_8UC1), alpha); }), HasSubstr("must be BGR"));
  EXPECT_THAT(message_of([&] { composite(target, cv::Mat(2, 3, CV_16UC3), alpha); }), HasSubstr("one depth"));
}

TEST(Compositor, RefusesSettingsOutOfRange) {
  const cv::Mat picture(2, 3, CV_8UC3, cv::Scalar()), alpha(2, 3, CV_32FC1, cv::Scalar(1));
  const auto message = [&](void (*change)(CompositeOptions&)) {
    CompositeOptions options;
    change(options);
    return message_of([&] { composite(picture, picture, alpha, options); });
  };
  EXPECT_THAT(message([](CompositeOptions& o) { o.opacity = 1.5; }), HasSubstr("opacity is 1.5 (allowed: 0..1)"));
  EXPECT_THAT(message([](CompositeOptions& o) { o.mode = "hard"; }), HasSubstr("mode is 'hard'"));
  EXPECT_THAT(message([](CompositeOptions& o) { o.uncertain_toward = "face"; }), HasSubstr("uncertain_toward"));
  EXPECT_THAT(message([](CompositeOptions& o) { o.uncertainty_strength = -1; }), HasSubstr("uncertainty_strength"));
  EXPECT_THAT(message([](CompositeOptions& o) { o.threshold = NAN; }), HasSubstr("threshold"));
  EXPECT_THAT(message([](CompositeOptions& o) { o.erode = 1000; }), HasSubstr("erode"));
  EXPECT_THAT(message([](CompositeOptions& o) { o.feather = -1; }), HasSubstr("feather"));
  EXPECT_THAT(message([](CompositeOptions& o) { o.mode = "uncertainty"; }), HasSubstr("this matte has none"));
}

// --- exactness

// swap is the column, target the row: every pair of bytes.
struct EveryPair {
  EveryPair() : target(256, 256, CV_8UC3), swap(256, 256, CV_8UC3) {
    for (int t = 0; t < 256; ++t)
      for (int s = 0; s < 256; ++s) {
        target.at<cv::Vec3b>(t, s) = cv::Vec3b::all(static_cast<uint8_t>(t));
        swap.at<cv::Vec3b>(t, s) = cv::Vec3b::all(static_cast<uint8_t>(s));
      }
  }
  // How many pairs differ from (k s + (n - k) t) / n, rounded half up in integers, at alpha k / n.
  int wrong(int k, int n) const {
    const cv::Mat alpha(256, 256, CV_32FC1, cv::Scalar(static_cast<double>(k) / n));
    const cv::Mat out = composite(target, swap, alpha);
    int count = 0;
    for (int t = 0; t < 256; ++t)
      for (int s = 0; s < 256; ++s) {
        const int exact = (2 * (k * s + (n - k) * t) + n) / (2 * n);
        count += out.at<cv::Vec3b>(t, s) != cv::Vec3b::all(static_cast<uint8_t>(exact));
      }
    return count;
  }
  cv::Mat target, swap;
};

TEST(Compositor, EightBitsAreExactForEveryPairAtEveryAlphaOfEightBits) {
  const EveryPair pairs;
  for (int k = 0; k <= 255; ++k) ASSERT_EQ(pairs.wrong(k, 255), 0) << k << " / 255";
}

TEST(Compositor, EightBitsAreExactForEveryPairAtBinaryFractionsHalvesIncluded) {
  const EveryPair pairs;
  for (int k = 0; k <= 16; ++k) ASSERT_EQ(pairs.wrong(k, 16), 0) << k << " / 16";
  for (int k : {1, 777, 2047, 2048, 4095}) ASSERT_EQ(pairs.wrong(k, 4096), 0) << k << " / 4096";
}

TEST(Compositor, EightBitsAreExactAtAnyAlphaButNextToAHalf) {
  Rng rng(3);
  cv::Mat target(300, 400, CV_8UC3), swap = target.clone(), alpha(300, 400, CV_32FC1);
  for (int i = 0; i < 300 * 400; ++i) {
    for (int c = 0; c < 3; ++c) {
      target.at<cv::Vec3b>(i / 400, i % 400)[c] = static_cast<uint8_t>(rng.integer(0, 255));
      swap.at<cv::Vec3b>(i / 400, i % 400)[c] = static_cast<uint8_t>(rng.integer(0, 255));
    }
    alpha.at<float>(i / 400, i % 400) = static_cast<float>(rng.uniform());
  }
  const cv::Mat out = composite(target, swap, alpha);
  int near_half = 0;
  for (int i = 0; i < 300 * 400; ++i)
    for (int c = 0; c < 3; ++c) {
      const double a = alpha.at<float>(i / 400, i % 400), t = target.at<cv::Vec3b>(i / 400, i % 400)[c];
      const double sum = t + a * (swap.at<cv::Vec3b>(i / 400, i % 400)[c] - t);
      if (std::abs(sum - std::floor(sum) - 0.5) < 1. / 65793) {
        ++near_half;
      } else {
        ASSERT_EQ(out.at<cv::Vec3b>(i / 400, i % 400)[c], static_cast<int>(std::floor(sum + 0.5)));
      }
    }
  EXPECT_LT(near_half, 100);
}

TEST(Compositor, SixteenBitsAreExact) {
  Rng rng(4);
  cv::Mat target(256, 64, CV_16UC3), swap = target.clone(), alpha(256, 64, CV_32FC1);
  for (int k = 0; k < 256; ++k)
    for (int x = 0; x < 64; ++x) {
      alpha.at<float>(k, x) = static_cast<float>(k) / 256;
      for (int c = 0; c < 3; ++c) {
        target.at<cv::Vec3w>(k, x)[c] = static_cast<uint16_t>(x == 0 ? 65535 : rng.integer(0, 65535));
        swap.at<cv::Vec3w>(k, x)[c] = static_cast<uint16_t>(x == 1 ? 65535 : rng.integer(0, 65535));
      }
    }
  const cv::Mat out = composite(target, swap, alpha);
  ASSERT_EQ(out.type(), CV_16UC3);
  for (int k = 0; k < 256; ++k)
    for (int x = 0; x < 64; ++x)
      for (int c = 0; c < 3; ++c) {
        const int exact = (k * swap.at<cv::Vec3w>(k, x)[c] + (256 - k) * target.at<cv::Vec3w>(k, x)[c] + 128) / 256;
        ASSERT_EQ(out.at<cv::Vec3w>(k, x)[c], exact) << k << " " << x;
      }
}

TEST(Compositor, FloatsAreTheBlendOfThePixelsRoom) {
  Rng rng(5);
  cv::Mat target(20, 300, CV_32FC3), swap = target.clone(), alpha(20, 300, CV_32FC1);
  for (cv::Mat* map : {&target, &swap, &alpha})
    for (int y = 0; y < map->rows; ++y)
      for (int i = 0; i < map->cols * map->channels(); ++i) map->ptr<float>(y)[i] = static_cast<float>(rng.uniform());
  target.at<cv::Vec3f>(0, 0) = {-0.5f, 1.5f, 3};  // not clamped
  const cv::Mat out = composite(target, swap, alpha);
  ASSERT_EQ(out.type(), CV_32FC3);
  EXPECT_LT(cv::norm(out, blend(swap, alpha, target), cv::NORM_INF), 1e-6);
}

// --- every mode, depth and light

struct Frame {
  cv::Mat target, swap, alpha, region;
};

// Noise; alpha has clear, covered and soft columns.
Frame noisy_frame(int depth) {
  Rng rng(6);
  Frame f{cv::Mat(40, 60, CV_8UC3), cv::Mat(40, 60, CV_8UC3), cv::Mat(40, 60, CV_32FC1), {}};
  for (cv::Mat* picture : {&f.target, &f.swap})
    for (cv::Vec3b& pixel : cv::Mat_<cv::Vec3b>(*picture))
      for (uint8_t& value : pixel.val) value = static_cast<uint8_t>(rng.integer(0, 255));
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 60; ++x) f.alpha.at<float>(y, x) = x < 15 ? 0 : x < 30 ? 1 : static_cast<float>(rng.uniform());
  const double scale = depth == CV_16U ? 257 : depth == CV_32F ? 1 / 255. : 1;
  f.target.convertTo(f.target, depth, scale);
  f.swap.convertTo(f.swap, depth, scale);
  return f;
}

std::vector<CompositeOptions> all_ways() {
  std::vector<CompositeOptions> ways;
  for (const char* mode : {"standard", "uncertainty", "recompose"})
    for (int i = 0; i < 4; ++i) {
      ways.push_back(with_mode(mode));
      ways.back().linear_light = i % 2 == 1;
      ways.back().decontaminate = i >= 2;
    }
  return ways;
}

TEST(Compositor, AlphaZeroIsTheTargetAndOneTheSwapInEveryModeDepthAndLight) {
  for (const int depth : {CV_8U, CV_16U, CV_32F}) {
    const Frame f = noisy_frame(depth);
    const Matte matte{f.alpha, cv::Mat(f.alpha.size(), CV_32FC1, cv::Scalar(0))};
    for (const CompositeOptions& way : all_ways()) {
      const cv::Mat out = composite(f.target, f.swap, matte, way);
      ASSERT_EQ(out.type(), f.target.type());
      EXPECT_EQ(cv::norm(out.colRange(0, 15), f.target.colRange(0, 15), cv::NORM_INF), 0) << way.mode << depth;
      EXPECT_EQ(cv::norm(out.colRange(15, 30), f.swap.colRange(15, 30), cv::NORM_INF), 0) << way.mode << depth;
      EXPECT_GT(cv::norm(out.colRange(30, 60), f.target.colRange(30, 60), cv::NORM_INF), 0) << way.mode << depth;
      EXPECT_GT(cv::norm(out.colRange(30, 60), f.swap.colRange(30, 60), cv::NORM_INF), 0) << way.mode << depth;
    }
  }
}

TEST(Compositor, EqualConstantPicturesStayWhatTheyAre) {
  const Frame f = noisy_frame(CV_8U);
  const cv::Mat picture(f.alpha.size(), CV_8UC3, cv::Scalar(13, 128, 254));
  const Matte matte{f.alpha, cv::Mat(f.alpha.size(), CV_32FC1, cv::Scalar(0.3))};
  for (const CompositeOptions& way : all_ways())
    EXPECT_EQ(cv::norm(composite(picture, picture, matte, way), picture, cv::NORM_INF), 0)
        << way.mode << way.linear_light << way.decontaminate;
}

TEST(Compositor, AllDepthsAgree) {
  const Frame bytes = noisy_frame(CV_8U), words = noisy_frame(CV_16U), floats = noisy_frame(CV_32F);
  const cv::Mat uncertainty(bytes.alpha.size(), CV_32FC1, cv::Scalar(0.3));
  for (const CompositeOptions& way : all_ways()) {
    const auto result = [&](const Frame& f) { return to_float(composite(f.target, f.swap, Matte{f.alpha, uncertainty}, way)); };
    const cv::Mat exact = result(floats);
    EXPECT_LT(cv::norm(result(bytes), exact, cv::NORM_INF), 0.5 / 255 + 1e-5) << way.mode << way.linear_light;
    EXPECT_LT(cv::norm(result(words), exact, cv::NORM_INF), 0.5 / 65535 + 1e-5) << way.mode << way.linear_light;
  }
}

TEST(Compositor, LinearLightIsTheFormulaInDoubles) {
  const Frame f = noisy_frame(CV_8U);
  CompositeOptions options;
  options.linear_light = true;
  const cv::Mat out = composite(f.target, f.swap, f.alpha, options);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x)
      for (int c = 0; c < 3; ++c) {
        const double a = f.alpha.at<float>(y, x), s = light_of_srgb(f.swap.at<cv::Vec3b>(y, x)[c] / 255.),
                     t = light_of_srgb(f.target.at<cv::Vec3b>(y, x)[c] / 255.);
        ASSERT_NEAR(out.at<cv::Vec3b>(y, x)[c], 255 * srgb_of_light(a * s + (1 - a) * t), 0.5 + 1e-3) << x << "," << y;
      }
}

TEST(Compositor, LinearLightIsBrighterBetweenBlackAndWhite) {
  const cv::Mat black(1, 1, CV_8UC3, cv::Scalar::all(0)), white(1, 1, CV_8UC3, cv::Scalar::all(255));
  CompositeOptions options;
  options.linear_light = true;
  const cv::Mat alpha(1, 1, CV_32FC1, cv::Scalar(0.5));
  EXPECT_EQ(composite(black, white, alpha, options).at<cv::Vec3b>(0)[0], 188);  // 1.055 * 0.5^(1 / 2.4) - 0.055 = 0.73536
}

// --- weights

float weight(const Matte& matte, const CompositeOptions& options) { return swap_weights(matte, options).at<float>(0); }

TEST(Weights, UncertaintyMovesAlphaToTheTargetOrAsPublishedToTheSwap) {
  const Matte matte{cv::Mat(1, 1, CV_32FC1, cv::Scalar(0.6)), cv::Mat(1, 1, CV_32FC1, cv::Scalar(0.5))};
  CompositeOptions options = with_mode("uncertainty");
  EXPECT_FLOAT_EQ(weight(matte, options), 0.45f);  // 0.6 * (1 - 0.5 * 0.5)
  options.uncertain_toward = "swap";
  EXPECT_FLOAT_EQ(weight(matte, options), 0.7f);  // occluder 0.4 * (1 - 0.5 * 0.5) = 0.3
  options.uncertainty_strength = 1;
  EXPECT_FLOAT_EQ(weight(matte, options), 0.8f);
  EXPECT_FLOAT_EQ(weight({matte.alpha, cv::Mat(1, 1, CV_32FC1, cv::Scalar(7))}, options),
                  1);  // a deviation above 1 counts as 1
  EXPECT_FLOAT_EQ(weight(matte, with_mode("standard")), 0.6f);
  EXPECT_EQ(matte.alpha.at<float>(0), 0.6f);
}

TEST(Weights, AreAlphaByDefault) {
  const cv::Mat alpha = (cv::Mat_<float>(1, 5) << 0, 0.2f, 0.5f, 0.9f, 1);
  for (const char* mode : {"standard", "recompose"})
    EXPECT_EQ(cv::norm(swap_weights({alpha, {}}, with_mode(mode)), alpha, cv::NORM_INF), 0);
}

TEST(Weights, ThresholdErodeAndFeather) {
  cv::Mat alpha(41, 41, CV_32FC1, cv::Scalar(0.3));
  alpha(cv::Rect(10, 10, 21, 21)).setTo(0.5);
  CompositeOptions options;
  options.threshold = 0.5;
  const auto area = [&] { return cv::sum(swap_weights({alpha, {}}, options))[0]; };
  EXPECT_EQ(area(), 21 * 21);
  options.erode = 3;
  EXPECT_EQ(area(), 15 * 15);
  options.erode = -3;  // a disc leaves the corners out
  EXPECT_GT(area(), 27 * 27 - 4 * 9);
  EXPECT_LT(area(), 27 * 27);
  options.erode = 0;
  options.feather = 2;
  const cv::Mat soft = swap_weights({alpha, {}}, options);
  EXPECT_NEAR(cv::sum(soft)[0], 21 * 21, 0.1);
  EXPECT_NEAR(soft.at<float>(20, 10), 0.5997, 1e-3);  // half, and half of the middle weight 1 / (2 sqrt(2 pi))
  EXPECT_EQ(alpha.at<float>(0, 0), 0.3f);
}

TEST(Weights, RegionIsALocalOpacity) {
  const cv::Mat alpha(1, 3, CV_32FC1, cv::Scalar(0.8)), region = (cv::Mat_<float>(1, 3) << 0, 0.5f, 1);
  const cv::Mat weights = swap_weights({alpha, {}}, faded(0.5), region);
  EXPECT_FLOAT_EQ(weights.at<float>(0), 0);
  EXPECT_FLOAT_EQ(weights.at<float>(1), 0.2f);
  EXPECT_FLOAT_EQ(weights.at<float>(2), 0.4f);
}

TEST(Weights, NothingChangesOutsideTheRegion) {
  const Frame f = noisy_frame(CV_8U);
  cv::Mat left(f.alpha.size(), CV_32FC1, cv::Scalar(0));
  left.colRange(0, 40).setTo(1);
  for (const char* mode : {"standard", "recompose"}) {
    const cv::Mat all = composite(f.target, f.swap, f.alpha, with_mode(mode));
    const cv::Mat out = composite(f.target, f.swap, f.alpha, with_mode(mode), left);
    EXPECT_EQ(cv::norm(out.colRange(40, 60), f.target.colRange(40, 60), cv::NORM_INF), 0) << mode;
    // The layers are estimated round the region alone, so a byte may round otherwise.
    EXPECT_LE(cv::norm(out.colRange(0, 40), all.colRange(0, 40), cv::NORM_INF), mode[0] == 'r' ? 2 : 0);
  }
}

// --- layers

TEST(Recomposition, OpacityFadesFromTheTargetToTheWhole) {
  const Frame f = noisy_frame(CV_32F);
  const auto at = [&](double opacity) { return composite(f.target, f.swap, f.alpha, faded(opacity, "recompose")); };
  EXPECT_EQ(cv::norm(at(0), f.target, cv::NORM_INF), 0);
  EXPECT_LT(cv::norm(at(0.25), 0.25 * at(1) + 0.75 * f.target, cv::NORM_INF), 1e-5);
}

// White smoke over a dark face that becomes light: a plain blend keeps the darkness.
TEST(Recomposition, TakesTheOldFaceOutOfSmoke) {
  cv::Mat alpha(64, 64, CV_32FC1), target(64, 64, CV_8UC3);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const float a = alpha.at<float>(y, x) = 0.3f + 0.7f * static_cast<float>(x) / 63;
      target.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<uint8_t>(40 * a + 240 * (1 - a) + 0.5f));
    }
  const cv::Mat swap(64, 64, CV_8UC3, cv::Scalar::all(180));
  const auto at = [&](const char* mode) { return composite(target, swap, alpha, with_mode(mode)).at<cv::Vec3b>(32, 20)[0]; };
  const double a = alpha.at<float>(32, 20), truth = 180 * a + 240 * (1 - a);
  EXPECT_LT(at("standard"), truth - 40);
  EXPECT_NEAR(at("recompose"), truth, 8);
}

// A filter of the whole frame has tinted the smoke as well.
TEST(Recomposition, DecontaminatesASwapThatHoldsTheOccluder) {
  cv::Mat alpha(64, 64, CV_32FC1), target(64, 64, CV_32FC3), swap = target.clone(), truth = target.clone();
  const cv::Vec3f old_face(0.2f, 0.3f, 0.4f), new_face(0.6f, 0.3f, 0.2f), smoke(0.9f, 0.9f, 0.9f), tinted(0.9f, 0.5f, 0.4f);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const float a = alpha.at<float>(y, x) = 0.3f + 0.7f * static_cast<float>(x) / 63;
      target.at<cv::Vec3f>(y, x) = a * old_face + (1 - a) * smoke;
      swap.at<cv::Vec3f>(y, x) = a * new_face + (1 - a) * tinted;
      truth.at<cv::Vec3f>(y, x) = a * new_face + (1 - a) * smoke;
    }
  CompositeOptions options = with_mode("recompose");
  const auto error = [&] { return cv::norm(composite(target, swap, alpha, options), truth, cv::NORM_L1) / (3. * 64 * 64); };
  const double contaminated = error();
  options.decontaminate = true;
  EXPECT_LT(error(), 0.02);
  EXPECT_GT(contaminated, 4 * error());
}

}  // namespace
}  // namespace facemat
