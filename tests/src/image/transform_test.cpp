#include "src/image/transform.h"

#include <gtest/gtest.h>

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

// A disc of one colour on nothing, premultiplied.
cv::Mat disc(int side, cv::Vec3f colour) {
  cv::Mat layer(side, side, CV_32FC4, cv::Scalar::all(0));
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      if (std::hypot(x - (side - 1) / 2.0, y - (side - 1) / 2.0) < side * 0.4)
        layer.at<cv::Vec4f>(y, x) = {colour[0], colour[1], colour[2], 1};
  return layer;
}

// Where there is anything at all, its straight colour is `colour`: no dark fringe.
void expect_clean_edges(const cv::Mat& layer, cv::Vec3f colour) {
  int soft = 0;
  for (int y = 0; y < layer.rows; ++y)
    for (int x = 0; x < layer.cols; ++x) {
      const cv::Vec4f p = layer.at<cv::Vec4f>(y, x);
      soft += p[3] > 0.01f && p[3] < 0.99f;
      for (int c = 0; c < 3; ++c) ASSERT_NEAR(p[c], colour[c] * p[3], 2e-3) << x << "," << y;
    }
  EXPECT_GT(soft, 10) << "an edge must be soft somewhere for this test to mean anything";
}

TEST(Transform, ResamplingKeepsColoursAtEdges) {
  const cv::Vec3f colour(0.9f, 0.6f, 0.3f);
  const cv::Mat layer = disc(101, colour);
  expect_clean_edges(resize(layer, {37, 37}), colour);
  expect_clean_edges(resize(layer, {250, 250}), colour);
  expect_clean_edges(warp(layer, similarity({50, 50}, 0.4, 33, {40, 40}), {80, 80}), colour);
  expect_clean_edges(warp(layer, similarity({50, 50}, 1.7, -12, {100, 90}), {200, 200}), colour);
}

TEST(Transform, ShrinkingIsTheAreaAverage) {
  const cv::Mat image = (cv::Mat_<float>(2, 4) << 0, 1, 0.5f, 0.5f, 1, 1, 0.1f, 0.3f);
  const cv::Mat small = resize(image, {2, 1});
  EXPECT_NEAR(small.at<float>(0, 0), 0.75, 1e-6);
  EXPECT_NEAR(small.at<float>(0, 1), 0.35, 1e-6);
}

TEST(Transform, GrowingKeepsTheRange) {
  const cv::Mat image = (cv::Mat_<float>(1, 2) << 0, 1);
  const cv::Mat large = resize(image, {4, 1});  // pixel centres at -0.25, 0.25, 0.75, 1.25
  const float expected[] = {0, 0.25f, 0.75f, 1};
  for (int x = 0; x < 4; ++x) EXPECT_NEAR(large.at<float>(x), expected[x], 1e-6);
}

TEST(Transform, TheSameSizeIsACopy) {
  const cv::Mat image(3, 3, CV_8UC3, cv::Scalar(1, 2, 3));
  cv::Mat copy = resize(image, {3, 3});
  copy.setTo(0);
  EXPECT_EQ(image.at<cv::Vec3b>(1, 1), cv::Vec3b(1, 2, 3));
}

TEST(Transform, SimilarityPutsItsCentreWhereItIsTold) {
  const cv::Matx23d m = similarity({10, 20}, 2, 90, {5, 7});
  const auto at = [&](double x, double y) {
    return cv::Point2d(m(0, 0) * x + m(0, 1) * y + m(0, 2), m(1, 0) * x + m(1, 1) * y + m(1, 2));
  };
  EXPECT_LT(cv::norm(at(10, 20) - cv::Point2d(5, 7)), 1e-9);
  EXPECT_LT(cv::norm(at(11, 20) - cv::Point2d(5, 5)), 1e-9) << "right turns to up: counter-clockwise as seen";
}

