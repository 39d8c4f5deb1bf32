#include "src/runtime/classical/window_laplacian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/SVD>

#include <array>
#include <optional>

#include "tests/src/runtime/classical/photograph.h"
#include "tests/src/runtime/classical/problems.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Method = SolvedMatte (*)(const cv::Mat&, const cv::Mat&, const WindowConfig&, const SolverConfig&, Progress*);
using Dense = Eigen::MatrixXd (*)(const Eigen::Matrix<double, 9, 3>& colours, double epsilon);

// Pixel pair by pixel pair, as the header's definition is written.
Eigen::MatrixXd closed_form_window(const Eigen::Matrix<double, 9, 3>& colours, double epsilon) {
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  for (int i = 0; i < 9; ++i) mean += colours.row(i).transpose() / 9;
  Eigen::Matrix3d spread = epsilon / 9 * Eigen::Matrix3d::Identity();
  for (int i = 0; i < 9; ++i) {
    const Eigen::Vector3d apart = colours.row(i).transpose() - mean;
    spread += apart * apart.transpose() / 9;
  }
  Eigen::MatrixXd out(9, 9);
  for (int i = 0; i < 9; ++i)
    for (int j = 0; j < 9; ++j) {
      const Eigen::Vector3d a = colours.row(i).transpose() - mean, b = colours.row(j).transpose() - mean;
      const Eigen::Vector3d turned = spread.ldlt().solve(b);
      out(i, j) = (i == j ? 1 : 0) - (1 + a.dot(turned)) / 9;
    }
  return out;
}

