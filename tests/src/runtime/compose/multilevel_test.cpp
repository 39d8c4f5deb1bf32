#include "src/runtime/compose/multilevel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "src/core/random.h"
#include "src/runtime/compose/compositor.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

cv::Mat random_map(cv::Size size, double low, double high, Rng rng) {
  cv::Mat map(size, CV_32FC1);
  for (float& value : cv::Mat_<float>(map)) value = static_cast<float>(rng.uniform(low, high));
  return map;
}

// From background at the left to face at the right.
cv::Mat ramp(cv::Size size) {
  cv::Mat alpha(size, CV_32FC1);
  for (int x = 0; x < size.width; ++x)
    alpha.col(x).setTo(std::clamp((x - size.width / 6.0) / (size.width * 2 / 3.0), 0.0, 1.0));
  return alpha;
}

// The minimum of |a F + (1 - a) B - I|^2 + sum_ij d_ij (|F_i - F_j|^2 + |B_i - B_j|^2) over pairs of neighbours, whose
// derivative is the header's system: densely, for one colour. Unknowns F_0, B_0, F_1, B_1, ...
cv::Mat_<double> dense_layers(const cv::Mat& image, const cv::Mat& alpha, const MultilevelOptions& options) {
  const int width = alpha.cols, count = 2 * static_cast<int>(alpha.total());
  cv::Mat_<double> matrix = cv::Mat::zeros(count, count, CV_64F), right = cv::Mat::zeros(count, 1, CV_64F), out;
  const auto link = [&](int i, int j, double apart) {
    const double weight = options.regularisation + options.gradient * std::abs(apart);
    for (int layer = 0; layer < 2; ++layer) {
      matrix(i + layer, i + layer) += weight;
      matrix(j + layer, j + layer) += weight;
      matrix(i + layer, j + layer) -= weight;
      matrix(j + layer, i + layer) -= weight;
    }
  };
  for (int y = 0; y < alpha.rows; ++y)
    for (int x = 0; x < width; ++x) {
      const double a = alpha.at<float>(y, x), b = 1 - a, value = image.at<float>(y, x);
      const int i = 2 * (y * width + x);
      matrix(i, i) += a * a;
      matrix(i, i + 1) += a * b;
      matrix(i + 1, i) += a * b;
      matrix(i + 1, i + 1) += b * b;
      right(i) += a * value;
      right(i + 1) += b * value;
      if (x + 1 < width) link(i, i + 2, a - alpha.at<float>(y, x + 1));
      if (y + 1 < alpha.rows) link(i, i + 2 * width, a - alpha.at<float>(y + 1, x));
    }
  EXPECT_TRUE(cv::solve(matrix, right, out, cv::DECOMP_CHOLESKY));
  return out;
}

TEST(MultilevelLayers, ManyRoundsEndAtTheSystemsSolution) {
  MultilevelOptions options;
  options.regularisation = 0.02;
  options.small_rounds = 3000;
  for (const cv::Size size : {cv::Size(12, 9), cv::Size(7, 10), cv::Size(1, 6)}) {
    const Rng rng(static_cast<uint64_t>(size.height));
    const cv::Mat alpha = random_map(size, 0.1, 0.9, rng.fork("alpha"));
    Planes image;
    for (int c = 0; c < 3; ++c) image[c] = random_map(size, 0.4, 0.6, rng.fork("image", static_cast<uint64_t>(c)));
    const SeparatedLayers layers = multilevel_layers(image, alpha, options);
    for (int c = 0; c < 3; ++c) {
      const cv::Mat_<double> wanted = dense_layers(image[c], alpha, options);
      for (int i = 0; i < static_cast<int>(alpha.total()); ++i) {
        const cv::Point p(i % size.width, i / size.width);
        // Clamped to 0..1 on the way: colours far from both keep away from that.
        EXPECT_NEAR(layers.face[c].at<float>(p), wanted(2 * i), 2e-3) << size << " " << p;
        EXPECT_NEAR(layers.occluder[c].at<float>(p), wanted(2 * i + 1), 2e-3) << size << " " << p;
      }
    }
  }
}

// As published, without a change of anything: 10 rounds of small levels and 2 of the others.
TEST(MultilevelLayers, PlainColoursAreFound) {
  const cv::Mat alpha = ramp({60, 30});
  const double face[] = {0.2, 0.5, 0.8}, occluder[] = {0.9, 0.4, 0.2};
  Planes image;
  for (int c = 0; c < 3; ++c) image[c] = alpha * face[c] + (1 - alpha) * occluder[c];
  const SeparatedLayers layers = multilevel_layers(image, alpha);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < alpha.rows; ++y)
      for (int x = 0; x < alpha.cols; ++x) {
        if (alpha.at<float>(y, x) > 0.1f) {
          EXPECT_NEAR(layers.face[c].at<float>(y, x), face[c], 2e-3);
        }
        if (alpha.at<float>(y, x) < 0.9f) {
          EXPECT_NEAR(layers.occluder[c].at<float>(y, x), occluder[c], 2e-3);
        }
      }
}

TEST(MultilevelLayers, OnePixelIsBoth) {
  const cv::Mat alpha(1, 1, CV_32FC1, cv::Scalar(0.5)), value(1, 1, CV_32FC1, cv::Scalar(0.6));
  const SeparatedLayers layers = multilevel_layers({value, value, value}, alpha);
  EXPECT_NEAR(layers.face[0].at<float>(0, 0), 0.6, 1e-6);
  EXPECT_NEAR(layers.occluder[2].at<float>(0, 0), 0.6, 1e-6);
}

TEST(MultilevelLayers, RefusesWhatDoesNotFit) {
  const cv::Mat alpha = ramp({12, 6}), small = ramp({6, 6});
  EXPECT_THROW(multilevel_layers({alpha, alpha, small}, alpha), Error);
  EXPECT_THROW(multilevel_layers({alpha, alpha, alpha}, cv::Mat(6, 12, CV_8UC1)), Error);
  MultilevelOptions options;
  options.regularisation = 0;
  EXPECT_THROW(multilevel_layers({alpha, alpha, alpha}, alpha, options), Error);
}

// Half of the face's grey 50 under smoke of grey 200, over a swap of grey 100: recomposing puts the smoke over the swap.
TEST(MultilevelLayers, TheCompositorMayUseThem) {
  const cv::Mat alpha = ramp({60, 30});
  cv::Mat target(30, 60, CV_8UC3), swap(30, 60, CV_8UC3, cv::Scalar::all(100));
  for (int x = 0; x < 60; ++x) {
    const double a = alpha.at<float>(0, x);
    target.col(x).setTo(cv::Scalar::all(std::round(50 * a + 200 * (1 - a))));
  }
  CompositeOptions options;
  options.mode = "recompose", options.layers = "multilevel";
  const cv::Mat out = composite(target, swap, alpha, options);
  for (const int x : {15, 30, 40}) {
    const double a = alpha.at<float>(15, x);
    EXPECT_NEAR(out.at<cv::Vec3b>(15, x)[0], 100 * a + 200 * (1 - a), 4) << x;
  }
  options.layers = "energy";
  EXPECT_NE(message_of([&] { composite(target, swap, alpha, options); }).find("faces, multilevel"), std::string::npos);
}

}  // namespace
}  // namespace facemat
