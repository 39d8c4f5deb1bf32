#include "eval/metrics/connectivity.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>

namespace facemat {
namespace {

constexpr int kLevels = 10;

// The largest 4-connected component of `set` (CV_8UC1), non-zero inside. OpenCV numbers components by their first pixel in
// row-major order; working on the transposed image makes that column-major, as the reference breaks ties.
cv::Mat largest_component(const cv::Mat& set) {
  cv::Mat labels, statistics, centroids;
  const int count = cv::connectedComponentsWithStats(set, labels, statistics, centroids, 4, CV_32S, cv::CCL_GRANA);
  int best = 0, most = 0;
  for (int label = 1; label < count; ++label)
    if (statistics.at<int>(label, cv::CC_STAT_AREA) > most) most = statistics.at<int>(label, cv::CC_STAT_AREA), best = label;
  return best == 0 ? cv::Mat(cv::Mat::zeros(set.size(), CV_8UC1)) : cv::Mat(labels == best);
}

// l as a level 0..10 for every pixel (CV_8UC1), transposed.
cv::Mat survived_levels(const cv::Mat& low) {
  cv::Mat level(low.size(), CV_8UC1, cv::Scalar(kLevels));
  cv::Mat inside(low.size(), CV_8UC1, cv::Scalar(255));  // pixels that have not left yet
  for (int k = 1; k <= kLevels; ++k) {
    const cv::Mat omega = largest_component(low >= (51 * k + 1) / 2);  // v / 255 >= k / 10 in whole numbers: 2 v >= 51 k
    const cv::Mat leaving = inside & ~omega;
    level.setTo(k - 1, leaving);
    inside &= omega;
  }
  return level;
}

// d [d >= 0.15] in units of 1 / 2550, exact.
int drop(int value, int level) {
  const int d = 10 * value - 255 * level;  // 2550 (a - l)
  return 100 * d >= 15 * 2550 ? d : 0;
}

}  // namespace

double connectivity_error(const AlphaPair& pair) {
  cv::Mat low;
  cv::transpose(cv::min(pair.prediction, pair.truth), low);
  const cv::Mat level = survived_levels(low);
  int64_t sum = 0;
  for_region(pair, [&](int y, int x) {
    const int l = level.at<uint8_t>(x, y);
    sum += std::abs(drop(pair.prediction.at<uint8_t>(y, x), l) - drop(pair.truth.at<uint8_t>(y, x), l));
  });
  return static_cast<double>(sum) / 2550 / 1000;
}

}  // namespace facemat
