#pragma once
// What classical matting is asked: a picture, a trimap, and the alpha of what the trimap leaves unknown.

#include <cstdint>
#include <opencv2/core.hpp>

#include "src/core/config.h"

namespace facemat {

// How far a system is solved, and how large it may be.
struct SolverConfig {
  double tolerance = 1e-7;      // the residual's norm in norms of the right side
  int iterations = 10000;       // at most
  int most_pixels = 2'097'152;  // larger systems are refused: what a pixel takes stands with each method
};
void fields(FieldVisitor& visit, SolverConfig& config);

// Throws Error, saying what helps, for more than config.most_pixels.
void check_size(int64_t pixels, const SolverConfig& config);

struct SolvedMatte {
  cv::Mat alpha;        // CV_32FC1, 0..1, the size of the picture; where the trimap is known, what it says
  int iterations = 0;   // of a method that iterates
  double residual = 0;  // of the system solved, in norms of its right side
};

// Throws Error unless `image` is CV_8UC3 and `trimap` a trimap (src/image/trimap.h) of its size that has unknown pixels, and
// known ones of both sides: with one side alone every method would answer with that side everywhere.
void check_problem(const cv::Mat& image, const cv::Mat& trimap);

// The pixels of `image` as Eigen and the methods want them: B, G, R, 0..1, doubles, CV_64FC3.
cv::Mat colours_of(const cv::Mat& image);

// `values` (CV_64FC1 or CV_32FC1) clamped to 0..1 where `trimap` is unknown, and what it says elsewhere, CV_32FC1.
cv::Mat with_known(const cv::Mat& values, const cv::Mat& trimap);

}  // namespace facemat
