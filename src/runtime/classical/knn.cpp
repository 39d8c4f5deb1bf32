#include "src/runtime/classical/knn.h"

#include <Eigen/Core>
#include <Eigen/SparseCore>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "src/core/error.h"
#include "src/core/parallel.h"
#include "src/image/trimap.h"
#include "src/runtime/classical/conjugate_gradients.h"
#include "src/runtime/classical/nearest_pixels.h"

namespace facemat {
namespace {

using SparseRows = Eigen::SparseMatrix<double, Eigen::RowMajor>;
using Neighbour = std::pair<int, double>;  // number, weight

double share_of(int place, int length) { return length > 1 ? static_cast<double>(place) / (length - 1) : 0; }

PixelFeature feature_of(const cv::Mat& colours, int number, double place_weight) {
  const int y = number / colours.cols, x = number % colours.cols;
  const cv::Vec3d& bgr = colours.at<cv::Vec3d>(y, x);
  return {bgr[2], bgr[1], bgr[0], place_weight * share_of(x, colours.cols), place_weight * share_of(y, colours.rows)};
}

std::vector<PixelFeature> features_of(const cv::Mat& colours, double place_weight) {
  std::vector<PixelFeature> out;
  out.reserve(colours.total());
  for (int i = 0; i < static_cast<int>(colours.total()); ++i) out.push_back(feature_of(colours, i, place_weight));
  return out;
}

double likeness(const PixelFeature& a, const PixelFeature& b) {
  double sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += std::abs(a[d] - b[d]);
  return std::max(0.0, 1 - sum / static_cast<double>(a.size()));
}

// Numbers of the nearest pixels to each, `count` a pixel; -1 where the picture has fewer.
std::vector<int> nearest_to_each(const cv::Mat& colours, const KnnPass& pass, int threads) {
  const NearestPixels nearest(features_of(colours, pass.place_weight));
  const auto each = static_cast<size_t>(pass.neighbours);
  std::vector<int> out(colours.total() * each, -1);
  parallel(colours.rows, threads, [&](int64_t y) {
    for (int x = 0; x < colours.cols; ++x) {
      const int own = static_cast<int>(y) * colours.cols + x;
      const std::vector<int> found = nearest.find(own, pass.neighbours);
      std::copy(found.begin(), found.end(), out.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(own) * each));
    }
  });
  return out;
}

// The neighbours of pixel `own` in all passes, by number, what they weigh added.
std::vector<Neighbour> neighbours_of(int own, const cv::Mat& colours, const KnnConfig& config,
                                     const std::vector<std::vector<int>>& nearest) {
  std::vector<Neighbour> all;
  for (size_t pass = 0; pass < config.passes.size(); ++pass) {
    const auto each = static_cast<size_t>(config.passes[pass].neighbours);
    const double place_weight = config.passes[pass].place_weight;
    const PixelFeature feature = feature_of(colours, own, place_weight);
    for (size_t k = 0; k < each; ++k) {
      const int other = nearest[pass][static_cast<size_t>(own) * each + k];
      if (other < 0) break;
      all.emplace_back(other, config.weights == "soft" ? likeness(feature, feature_of(colours, other, place_weight)) : 1.0);
    }
  }
  std::sort(all.begin(), all.end());
  std::vector<Neighbour> merged;
  for (const Neighbour& one : all) {
    if (merged.empty() || merged.back().first != one.first) merged.emplace_back(one.first, 0.0);
    merged.back().second += one.second;
  }
  return merged;
}

// What the passes weigh together, a row for each pixel.
SparseRows weights_of(const cv::Mat& colours, const KnnConfig& config, int threads) {
  std::vector<std::vector<int>> nearest;
  Eigen::Index each = 0;
  for (const KnnPass& pass : config.passes) {
    nearest.push_back(nearest_to_each(colours, pass, threads));
    each += pass.neighbours;
  }
  const auto count = static_cast<Eigen::Index>(colours.total());
  SparseRows weights(count, count);
  weights.reserve(count * each);
  for (Eigen::Index row = 0; row < count; ++row) {
    weights.startVec(row);
    for (const auto& [column, weight] : neighbours_of(static_cast<int>(row), colours, config, nearest))
      weights.insertBack(row, column) = weight;
  }
  weights.finalize();
  return weights;
}

// D (1 + lambda C) - (W + W') / 2, never formed.
struct KnnSystem {
  SparseRows weights;
  Eigen::VectorXd diagonal, right, inverse;  // D (1 + lambda C); lambda D C known; 1 / the matrix's own diagonal
};

KnnSystem system_of(const cv::Mat& image, const cv::Mat& trimap, const KnnConfig& config, int threads) {
  KnnSystem system;
  system.weights = weights_of(colours_of(image), config, threads);
  const Eigen::Index count = system.weights.rows();
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(count);
  Eigen::VectorXd degree = system.weights * ones;
  degree += system.weights.transpose() * ones;
  degree *= 0.5;
  system.diagonal = degree;
  system.right = Eigen::VectorXd::Zero(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const uint8_t known = trimap.at<uint8_t>(static_cast<int>(i / trimap.cols), static_cast<int>(i % trimap.cols));
    if (known == kUnknown) continue;
    system.diagonal(i) += config.lambda * degree(i);
    if (known == 255) system.right(i) = config.lambda * degree(i);
  }
  system.inverse.resize(count);
  constexpr double kAlone = 1e-12;  // of a pixel that is its only neighbour
  for (Eigen::Index i = 0; i < count; ++i)
    system.inverse(i) = 1 / std::max(kAlone, system.diagonal(i) - system.weights.coeff(i, i));
  return system;
}

}  // namespace

