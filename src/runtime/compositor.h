#pragma once
// Puts a filter or a swapped face under what covers the face.

#include <opencv2/core.hpp>

namespace facemat {

struct CompositeOptions {
  double opacity = 1;  // of the swap, 0..1: multiplies alpha
};

// out = alpha * swap + (1 - alpha) * target, the matting equation: alpha stays soft to the end and only the sum is rounded.
// target, swap: CV_8UC3 BGR of one size; alpha: CV_32FC1, 0..1, 1 = visible face. Returns CV_8UC3. Throws Error, with both
// sizes, when they differ: a swap is made for its target, and scaling it here would hide a mistake.
cv::Mat composite(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& alpha, const CompositeOptions& options = {});

}  // namespace facemat
