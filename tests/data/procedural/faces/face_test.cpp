#include "data/procedural/faces/face.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/faces/hair.h"
#include "data/procedural/faces/person.h"
#include "data/procedural/faces/raster.h"
#include "data/scene/shading.h"
#include "src/core/error.h"
#include "tests/support/pictures.h"

namespace facemat {
namespace {

constexpr int kSide = 96;

FaceView face(uint64_t person, uint64_t photograph, double time = 0, int side = kSide) {
  return render_face(Rng(1).fork("identity", person), Rng(2).fork("capture", photograph), side, time);
}

float mask_at(const FaceView& view, cv::Point2f at) {
  return view.mask.at<float>(static_cast<int>(std::lround(at.y)), static_cast<int>(std::lround(at.x)));
}

float mean_difference(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  const cv::Scalar mean = cv::mean(difference);
  return static_cast<float>((mean[0] + mean[1] + mean[2]) / a.channels());
}

TEST(Noise, IsZeroAtLatticePointsAndBounded) {
  for (int i = -3; i <= 3; ++i) EXPECT_NEAR(gradient_noise(static_cast<float>(i), static_cast<float>(2 * i), 5), 0, 1e-6);
  for (int i = 0; i < 2000; ++i) {
    const float x = 0.137f * static_cast<float>(i) - 100, y = 0.071f * static_cast<float>(i);
    EXPECT_LE(std::abs(fbm(x, y, 3u, 4)), 1);
    EXPECT_GE(value_noise(x, y, 3), 0);
    EXPECT_LE(value_noise(x, y, 3), 1);
  }
}

TEST(Noise, ValuesMeetTheLatticeAndJoinSmoothly) {
  EXPECT_FLOAT_EQ(value_noise(4, -7, 11), lattice_uniform(4, -7, 0, 11));
  EXPECT_FLOAT_EQ(value_noise(cv::Vec3f(4, -7, 2), 11), lattice_uniform(4, -7, 2, 11));
  EXPECT_FLOAT_EQ(value_noise(4.5f, -7, 11), 0.5f * (lattice_uniform(4, -7, 0, 11) + lattice_uniform(5, -7, 0, 11)));
  EXPECT_NEAR(value_noise(-0.0005f, 0.3f, 1), value_noise(0.0005f, 0.3f, 1), 1e-4);
}

TEST(Noise, HashIsUniformAndDependsOnEveryArgument) {
  double sum = 0, square = 0;
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 100; ++x) {
      const double value = lattice_uniform(x, y, 0, 9);
      sum += value;
      square += value * value;
    }
  }
  EXPECT_NEAR(sum / 1e4, 0.5, 0.01);
  EXPECT_NEAR(square / 1e4 - 0.25, 1.0 / 12, 0.005);
  const uint32_t base = lattice_hash(1, 2, 3, 4);
  for (uint32_t other :
       {lattice_hash(2, 2, 3, 4), lattice_hash(1, 3, 3, 4), lattice_hash(1, 2, 4, 4), lattice_hash(1, 2, 3, 5)}) {
    EXPECT_NE(base, other);
  }
}

TEST(Noise, StepsAndCells) {
  EXPECT_FLOAT_EQ(smooth_step(0, 2, 1), 0.5f);
  EXPECT_FLOAT_EQ(smooth_step(0, 2, -1), 0);
  EXPECT_FLOAT_EQ(smooth_step(2, 0, -1), 1);
  EXPECT_FLOAT_EQ(ridge_noise(3, 3, 1), 1);
  for (int i = 0; i < 200; ++i) EXPECT_LT(nearest_cell(0.31f * static_cast<float>(i), 1.7f, 2).distance, 1.5f);
}

TEST(Shading, EncodesLikeTheStandard) {
  EXPECT_NEAR(srgb_encode(0.5f), 0.735357f, 1e-5);
  EXPECT_NEAR(srgb_encode(0.002f), 0.02584f, 1e-6);
  for (float value : {0.f, 0.01f, 0.2f, 0.7f, 1.f}) EXPECT_NEAR(srgb_decode(srgb_encode(value)), value, 1e-5);
  cv::Mat ramp(1, 256, CV_32FC3);
  for (int i = 0; i < 256; ++i) ramp.at<cv::Vec3f>(i) = cv::Vec3f::all(static_cast<float>(i) / 255);
  EXPECT_LT(cv::norm(encode_picture(decode_picture(ramp)), ramp, cv::NORM_INF), 2e-4);
}