// By the singular values of X: F = U s^2 / (s^2 + epsilon) U'.
Eigen::MatrixXd learning_based_window(const Eigen::Matrix<double, 9, 3>& colours, double epsilon) {
  Eigen::MatrixXd rows(9, 4);
  rows << colours, Eigen::VectorXd::Ones(9);
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(rows, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Eigen::ArrayXd squares = svd.singularValues().array().square();
  const Eigen::VectorXd shares = (squares / (squares + epsilon)).matrix();
  const Eigen::MatrixXd fit = svd.matrixU() * shares.asDiagonal() * svd.matrixU().transpose();
  const Eigen::MatrixXd rest = Eigen::MatrixXd::Identity(9, 9) - fit;
  return rest * rest.transpose();
}

// All windows of the picture, known or not.
Eigen::MatrixXd laplacian_of(const cv::Mat& image, Dense window, double epsilon) {
  const auto total = static_cast<Eigen::Index>(image.total());
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(total, total);
  for (int y = 1; y + 1 < image.rows; ++y)
    for (int x = 1; x + 1 < image.cols; ++x) {
      std::array<int, 9> pixels{};
      Eigen::Matrix<double, 9, 3> colours;
      for (int k = 0; k < 9; ++k) {
        pixels[k] = (y - 1 + k / 3) * image.cols + x - 1 + k % 3;
        colours.row(k) = colour_at(image, pixels[k]).transpose();
      }
      const Eigen::MatrixXd part = window(colours, epsilon);
      for (int i = 0; i < 9; ++i)
        for (int j = 0; j < 9; ++j) out(pixels[i], pixels[j]) += part(i, j);
    }
  return out;
}

SolverConfig exact() {
  SolverConfig config;
  config.tolerance = 1e-13;
  return config;
}

struct MethodCase {
  const char* name;
  Method matte;
  Dense window;
};
constexpr MethodCase kMethods[] = {{"closed form", closed_form_matte, closed_form_window},
                                   {"learning-based", learning_based_matte, learning_based_window}};

TEST(WindowMatting, IsTheDenseSolution) {
  for (const MethodCase& method : kMethods)
    for (const double epsilon : {1e-7, 1e-4}) {
      int kind = 0;
      for (const SmallProblem& problem : small_problems()) {
        const cv::Mat wanted = held_minimum(laplacian_of(problem.image, method.window, epsilon), problem.trimap);
        const cv::Mat found = method.matte(problem.image, problem.trimap, {epsilon}, exact(), nullptr).alpha;
        EXPECT_LT(worst_difference(found, wanted), 1e-6) << method.name << ", epsilon " << epsilon << ", picture " << kind;
        EXPECT_GT(cv::countNonZero((wanted > 0.01) & (wanted < 0.99)), 8) << method.name << ", picture " << kind;
        ++kind;
      }
    }
}

TEST(WindowMatting, IsTheDenseSolutionOnAPhotograph) {
  const std::optional<Photograph> photograph = lemur(8);
  if (!photograph) GTEST_SKIP() << kNoPhotograph;
  const auto& [image, trimap, alpha] = *photograph;
  for (const MethodCase& method : kMethods) {
    const cv::Mat wanted = held_minimum(laplacian_of(image, method.window, WindowConfig().epsilon), trimap);
    EXPECT_LT(worst_difference(method.matte(image, trimap, {}, exact(), nullptr).alpha, wanted), 1e-6) << method.name;
    EXPECT_GT(cv::countNonZero((wanted > 0.05) & (wanted < 0.95)), 40) << method.name;
  }
}

// A mixture of two colours is affine in the colour: both rules find it.
TEST(WindowMatting, MixturesOfTwoColoursAreTakenApart) {
  const SmallProblem problem = grey_ramp(18, 10);
  for (const MethodCase& method : kMethods)
    EXPECT_LT(worst_difference(method.matte(problem.image, problem.trimap, {}, exact(), nullptr).alpha, grey_of(problem.image)),
              1e-3)
        << method.name;
}

// Nothing to go by: as far from both sides, as much of each.
TEST(WindowMatting, AFlatPictureIsSharedEvenly) {
  const cv::Mat image(9, 15, CV_8UC3, cv::Scalar(30, 90, 160));
  cv::Mat trimap(9, 15, CV_8UC1, cv::Scalar(kUnknown));
  trimap.colRange(0, 3).setTo(0);
  trimap.colRange(12, 15).setTo(255);
  const cv::Mat alpha = closed_form_matte(image, trimap, {}, exact(), nullptr).alpha;
  for (int y = 0; y < 9; ++y) {
    EXPECT_NEAR(alpha.at<float>(y, 7), 0.5, 1e-6);
    for (int x = 0; x < 15; ++x) EXPECT_NEAR(alpha.at<float>(y, x) + alpha.at<float>(y, 14 - x), 1, 1e-6);
    for (int x = 3; x < 12; ++x) EXPECT_GT(alpha.at<float>(y, x), alpha.at<float>(y, x - 1));
  }
}

TEST(WindowMatting, KnownPixelsKeepWhatTheTrimapSaysAndAlphaIsAShare) {
  for (const MethodCase& method : kMethods)
    for (const SmallProblem& problem : small_problems()) {
      const SolvedMatte solved = method.matte(problem.image, problem.trimap, {}, {}, nullptr);
      ASSERT_EQ(solved.alpha.type(), CV_32FC1);
      EXPECT_TRUE(cv::checkRange(solved.alpha, true, nullptr, 0, 1 + 1e-6));
      EXPECT_EQ(cv::countNonZero((solved.alpha != 0) & (problem.trimap == 0)), 0);
      EXPECT_EQ(cv::countNonZero((solved.alpha != 1) & (problem.trimap == 255)), 0);
      EXPECT_GT(solved.iterations, 0);
      EXPECT_LT(solved.residual, 1e-6);
    }
}

TEST(WindowMatting, TellsHowFarItIs) {
  const SmallProblem problem = small_problems()[0];
  ToldProgress progress;
  const SolvedMatte solved = closed_form_matte(problem.image, problem.trimap, {}, {}, &progress);
  EXPECT_EQ(progress.notes.size(), static_cast<size_t>(solved.iterations) + 1);
  EXPECT_EQ(progress.last, 100);
}

TEST(WindowMatting, OneUnknownPixelIsASystem) {
  cv::Mat trimap(5, 6, CV_8UC1, cv::Scalar(0));
  trimap.colRange(3, 6).setTo(255);
  trimap.at<uint8_t>(2, 3) = kUnknown;
  const cv::Mat image = noise_picture({6, 5}, 4);
  const cv::Mat wanted = held_minimum(laplacian_of(image, closed_form_window, 1e-7), trimap);
  EXPECT_LT(worst_difference(closed_form_matte(image, trimap, {}, exact(), nullptr).alpha, wanted), 1e-6);
}

TEST(MattingProblem, MistakesAreNamed) {
  const SmallProblem good = small_problems()[0];
  const auto message = [&](const cv::Mat& image, const cv::Mat& trimap) {
    return message_of([&] { closed_form_matte(image, trimap, {}, {}, nullptr); });
  };
  EXPECT_EQ(message(good.image, good.trimap), "no error");
  cv::Mat settled = good.trimap.clone(), no_face = settled.clone(), no_background = settled.clone();
  settled.setTo(0, settled == kUnknown);
  no_face.setTo(kUnknown, no_face == 255);
  no_background.setTo(kUnknown, no_background == 0);
  EXPECT_THAT(message(good.image, settled), HasSubstr("no unknown pixel"));
  EXPECT_THAT(message(good.image, no_face), HasSubstr("no known face"));
  EXPECT_THAT(message(good.image, no_background), HasSubstr("no known background"));
  EXPECT_THAT(message(good.image, cv::Mat(good.trimap.size(), CV_8UC1, cv::Scalar(kUnknown))), HasSubstr("no known face"));
  EXPECT_THAT(message(good.image, good.trimap.colRange(0, 9)), AllOf(HasSubstr("9x11"), HasSubstr("14x11")));
  EXPECT_THAT(message(good.image, cv::Mat(good.trimap.size(), CV_8UC1, cv::Scalar(7))), HasSubstr("allowed: 0 background"));
  EXPECT_THAT(message(good.trimap, good.trimap), HasSubstr("BGR"));
  const cv::Mat thin = (cv::Mat_<uint8_t>(4, 2) << 0, 255, 128, 128, 0, 255, 128, 128);
  EXPECT_THAT(message(noise_picture({2, 4}, 1), thin), HasSubstr("3x3"));
}

TEST(MattingProblem, MemoryIsBounded) {
  const SmallProblem problem = small_problems()[0];
  SolverConfig config;
  config.most_pixels = 20;
  EXPECT_THAT(message_of([&] { closed_form_matte(problem.image, problem.trimap, {}, config, nullptr); }),
              HasSubstr("solver.most_pixels"));
}

}  // namespace
}  // namespace facemat
