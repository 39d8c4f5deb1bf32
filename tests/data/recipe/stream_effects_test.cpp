#include "data/recipe/stream_effects.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "tests/support/pictures.h"

namespace facemat {
namespace {

cv::Mat flat(const cv::Scalar& colour, int side = 64) { return cv::Mat(side, side, CV_8UC3, colour); }

// A textured picture.
cv::Mat pattern(int side = 64) {
  cv::Mat image(side, side, CV_8UC3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      image.at<cv::Vec3b>(y, x) = {static_cast<uint8_t>((x * 37 + y * 11) % 256), static_cast<uint8_t>((x * 5 + y * 71) % 256),
                                   static_cast<uint8_t>((x * y) % 256)};
  return image;
}

// A disc with a soft edge, clear of the borders.
cv::Mat disc_alpha(int side = 64) {
  cv::Mat alpha(side, side, CV_32F);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      alpha.at<float>(y, x) = std::clamp(static_cast<float>(side / 4 - std::hypot(x - side / 2, y - side / 2)) / 4, 0.f, 1.f);
  return alpha;
}
cv::Mat disc_layer(int side = 64) { return premultiply(to_float(pattern(side)), disc_alpha(side)); }
cv::Mat even_disc(const cv::Scalar& colour) { return premultiply(cv::Mat(64, 64, CV_32FC3, colour), disc_alpha()); }

cv::Vec3b at(const cv::Mat& image, int x = 5, int y = 5) { return image.at<cv::Vec3b>(y, x); }
bool same(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF) == 0; }

StreamEffects changed(const std::function<void(StreamEffects&)>& change) {
  StreamEffects effects;
  change(effects);
  return effects;
}
StreamEffects noisy(double noise, double grain = 1, bool monochrome = false) {
  return changed([&](auto& e) { e.noise = noise, e.grain = grain, e.monochrome = monochrome; });
}

// One of each, strong.
const std::vector<StreamEffects> kColourEffects = {noisy(0.2),
                                                   noisy(0.2, 3, true),
                                                   changed([](auto& e) {
                                                     e.jitter.brightness = {0.4, 0.4};
                                                   }),
                                                   changed([](auto& e) {
                                                     e.jitter.contrast = {1, 1};
                                                   }),
                                                   changed([](auto& e) {
                                                     e.jitter.saturation = {1, 1};
                                                   }),
                                                   changed([](auto& e) {
                                                     e.jitter.hue = {0.2, 0.2};
                                                   }),
                                                   changed([](auto& e) { e.grey = true; }),
                                                   changed([](auto& e) { e.sharpness = 8; })};

TEST(StreamEffects, NothingIsNothing) {
  EXPECT_TRUE(empty({}));
  EXPECT_EQ(describe(StreamEffects{}), "");
  EXPECT_TRUE(same(apply_effects(pattern(), {}, 0.5, Rng(1)), pattern()));
  EXPECT_TRUE(same(apply_layer_effects(disc_layer(), {}, 0.5, Rng(1)), disc_layer()));
  EXPECT_TRUE(empty(changed([](auto& e) { e.grain = 3, e.monochrome = true, e.jitter.strength = 0.2; })));  // of nothing
}

TEST(StreamEffects, EachEffectIsSeen) {
  auto effects = kColourEffects;
  effects.push_back(changed([](auto& e) { e.blur = {30, 30}; }));
  for (const StreamEffects& e : effects) {
    EXPECT_FALSE(empty(e));
    EXPECT_NE(describe(e), "");
    EXPECT_FALSE(same(apply_effects(pattern(), e, 0.5, Rng(1)), pattern())) << describe(e);
    EXPECT_FALSE(same(apply_layer_effects(disc_layer(), e, 0.5, Rng(1)), disc_layer())) << describe(e);
  }
}

TEST(StreamEffects, BrightnessIsAFactorThatMovesWithStrengthAndProgress) {
  StreamEffects e;
  e.jitter.brightness = {0.2, 0.4};
  e.jitter.strength = 0.5;
  EXPECT_EQ(at(apply_effects(flat({100, 50, 250}), e, 0, Rng(1))), cv::Vec3b(120, 60, 255));
  EXPECT_EQ(at(apply_effects(flat({100, 50, 250}), e, 1, Rng(1))), cv::Vec3b(130, 65, 255));  // 1 + 0.2/2 + 0.4/2
  e.jitter.brightness = {-3, -3};
  EXPECT_EQ(at(apply_effects(flat({100, 50, 250}), e, 0, Rng(1))), cv::Vec3b(10, 5, 25));  // never below a tenth
}

TEST(StreamEffects, ContrastTurnsAboutTheMeanGrey) {
  cv::Mat halves = flat(cv::Scalar::all(50));
  halves.colRange(32, 64).setTo(cv::Scalar::all(150));
  const cv::Mat out = apply_effects(halves, changed([](auto& e) { e.jitter.contrast = {-0.5, -0.5}; }), 0, Rng(1));
  EXPECT_EQ(at(out, 5), cv::Vec3b(75, 75, 75));
  EXPECT_EQ(at(out, 40), cv::Vec3b(125, 125, 125));
}

TEST(StreamEffects, SaturationGoesTowardsGreyAndHasItsOwnRamp) {
  StreamEffects e;
  e.jitter.saturation = {-0.5, -0.5};
  EXPECT_EQ(at(apply_effects(flat({0, 0, 200}), e, 0, Rng(1))), cv::Vec3b(30, 30, 130));  // grey 0.299 * 200 = 59.8
  EXPECT_EQ(at(apply_effects(flat({90, 90, 90}), e, 0, Rng(1))), cv::Vec3b(90, 90, 90));
}

TEST(StreamEffects, HueTurnsTheCircle) {
  StreamEffects e;
  e.jitter.hue = {1.0 / 3, 1.0 / 3};
  EXPECT_EQ(at(apply_effects(flat({0, 0, 200}), e, 0, Rng(1))), cv::Vec3b(0, 200, 0));  // red to green
  EXPECT_EQ(at(apply_effects(flat({200, 0, 0}), e, 0, Rng(1))), cv::Vec3b(0, 0, 200));  // blue, past a whole turn, to red
  e.jitter.hue = {-2, -2};                                                              // held at half a turn
  EXPECT_EQ(at(apply_effects(flat({0, 0, 200}), e, 0, Rng(1))), cv::Vec3b(200, 200, 0));
}

TEST(StreamEffects, GreyHasEqualChannels) {
  const auto grey = changed([](auto& e) { e.grey = true; });
  EXPECT_EQ(at(apply_effects(flat({255, 0, 0}), grey, 0, Rng(1))), cv::Vec3b(29, 29, 29));     // 0.114
  EXPECT_EQ(at(apply_effects(flat({0, 255, 0}), grey, 0, Rng(1))), cv::Vec3b(150, 150, 150));  // 0.587
  EXPECT_EQ(at(apply_effects(flat({0, 0, 255}), grey, 0, Rng(1))), cv::Vec3b(76, 76, 76));     // 0.299
  std::vector<cv::Mat> channels;
  cv::split(apply_layer_effects(disc_layer(), grey, 0, Rng(1)), channels);
  EXPECT_TRUE(same(channels[0], channels[1]));
  EXPECT_TRUE(same(channels[1], channels[2]));
  EXPECT_GT(deviation(channels[0]), 0.05);
}

TEST(StreamEffects, SharpnessZeroIsTheSoftFilter) {
  cv::Mat dot = flat(cv::Scalar::all(0));
  dot.at<cv::Vec3b>(20, 20) = {130, 130, 130};
  const cv::Mat soft = apply_effects(dot, changed([](auto& e) { e.sharpness = 0; }), 0, Rng(1));
  EXPECT_EQ(at(soft, 20, 20), cv::Vec3b(50, 50, 50));  // 5/13
  EXPECT_EQ(at(soft, 21, 19), cv::Vec3b(10, 10, 10));  // 1/13
  EXPECT_EQ(at(soft, 22, 20), cv::Vec3b(0, 0, 0));
  const cv::Mat sharp = apply_effects(dot, changed([](auto& e) { e.sharpness = 1.5; }), 0, Rng(1));
  EXPECT_EQ(at(sharp, 20, 20), cv::Vec3b(170, 170, 170));  // 1.5 * 130 - 0.5 * 50
  const cv::Mat even = apply_effects(flat({10, 20, 30}), changed([](auto& e) { e.sharpness = 8; }), 0, Rng(1));
  EXPECT_TRUE(same(even, flat({10, 20, 30})));
}

TEST(StreamEffects, NoiseHasItsDeviationAndItsStream) {
  const cv::Mat grey = flat(cv::Scalar::all(128), 128);
  const cv::Mat a = apply_effects(grey, noisy(0.04), 0, Rng(1)), b = apply_effects(grey, noisy(0.04), 0, Rng(1));
  EXPECT_NEAR(deviation(a), 0.04 * 255, 0.5);
  EXPECT_NEAR(cv::mean(a)[0], 128, 0.5);
  EXPECT_TRUE(same(a, b));
  EXPECT_FALSE(same(a, apply_effects(grey, noisy(0.04), 0, Rng(2))));
}

// The correlation of neighbouring pixels is 0 for single pixels and high for grains of four.
TEST(StreamEffects, GrainsAreSpotsAndMonochromeIsGrey) {
  const auto neighbours = [](double grain) {
    cv::Mat out, noise;
    cv::extractChannel(apply_effects(flat(cv::Scalar::all(128), 128), noisy(0.05, grain), 0, Rng(1)), out, 0);
    out.convertTo(noise, CV_32F, 1, -cv::mean(out)[0]);
    const cv::Mat left = noise.colRange(0, 127), right = noise.colRange(1, 128);
    return left.dot(right) / left.dot(left);
  };
  EXPECT_NEAR(neighbours(1), 0, 0.05);
  EXPECT_GT(neighbours(4), 0.7);

  const auto channels_differ = [](bool monochrome) {
    std::vector<cv::Mat> c;
    cv::split(apply_effects(flat(cv::Scalar::all(128)), noisy(0.05, 2, monochrome), 0, Rng(1)), c);
    return !same(c[0], c[1]) && !same(c[1], c[2]);
  };
  EXPECT_TRUE(channels_differ(false));
  EXPECT_FALSE(channels_differ(true));
}

// Sigma 16 at 512 is 2 at 64: weights exp(-x^2 / 8) over 2 pixels either way, 1 + 2 * 0.8825 + 2 * 0.6065 = 3.978 in all.
TEST(StreamEffects, BlurIsStatedForAWidthOf512) {
  cv::Mat dot = flat(cv::Scalar::all(0));
  dot.at<cv::Vec3b>(20, 20) = {255, 255, 255};
  StreamEffects e;
  e.blur = {0, 32};
  const cv::Mat out = apply_effects(dot, e, 0.5, Rng(1));
  EXPECT_EQ(at(out, 20, 20), cv::Vec3b::all(16));  // 255 / 3.978^2 = 16.1
  EXPECT_EQ(at(out, 22, 20), cv::Vec3b::all(10));  // times 0.6065
  EXPECT_EQ(at(out, 23, 20), cv::Vec3b::all(0));
  EXPECT_EQ(apply_effects(dot, e, 0.2, Rng(1)).data, dot.data);   // sigma 0.8: a kernel of one pixel
  EXPECT_EQ(apply_effects(dot, e, -0.3, Rng(1)).data, dot.data);  // an easing that swings back never blurs negatively
}

TEST(StreamEffects, AlphaIsLeftAloneByColourEffects) {
  const cv::Mat layer = disc_layer();
  for (const StreamEffects& e : kColourEffects)
    EXPECT_TRUE(same(layer_alpha(apply_layer_effects(layer, e, 0.5, Rng(1))), layer_alpha(layer))) << describe(e);
}

TEST(StreamEffects, ColourStaysBetweenZeroAndAlpha) {
  auto effects = kColourEffects;
  effects.push_back(changed([](auto& e) { e.blur = {40, 40}; }));
  effects.push_back(changed([](auto& e) {
    e.noise = 0.3, e.jitter.brightness = {1, 1}, e.jitter.hue = {0.3, 0.3}, e.sharpness = 8, e.blur = {10, 60};
  }));
  const cv::Mat white = even_disc(cv::Scalar::all(1));
  const cv::Mat faint = white * 1e-39;  // an alpha whose inverse no float holds
  for (const StreamEffects& e : effects)
    for (const cv::Mat& layer : {disc_layer(), white, faint}) {
      std::vector<cv::Mat> c;
      cv::split(apply_layer_effects(layer, e, 0.5, Rng(1)), c);
      EXPECT_EQ(cv::countNonZero((c[3] >= 0) & (c[3] <= 1)), 64 * 64) << describe(e);
      for (int i = 0; i < 3; ++i) EXPECT_EQ(cv::countNonZero((c[i] >= 0) & (c[i] <= c[3])), 64 * 64) << describe(e);
    }
}

TEST(StreamEffects, BlurNeverRoundsOverOne) {
  const cv::Mat white(64, 64, CV_32FC4, cv::Scalar::all(1));
  for (double sigma = 10; sigma < 80; sigma += 0.5) {
    const cv::Mat out = apply_layer_effects(white, changed([&](auto& e) { e.blur = {sigma, sigma}; }), 0, Rng(1));
    EXPECT_EQ(cv::countNonZero(out.reshape(1) <= 1), 4 * 64 * 64) << sigma;
    EXPECT_LT(cv::norm(out, white, cv::NORM_INF), 1e-5) << sigma;
  }
}

TEST(StreamEffects, AVanishingAlphaDoesNotSpoilTheMean) {
  cv::Mat layer = even_disc(cv::Scalar::all(0.4));
  layer.at<cv::Vec4f>(0, 0) = cv::Vec4f::all(1e-39f);  // its inverse is no float
  const cv::Mat out = apply_layer_effects(layer, changed([](auto& e) { e.jitter.contrast = {0.8, 0.8}; }), 0, Rng(1));
  EXPECT_LT(cv::norm(out, layer, cv::NORM_INF), 1e-5);
}

TEST(StreamEffects, TransparentPixelsDoNotBleedIn) {
  // One grey all over: neither its neighbours nor the mean differ from it, whatever lies under alpha 0.
  const cv::Mat layer = even_disc(cv::Scalar::all(0.4));
  for (const auto& e :
       {changed([](auto& e) { e.sharpness = 8; }), changed([](auto& e) { e.sharpness = 0; }), changed([](auto& e) {
          e.jitter.contrast = {0.8, 0.8};
        })})
    EXPECT_LT(cv::norm(apply_layer_effects(layer, e, 0, Rng(1)), layer, cv::NORM_INF), 1e-5) << describe(e);
}

TEST(StreamEffects, BlurIsPremultiplied) {
  const cv::Mat layer = even_disc({0.2, 0.4, 0.8});
  const cv::Mat out = apply_layer_effects(layer, changed([](auto& e) { e.blur = {24, 24}; }), 0, Rng(1));
  EXPECT_GT(cv::norm(layer_alpha(out), layer_alpha(layer), cv::NORM_INF), 0.05);
  const cv::Scalar before = cv::mean(layer), after = cv::mean(out);
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(after[i], before[i], 1e-5);
  cv::Mat expected;  // the straight colour is the same wherever there is any
  cv::merge(std::vector<cv::Mat>{layer_alpha(out) * 0.2, layer_alpha(out) * 0.4, layer_alpha(out) * 0.8, layer_alpha(out)},
            expected);
  EXPECT_LT(cv::norm(out, expected, cv::NORM_INF), 1e-5);
}

TEST(StreamEffects, AnOpaqueLayerIsAPicture) {
  const cv::Mat image = pattern();
  const cv::Mat layer = premultiply(to_float(image), cv::Mat(image.size(), CV_32F, cv::Scalar(1)));
  auto effects = kColourEffects;
  effects.push_back(changed([](auto& e) { e.blur = {40, 40}; }));
  for (const StreamEffects& e : effects) {
    const cv::Mat as_layer = to_u8(layer_colour(apply_layer_effects(layer, e, 0.5, Rng(1))));
    EXPECT_LE(cv::norm(as_layer, apply_effects(image, e, 0.5, Rng(1)), cv::NORM_INF), 1) << describe(e);
  }
}

TEST(StreamEffects, InputIsNotWrittenTo) {
  StreamEffects all;
  all.noise = 0.1, all.jitter.brightness = {0.2, 0.2}, all.grey = true, all.sharpness = 3, all.blur = {20, 20};
  const cv::Mat image = pattern(), layer = disc_layer();
  apply_effects(image, all, 0.5, Rng(1));
  apply_layer_effects(layer, all, 0.5, Rng(1));
  EXPECT_TRUE(same(image, pattern()));
  EXPECT_TRUE(same(layer, disc_layer()));
}

TEST(StreamEffects, OtherTypesAreRefused) {
  EXPECT_THROW(apply_effects(to_float(pattern()), {}, 0, Rng(1)), Error);
  EXPECT_THROW(apply_layer_effects(to_float(pattern()), {}, 0, Rng(1)), Error);
}

TEST(StreamEffects, Described) {
  StreamEffects e;
  e.jitter.saturation = {0.05, -0.12};
  EXPECT_EQ(describe(e), "jitter 0.12");
  e.blur = {1.3, 1.3};
  EXPECT_EQ(describe(e), "jitter 0.12, blur 1.3");
  e.blur.to = 4;
  e.noise = 0.0214;
  e.grey = true;
  e.sharpness = 3.4;
  EXPECT_EQ(describe(e), "noise 0.021, jitter 0.12, grey, sharpness 3.4, blur 1.3..4.0");
}

TEST(StreamEffects, DrawsStayInRange) {
  const int count = 2000;
  double ramps = 0, hues = 0, monochrome = 0, most_sharpness = 0, most_blur = 0, most_grain = 0;
  for (int i = 0; i < count; ++i) {
    const StreamEffects e = draw_stream_effects(Rng(1).fork("draw", i), {1, 1, 1, 1, 1});
    EXPECT_TRUE(e.grain >= 1 && e.grain <= 4);
    EXPECT_TRUE(e.noise >= 0 && e.noise * e.grain <= 0.2);
    EXPECT_TRUE(e.jitter.strength >= 0 && e.jitter.strength <= 0.2);
    EXPECT_TRUE(e.grey);
    EXPECT_TRUE(e.sharpness >= 0 && e.sharpness <= 8);
    for (double sigma : {e.blur.from, e.blur.to}) EXPECT_TRUE(sigma >= 0 && sigma <= 10);
    for (const Ramp& r : {e.jitter.brightness, e.jitter.contrast, e.jitter.saturation}) ramps += r.from * r.from + r.to * r.to;
    hues += e.jitter.hue.from * e.jitter.hue.from + e.jitter.hue.to * e.jitter.hue.to;
    monochrome += e.monochrome;
    most_sharpness = std::max(most_sharpness, e.sharpness);
    most_blur = std::max(most_blur, e.blur.to);
    most_grain = std::max(most_grain, e.grain);
    EXPECT_NE(e.jitter.saturation.from, e.jitter.brightness.from);
  }
  EXPECT_NEAR(std::sqrt(ramps / (6 * count)), 0.1, 0.005);
  EXPECT_NEAR(std::sqrt(hues / (2 * count)), 0.01, 0.001);
  EXPECT_NEAR(monochrome / count, 0.5, 0.06);
  EXPECT_GT(most_sharpness, 7.9);
  EXPECT_GT(most_blur, 9.9);
  EXPECT_GT(most_grain, 3.9);
}

TEST(StreamEffects, OddsAreKeptApart) {
  int noise = 0, jitter = 0, grey = 0, sharp = 0, blur = 0;
  for (int i = 0; i < 2000; ++i) {
    const Rng rng = Rng(2).fork("draw", i);
    EXPECT_TRUE(empty(draw_stream_effects(rng, {})));
    const StreamEffects e = draw_stream_effects(rng, {0.1, 0.3, 0.2, 0.4, 0.5});
    noise += e.noise > 0;
    jitter += e.jitter.strength > 0;
    grey += e.grey;
    sharp += e.sharpness != 1;
    blur += e.blur.from > 0;
    const StreamEffects only_blur = draw_stream_effects(rng, {0, 0, 0, 0, 0.5});  // the same with and without the others
    EXPECT_EQ(only_blur.blur.from, e.blur.from);
    EXPECT_EQ(only_blur.blur.to, e.blur.to);
  }
  EXPECT_NEAR(noise, 200, 70);  // five deviations
  EXPECT_NEAR(jitter, 600, 105);
  EXPECT_NEAR(grey, 400, 90);
  EXPECT_NEAR(sharp, 800, 110);
  EXPECT_NEAR(blur, 1000, 115);
}

}  // namespace
}  // namespace facemat
