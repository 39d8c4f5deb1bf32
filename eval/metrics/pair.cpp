#include "eval/metrics/pair.h"

#include <cstdlib>

#include "src/core/error.h"

namespace facemat {

AlphaPair make_pair(const cv::Mat& prediction, const cv::Mat& truth, const cv::Mat& region) {
  require(prediction.type() == CV_8UC1 && truth.type() == CV_8UC1, "metrics compare 8-bit mattes of one channel");
  require(prediction.size() == truth.size(), "the prediction is {}x{}, the truth {}x{}", prediction.cols, prediction.rows,
          truth.cols, truth.rows);
  require(region.empty() || (region.type() == CV_8UC1 && region.size() == truth.size()), "the region does not fit the mattes");
  return {prediction, truth, region};
}

ErrorSums error_sums(const AlphaPair& pair) {
  ErrorSums sums;
  for_region(pair, [&](int y, int x) {
    const int d = pair.prediction.at<uint8_t>(y, x) - pair.truth.at<uint8_t>(y, x);
    ++sums.pixels, sums.absolute += std::abs(d), sums.squared += d * d;
  });
  return sums;
}

}  // namespace facemat
