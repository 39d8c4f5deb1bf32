#include "src/runtime/classical/window_laplacian.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/IterativeLinearSolvers>
#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>

#include <array>
#include <cstdint>
#include <vector>

#include "src/core/error.h"
#include "src/image/trimap.h"
#include "src/runtime/classical/conjugate_gradients.h"

namespace facemat {
namespace {

constexpr int kPixels = 9;  // of a window

using WindowColours = Eigen::Matrix<double, kPixels, 3>;  // a row for each pixel, row by row of the window
using WindowMatrix = Eigen::Matrix<double, kPixels, kPixels>;
using WindowRule = WindowMatrix (*)(const WindowColours& colours, double epsilon);

// By Cholesky factors rather than inverses: of a grey window's covariance an inverse keeps no digit. With Sigma = R R' and Y =
// R^-1 (I - mean)' the quadratic form is Y' Y.
WindowMatrix closed_form_rule(const WindowColours& colours, double epsilon) {
  const Eigen::RowVector3d mean = colours.colwise().mean();
  const WindowColours centred = colours.rowwise() - mean;
  const Eigen::Matrix3d spread =
      (centred.transpose() * centred + epsilon * Eigen::Matrix3d::Identity()) / static_cast<double>(kPixels);
  const Eigen::LLT<Eigen::Matrix3d> factor(spread);
  const Eigen::Matrix<double, 3, kPixels> whitened = factor.matrixL().solve(centred.transpose());
  return WindowMatrix::Identity() - (WindowMatrix::Ones() + whitened.transpose() * whitened) / static_cast<double>(kPixels);
}

WindowMatrix learning_based_rule(const WindowColours& colours, double epsilon) {
  Eigen::Matrix<double, kPixels, 4> rows;
  rows.leftCols<3>() = colours;
  rows.col(3).setOnes();
  const Eigen::Matrix4d products = rows.transpose() * rows + epsilon * Eigen::Matrix4d::Identity();
  const Eigen::LLT<Eigen::Matrix4d> factor(products);
  const Eigen::Matrix<double, 4, kPixels> whitened = factor.matrixL().solve(rows.transpose());
  const WindowMatrix rest = WindowMatrix::Identity() - whitened.transpose() * whitened;
  return rest * rest;
}

// A pixel's partners in windows are at most two rows and columns away. Those that come after it, itself first: two to the right
// in its row, five in each of the two rows below.
constexpr int kReach = 2, kAcross = 2 * kReach + 1, kPartners = kReach + 1 + kReach * kAcross;
int partner_at(int dy, int dx) { return dy == 0 ? dx : kReach + 1 + (dy - 1) * kAcross + dx + kReach; }

// The reduced system: its upper half by pixel and partner, and its right side.
struct ReducedSystem {
  cv::Mat_<int> number;                                 // of the unknown pixels, row by row; -1: known
  std::vector<std::array<double, kPartners>> partners;  // of each unknown pixel
  Eigen::VectorXd right;
};

cv::Mat_<int> numbered(const cv::Mat& trimap, int64_t& count) {
  cv::Mat_<int> number(trimap.size());
  count = 0;
  for (int y = 0; y < trimap.rows; ++y)
    for (int x = 0; x < trimap.cols; ++x) number(y, x) = trimap.at<uint8_t>(y, x) == kUnknown ? static_cast<int>(count++) : -1;
  return number;
}

bool any_unknown(const cv::Mat_<int>& number, int y, int x) {
  for (int dy = 0; dy < 3; ++dy)
    for (int dx = 0; dx < 3; ++dx)
      if (number(y + dy, x + dx) >= 0) return true;
  return false;
}

WindowColours window_colours(const cv::Mat& colours, int y, int x) {
  WindowColours out;
  for (int k = 0; k < kPixels; ++k) {
    const cv::Vec3d& colour = colours.at<cv::Vec3d>(y + k / 3, x + k % 3);
    for (int c = 0; c < 3; ++c) out(k, c) = colour[c];
  }
  return out;
}

// Adds the window whose upper left pixel is (x, y).
void add_window(const WindowMatrix& window, const cv::Mat& trimap, int y, int x, ReducedSystem& system) {
  for (int i = 0; i < kPixels; ++i) {
    const int own = system.number(y + i / 3, x + i % 3);
    if (own < 0) continue;
    for (int j = 0; j < kPixels; ++j) {
      const int row = y + j / 3, column = x + j % 3;
      if (system.number(row, column) < 0) {
        if (trimap.at<uint8_t>(row, column) == 255) system.right(own) -= window(i, j);
      } else if (j >= i) {
        system.partners[static_cast<size_t>(own)][partner_at(j / 3 - i / 3, j % 3 - i % 3)] += window(i, j);
      }
    }
  }
}

ReducedSystem reduced_system(const cv::Mat& colours, const cv::Mat& trimap, WindowRule rule, double epsilon) {
  ReducedSystem system;
  int64_t count = 0;
  system.number = numbered(trimap, count);
  system.partners.assign(static_cast<size_t>(count), std::array<double, kPartners>{});
  system.right = Eigen::VectorXd::Zero(count);
  for (int y = 0; y + 3 <= trimap.rows; ++y)
    for (int x = 0; x + 3 <= trimap.cols; ++x)
      if (any_unknown(system.number, y, x)) add_window(rule(window_colours(colours, y, x), epsilon), trimap, y, x, system);
  return system;
}

using SparseMatrix = Eigen::SparseMatrix<double>;

// The lower half of the matrix, column by column: a pixel's column holds it and its partners, whose numbers rise.
SparseMatrix lower_half(const ReducedSystem& system) {
  const auto count = static_cast<Eigen::Index>(system.partners.size());
  SparseMatrix matrix(count, count);
  matrix.reserve(count * kPartners);
  for (int y = 0; y < system.number.rows; ++y)
    for (int x = 0; x < system.number.cols; ++x) {
      const int own = system.number(y, x);
      if (own < 0) continue;
      matrix.startVec(own);
      for (int dy = 0; dy <= kReach; ++dy)
        for (int dx = dy == 0 ? 0 : -kReach; dx <= kReach; ++dx) {
          const int row = y + dy, column = x + dx;
          const bool inside = row < system.number.rows && column >= 0 && column < system.number.cols;
          const int partner = inside ? system.number(row, column) : -1;
          if (partner >= 0) matrix.insertBack(partner, own) = system.partners[static_cast<size_t>(own)][partner_at(dy, dx)];
        }
    }
  matrix.finalize();
  matrix.makeCompressed();
  return matrix;
}

Solution solved(const SparseMatrix& lower, const Eigen::VectorXd& right, const SolverConfig& config, Progress* progress) {
  const LinearMap multiply = [&](const Eigen::VectorXd& in, Eigen::VectorXd& out) {
    out.noalias() = lower.selfadjointView<Eigen::Lower>() * in;
  };
  // In the pixels' own order, which serves better here than one chosen to keep fill low: the factor's size is fixed.
  Eigen::IncompleteCholesky<double, Eigen::Lower, Eigen::NaturalOrdering<int>> factor;
  factor.compute(lower);
  if (factor.info() == Eigen::Success)
    return conjugate_gradients(
        multiply, [&](const Eigen::VectorXd& in, Eigen::VectorXd& out) { out = factor.solve(in); }, right, config, progress);
  Eigen::VectorXd diagonal(right.size());  // the factor broke down: by the matrix's diagonal, in more iterations
  for (Eigen::Index i = 0; i < diagonal.size(); ++i) diagonal(i) = lower.coeff(i, i);
  return conjugate_gradients(
      multiply, [&](const Eigen::VectorXd& in, Eigen::VectorXd& out) { out = in.cwiseQuotient(diagonal); }, right, config,
      progress);
}

SolvedMatte matte_by(WindowRule rule, const cv::Mat& image, const cv::Mat& trimap, const WindowConfig& config,
                     const SolverConfig& solver, Progress* progress) {
  check_problem(image, trimap);
  require(image.cols >= 3 && image.rows >= 3, "a picture of {}x{} holds no window of 3x3", image.cols, image.rows);
  require(config.epsilon > 0, "windows.epsilon is {} (allowed: above 0)", config.epsilon);
  check_size(count_trimap(trimap).unknown, solver);
  ReducedSystem system = reduced_system(colours_of(image), trimap, rule, config.epsilon);
  const SparseMatrix lower = lower_half(system);
  std::vector<std::array<double, kPartners>>().swap(system.partners);  // the factor needs the room
  const Solution solution = solved(lower, system.right, solver, progress);
  cv::Mat values(trimap.size(), CV_64FC1, cv::Scalar(0));
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (system.number(y, x) >= 0) values.at<double>(y, x) = solution.x(system.number(y, x));
  return {with_known(values, trimap), solution.convergence.iterations, solution.convergence.residual};
}

}  // namespace

void fields(FieldVisitor& visit, WindowConfig& config) {
  visit("epsilon", config.epsilon, "of closed_form and learning_based: what it costs that alpha follows the colours",
        {1e-12, 1});
}

SolvedMatte closed_form_matte(const cv::Mat& image, const cv::Mat& trimap, const WindowConfig& config,
                              const SolverConfig& solver, Progress* progress) {
  return matte_by(closed_form_rule, image, trimap, config, solver, progress);
}

SolvedMatte learning_based_matte(const cv::Mat& image, const cv::Mat& trimap, const WindowConfig& config,
                                 const SolverConfig& solver, Progress* progress) {
  return matte_by(learning_based_rule, image, trimap, config, solver, progress);
}

}  // namespace facemat
