#include "src/runtime/classical/knn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "tests/src/runtime/classical/photograph.h"
#include "tests/src/runtime/classical/problems.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

SolverConfig exact() {
  SolverConfig config;
  config.tolerance = 1e-13;
  return config;
}

using Feature = std::array<double, 5>;

// In a photograph many pixels are equally near, and rounding chooses among them: so features are rounded, and their distances
// summed, in the order in which the header names them.
Feature feature(const cv::Mat& image, int number, double place_weight) {
  const cv::Vec3b& bgr = image.at<cv::Vec3b>(number / image.cols, number % image.cols);
  const double x = static_cast<double>(number % image.cols) / (image.cols - 1),
               y = static_cast<double>(number / image.cols) / (image.rows - 1);
  return {bgr[2] * (1 / 255.0), bgr[1] * (1 / 255.0), bgr[0] * (1 / 255.0), place_weight * x, place_weight * y};
}

double squared_distance(const Feature& a, const Feature& b) {
  double sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

double mean_difference(const Feature& a, const Feature& b) {
  double sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += std::abs(a[d] - b[d]);
  return sum / static_cast<double>(a.size());
}

// The weights of all passes, by looking at every pair.
Eigen::MatrixXd dense_weights(const cv::Mat& image, const KnnConfig& config) {
  const int total = static_cast<int>(image.total());
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(total, total);
  for (const KnnPass& pass : config.passes)
    for (int i = 0; i < total; ++i) {
      std::vector<std::pair<double, int>> others;
      const Feature own = feature(image, i, pass.place_weight);
      for (int j = 0; j < total; ++j) others.emplace_back(squared_distance(feature(image, j, pass.place_weight), own), j);
      std::sort(others.begin(), others.end());
      for (int k = 0; k < std::min(pass.neighbours, total); ++k) {
        const double apart = mean_difference(feature(image, others[k].second, pass.place_weight), own);
        out(i, others[k].second) += config.weights == "soft" ? std::max(0.0, 1 - apart) : 1;
      }
    }
  return out;
}

// (1 - D^-1 W + lambda C) a = lambda C known as it is written, solved densely.
cv::Mat dense_alpha(const cv::Mat& image, const cv::Mat& trimap, const KnnConfig& config) {
  const Eigen::MatrixXd one_way = dense_weights(image, config), weights = (one_way + one_way.transpose()) / 2;
  const Eigen::VectorXd degree = weights.rowwise().sum();
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Identity(weights.rows(), weights.cols());
  matrix -= degree.cwiseInverse().asDiagonal() * weights;
  Eigen::VectorXd right = Eigen::VectorXd::Zero(weights.rows());
  for (int i = 0; i < static_cast<int>(trimap.total()); ++i) {
    const uint8_t value = trimap.at<uint8_t>(i / trimap.cols, i % trimap.cols);
    if (value != kUnknown) matrix(i, i) += config.lambda;
    if (value == 255) right(i) = config.lambda;
  }
  const Eigen::VectorXd found = matrix.partialPivLu().solve(right);
  cv::Mat out(trimap.size(), CV_32FC1);
  for (int i = 0; i < static_cast<int>(trimap.total()); ++i)
    out.at<float>(i / trimap.cols, i % trimap.cols) = static_cast<float>(std::min(1.0, std::max(0.0, found(i))));
  out.setTo(0, trimap == 0);
  out.setTo(1, trimap == 255);
  return out;
}

TEST(KnnMatting, IsTheDenseSolution) {
  const cv::Mat image = noise_picture({13, 9}, 5), trimap = banded_trimap({13, 9});
  KnnConfig soft, one, few;
  soft.weights = "soft";
  one.passes = {{6, 0.5}};
  one.lambda = 3;
  few.passes = {{12, 0.3}, {4, 1}, {5, 2}};
  for (const KnnConfig& config : {KnnConfig(), soft, one, few})
    for (const int threads : {1, 3}) {
      const cv::Mat wanted = dense_alpha(image, trimap, config);
      EXPECT_LT(worst_difference(knn_matte(image, trimap, config, exact(), threads).alpha, wanted), 1e-6)
          << config.passes.size() << " passes, " << config.weights << ", " << threads << " threads";
      EXPECT_GT(cv::countNonZero((wanted > 0.05) & (wanted < 0.95)), 30);
    }
}

TEST(KnnMatting, IsTheDenseSolutionOnAPhotograph) {
  const std::optional<Photograph> photograph = lemur(8);
  if (!photograph) GTEST_SKIP() << kNoPhotograph;
  const cv::Mat wanted = dense_alpha(photograph->image, photograph->trimap, {});
  EXPECT_LT(worst_difference(knn_matte(photograph->image, photograph->trimap, {}, exact()).alpha, wanted), 1e-6);
  EXPECT_GT(cv::countNonZero((wanted > 0.05) & (wanted < 0.95)), 40);
}

// Two colours: pixels follow the known one of their own, wherever it lies.
TEST(KnnMatting, PixelsFollowTheirColour) {
  cv::Mat image(12, 20, CV_8UC3, cv::Scalar(200, 30, 30)), trimap(12, 20, CV_8UC1, cv::Scalar(kUnknown));
  image.colRange(10, 20).setTo(cv::Scalar(30, 30, 200));
  trimap.col(0).setTo(0);
  trimap.col(19).setTo(255);
  cv::Mat wanted(12, 20, CV_32FC1, cv::Scalar(0));
  wanted.colRange(10, 20).setTo(1);
  const SolvedMatte solved = knn_matte(image, trimap, {}, exact());
  EXPECT_LT(worst_difference(solved.alpha, wanted), 1e-6);
  EXPECT_GT(solved.iterations, 0);
}

TEST(KnnMatting, MistakesAreNamed) {
  const SmallProblem problem = small_problems()[0];
  const auto message = [&](const KnnConfig& config, const SolverConfig& solver) {
    return message_of([&] { knn_matte(problem.image, problem.trimap, config, solver); });
  };
  KnnConfig none, many;
  none.passes.clear();
  many.passes = {{100, 1}, {100, 2}};
  EXPECT_THAT(message(none, {}), HasSubstr("knn.passes"));
  EXPECT_THAT(message(many, {}), HasSubstr("200 neighbours"));
  SolverConfig small;
  small.most_pixels = 153;
  EXPECT_THAT(message({}, small), HasSubstr("154 pixels"));
  EXPECT_THAT(message_of([&] { knn_matte(problem.image, cv::Mat(11, 14, CV_8UC1, cv::Scalar(0)), {}, {}); }),
              HasSubstr("no unknown pixel"));
}

}  // namespace
}  // namespace facemat
