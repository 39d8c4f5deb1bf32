#include "data/scene/patch.h"

#include <gtest/gtest.h>

#include "src/core/random.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr int kSide = 64;

// A premultiplied layer of noise.
cv::Mat noise_layer(int rows, int cols, uint64_t seed) {
  Rng rng(seed);
  cv::Mat layer(rows, cols, CV_32FC4);
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < cols; ++x) {
      const auto a = static_cast<float>(rng.uniform());
      for (int c = 0; c < 3; ++c) layer.at<cv::Vec4f>(y, x)[c] = a * static_cast<float>(rng.uniform());
      layer.at<cv::Vec4f>(y, x)[3] = a;
    }
  return layer;
}

TEST(Patch, TrimmingKeepsAllThatIsThere) {
  cv::Mat layer(kSide, kSide, CV_32FC4, cv::Scalar::all(0));
  noise_layer(10, 7, 1).copyTo(layer(cv::Rect(20, 30, 7, 10)));
  const Patch patch = trimmed(layer);
  EXPECT_EQ(patch.box(), cv::Rect(20, 30, 7, 10));
  EXPECT_EQ(cv::norm(on_canvas(patch, layer.size()), layer, cv::NORM_INF), 0);
  EXPECT_TRUE(trimmed(cv::Mat(4, 4, CV_32FC4, cv::Scalar::all(0))).layer.empty());
}

// A window of the canvas holds what the whole canvas would.
TEST(Patch, WarpedIsWarpInAWindow) {
  cv::Mat source(24, 18, CV_32FC4, cv::Scalar::all(0));
  noise_layer(20, 14, 2).copyTo(source(cv::Rect(2, 2, 14, 20)));
  Rng rng(4);
  for (int i = 0; i < 60; ++i) {
    const double scale = rng.uniform(0.3, 3), degrees = rng.uniform(0, 360);
    const cv::Point2d to(rng.uniform(-20, kSide + 20), rng.uniform(-20, kSide + 20));
    const cv::Matx23d matrix = similarity({8.5, 11.5}, scale, degrees, to);
    const cv::Mat whole = warp_layer(source, matrix, {kSide, kSide});
    const Patch patch = warped(source, matrix, {kSide, kSide});
    EXPECT_LT(cv::norm(on_canvas(patch, {kSide, kSide}), whole, cv::NORM_INF), 1e-5) << i;
  }
}

TEST(Patch, OverIsLayerOver) {
  const Patch front{noise_layer(20, 30, 5), {10, 5}}, back{noise_layer(25, 12, 6), {30, 15}};
  const cv::Size canvas(kSide, kSide);
  EXPECT_EQ(cv::norm(on_canvas(over(front, back), canvas), layer_over(on_canvas(front, canvas), on_canvas(back, canvas)),
                     cv::NORM_INF),
            0);
  EXPECT_EQ(over(front, {}).box(), front.box());
  EXPECT_EQ(over({}, back).box(), back.box());
}

TEST(Patch, PaintingIsTheMattingEquation) {
  const cv::Mat background(kSide, kSide, CV_8UC3, cv::Scalar(10, 100, 200));
  cv::Mat layer(1, 2, CV_32FC4);
  layer.at<cv::Vec4f>(0, 0) = {0.25f, 0, 0.5f, 0.5f};
  layer.at<cv::Vec4f>(0, 1) = {1, 1, 1, 1};
  const cv::Mat out = painted({layer, {3, 4}}, background);
  EXPECT_EQ(out.at<cv::Vec3b>(4, 3), cv::Vec3b(69, 50, 228));  // 63.75 + 5, 0 + 50, 127.5 + 100: rounded half up
  EXPECT_EQ(out.at<cv::Vec3b>(4, 4), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(out.at<cv::Vec3b>(4, 5), cv::Vec3b(10, 100, 200));
  EXPECT_EQ(background.at<cv::Vec3b>(4, 4), cv::Vec3b(10, 100, 200)) << "the background is not written to";
}

}  // namespace
}  // namespace facemat
