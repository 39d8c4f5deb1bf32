#include "data/annotate/face_axes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/annotate/faces.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

TEST(FaceAxesTest, HasItsOwnAxes) {
  const FaceAxes frame = upright_face();
  EXPECT_NEAR(frame.height, 120, 1e-3);
  EXPECT_NEAR(frame.up.y, -1, 1e-6);
  EXPECT_NEAR(frame.side.x, 1, 1e-6);
  EXPECT_NEAR(frame.centre.x, 100, 1e-3);
  EXPECT_NEAR(frame.centre.y, 100, 1e-3);
  EXPECT_NEAR(frame.t(frame.chin), 0, 1e-6);
  EXPECT_NEAR(frame.t(frame.forehead), 1, 1e-6);
  EXPECT_NEAR(frame.u({160, 30}), 0.5, 1e-4);
  EXPECT_NEAR(frame.yaw(), 0.5, 1e-3);
  const FrameMaps maps = frame_maps(frame, {kSide, kSide});
  EXPECT_NEAR(maps.t.at<float>(159, 0), 0.5 / 120, 1e-4);
  EXPECT_NEAR(maps.u.at<float>(0, 100), 0.5 / 120, 1e-4);
}

TEST(FaceAxesTest, TurnsWithTheHead) {
  std::vector<cv::Point2d> points(468, {100, 100});
  points[152] = {40, 100}, points[10] = {160, 100};  // the chin to the left: up is to the right
  points[234] = {100, 60}, points[454] = {100, 140};
  points[4] = {100, 120};
  const FaceAxes frame = face_axes(points, {}, "test");
  EXPECT_NEAR(frame.up.x, 1, 1e-9);
  EXPECT_NEAR(frame.side.y, 1, 1e-9);  // towards the right ear
  EXPECT_NEAR(frame.yaw(), 0.75, 1e-9);
}

TEST(FaceAxesTest, OutlinesAreScaledAndFilled) {
  const FaceAxes frame = upright_face();
  const double area = CV_PI * 40 * 60;
  EXPECT_NEAR(count(oval_mask(frame, 1, {kSide, kSide})), area, 0.03 * area);
  EXPECT_NEAR(count(oval_mask(frame, 0.5, {kSide, kSide})), area / 4, 0.04 * area);
  const std::vector<cv::Point2d> twice = scaled({{0, 0}, {10, 4}}, {5, 2}, 2);
  EXPECT_EQ(twice[0], cv::Point2d(-5, -2));
  EXPECT_EQ(twice[1], cv::Point2d(15, 6));
}

TEST(FaceAxesTest, MistakesAreNamed) {
  EXPECT_THAT(message_of([] { face_axes(std::vector<cv::Point2d>(68), {}, "points.onnx"); }),
              ::testing::AllOf(HasSubstr("points.onnx"), HasSubstr("68 landmarks")));
  EXPECT_THAT(message_of([] { face_axes(std::vector<cv::Point2d>(468), {}, "points.onnx"); }), HasSubstr("span no face"));
  MeshConfig mesh;
  mesh.oval = {1, 2};
  EXPECT_THAT(message_of([&] { check(mesh, "mesh"); }), HasSubstr("oval and jaw have 2 and 23"));
  mesh.oval = {1, 2, 2.5};
  EXPECT_THAT(message_of([&] { check(mesh, "mesh"); }), HasSubstr("whole"));
}

}  // namespace
}  // namespace facemat
