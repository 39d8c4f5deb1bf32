#include "data/sources/pictures/layout.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

cv::Mat oval(double degrees) {
  cv::Mat mask(200, 200, CV_32FC1, cv::Scalar(0));
  cv::ellipse(mask, {100, 90}, {50, 70}, degrees, 0, 360, cv::Scalar(1), -1);
  return mask;
}

void expect_near(cv::Point2f a, double x, double y, double distance) {
  EXPECT_LT(cv::norm(a - cv::Point2f(float(x), float(y))), distance) << a;
}

TEST(Layout, AnUprightOvalHasItsPartsWherePeopleHaveThem) {
  const FaceLayout layout = layout_from_mask(oval(0));
  EXPECT_NEAR(layout.width, 100, 2);
  EXPECT_NEAR(layout.roll, 0, 0.5);
  expect_near(layout.chin, 100, 160, 2);
  expect_near(layout.left_edge, 50, 20 + 0.42 * 140, 2);
  expect_near(layout.right_edge, 150, 20 + 0.42 * 140, 2);
  EXPECT_LT(layout.forehead.y, layout.left_eye.y);
  EXPECT_LT(layout.left_eye.y, layout.nose_tip.y);
  EXPECT_LT(layout.nose_tip.y, layout.mouth.y);
  EXPECT_LT(layout.mouth.y, layout.chin.y);
  EXPECT_LT(layout.left_eye.x, layout.right_eye.x);
}

TEST(Layout, ATiltedOvalTurnsThem) {
  const FaceLayout layout = layout_from_mask(oval(20));  // OpenCV turns clockwise as seen
  EXPECT_NEAR(layout.roll, 20, 1.5);
  EXPECT_LT(layout.chin.x, 90) << "the chin swings to the left";
  EXPECT_LT(layout.left_eye.y, layout.right_eye.y);
}

TEST(Layout, AnEmptyMaskIsRefused) { EXPECT_THROW(layout_from_mask(cv::Mat(9, 9, CV_32FC1, cv::Scalar(0.2))), Error); }

TEST(Layout, MovesWithThePicture) {
  const FaceLayout layout = layout_from_mask(oval(0));
  const FaceLayout moved = transformed(layout, similarity({100, 90}, 2, -30, {40, 50}));
  EXPECT_NEAR(moved.width, 2 * layout.width, 1e-3);
  EXPECT_NEAR(moved.roll, 30, 0.5);
  const cv::Point2f centre = 0.5f * (moved.left_edge + moved.right_edge), chin = moved.chin - centre;
  EXPECT_LT(chin.x, 0) << "clockwise: the chin goes left";
  EXPECT_NEAR(cv::norm(chin), 2 * cv::norm(layout.chin - 0.5f * (layout.left_edge + layout.right_edge)), 1e-2);
}

TEST(Layout, TheLightComesFromTheBrightSide) {
  const cv::Mat mask = oval(0);
  const FaceLayout layout = layout_from_mask(mask);
  cv::Mat image(200, 200, CV_32FC3);
  for (int x = 0; x < 200; ++x) image.col(x).setTo(cv::Scalar::all(0.2 + 0.003 * x));
  const Light right = light_from_face(image, mask, layout);
  cv::flip(image, image, 1);
  const Light left = light_from_face(image, mask, layout);
  EXPECT_GT(right.key_direction[0], 0.1);
  EXPECT_LT(left.key_direction[0], -0.1);
  EXPECT_NEAR(cv::norm(right.key_direction), 1, 1e-5);
  EXPECT_LT(light_from_face(0.3 * image, mask, layout).key_colour[1], left.key_colour[1]);
}

}  // namespace
}  // namespace facemat
