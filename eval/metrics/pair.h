#pragma once
// What every metric looks at: a predicted and a true alpha, quantised to 8 bit as files are.

#include <opencv2/core.hpp>

#include "eval/metrics/regions.h"

namespace facemat {

struct AlphaPair {
  cv::Mat prediction, truth;  // CV_8UC1 of one size
};

// Throws Error unless types and sizes fit.
AlphaPair make_pair(const cv::Mat& prediction, const cv::Mat& truth);

// Exact sums over a region: n pixels, sum |p - g|, sum (p - g)^2 of 8-bit values.
struct ErrorSums {
  int64_t pixels = 0, absolute = 0, squared = 0;
  ErrorSums& operator+=(const ErrorSums& other);
};
std::vector<ErrorSums> error_sums(const AlphaPair& pair, const Regions& regions);

}  // namespace facemat
