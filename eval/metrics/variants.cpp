#include "eval/metrics/variants.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "eval/metrics/connectivity.h"
#include "eval/metrics/gradient.h"
#include "src/core/text.h"

namespace facemat {
namespace {

// --- Conn: the same sum over levels found in another way, one labelling for each level

struct LevelRule {
  bool eight_connected = false;
  bool row_major_ties = false;     // of equally large components the first row by row, as OpenCV and skimage label them
  bool double_levels = false;      // numpy's arange in double: 0.6 comes out above 153 / 255
  bool background_counts = false;  // the largest label may be that of the background
  bool skip_empty_levels = false;  // a level that no pixel reaches changes nothing
};

// The lowest 8-bit value that reaches level k of 10.
int least_value(int k, const LevelRule& rule) { return rule.double_levels && k == 6 ? 154 : (51 * k + 1) / 2; }

// The component that an evaluator takes for the largest; empty Mat: there is no pixel in `set`.
cv::Mat largest_component(const cv::Mat& set, const LevelRule& rule) {
  cv::Mat labels, statistics, centroids;
  const int count = cv::connectedComponentsWithStats(set, labels, statistics, centroids, rule.eight_connected ? 8 : 4, CV_32S,
                                                     rule.eight_connected ? cv::CCL_GRANA : cv::CCL_WU);
  if (count == 1) return {};
  int best = rule.background_counts ? 0 : 1;
  for (int label = best + 1; label < count; ++label)
    if (statistics.at<int>(label, cv::CC_STAT_AREA) > statistics.at<int>(best, cv::CC_STAT_AREA)) best = label;
  return labels == best;
}

cv::Mat levels_by_rule(const AlphaPair& pair, const LevelRule& rule) {
  cv::Mat low = cv::min(pair.prediction, pair.truth);
  if (!rule.row_major_ties) low = low.t();  // so that labels come in column-major order
  cv::Mat level(low.size(), CV_8UC1, cv::Scalar(10)), inside(low.size(), CV_8UC1, cv::Scalar(255));
  for (int k = 1; k <= 10; ++k) {
    cv::Mat omega = largest_component(low >= least_value(k, rule), rule);
    if (omega.empty() && rule.skip_empty_levels) continue;
    if (omega.empty()) omega = cv::Mat::zeros(low.size(), CV_8UC1);
    level.setTo(k - 1, inside & ~omega);
    inside &= omega;
  }
  return rule.row_major_ties ? level : cv::Mat(level.t());
}

constexpr LevelRule kRowTies{false, true, false, false, false}, kEight{true, false, false, false, false},
    kDouble{false, true, true, false, false}, kBackground{false, true, true, true, false},
    kSkipping{false, true, false, false, true};

template <const LevelRule& rule>
std::vector<double> conn_by_rule(const AlphaPair& pair, const Regions& regions) {
  return connectivity_error(pair, levels_by_rule(pair, rule), regions);
}

// --- Grad

std::vector<double> grad_unstretched(const AlphaPair& pair, const Regions& regions) {
  return gradient_error(pair, regions, false);
}

// Squared differences of amplitudes that are given whole.
std::vector<double> squared_error(const cv::Mat& p, const cv::Mat& g, const Regions& regions, double divisor) {
  auto sums = regions.sums<double>([&](int y, int begin, int end) {
    const auto *a = p.ptr<double>(y), *b = g.ptr<double>(y);
    double sum = 0;
    for (int x = begin; x < end; ++x) sum += (a[x] - b[x]) * (a[x] - b[x]);
    return sum;
  });
  for (double& sum : sums) sum /= divisor;
  return sums;
}

constexpr double kSigma = 1.4;
double bell(int i) { return std::exp(-i * i / (2 * kSigma * kSigma)); }

// First-order Gaussian derivatives along both axes with kernels of 2 * smooth.size() - 1 taps, centre first.
cv::Mat amplitude(const cv::Mat& alpha, const std::vector<double>& smooth, const std::vector<double>& slope, int border) {
  const auto half = static_cast<int>(smooth.size()) - 1;
  cv::Mat even(1, 2 * half + 1, CV_64F), odd(1, 2 * half + 1, CV_64F);
  for (int i = -half; i <= half; ++i)
    even.at<double>(i + half) = smooth[std::abs(i)], odd.at<double>(i + half) = i < 0 ? -slope[-i] : slope[i];
  cv::Mat x, y, out;
  cv::sepFilter2D(alpha, x, CV_64F, odd, even, {-1, -1}, 0, border);
  cv::sepFilter2D(alpha, y, CV_64F, even, odd, {-1, -1}, 0, border);
  cv::magnitude(x, y, out);
  return out;
}

cv::Mat stretched(const cv::Mat& alpha) {
  double low, high;
  cv::minMaxLoc(alpha, &low, &high);
  cv::Mat out;
  alpha.convertTo(out, CV_64F, high > low ? 1 / (high - low) : 0, high > low ? -low / (high - low) : 0);
  return out;
}

// scipy.ndimage.gaussian_filter of order 1: a true derivative (the smoothing sums to 1), radius 6, mirrored border.
std::vector<double> grad_scipy(const AlphaPair& pair, const Regions& regions) {
  constexpr int kHalf = 6;
  std::vector<double> smooth, slope;
  double sum = 0;
  for (int i = -kHalf; i <= kHalf; ++i) sum += bell(i);
  for (int i = 0; i <= kHalf; ++i) smooth.push_back(bell(i) / sum), slope.push_back(i * bell(i) / sum / (kSigma * kSigma));
  const auto of = [&](const cv::Mat& alpha) { return amplitude(stretched(alpha), smooth, slope, cv::BORDER_REFLECT); };
  return squared_error(of(pair.prediction), of(pair.truth), regions, 10);
}

// The official kernels over a frame surrounded by zeros.
std::vector<double> grad_zero_border(const AlphaPair& pair, const Regions& regions) {
  constexpr int kHalf = 4;
  std::vector<double> smooth, slope;
  double even = 0, odd = 0;
  for (int i = -kHalf; i <= kHalf; ++i) even += bell(i) * bell(i), odd += i * i * bell(i) * bell(i);
  for (int i = 0; i <= kHalf; ++i) smooth.push_back(bell(i) / std::sqrt(even)), slope.push_back(i * bell(i) / std::sqrt(odd));
  const auto of = [&](const cv::Mat& alpha) { return amplitude(stretched(alpha), smooth, slope, cv::BORDER_CONSTANT); };
  return squared_error(of(pair.prediction), of(pair.truth), regions, 1000);
}

}  // namespace

const std::vector<MetricEntry>& variant_table() {
  static const std::vector<MetricEntry> table = {
      {"grad_unstretched", "Grad, unstretched", "Grad without the min-max stretch: GCA, MGMatting, DVM, RVM HD", 1, true,
       grad_unstretched},
      {"grad_scipy", "Grad, scipy", "Grad with scipy's true derivative, divided by 10: IndexNet and P3M in Python", 1, true,
       grad_scipy},
      {"grad_zero_border", "Grad, zero border", "Grad with zeros around the frame: MaGGIe", 1, true, grad_zero_border},
      {"conn_row_ties", "Conn, row ties", "Conn with ties broken row by row: MMagic's tool, PaddleSeg, RVM, DVM", 1, true,
       conn_by_rule<kRowTies>},
      {"conn_double", "Conn, double levels", "Conn with levels in double, 153 of 255 below 0.6: MMagic's class, P3M, MaGGIe", 1,
       true, conn_by_rule<kDouble>},
      {"conn_background", "Conn, background counts",
       "Conn whose largest component may be the background: GCA, MGMatting and what descends from them", 1, true,
       conn_by_rule<kBackground>},
      {"conn_skipping", "Conn, skipping", "Conn that skips levels without pixels: IndexNet, P3M", 1, true,
       conn_by_rule<kSkipping>},
      {"conn_eight", "Conn, 8-connected", "Conn over 8 neighbours: nobody's, to tell how much it matters", 1, true,
       conn_by_rule<kEight>},
  };
  return table;
}

const MetricEntry& find_variant(const std::string& name) { return find_entry(variant_table(), name, "variant"); }

}  // namespace facemat
