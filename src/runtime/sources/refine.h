#pragma once
// A matte drawn to the edges of its picture: the guided filter.

#include <opencv2/core.hpp>

#include "src/core/config.h"

namespace facemat {

struct RefineConfig {
  int radius = 0;     // pixels; 0: off
  double eps = 1e-4;  // of the guide's variance, 0..1 squared: edges weaker than its root are smoothed over
};
void fields(FieldVisitor& visit, RefineConfig& config);

// He, Sun and Tang, "Guided image filtering", 2013, with a grey guide: in each window of (2 radius + 1)^2 pixels the line
// a * guide + b nearest to `input`, a = cov(guide, input) / (var(guide) + eps), b = mean(input) - a mean(guide); a pixel takes
// the mean of a and b over all windows that hold it. Windows are cut at the border. `guide`, `input`: CV_32FC1 of one size.
// Throws Error when sizes or types differ, or for a radius below 1 or an eps of 0 or less.
cv::Mat guided_filter(const cv::Mat& guide, const cv::Mat& input, int radius, double eps);

// `alpha` (CV_32FC1) guided by the luminance of `frame` (CV_8UC3 BGR of its size), clamped to 0..1; itself if the radius is 0.
cv::Mat refined(const cv::Mat& alpha, const cv::Mat& frame, const RefineConfig& config);

}  // namespace facemat
