#include "src/media/frames/cuts.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "src/core/measure.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

constexpr int kWide = 96, kHigh = 64;   // of the small pictures, whatever the frame's shape
constexpr int kBlock = 16, kReach = 8;  // sides of blocks and how far they are looked for, in small pixels
constexpr double kFlat = 3 / 255.;      // standard deviation below which a block shows nothing

// Grey, small, CV_32FC1 0..1.
cv::Mat small_grey(const cv::Mat& frame) {
  cv::Mat grey, small;
  cv::cvtColor(frame, grey, cv::COLOR_BGR2GRAY);
  cv::resize(grey, small, {kWide, kHigh}, 0, 0, cv::INTER_AREA);
  return to_float(small);
}

bool is_flat(const cv::Mat& block) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(block, mean, deviation);
  return deviation[0] < kFlat;
}

double best_correlation(const cv::Mat& block, cv::Point at, const cv::Mat& in) {
  const cv::Rect window =
      cv::Rect(at.x - kReach, at.y - kReach, kBlock + 2 * kReach, kBlock + 2 * kReach) & cv::Rect(0, 0, in.cols, in.rows);
  cv::Mat correlation;
  cv::matchTemplate(in(window), block, correlation, cv::TM_CCOEFF_NORMED);
  double best = 0;
  cv::minMaxLoc(correlation, nullptr, &best);
  return std::min(std::max(best, 0.), 1.);  // flat windows answer with anything
}

double missing(const cv::Mat& blocks_of, const cv::Mat& in) {
  std::vector<double> best;
  int blocks = 0;
  for (int y = 0; y + kBlock <= kHigh; y += kBlock)
    for (int x = 0; x + kBlock <= kWide; x += kBlock, ++blocks) {
      const cv::Mat block = blocks_of(cv::Rect(x, y, kBlock, kBlock));
      if (!is_flat(block)) best.push_back(best_correlation(block, {x, y}, in));
    }
  return static_cast<int>(best.size()) * 4 < blocks ? 0 : 1 - median(std::move(best));
}

double unlike_small(const cv::Mat& a, const cv::Mat& b) { return std::min(missing(a, b), missing(b, a)); }

}  // namespace

double unlikeness(const cv::Mat& a, const cv::Mat& b) { return unlike_small(small_grey(a), small_grey(b)); }

bool CutDetector::is_cut(const cv::Mat& frame) {
  const cv::Mat small = small_grey(frame);
  const bool first = small_.empty(), resized = !first && frame.size() != size_;
  const bool cut = resized || (!first && unlike_small(small, small_) > threshold_);
  small_ = small;
  size_ = frame.size();
  return cut;
}

}  // namespace facemat
