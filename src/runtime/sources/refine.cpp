#include "src/runtime/sources/refine.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

// Means over windows cut at the border. In double: variances of 1e-6 are differences of sums near 1.
class Windows {
 public:
  Windows(cv::Size size, int radius) : length_(2 * radius + 1) { count_ = sum(cv::Mat::ones(size, CV_64FC1)); }
  cv::Mat mean(const cv::Mat& values) const { return sum(values) / count_; }

 private:
  cv::Mat sum(const cv::Mat& values) const {
    cv::Mat out;
    cv::boxFilter(values, out, CV_64F, {length_, length_}, {-1, -1}, false, cv::BORDER_CONSTANT);
    return out;
  }

  int length_;
  cv::Mat count_;
};

constexpr int kColours = 3;
constexpr std::array<std::array<int, 2>, 6> kPairs = {{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}}};  // of colours

std::array<cv::Mat, kColours> colour_planes(const cv::Mat& guide) {
  std::array<cv::Mat, kColours> planes;
  for (int c = 0; c < kColours; ++c) {
    cv::Mat plane;
    cv::extractChannel(guide, plane, c);
    plane.convertTo(planes[c], CV_64F);
  }
  return planes;
}

// x with (S + eps 1) x = right; S symmetric, its entries in the order of kPairs. By L D L': of nearly grey colours a
// determinant keeps no digit. No pivot is less than eps but by rounding.
cv::Vec3d solved(const std::array<double, 6>& s, double eps, const cv::Vec3d& right) {
  const double first = std::max(eps, s[0] + eps), l10 = s[1] / first, l20 = s[2] / first;
  const double second = std::max(eps, s[3] + eps - l10 * s[1]), l21 = (s[4] - l20 * s[1]) / second;
  const double third = std::max(eps, s[5] + eps - l20 * s[2] - l21 * l21 * second);
  const double y1 = right[1] - l10 * right[0], y2 = right[2] - l20 * right[0] - l21 * y1;
  const double x2 = y2 / third, x1 = y1 / second - l21 * x2;
  return {right[0] / first - l10 * x1 - l20 * x2, x1, x2};
}

// The a and b of each window, of its centre.
struct WindowLines {
  std::array<cv::Mat, kColours> a;
  cv::Mat b;
};

WindowLines lines_of(const Windows& windows, const std::array<cv::Mat, kColours>& colours, const cv::Mat& input, double eps) {
  std::array<cv::Mat, kColours> mean;
  std::array<cv::Mat, kPairs.size()> spread;
  WindowLines lines;  // until the loop the covariances with the input, and its mean
  lines.b = windows.mean(input);
  for (int c = 0; c < kColours; ++c) {
    mean[c] = windows.mean(colours[c]);
    lines.a[c] = windows.mean(colours[c].mul(input)) - mean[c].mul(lines.b);
  }
  for (size_t i = 0; i < kPairs.size(); ++i) {
    const auto [j, k] = kPairs[i];
    spread[i] = windows.mean(colours[j].mul(colours[k])) - mean[j].mul(mean[k]);
  }
  for (int y = 0; y < input.rows; ++y)
    for (int x = 0; x < input.cols; ++x) {
      std::array<double, kPairs.size()> s{};
      for (size_t i = 0; i < s.size(); ++i) s[i] = spread[i].at<double>(y, x);
      cv::Vec3d covariance;
      for (int c = 0; c < kColours; ++c) covariance[c] = lines.a[c].at<double>(y, x);
      const cv::Vec3d a = solved(s, eps, covariance);
      for (int c = 0; c < kColours; ++c) {
        lines.a[c].at<double>(y, x) = a[c];
        lines.b.at<double>(y, x) -= a[c] * mean[c].at<double>(y, x);
      }
    }
  return lines;
}

}  // namespace

void fields(FieldVisitor& visit, RefineConfig& config) {
  visit("radius", config.radius, "of the guided filter, pixels; 0: off", {0, 1024});
  visit("eps", config.eps, "edges of the picture weaker than its root, 0..1, are smoothed over", {1e-12, 1});
  visit("most_pixels", config.most_pixels, "larger pictures are refused, since the filter takes 200 bytes a pixel",
        {1, 1'000'000'000});
}

cv::Mat guided_filter(const cv::Mat& guide, const cv::Mat& input, int radius, double eps) {
  require(guide.type() == CV_32FC3 && input.type() == CV_32FC1 && guide.size() == input.size(),
          "a guided filter needs floats of one size, three channels and one, got a guide of {}x{} and an input of {}x{}",
          guide.cols, guide.rows, input.cols, input.rows);
  require(radius >= 1 && eps > 0, "a guided filter has radius {} and eps {} (allowed: from 1, above 0)", radius, eps);
  cv::Mat values, out;
  input.convertTo(values, CV_64F);
  const Windows windows(guide.size(), radius);
  const std::array<cv::Mat, kColours> colours = colour_planes(guide);
  const WindowLines lines = lines_of(windows, colours, values, eps);
  values = windows.mean(lines.b);
  for (int c = 0; c < kColours; ++c) values = values + windows.mean(lines.a[c]).mul(colours[c]);
  values.convertTo(out, CV_32F);
  return out;
}

cv::Mat refined(const cv::Mat& alpha, const cv::Mat& frame, const RefineConfig& config) {
  if (config.radius == 0) return alpha;
  require(frame.type() == CV_8UC3, "a guided filter needs the picture, BGR with 8 bits a channel");
  require(
      frame.total() <= static_cast<size_t>(config.most_pixels),
      "a guided filter over {} pixels (allowed: {}; working_size.max_side makes pictures smaller, refine.most_pixels allows "
      "more)",
      frame.total(), config.most_pixels);
  return cv::min(cv::max(guided_filter(to_float(frame), alpha, config.radius, config.eps), 0.f), 1.f);
}

}  // namespace facemat
