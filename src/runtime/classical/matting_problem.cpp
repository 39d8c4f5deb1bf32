#include "src/runtime/classical/matting_problem.h"

#include "src/core/error.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

// Eigen counts the entries of a matrix in 32 bits; KNN matting has up to kMostNeighbours (128) for each pixel.
constexpr int kMostSystem = 16'000'000;

}  // namespace

void fields(FieldVisitor& visit, SolverConfig& config) {
  visit("tolerance", config.tolerance, "the residual's norm, against that of the right side, at which the iteration ends",
        {1e-15, 0.1});
  visit("iterations", config.iterations, "at most", {1, 10'000'000});
  visit("most_pixels", config.most_pixels, "larger systems are refused, since they take gigabytes", {1, kMostSystem});
}

void check_size(int64_t pixels, const SolverConfig& config) {
  require(pixels <= config.most_pixels,
          "a system of {} pixels (allowed: {}; working_size.max_side makes pictures smaller, solver.most_pixels allows more)",
          pixels, config.most_pixels);
}

void check_problem(const cv::Mat& image, const cv::Mat& trimap) {
  require(image.type() == CV_8UC3 && !image.empty(), "matting over a trimap needs a picture, BGR with 8 bits a channel");
  require(trimap.size() == image.size(), "the trimap is {}x{}, its picture {}x{} (both must have one size)", trimap.cols,
          trimap.rows, image.cols, image.rows);
  const TrimapCounts counts = count_trimap(trimap);
  require(counts.unknown > 0, "the trimap has no unknown pixel (128): there is nothing to find");
  require(counts.face > 0, "the trimap has no known face (255): a matte needs known pixels of both sides");
  require(counts.background > 0, "the trimap has no known background (0): a matte needs known pixels of both sides");
}

cv::Mat colours_of(const cv::Mat& image) {
  cv::Mat out;
  image.convertTo(out, CV_64F, 1 / 255.0);
  return out;
}

cv::Mat with_known(const cv::Mat& values, const cv::Mat& trimap) {
  cv::Mat out;
  values.convertTo(out, CV_32F);
  out = cv::min(cv::max(out, 0.f), 1.f);
  out.setTo(0, trimap == 0);
  out.setTo(1, trimap == 255);
  return out;
}

}  // namespace facemat
