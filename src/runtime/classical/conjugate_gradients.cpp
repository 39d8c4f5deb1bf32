#include "src/runtime/classical/conjugate_gradients.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

// 0 to 99: how many of the decades between the first residual, 1, and the tolerance are done.
int64_t percent_of(double residual, double tolerance) {
  if (residual <= tolerance) return 99;
  const double share = std::log(residual) / std::log(std::min(tolerance, 0.5));
  return std::clamp<int64_t>(static_cast<int64_t>(100 * share), 0, 99);
}

}  // namespace

Solution conjugate_gradients(const LinearMap& multiply, const LinearMap& precondition, const Eigen::VectorXd& right,
                             const SolverConfig& config, Progress* progress) {
  const Eigen::Index size = right.size();
  const double scale = right.norm();
  Solution solution;
  solution.x = Eigen::VectorXd::Zero(size);
  if (scale == 0) return solution;
  require(std::isfinite(scale), "the system to solve holds numbers that are not finite");
  Eigen::VectorXd residual = right, conditioned(size), product(size);
  precondition(residual, conditioned);
  Eigen::VectorXd direction = conditioned;
  double energy = residual.dot(conditioned), left = 1;  // left: of the residual
  int& count = solution.convergence.iterations;
  while (left > config.tolerance) {
    require(count < config.iterations,
            "the matte is not found in {} iterations: the residual is {:.1e}, {:.1e} is asked for (raise solver.iterations, or "
            "solver.tolerance)",
            count, left, config.tolerance);
    multiply(direction, product);
    const double step = energy / direction.dot(product);
    solution.x += step * direction;
    residual -= step * product;
    precondition(residual, conditioned);
    const double next = residual.dot(conditioned);
    direction = conditioned + (next / energy) * direction;
    energy = next;
    left = residual.norm() / scale;
    require(std::isfinite(left), "the matte is not found: the system is singular (iteration {})", count + 1);
    ++count;
    if (progress != nullptr)
      progress->update(percent_of(left, config.tolerance), 100, fmt::format("iteration {}, residual {:.1e}", count, left));
  }
  if (progress != nullptr) progress->update(100, 100, fmt::format("{} iterations", count));
  multiply(solution.x, product);
  solution.convergence.residual = (right - product).norm() / scale;
  return solution;
}

}  // namespace facemat
