#pragma once
// What every metric looks at: a predicted and a true alpha, quantised to 8 bit as files are, and the region that counts.

#include <opencv2/core.hpp>
#include <vector>

namespace facemat {

struct AlphaPair {
  cv::Mat prediction, truth;  // CV_8UC1 of one size
  cv::Mat region;             // CV_8UC1, non-zero where counted; empty: everywhere
};

// Throws Error unless types and sizes fit. `region` may be empty.
AlphaPair make_pair(const cv::Mat& prediction, const cv::Mat& truth, const cv::Mat& region = {});

// Calls visit(y, x) for every counted pixel, row by row.
template <typename Visit>
void for_region(const AlphaPair& pair, Visit visit) {
  for (int y = 0; y < pair.truth.rows; ++y) {
    const uint8_t* inside = pair.region.empty() ? nullptr : pair.region.ptr<uint8_t>(y);
    for (int x = 0; x < pair.truth.cols; ++x)
      if (!inside || inside[x]) visit(y, x);
  }
}

// Exact sums over the region: n pixels, sum |p - g|, sum (p - g)^2 of 8-bit values.
struct ErrorSums {
  int64_t pixels = 0, absolute = 0, squared = 0;
};
ErrorSums error_sums(const AlphaPair& pair);

}  // namespace facemat