void fields(FieldVisitor& visit, KnnPass& pass) {
  visit("neighbours", pass.neighbours, "of a pixel, itself among them", {2, kMostNeighbours});
  // At 0 all pixels of one colour are equally near, and each would be looked at for each other.
  visit("place_weight", pass.place_weight, "of x and y (0..1) against colours (0..1)", {1e-3, 100});
}

void fields(FieldVisitor& visit, KnnConfig& config) {
  visit.list("passes", config.passes, "whose neighbours are added");
  visit("lambda", config.lambda, "how firmly known pixels are held", {1e-3, 1e6});
  visit("weights", config.weights, "of a pair: binary 1, soft less the less alike", {"binary", "soft"});
}

void check(const KnnConfig& config) {
  int sum = 0;
  for (const KnnPass& pass : config.passes) sum += pass.neighbours;
  require(!config.passes.empty() && sum <= kMostNeighbours, "knn.passes are {} with {} neighbours in all (allowed: from 1, {})",
          config.passes.size(), sum, kMostNeighbours);
}

SolvedMatte knn_matte(const cv::Mat& image, const cv::Mat& trimap, const KnnConfig& config, const SolverConfig& solver,
                      int threads, Progress* progress) {
  check_problem(image, trimap);
  check(config);
  check_size(static_cast<int64_t>(image.total()), solver);
  const KnnSystem system = system_of(image, trimap, config, threads);
  const LinearMap multiply = [&](const Eigen::VectorXd& in, Eigen::VectorXd& out) {
    out.noalias() = system.weights * in;
    out.noalias() += system.weights.transpose() * in;
    out = system.diagonal.cwiseProduct(in) - 0.5 * out;
  };
  const LinearMap precondition = [&](const Eigen::VectorXd& in, Eigen::VectorXd& out) {
    out = system.inverse.cwiseProduct(in);
  };
  const Solution solution = conjugate_gradients(multiply, precondition, system.right, solver, progress);
  cv::Mat values(image.size(), CV_64FC1);
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x) values.at<double>(y, x) = solution.x(static_cast<Eigen::Index>(y) * values.cols + x);
  return {with_known(values, trimap), solution.convergence.iterations, solution.convergence.residual};
}

}  // namespace facemat