TEST(Transform, WarpMovesPixels) {
  cv::Mat image(9, 9, CV_32FC1, cv::Scalar(0));
  image.at<float>(4, 6) = 1;
  const cv::Mat moved = warp(image, {1, 0, -3, 0, 1, 2}, {9, 9});
  EXPECT_EQ(moved.at<float>(6, 3), 1);
  EXPECT_EQ(cv::sum(moved)[0], 1);
  const cv::Mat turned = warp(image, similarity({4, 4}, 1, 90, {4, 4}), {9, 9});
  EXPECT_NEAR(turned.at<float>(2, 4), 1, 1e-3) << "two right of the centre becomes two above it";
  EXPECT_EQ(warp(image, {1, 0, 100, 0, 1, 0}, {9, 9}).at<float>(4, 6), 0) << "nothing from outside";
}

TEST(Transform, StrongShrinkingStaysInPlaceAndKeepsTheMean) {
  cv::Mat stripes(256, 256, CV_32FC1);
  for (int y = 0; y < 256; ++y) stripes.row(y).setTo(y % 2);  // sampling alone would give 0 or 1
  const cv::Mat small = warp(stripes, similarity({127.5, 127.5}, 0.125, 0, {15.5, 15.5}), {32, 32});
  for (int y = 2; y < 30; ++y) ASSERT_NEAR(small.at<float>(y, 16), 0.5, 0.02);

  cv::Mat square(256, 256, CV_32FC1, cv::Scalar(0));
  square(cv::Rect(64, 128, 64, 64)).setTo(1);
  const cv::Mat placed = warp(square, similarity({127.5, 127.5}, 0.125, 0, {15.5, 15.5}), {32, 32});
  cv::Mat expected(32, 32, CV_32FC1, cv::Scalar(0));
  expected(cv::Rect(8, 16, 8, 8)).setTo(1);
  EXPECT_LT(cv::norm(placed, expected, cv::NORM_INF), 0.01);
}

TEST(Transform, BoundingBox) {
  cv::Mat alpha(8, 8, CV_32FC1, cv::Scalar(0));
  EXPECT_TRUE(bounding_box(alpha).empty());
  alpha.at<float>(2, 3) = 0.5f, alpha.at<float>(5, 6) = 0.1f;
  EXPECT_EQ(bounding_box(alpha), cv::Rect(3, 2, 4, 4));
  EXPECT_EQ(bounding_box(alpha, 0.2f), cv::Rect(3, 2, 1, 1));
}

TEST(Transform, OutsideIsNothingTheMirrorImageOrTheBorder) {
  cv::Mat image(1, 4, CV_32FC1);
  for (int x = 0; x < 4; ++x) image.at<float>(0, x) = static_cast<float>(x + 1);
  const cv::Matx23d right(1, 0, 2, 0, 1, 0);
  const auto first = [&](Outside outside) { return warp(image, right, {4, 1}, outside).at<float>(0, 0); };
  EXPECT_EQ(first(Outside::kZero), 0);
  EXPECT_EQ(first(Outside::kMirrored), 3);
  EXPECT_EQ(first(Outside::kReplicated), 1);
}

// Two pixels become one: by hand.
TEST(Transform, LabelsAreResampledByTheirTrust) {
  const auto half = [](const cv::Mat& plane) { return resize(plane, {plane.cols / 2, 1}); };
  const cv::Mat value = (cv::Mat_<float>(1, 8) << 0.2, 0.6, 0.2, 0.9, 0.2, 0.6, 0.4, 0.8);
  const cv::Mat trust = (cv::Mat_<float>(1, 8) << 1, 1, 1, 0, 0, 0, 0.25, 0.75);
  const Label out = resampled({value, trust}, half);
  const std::vector<float> values = {0.4f, 0.2f, 0.4f, 0.7f}, trusts = {1, 0.5f, 0, 0.5f};
  for (int x = 0; x < 4; ++x) {
    EXPECT_FLOAT_EQ(out.value.at<float>(0, x), values[x]) << x;
    EXPECT_FLOAT_EQ(out.trust.at<float>(0, x), trusts[x]) << x;
  }
  const Label certain = resampled({value, {}}, half);
  EXPECT_TRUE(certain.trust.empty());
  EXPECT_EQ(cv::norm(certain.value, half(value), cv::NORM_INF), 0);
  EXPECT_THROW(divided_by_trust(value, trust, half(value)), Error);
}

}  // namespace
}  // namespace facemat
