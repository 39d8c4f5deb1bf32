#include "data/recipe/shadow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

constexpr int kSide = 256;
constexpr double kFaceWidth = 200;

cv::Mat grey_face(int value = 180) { return {kSide, kSide, CV_8UC3, cv::Scalar::all(value)}; }

cv::Mat varied_face() {
  cv::Mat face(kSide, kSide, CV_8UC3);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      face.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<uint8_t>(x), static_cast<uint8_t>(y), static_cast<uint8_t>(255 - x / 2));
  return face;
}

cv::Mat square(int from = 100, int to = 156, float alpha = 1) {
  cv::Mat out(kSide, kSide, CV_32FC1, cv::Scalar(0));
  out(cv::Rect(from, from, to - from, to - from)) = alpha;
  return out;
}

// IEC 61966-2-1, written out again.
double decode(double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); }

// Share of linear light left at one pixel.
double light_left(const cv::Mat& before, const cv::Mat& after, int x, int y) {
  return decode(after.at<cv::Vec3b>(y, x)[1] / 255.0) / decode(before.at<cv::Vec3b>(y, x)[1] / 255.0);
}

cv::Point2d darkening_centre(const cv::Mat& before, const cv::Mat& after) {
  cv::Point2d sum;
  double weight = 0;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const double dark = 1 - light_left(before, after, x, y);
      sum += dark * cv::Point2d(x + 0.5, y + 0.5);
      weight += dark;
    }
  return sum / weight;
}

TEST(Shadow, NoneLeavesTheBytes) {
  const cv::Mat face = varied_face();
  Shadow placed;  // somewhere, but of no strength
  placed.x = 0.2, placed.blur = 0.1;
  for (const Shadow& shadow : {Shadow(), placed}) {
    const cv::Mat out = shadowed(face, square(), kFaceWidth, shadow);
    EXPECT_EQ(cv::norm(out, face, cv::NORM_INF), 0);
    EXPECT_NE(out.data, face.data);
  }
  Shadow strong;
  strong.strength = strong.contact = 1;
  const cv::Mat clear(kSide, kSide, CV_32FC1, cv::Scalar(0));
  EXPECT_EQ(cv::norm(shadowed(face, clear, kFaceWidth, strong), face, cv::NORM_INF), 0) << "nothing casts no shadow";
}

TEST(Shadow, OnlyDarkensAndOnlyNearby) {
  const cv::Mat face = varied_face();
  for (int seed = 0; seed < 20; ++seed) {
    const cv::Vec3f direction(seed % 2 ? 0.5f : -0.4f, -0.5f, 0.7f);
    const Shadow shadow = draw_shadow(Rng(seed), direction);
    const cv::Mat out = shadowed(face, square(), kFaceWidth, shadow);
    const cv::Mat brighter = out > face;
    EXPECT_EQ(cv::countNonZero(brighter.reshape(1)), 0) << "seed " << seed;
    EXPECT_GT(cv::norm(out, face, cv::NORM_INF), 3) << "seed " << seed;
    // Five sigmas, and a few reduced pixels, from the moved square.
    const double reach = kFaceWidth * (5 * shadow.blur + std::max(std::abs(shadow.x), std::abs(shadow.y))) + 16;
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        const double away = std::max({100.0 - x, x - 156.0, 100.0 - y, y - 156.0});
        if (away <= reach) continue;
        ASSERT_EQ(out.at<cv::Vec3b>(y, x), face.at<cv::Vec3b>(y, x)) << seed << " at " << x << ", " << y;
      }
  }
}

TEST(Shadow, TakesItsShareOfLinearLight) {
  const cv::Mat face = grey_face();
  Shadow shadow;
  shadow.strength = 0.4;
  for (const double blur : {0.0, 0.02, 0.05}) {
    shadow.blur = blur;
    const cv::Mat out = shadowed(face, square(60, 196), kFaceWidth, shadow);
    EXPECT_NEAR(light_left(face, out, 128, 128), 0.6, 0.006) << blur;  // half a step of 8 bits is 0.005
    // A half plane's blurred edge: 0.5 on it (the square's side is 13 sigmas or more).
    if (blur == 0) continue;
    EXPECT_NEAR((light_left(face, out, 59, 128) + light_left(face, out, 60, 128)) / 2, 0.8, 0.01) << blur;
  }
  shadow.blur = 0;
  EXPECT_NEAR(light_left(face, shadowed(face, square(60, 196, 0.5f), kFaceWidth, shadow), 128, 128), 0.8, 0.006)
      << "a half transparent occluder takes half";
}

TEST(Shadow, EdgeFollowsTheErrorFunction) {
  const cv::Mat face = grey_face(220);
  Shadow shadow;
  shadow.strength = 0.8;
  shadow.blur = 0.06;  // 12 pixels
  const cv::Mat out = shadowed(face, square(80, 176), kFaceWidth, shadow);
  for (int x = 44; x < 128; x += 4) {
    const double sigma = 12 * std::sqrt(2.0),
                 covered = 0.5 * (std::erf((x + 0.5 - 80) / sigma) - std::erf((x + 0.5 - 176) / sigma));
    EXPECT_NEAR(light_left(face, out, x, 128), 1 - 0.8 * covered, 0.025) << "at " << x;
  }
}

