#include "eval/uncertainty.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "eval/spearman.h"
#include "src/core/error.h"

namespace facemat {
namespace {

constexpr size_t kBins = 10;

using Values = std::vector<float>;
using Order = std::vector<uint32_t>;  // indices of pixels
struct Range {
  size_t begin, end;
};

Order ascending(const Values& values) {
  Order order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t i, uint32_t j) { return values[i] < values[j]; });
  return order;
}

std::vector<Range> equal_ranges(size_t count) {
  const size_t bins = std::min(count, kBins);
  std::vector<Range> ranges;
  for (size_t b = 0; b < bins; ++b) ranges.push_back({count * b / bins, count * (b + 1) / bins});
  return ranges;
}

template <typename Function>
double mean_over(const Order& order, const Range& range, Function value) {
  double sum = 0;
  for (size_t i = range.begin; i < range.end; ++i) sum += value(order[i]);
  return sum / static_cast<double>(range.end - range.begin);
}

double floored(float deviation) { return std::max(deviation, kLeastDeviation); }
double squared(double value) { return value * value; }

double gaussian_nll(double deviation, double error) {
  constexpr double kTwoPi = 6.283185307179586;
  return std::log(kTwoPi * squared(deviation)) / 2 + squared(error / deviation) / 2;
}

Calibration calibration_of(const Values& deviation, const Values& error, const Order& order) {
  const auto pixels = static_cast<double>(error.size());
  Calibration c;
  const std::vector<Range> ranges = equal_ranges(error.size());
  for (const Range& range : ranges) {
    const CalibrationBin bin{std::sqrt(mean_over(order, range, [&](uint32_t i) { return squared(floored(deviation[i])); })),
                             std::sqrt(mean_over(order, range, [&](uint32_t i) { return squared(error[i]); }))};
    const double gap = std::abs(bin.rmse - bin.deviation);
    c.error += static_cast<double>(range.end - range.begin) / pixels * gap;
    c.relative_error += gap / bin.deviation / static_cast<double>(ranges.size());
    c.bins.push_back(bin);
  }
  const Range all{0, order.size()};
  c.within_one = mean_over(order, all, [&](uint32_t i) { return error[i] <= floored(deviation[i]) ? 1.0 : 0.0; });
  c.within_two = mean_over(order, all, [&](uint32_t i) { return error[i] <= 2 * floored(deviation[i]) ? 1.0 : 0.0; });
  c.nll = mean_over(order, all, [&](uint32_t i) { return gaussian_nll(floored(deviation[i]), error[i]); });
  return c;
}

// Zeros at the end of `bits`; 32 random bits have n of them with probability 2^-(n+1).
uint8_t level_of(uint32_t bits) {
  uint8_t level = 0;
  for (; level < 32 && (bits & 1) == 0; bits >>= 1) ++level;
  return level;
}

}  // namespace

UncertaintyInfo measure_uncertainty(const Values& deviation, const Values& error) {
  require(deviation.size() == error.size() && !error.empty(), "uncertainty of {} and error of {} pixels", deviation.size(),
          error.size());
  const Order order = ascending(deviation);
  UncertaintyInfo info;
  info.spearman = spearman(deviation, error);
  info.pixels = static_cast<int64_t>(error.size());
  for (const Range& range : equal_ranges(error.size()))
    info.bins.push_back({mean_over(order, range, [&](uint32_t i) { return deviation[i]; }),
                         mean_over(order, range, [&](uint32_t i) { return error[i]; })});
  info.calibration = calibration_of(deviation, error, order);
  return info;
}

void UncertaintyPool::add(const cv::Mat& uncertainty, const cv::Mat& alpha, const cv::Mat& truth) {
  for (int y = 0; y < truth.rows; ++y)
    for (int x = 0; x < truth.cols; ++x) {
      const uint8_t level = level_of(draws_.bits());
      while (level >= level_ && error_.size() >= most_pixels_) thin_out();
      if (level < level_) continue;
      levels_.push_back(level);
      deviation_.push_back(uncertainty.at<float>(y, x));
      error_.push_back(std::abs(alpha.at<float>(y, x) - truth.at<float>(y, x)));
    }
}

// Keeps about half of the pixels.
void UncertaintyPool::thin_out() {
  ++level_;
  size_t kept = 0;
  for (size_t i = 0; i < error_.size(); ++i) {
    if (levels_[i] < level_) continue;
    levels_[kept] = levels_[i], deviation_[kept] = deviation_[i], error_[kept] = error_[i];
    ++kept;
  }
  levels_.resize(kept), deviation_.resize(kept), error_.resize(kept);
}

std::optional<UncertaintyInfo> UncertaintyPool::info() const {
  if (error_.empty()) return std::nullopt;
  return measure_uncertainty(deviation_, error_);
}

}  // namespace facemat
