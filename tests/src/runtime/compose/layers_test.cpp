#include "src/runtime/compose/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/random.h"
#include "src/runtime/compose/blend_rows.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

cv::Mat random_map(cv::Size size, double low, double high, Rng rng) {
  cv::Mat map(size, CV_32FC1);
  for (float& value : cv::Mat_<float>(map)) value = static_cast<float>(rng.uniform(low, high));
  return map;
}

Planes mixed(const Planes& face, const Planes& occluder, const cv::Mat& alpha) {
  Planes out;
  for (int c = 0; c < 3; ++c) out[c] = face[c].mul(alpha) + occluder[c].mul(1 - alpha);
  return out;
}

Planes constant(cv::Size size, const cv::Vec3f& colour) {
  return {cv::Mat(size, CV_32FC1, cv::Scalar(colour[0])), cv::Mat(size, CV_32FC1, cv::Scalar(colour[1])),
          cv::Mat(size, CV_32FC1, cv::Scalar(colour[2]))};
}

// The energy of layers.h as a dense system in doubles: unknowns F_0, B_0, F_1, B_1, ...
class DirectSystem {
 public:
  DirectSystem(const cv::Mat& image, const cv::Mat& alpha, const LayerOptions& o)
      : width_(alpha.cols),
        matrix_(cv::Mat::zeros(2 * static_cast<int>(alpha.total()), 2 * static_cast<int>(alpha.total()), CV_64F)),
        right_(cv::Mat::zeros(matrix_.rows, 1, CV_64F)) {
    for (int y = 0; y < alpha.rows; ++y)
      for (int x = 0; x < alpha.cols; ++x) {
        const double a = alpha.at<float>(y, x), b = 1 - a, value = image.at<float>(y, x);
        const int i = 2 * (y * width_ + x);
        if (a <= kNoFace) {
          matrix_(i, i) = matrix_(i + 1, i + 1) = 1;
          continue;
        }
        matrix_(i, i) += a * a;
        matrix_(i, i + 1) += a * b;
        matrix_(i + 1, i) += a * b;
        matrix_(i + 1, i + 1) += b * b + o.rest;
        right_(i) += a * value;
        right_(i + 1) += (b + o.rest) * value;
        if (x + 1 < alpha.cols) link(i, i + 2, a, alpha.at<float>(y, x + 1), o);
        if (y + 1 < alpha.rows) link(i, i + 2 * width_, a, alpha.at<float>(y + 1, x), o);
      }
  }
  cv::Mat_<double> solution() const {
    cv::Mat_<double> out;
    EXPECT_TRUE(cv::solve(matrix_, right_, out, cv::DECOMP_CHOLESKY));
    return out;
  }

 private:
  void link(int i, int j, double a, double other, const LayerOptions& o) {
    if (other <= kNoFace) return;
    for (int layer = 0; layer < 2; ++layer) {
      const double cost = (layer == 0 ? o.face_change : o.occluder_change) + o.alpha_change * std::abs(a - other);
      matrix_(i + layer, i + layer) += cost;
      matrix_(j + layer, j + layer) += cost;
      matrix_(i + layer, j + layer) -= cost;
      matrix_(j + layer, i + layer) -= cost;
    }
  }
  int width_;
  cv::Mat_<double> matrix_, right_;
};

// Every pixel in which a face shows, both layers, against the direct solution.
double worst_difference(const Planes& image, const cv::Mat& alpha, const LayerOptions& options) {
  const SeparatedLayers layers = estimate_layers(image, alpha, options);
  double worst = 0;
  for (int c = 0; c < 3; ++c) {
    const cv::Mat_<double> direct = DirectSystem(image[c], alpha, options).solution();
    for (int i = 0; i < static_cast<int>(alpha.total()); ++i) {
      const int y = i / alpha.cols, x = i % alpha.cols;
      if (alpha.at<float>(y, x) <= kNoFace) continue;
      worst = std::max({worst, std::abs(layers.face[c].at<float>(y, x) - direct(2 * i)),
                        std::abs(layers.occluder[c].at<float>(y, x) - direct(2 * i + 1))});
    }
  }
  return worst;
}

TEST(Layers, ManySweepsEndAtTheEnergysMinimum) {
  LayerOptions options;
  options.coarse_sweeps = 3000;
  for (const cv::Size size : {cv::Size(13, 9), cv::Size(8, 16), cv::Size(1, 7), cv::Size(6, 1)}) {
    const Rng rng(static_cast<uint64_t>(size.width));
    cv::Mat alpha = random_map(size, 0.1, 0.9, rng.fork("alpha"));
    cv::GaussianBlur(alpha, alpha, {}, 1);
    alpha.at<float>(size.height / 2, size.width / 2) = 0;
    Planes face, occluder;
    for (int c = 0; c < 3; ++c) {  // far from 0 and 1, where the solver clamps and the direct solution does not
      face[c] = random_map(size, 0.38, 0.42, rng.fork("face", c));
      occluder[c] = random_map(size, 0.58, 0.62, rng.fork("occluder", c));
    }
    EXPECT_LT(worst_difference(mixed(face, occluder, alpha), alpha, options), 2e-3) << size;
  }
}

