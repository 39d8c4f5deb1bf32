#include "data/procedural/drawing/shapes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "src/image/pixels.h"
#include "tests/data/procedural/frontal.h"

namespace facemat {
namespace {

TEST(Shapes, DistancesAreRightAtPointsWorkedByHand) {
  EXPECT_FLOAT_EQ(bone_distance({0.5f, 2, 0}, {{0, 0, 0}, {1, 0, 0}, 0.2f, 0.4f}), 2 - 0.3f);
  EXPECT_FLOAT_EQ(box_distance(cv::Vec3f(4, 5, 0), {1, 1, 1}, 0), 5);
  EXPECT_FLOAT_EQ(box_distance(cv::Point2f(0, 0), {1, 2}, 0.5f), -1);
  EXPECT_FLOAT_EQ(cylinder_distance({3, 0, 4}, 1, 2, 0), 3);
  EXPECT_FLOAT_EQ(torus_distance({3, 0, 0}, 2, 0.25f), 0.75f);
  EXPECT_FLOAT_EQ(segment_distance({0.5f, 3}, {0, 0}, {1, 0}), 3);
  EXPECT_FLOAT_EQ(smooth_union(1, 1, 0.4f), 0.9f);
  EXPECT_FLOAT_EQ(smooth_union(1, 2, 0.4f), 1);
}

TEST(Shapes, BonesSideBySideAreEachTheSame) {
  Rng rng(1);
  const auto number = [&] { return static_cast<float>(rng.uniform(-1, 1)); };
  const auto point = [&] { return cv::Vec3f{number(), number(), number()}; };
  for (int i = 0; i < 200; ++i) {
    std::array<Bone, 4> bones;
    for (Bone& bone : bones) bone = {point(), point(), 0.1f, 0.1f + 0.05f * number()};
    bones[3].b = bones[3].a;  // a sphere
    const cv::Vec3f p = point();
    const std::array<float, 4> four = FourBones(bones[0], bones[1], bones[2], bones[3]).distances(p);
    for (int lane = 0; lane < 4; ++lane) EXPECT_EQ(four[lane], bone_distance(p, bones[lane])) << lane;
  }
}

TEST(Shapes, CoverageIsTheShareOfThePixelInside) {
  EXPECT_EQ(coverage(0), 0.5f);
  EXPECT_EQ(coverage(-0.5f), 1);
  EXPECT_EQ(coverage(0.5f), 0);
  EXPECT_FLOAT_EQ(coverage(0.25f), 0.25f);
}

TEST(Shapes, ASphereHasTheAreaOfItsDisc) {
  Pose pose;
  pose.at = {32.3f, 30.8f};
  pose.scale = 20;
  const auto ball = [](const cv::Vec3f& p) { return static_cast<float>(cv::norm(p)) - 1; };
  const auto white = [](const cv::Vec3f&, const cv::Vec3f&) { return Material{{1, 1, 1}}; };
  const cv::Mat alpha = layer_alpha(draw_solid({64, 64}, pose, Light{}, 1.5f, ball, white));
  EXPECT_NEAR(cv::sum(alpha)[0] / (CV_PI * 400), 1, 0.003);
  const cv::Moments m = cv::moments(alpha);
  EXPECT_NEAR(m.m10 / m.m00 + 0.5, 32.3, 0.03);
  EXPECT_NEAR(m.m01 / m.m00 + 0.5, 30.8, 0.03);
}

// Alpha against 16 x 16 samples a pixel of the same disc: what "exact" means for things that are drawn.
TEST(Shapes, AlphaIsTheCoverageOfThePixels) {
  constexpr int kCanvas = 64, kSamples = 16;
  for (const float radius : {6.3f, 13.7f, 24.f}) {
    Pose pose;
    pose.at = {32.3f, 30.8f};
    pose.scale = radius;
    const auto ball = [](const cv::Vec3f& p) { return static_cast<float>(cv::norm(p)) - 1; };
    const auto white = [](const cv::Vec3f&, const cv::Vec3f&) { return Material{{1, 1, 1}}; };
    const cv::Mat alpha = layer_alpha(draw_solid({kCanvas, kCanvas}, pose, Light{}, 1.5f, ball, white));
    double squares = 0;
    for (int y = 0; y < kCanvas; ++y)
      for (int x = 0; x < kCanvas; ++x) {
        int hits = 0;
        for (int i = 0; i < kSamples * kSamples; ++i)
          hits += std::hypot(x + (i % kSamples + 0.5) / kSamples - 32.3, y + (i / kSamples + 0.5) / kSamples - 30.8) <= radius;
        squares += std::pow(alpha.at<float>(y, x) - hits / double(kSamples * kSamples), 2);
      }
    EXPECT_LE(std::sqrt(squares / (kCanvas * kCanvas)), 1.0 / 255) << radius;
  }
}

TEST(Shapes, FaceFrameGoesThereAndBack) {
  Scene scene = scene_of(100);
  scene.layout.roll = 90;
  const FaceFrame frame = face_frame(scene);
  const cv::Point2f down = frame.to_pixels({0, 1});  // a face turned clockwise by 90 degrees looks left below
  EXPECT_NEAR(down.x, 50 - 50, 1e-4);
  EXPECT_NEAR(down.y, 43, 1e-4);
  const cv::Point2f back = frame.to_face(frame.to_pixels({0.3f, -0.2f}));
  EXPECT_NEAR(back.x, 0.3, 1e-5);
  EXPECT_NEAR(back.y, -0.2, 1e-5);
}

}  // namespace
}  // namespace facemat