TEST(Shading, FollowsLambert) {
  const cv::Vec3f up(0, 0, 1), aside(1, 0, 0);
  EXPECT_FLOAT_EQ(lambert(up, up), 1);
  EXPECT_FLOAT_EQ(lambert(up, aside), 0);
  EXPECT_FLOAT_EQ(lambert(up, -up), 0);
  EXPECT_NEAR(lambert(up, {std::sqrt(0.75f), 0, 0.5f}), 0.5f, 1e-6);
  EXPECT_NEAR(lambert(up, aside, 0.5f), 1.f / 3, 1e-6);
  EXPECT_FLOAT_EQ(highlight(up, up, 40), 1);
  EXPECT_FLOAT_EQ(highlight(up, -up, 40), 0);
}

TEST(Shading, AddsKeyFillAndAmbient) {
  Light light;
  light.key_direction = {0, 0, 1};
  light.key_colour = {0.5f, 0.6f, 0.7f};
  light.fill_direction = {1, 0, 0};
  light.fill_colour = {0.3f, 0.3f, 0.3f};
  light.ambient = {0.1f, 0.1f, 0.2f};
  Material material;
  material.albedo = {0.5f, 0.5f, 1};
  const cv::Vec3f front = shade(material, {0, 0, 1}, light), side = shade(material, {1, 0, 0}, light);
  EXPECT_LT(cv::norm(front - cv::Vec3f(0.3f, 0.35f, 0.9f)), 1e-5);
  EXPECT_LT(cv::norm(side - cv::Vec3f(0.2f, 0.2f, 0.5f)), 1e-5);
  material.shadow = 0;
  EXPECT_LT(cv::norm(shade(material, {0, 0, 1}, light) - cv::Vec3f(0.05f, 0.05f, 0.2f)), 1e-5);
}

TEST(Shading, RandomLightsAreUnitAndFromTheFront) {
  for (uint64_t i = 0; i < 200; ++i) {
    const Light light = random_light(Rng(3).fork("light", i));
    EXPECT_NEAR(cv::norm(light.key_direction), 1, 1e-5);
    EXPECT_NEAR(cv::norm(light.fill_direction), 1, 1e-5);
    EXPECT_GT(light.key_direction[2], 0);
    for (int c = 0; c < 3; ++c) EXPECT_GT(light.key_colour[c], 0);
  }
}

TEST(Hair, AStrandIsBrightestAcrossTheLight) {
  Light light;
  light.key_direction = {1, 0, 0};
  light.key_colour = {1, 1, 1};
  light.fill_colour = light.ambient = {0, 0, 0};
  const cv::Vec3f brown(0.1f, 0.2f, 0.3f);
  EXPECT_NEAR(shade_strand({0, 0, 0}, {1, 0, 0}, light)[0], 0, 1e-4);
  EXPECT_GT(shade_strand(brown, {0, 1, 0}, light)[2], shade_strand(brown, {0.9f, 0.436f, 0}, light)[2]);
}

TEST(FaceView, PoseSignsAreThoseOfTheLayout) {
  Shot shot;
  const cv::Vec3f nose(0, 0.38f, 1.05f);
  const cv::Vec3f calm = make_view(shot, 100).project(nose, true);
  shot.yaw = 0.3f;
  EXPECT_GT(make_view(shot, 100).project(nose, true)[0], calm[0]);
  shot.yaw = 0;
  shot.pitch = 0.3f;
  const View up = make_view(shot, 100);
  EXPECT_LT(up.project(nose, true)[1], calm[1]);
  shot.pitch = 0;
  shot.roll = 0.3f;  // clockwise: the right eye goes down
  const View tilted = make_view(shot, 100);
  EXPECT_GT(tilted.project({0.3f, 0, 0.8f}, true)[1], tilted.project({-0.3f, 0, 0.8f}, true)[1]);
}

TEST(RenderFace, IsAPureFunction) {
  const FaceView a = face(3, 5, 0.25), b = face(3, 5, 0.25);
  EXPECT_TRUE(same_bytes(a.image, b.image));
  EXPECT_TRUE(same_bytes(a.mask, b.mask));
  EXPECT_EQ(a.layout.left_eye, b.layout.left_eye);
}

