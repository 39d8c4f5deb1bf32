#include "eval/measures/uncertainty.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "eval/measures/spearman.h"
#include "src/core/error.h"

namespace facemat {
namespace {

constexpr size_t kBins = 10, kSparsificationSteps = 20;

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

// Mean errors of what remains after 0, 1/20, .. of `order`'s end is taken away, relative to the mean of all.
std::vector<double> remaining_errors(const Values& error, const Order& order) {
  std::vector<double> sums = {0};  // of the first 0, 1, .. pixels
  for (const uint32_t i : order) sums.push_back(sums.back() + error[i]);
  const size_t count = order.size();
  const double all = sums[count] / static_cast<double>(count);
  std::vector<double> curve;
  for (size_t k = 0; k < kSparsificationSteps; ++k) {
    const size_t kept = std::max<size_t>(1, count - count * k / kSparsificationSteps);
    curve.push_back(all > 0 ? sums[kept] / static_cast<double>(kept) / all : 0);
  }
  return curve;
}

Sparsification sparsification_of(const Values& error, const Order& by_deviation) {
  Sparsification s{0, remaining_errors(error, by_deviation), remaining_errors(error, ascending(error))};
  for (size_t k = 0; k + 1 < kSparsificationSteps; ++k)
    s.ause += (s.by_uncertainty[k] - s.by_error[k] + s.by_uncertainty[k + 1] - s.by_error[k + 1]) / 2 /
              static_cast<double>(kSparsificationSteps);
  return s;
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
  info.sparsification = sparsification_of(error, order);
  return info;
}

std::vector<LedgerBin> ledger_bins(const Values& deviation, const Values& teacher_error, const Values& error) {
  require(deviation.size() == error.size() && deviation.size() == teacher_error.size() && !error.empty(),
          "a ledger of {}, {} and {} pixels", deviation.size(), teacher_error.size(), error.size());
  const Order order = ascending(deviation);
  std::vector<LedgerBin> bins;
  for (const Range& range : equal_ranges(error.size())) {
    const auto mean_of = [&](const Values& values) { return mean_over(order, range, [&](uint32_t i) { return values[i]; }); };
    bins.push_back({mean_of(deviation), mean_of(teacher_error), mean_of(error)});
  }
  return bins;
}

}  // namespace facemat
