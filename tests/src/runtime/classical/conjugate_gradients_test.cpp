#include "src/runtime/classical/conjugate_gradients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <cmath>

#include "src/core/random.h"
#include "tests/src/runtime/classical/problems.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Eigen::MatrixXd random_matrix(int rows, int columns, Rng rng) {
  Eigen::MatrixXd out(rows, columns);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) out(i, j) = rng.normal();
  return out;
}

// A positive definite system of 40 unknowns.
struct Dense {
  Eigen::MatrixXd matrix;
  Eigen::VectorXd right;
  LinearMap multiply = [this](const Eigen::VectorXd& in, Eigen::VectorXd& out) { out.noalias() = matrix * in; };
  LinearMap diagonal = [this](const Eigen::VectorXd& in, Eigen::VectorXd& out) { out = in.cwiseQuotient(matrix.diagonal()); };
  Dense() {
    const Eigen::MatrixXd root = random_matrix(40, 40, Rng(1).fork("matrix"));
    matrix = root * root.transpose() + Eigen::MatrixXd::Identity(40, 40);
    right = random_matrix(40, 1, Rng(1).fork("right")).col(0);
  }
  Dense(const Dense&) = delete;  // the maps refer to it
  Dense& operator=(const Dense&) = delete;
};

SolverConfig exact(double tolerance = 1e-12) {
  SolverConfig config;
  config.tolerance = tolerance;
  return config;
}

TEST(ConjugateGradients, FindWhatADenseSolverFinds) {
  const Dense system;
  const Solution solution = conjugate_gradients(system.multiply, system.diagonal, system.right, exact());
  const Eigen::VectorXd direct = system.matrix.ldlt().solve(system.right);
  EXPECT_LT((solution.x - direct).norm(), 1e-8 * direct.norm());
  EXPECT_LT(solution.convergence.residual, 1e-9);
  EXPECT_GT(solution.convergence.iterations, 10);
  EXPECT_LT(solution.convergence.iterations, 400);
}

TEST(ConjugateGradients, TheResidualIsThatOfTheAnswer) {
  const Dense system;
  const Solution solution = conjugate_gradients(system.multiply, system.diagonal, system.right, exact(1e-3));
  const double own = (system.right - system.matrix * solution.x).norm() / system.right.norm();
  EXPECT_NEAR(solution.convergence.residual, own, 1e-12);
  EXPECT_LT(own, 1e-3 * (1 + 1e-6)) << "what was asked for";
}

TEST(ConjugateGradients, WithTheInverseForAPreconditionerOneStepIsAll) {
  const Dense system;
  const Eigen::LDLT<Eigen::MatrixXd> factor(system.matrix);
  const LinearMap inverse = [&](const Eigen::VectorXd& in, Eigen::VectorXd& out) { out = factor.solve(in); };
  EXPECT_EQ(conjugate_gradients(system.multiply, inverse, system.right, exact(1e-6)).convergence.iterations, 1);
}

TEST(ConjugateGradients, NothingAskedIsNothing) {
  const Dense system;
  const Solution solution = conjugate_gradients(system.multiply, system.diagonal, Eigen::VectorXd::Zero(40), exact());
  EXPECT_EQ(solution.x.norm(), 0);
  EXPECT_EQ(solution.convergence.iterations, 0);
}

TEST(ConjugateGradients, WhatIsNotFoundIsSaid) {
  const Dense system;
  SolverConfig config = exact();
  config.iterations = 3;
  EXPECT_THAT(message_of([&] { conjugate_gradients(system.multiply, system.diagonal, system.right, config); }),
              AllOf(HasSubstr("3 iterations"), HasSubstr("solver.iterations"), HasSubstr("solver.tolerance")));
  const LinearMap nothing = [](const Eigen::VectorXd&, Eigen::VectorXd& out) { out.setZero(); };
  EXPECT_THAT(message_of([&] { conjugate_gradients(nothing, system.diagonal, system.right, exact()); }), HasSubstr("singular"));
  const Eigen::VectorXd endless = Eigen::VectorXd::Constant(40, INFINITY);
  EXPECT_THAT(message_of([&] { conjugate_gradients(system.multiply, system.diagonal, endless, exact()); }),
              HasSubstr("not finite"));
}

TEST(ConjugateGradients, TellHowFarTheyAre) {
  const Dense system;
  ToldProgress progress;
  const Solution solution = conjugate_gradients(system.multiply, system.diagonal, system.right, exact(), &progress);
  EXPECT_EQ(progress.notes.size(), static_cast<size_t>(solution.convergence.iterations) + 1);
  EXPECT_THAT(progress.notes.front(), AllOf(HasSubstr("iteration 1,"), HasSubstr("residual")));
  EXPECT_EQ(progress.last, 100);
  EXPECT_EQ(progress.of, 100);
}

TEST(SolverConfig, LargeSystemsAreRefusedWithWhatHelps) {
  SolverConfig config;
  config.most_pixels = 99;
  EXPECT_THAT(message_of([&] { check_size(100, config); }),
              AllOf(HasSubstr("100 pixels"), HasSubstr("allowed: 99"), HasSubstr("working_size.max_side")));
  EXPECT_EQ(message_of([&] { check_size(99, config); }), "no error");
}

}  // namespace
}  // namespace facemat
