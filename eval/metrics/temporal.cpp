#include "eval/metrics/temporal.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

// Bilinear between pixel centres; `x`, `y` lie within the frame.
double sampled(const cv::Mat& alpha, double x, double y) {
  const int left = std::min(static_cast<int>(x), std::max(alpha.cols - 2, 0)), right = std::min(left + 1, alpha.cols - 1);
  const int top = std::min(static_cast<int>(y), std::max(alpha.rows - 2, 0)), bottom = std::min(top + 1, alpha.rows - 1);
  const double u = x - left, v = y - top;
  const auto at = [&](int row, int column) { return static_cast<double>(alpha.at<uint8_t>(row, column)); };
  return (1 - v) * ((1 - u) * at(top, left) + u * at(top, right)) + v * ((1 - u) * at(bottom, left) + u * at(bottom, right));
}

}  // namespace

double dtssd(const AlphaPair& before, const AlphaPair& now) {
  require(before.truth.size() == now.truth.size(), "successive frames differ in size");
  int64_t sum = 0;
  for (int y = 0; y < now.truth.rows; ++y) {
    const auto *p = now.prediction.ptr<uint8_t>(y), *g = now.truth.ptr<uint8_t>(y);
    const auto *old_p = before.prediction.ptr<uint8_t>(y), *old_g = before.truth.ptr<uint8_t>(y);
    for (int x = 0; x < now.truth.cols; ++x) {
      const int d = p[x] - old_p[x] - (g[x] - old_g[x]);
      sum += d * d;
    }
  }
  return std::sqrt(static_cast<double>(sum) / 65025 / static_cast<double>(now.truth.total()));
}

double messddt(const AlphaPair& before, const AlphaPair& now, const cv::Mat& flow) {
  require(before.truth.size() == now.truth.size(), "successive frames differ in size");
  require(flow.type() == CV_32FC2 && flow.size() == now.truth.size(), "the flow does not fit the mattes");
  double sum = 0;
  int64_t counted = 0;
  for (int y = 0; y < flow.rows; ++y)
    for (int x = 0; x < flow.cols; ++x) {
      const auto& v = flow.at<cv::Vec2f>(y, x);
      const double to_x = x + double{v[0]}, to_y = y + double{v[1]};
      if (!(to_x >= 0 && to_x <= flow.cols - 1 && to_y >= 0 && to_y <= flow.rows - 1)) continue;  // also if it is not a number
      const double old_error = before.prediction.at<uint8_t>(y, x) - before.truth.at<uint8_t>(y, x);
      const double error = sampled(now.prediction, to_x, to_y) - sampled(now.truth, to_x, to_y);
      sum += std::abs(old_error * old_error - error * error);
      ++counted;
    }
  return counted == 0 ? 0 : sum / 65025 / static_cast<double>(counted);
}

}  // namespace facemat
