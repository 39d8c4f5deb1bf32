#include "eval/metrics/pair.h"

#include <cstdlib>

#include "src/core/error.h"

namespace facemat {
namespace {

ErrorSums run_sums(const uint8_t* p, const uint8_t* g, int count) {
  int64_t absolute = 0, squared = 0;
  for (int i = 0; i < count; ++i) {
    const int d = p[i] - g[i];
    absolute += std::abs(d), squared += d * d;
  }
  return {count, absolute, squared};
}

}  // namespace

AlphaPair make_pair(const cv::Mat& prediction, const cv::Mat& truth) {
  require(prediction.type() == CV_8UC1 && truth.type() == CV_8UC1, "metrics compare 8-bit mattes of one channel");
  require(prediction.size() == truth.size(), "the prediction is {}x{}, the truth {}x{}", prediction.cols, prediction.rows,
          truth.cols, truth.rows);
  return {prediction, truth};
}

ErrorSums& ErrorSums::operator+=(const ErrorSums& other) {
  pixels += other.pixels, absolute += other.absolute, squared += other.squared;
  return *this;
}

std::vector<ErrorSums> error_sums(const AlphaPair& pair, const Regions& regions) {
  return regions.sums<ErrorSums>([&](int y, int begin, int end) {
    return run_sums(pair.prediction.ptr<uint8_t>(y) + begin, pair.truth.ptr<uint8_t>(y) + begin, end - begin);
  });
}

}  // namespace facemat