TEST(RenderFace, FillsImageAndMaskWithinTheirRanges) {
  for (uint64_t i = 0; i < 24; ++i) {
    const FaceView view = face(i, i);
    ASSERT_EQ(view.image.type(), CV_8UC3);
    ASSERT_EQ(view.mask.type(), CV_32FC1);
    ASSERT_EQ(view.image.size(), cv::Size(kSide, kSide));
    ASSERT_TRUE(cv::checkRange(view.mask, true, nullptr, 0, 1.0 + 1e-6)) << i;
    const double area = cv::mean(view.mask)[0];
    EXPECT_GT(area, 0.15) << i;
    EXPECT_LT(area, 0.6) << i;
  }
}

TEST(RenderFace, MaskAgreesWithTheLayout) {
  for (uint64_t i = 0; i < 24; ++i) {
    const FaceView view = face(i, i);
    EXPECT_GT(mask_at(view, view.layout.nose_tip), 0.9f) << i;
    EXPECT_GT(mask_at(view, view.layout.mouth), 0.9f) << i;
    // A lock of hair may hang over one eye.
    EXPECT_GT(std::max(mask_at(view, view.layout.left_eye), mask_at(view, view.layout.right_eye)), 0.9f) << i;
    EXPECT_LT(view.layout.left_eye.x, view.layout.right_eye.x) << i;
    EXPECT_LT(view.layout.left_edge.x, view.layout.left_eye.x) << i;
    EXPECT_GT(view.layout.right_edge.x, view.layout.right_eye.x) << i;
    EXPECT_LE(std::abs(view.layout.yaw), 31) << i;
    for (cv::Point2f corner :
         {cv::Point2f(0, 0), cv::Point2f(kSide - 1, 0), cv::Point2f(0, kSide - 1), cv::Point2f(kSide - 1, kSide - 1)}) {
      EXPECT_EQ(mask_at(view, corner), 0) << i;
    }
  }
}

TEST(RenderFace, MaskIsSoftOnlyAtItsEdge) {
  // Without hair over the face nothing far from the outline is between 0 and 1.
  for (uint64_t i = 0; i < 400; ++i) {
    if (draw_person(Rng(1).fork("identity", i)).hair.style != HairStyle::kBald) continue;
    const FaceView view = face(i, i);
    const cv::Mat inside = view.mask > 0.5f, square = cv::Mat::ones(9, 9, CV_8U);
    cv::Mat grown, shrunk;
    cv::dilate(inside, grown, square);
    cv::erode(inside, shrunk, square);
    EXPECT_EQ(cv::countNonZero((view.mask < 0.99f) & shrunk), 0);
    EXPECT_EQ(cv::countNonZero((view.mask > 0.01f) & ~grown), 0);
    EXPECT_GT(cv::countNonZero((view.mask > 0.05f) & (view.mask < 0.95f)), kSide / 2);
    return;
  }
  FAIL() << "no bald person among 400";
}

TEST(RenderFace, TimeMovesTheHeadSmoothly) {
  const FaceView start = face(4, 4, 0), soon = face(4, 4, 0.02), later = face(4, 4, 0.5);
  const auto moved = [&](const FaceView& view) { return cv::norm(view.layout.nose_tip - start.layout.nose_tip); };
  EXPECT_GT(moved(soon), 0);
  EXPECT_LT(moved(soon), 1.5);
  EXPECT_LT(moved(later), 0.3 * kSide);
  EXPECT_LT(mean_difference(start.mask, soon.mask), 0.03);
}

TEST(RenderFace, PeopleAndPhotographsDiffer) {
  const FaceView base = face(1, 1), person = face(2, 1), photograph = face(1, 2);
  EXPECT_GT(mean_difference(base.image, person.image), 0.02f * 255);
  EXPECT_GT(mean_difference(base.image, photograph.image), 0.02f * 255);
  // The person is the identity's alone: the same photograph turns two people alike.
  EXPECT_FLOAT_EQ(base.layout.yaw, person.layout.yaw);
}

TEST(RenderFace, ScalesWithTheSide) {
  const FaceView small = face(6, 6, 0, 64), large = face(6, 6, 0, 192);
  EXPECT_NEAR(small.layout.nose_tip.x * 3, large.layout.nose_tip.x, 1e-2);
  EXPECT_NEAR(cv::mean(small.mask)[0], cv::mean(large.mask)[0], 0.02);
}

TEST(RenderFace, NamesABadArgument) {
  EXPECT_THROW(face(0, 0, 0, 8), Error);
  EXPECT_THROW(face(0, 0, 1.5), Error);
}

}  // namespace
}  // namespace facemat
