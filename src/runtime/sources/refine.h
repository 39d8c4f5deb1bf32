#pragma once
// A matte drawn to the edges of its picture: the guided filter.

#include <opencv2/core.hpp>

#include "src/core/config.h"

namespace facemat {

struct RefineConfig {
  int radius = 0;                // pixels; 0: off
  double eps = 1e-4;             // of the colours' variance, 0..1 squared: edges weaker than its root are smoothed over
  int most_pixels = 10'000'000;  // larger pictures are refused, 2 GB: the filter takes 200 bytes a pixel
};
void fields(FieldVisitor& visit, RefineConfig& config);

// He, Sun and Tang, "Guided image filtering", 2013, guided by colours: in each window of (2 radius + 1)^2 pixels the a' guide +
// b nearest to `input`,
//
//   a = (Sigma + eps 1)^-1 cov(guide, input), b = mean(input) - a' mean(guide),   Sigma the guide's covariance (3x3)
//
// A pixel takes the means of a and b over all windows that hold it. Windows are cut at the border. Where the three channels are
// alike it is the filter of a grey guide with eps / 3. `guide`: CV_32FC3, `input`: CV_32FC1 of its size. Throws Error when
// sizes or types differ, or for a radius below 1 or an eps of 0 or less.
cv::Mat guided_filter(const cv::Mat& guide, const cv::Mat& input, int radius, double eps);

// `alpha` (CV_32FC1) guided by `frame` (CV_8UC3 BGR of its size), clamped to 0..1; itself if the radius is 0. Throws Error,
// before anything is allocated, for a frame of more than config.most_pixels.
cv::Mat refined(const cv::Mat& alpha, const cv::Mat& frame, const RefineConfig& config);

}  // namespace facemat
