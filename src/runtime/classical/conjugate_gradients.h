#pragma once
// Conjugate gradients with a preconditioner, for the large sparse systems that matting over a trimap comes down to. Eigen holds
// the matrices; the loop is here because it reports how far it is.

#include <Eigen/Core>

#include <functional>

#include "src/core/progress.h"
#include "src/runtime/classical/matting_problem.h"

namespace facemat {

// out = M in, M symmetric. `out` has its size already and is another vector than `in`.
using LinearMap = std::function<void(const Eigen::VectorXd& in, Eigen::VectorXd& out)>;

struct Convergence {
  int iterations = 0;
  double residual = 0;  // |right - A x| / |right| of the answer itself; 0 where the right side is 0
};

struct Solution {
  Eigen::VectorXd x;
  Convergence convergence;
};

// x with A x = `right`: from 0 on, until the residual that the iteration carries along is config.tolerance (Hestenes and
// Stiefel 1952, preconditioned; Saad, "Iterative Methods for Sparse Linear Systems", 2003, algorithm 9.1). `multiply`: A,
// positive definite, or positive semidefinite with `right` in its range. `precondition`: near to the inverse of A, positive
// definite. `progress` may be null; it is told the share of the residual's decades, in percent. Throws Error if that takes more
// than config.iterations, and for numbers that are not finite.
Solution conjugate_gradients(const LinearMap& multiply, const LinearMap& precondition, const Eigen::VectorXd& right,
                             const SolverConfig& config, Progress* progress = nullptr);

}  // namespace facemat