TEST(Shadow, FallsWhereItIsTold) {
  const cv::Mat face = grey_face();
  Shadow shadow;
  shadow.strength = 0.5;
  shadow.blur = 0.02;
  shadow.x = 0.1, shadow.y = -0.06;
  const cv::Point2d centre = darkening_centre(face, shadowed(face, square(), kFaceWidth, shadow));
  EXPECT_NEAR(centre.x, 128 + 20, 0.3);
  EXPECT_NEAR(centre.y, 128 - 12, 0.3);
}

TEST(Shadow, DrawnOnesFallAwayFromTheLight) {
  for (int seed = 0; seed < 50; ++seed) {
    Rng rng(1000 + seed);
    cv::Vec3f light(static_cast<float>(rng.normal()), static_cast<float>(rng.normal()),
                    std::abs(static_cast<float>(rng.normal())));
    light /= static_cast<float>(cv::norm(light));
    const Shadow shadow = draw_shadow(Rng(seed), light);
    EXPECT_LT(shadow.x * light[0] + shadow.y * light[1], 0) << seed;
    EXPECT_NEAR(shadow.x * light[1] - shadow.y * light[0], 0, 1e-7) << seed;
    EXPECT_LE(std::hypot(shadow.x, shadow.y), 0.3 + 1e-6) << seed;
    EXPECT_GT(shadow.blur, 0) << seed;
    for (const double share : {shadow.strength, shadow.contact}) {
      EXPECT_GE(share, 0) << seed;
      EXPECT_LE(share, 0.6) << seed;
    }
  }
  const Shadow frontal = draw_shadow(Rng(1), {0, 0, 1});
  EXPECT_EQ(frontal.x, 0);
  EXPECT_EQ(frontal.y, 0);
  const Shadow again = draw_shadow(Rng(1), {0, 0, 1}), other = draw_shadow(Rng(2), {0, 0, 1});
  EXPECT_EQ(again.strength, frontal.strength);
  EXPECT_NE(other.strength, frontal.strength);
}

TEST(Shadow, ContactIsARimOnTheEdge) {
  const cv::Mat face = grey_face(220);
  Shadow shadow;
  shadow.contact = 0.5;
  for (const double width : {150.0, 250.0, 500.0}) {  // reduced differently
    const cv::Mat out = shadowed(face, square(60, 196), width, shadow);
    const double sigma = 0.01 * width;
    for (const int outside : {0, 2, 4, 8}) {
      const double distance = outside + 0.5, expected = 1 - 0.5 * std::exp(-distance * distance / (2 * sigma * sigma));
      EXPECT_NEAR(light_left(face, out, 59 - outside, 128), expected, 0.05) << width << ", " << outside;
      EXPECT_NEAR(light_left(face, out, 128, 196 + outside), expected, 0.05) << width << ", " << outside;
    }
    EXPECT_EQ(out.at<cv::Vec3b>(128, 128), face.at<cv::Vec3b>(128, 128)) << "even alpha has no edge";
  }
}

TEST(Shadow, OccludersThatLeaveThePictureGoOnOutside) {
  cv::Mat alpha(kSide, kSide, CV_32FC1, cv::Scalar(0));
  alpha.colRange(0, 100) = 1;
  Shadow shadow;
  shadow.strength = 0.5;
  shadow.x = 0.2;
  const cv::Mat face = grey_face();
  EXPECT_NEAR(light_left(face, shadowed(face, alpha, kFaceWidth, shadow), 5, 128), 0.5, 0.006);
}

TEST(Shadow, OddSizesWork) {
  const cv::Mat face(37, 101, CV_8UC3, cv::Scalar::all(200)), alpha(37, 101, CV_32FC1, cv::Scalar(1));
  Shadow shadow;
  shadow.strength = 0.5, shadow.blur = 0.2, shadow.x = 0.1, shadow.contact = 0.5;
  const cv::Mat out = shadowed(face, alpha, 90, shadow);
  ASSERT_EQ(out.size(), face.size());
  for (const cv::Point at : {cv::Point(0, 0), cv::Point(100, 36), cv::Point(50, 18)})
    EXPECT_NEAR(light_left(face, out, at.x, at.y), 0.5, 0.006);
}

TEST(Shadow, MistakesAreNamed) {
  const cv::Mat face = grey_face(), alpha = square();
  const cv::Mat small(10, 10, CV_32FC1, cv::Scalar(0)), bytes(kSide, kSide, CV_8UC1, cv::Scalar(0));
  EXPECT_THAT(message_of([&] { shadowed(bytes, alpha, 100, {}); }), HasSubstr("must be 8 bit with 3 channels"));
  EXPECT_THAT(message_of([&] { shadowed(face, small, 100, {}); }), HasSubstr("10x10"));
  EXPECT_THAT(message_of([&] { shadowed(face, bytes, 100, {}); }), HasSubstr("CV_8UC1"));
  EXPECT_THAT(message_of([&] { shadowed(face, alpha, 0, {}); }), HasSubstr("face width 0"));
  Shadow shadow;
  shadow.strength = 1.5;
  EXPECT_THAT(message_of([&] { shadowed(face, alpha, 100, shadow); }), HasSubstr("strength 1.5"));
  shadow.strength = 0.5, shadow.blur = -1;
  EXPECT_THAT(message_of([&] { shadowed(face, alpha, 100, shadow); }), HasSubstr("blur -1"));
}

}  // namespace
}  // namespace facemat