// The published energy is one choice of the options.
TEST(Layers, PublishedWeightsToo) {
  LayerOptions options;
  options.occluder_change = options.face_change = 1e-3;
  options.rest = 0;
  options.coarse_sweeps = 5000;
  cv::Mat alpha(10, 12, CV_32FC1);
  for (int y = 0; y < alpha.rows; ++y)
    for (int x = 0; x < alpha.cols; ++x) alpha.at<float>(y, x) = 0.1f + 0.06f * x + 0.01f * y;
  const Planes face = constant(alpha.size(), {0.5, 0.4, 0.6}), occluder = constant(alpha.size(), {0.45, 0.55, 0.5});
  EXPECT_LT(worst_difference(mixed(face, occluder, alpha), alpha, options), 2e-3);
}

// Worst error of the occluder where its share is worth asking for.
double occluder_error(const SeparatedLayers& layers, const cv::Vec3f& colour, const cv::Mat& alpha) {
  double worst = 0;
  for (int y = 0; y < alpha.rows; ++y)
    for (int x = 0; x < alpha.cols; ++x) {
      const float a = alpha.at<float>(y, x);
      if (a <= kNoFace || a > 0.9f) continue;
      for (int c = 0; c < 3; ++c)
        worst = std::max(worst, static_cast<double>(std::abs(layers.occluder[c].at<float>(y, x) - colour[c])));
    }
  return worst;
}

TEST(Layers, FindPlainColoursAtTheUsualNumberOfSweeps) {
  const cv::Vec3f skin(0.45f, 0.55f, 0.8f), smoke(0.85f, 0.8f, 0.75f);
  cv::Mat alpha(120, 160, CV_32FC1);  // clear at the left, up to three quarters covered at the right
  for (int y = 0; y < alpha.rows; ++y)
    for (int x = 0; x < alpha.cols; ++x) alpha.at<float>(y, x) = 1 - 0.75f * static_cast<float>(x) / (alpha.cols - 1);
  const Planes image = mixed(constant(alpha.size(), skin), constant(alpha.size(), smoke), alpha);
  EXPECT_LT(occluder_error(estimate_layers(image, alpha), smoke, alpha), 0.1);
}

TEST(Layers, StrandsThinnerThanABlockTellTheirColour) {
  const cv::Vec3f skin(0.45f, 0.55f, 0.8f), hair(0.1f, 0.12f, 0.15f);
  cv::Mat alpha(96, 96, CV_32FC1, cv::Scalar(1));
  for (int x = 5; x < 95; x += 9) {
    alpha.col(x).setTo(0.3);
    alpha.col(x + 1).setTo(0.7);
  }
  const Planes image = mixed(constant(alpha.size(), skin), constant(alpha.size(), hair), alpha);
  EXPECT_LT(occluder_error(estimate_layers(image, alpha), hair, alpha), 0.1);
}

// Beside a face (alpha 0) lies a green wall; the smoke before the face is white.
TEST(Layers, WhatLiesBesideTheFaceDoesNotColourTheOccluder) {
  const cv::Vec3f skin(0.45f, 0.55f, 0.8f), smoke(0.9f, 0.9f, 0.9f);
  cv::Mat alpha(96, 96, CV_32FC1);
  for (int y = 0; y < alpha.rows; ++y)
    for (int x = 0; x < alpha.cols; ++x) alpha.at<float>(y, x) = x < 48 ? 0.f : 0.4f + 0.6f * static_cast<float>(y) / 95;
  Planes image = mixed(constant(alpha.size(), skin), constant(alpha.size(), smoke), alpha);
  const cv::Vec3f wall(0.1f, 0.6f, 0.1f);
  for (int c = 0; c < 3; ++c) image[c].colRange(0, 48).setTo(wall[c]);
  EXPECT_LT(occluder_error(estimate_layers(image, alpha), smoke, alpha), 0.1);
}

TEST(Layers, ExplainedLayersMakeThePixelAgain) {
  Rng rng(5);
  for (int i = 0; i < 2000; ++i) {
    const auto any = [&] { return static_cast<float>(rng.uniform(0.3, 0.7)); };
    const float face = any(), occluder = any(), a = i == 0 ? 0.f : i == 1 ? 1.f : static_cast<float>(rng.uniform());
    const float pixel = a * face + (1 - a) * occluder + static_cast<float>(rng.uniform(-0.1, 0.1));
    float f = 0, b = 0;
    explain_face({&face, &occluder}, &a, &pixel, 1, &f);
    explain_occluder({&face, &occluder}, &a, &pixel, 1, &b);
    EXPECT_NEAR(a * f + (1 - a) * b, pixel, 1e-6);
    EXPECT_NEAR((1 - a) * (f - face), a * (b - occluder), 1e-6);  // the smallest change lies along (a, 1 - a)
  }
}

TEST(Layers, ChecksSizes) {
  const cv::Mat alpha(4, 5, CV_32FC1, cv::Scalar(0.5));
  const Planes image = constant({5, 3}, {0, 0, 0});
  EXPECT_THAT(message_of([&] { estimate_layers(image, alpha); }), testing::HasSubstr("the picture is 5x3, alpha 5x4"));
  EXPECT_NE(message_of([&] { estimate_layers(image, cv::Mat(3, 5, CV_8UC1)); }), "no error");
}

TEST(Layers, OnePixelIsEnough) {
  const cv::Mat alpha(1, 1, CV_32FC1, cv::Scalar(0.5));
  const SeparatedLayers layers = estimate_layers(constant({1, 1}, {0.25f, 0.5f, 0.75f}), alpha);
  for (int c = 0; c < 3; ++c)
    EXPECT_NEAR(0.5 * (layers.face[c].at<float>(0) + layers.occluder[c].at<float>(0)), 0.25 * (c + 1), 1e-3);
}

}  // namespace
}  // namespace facemat
