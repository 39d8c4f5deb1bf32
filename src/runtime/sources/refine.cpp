#include "src/runtime/sources/refine.h"

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

}  // namespace

void fields(FieldVisitor& visit, RefineConfig& config) {
  visit("radius", config.radius, "of the guided filter, pixels; 0: off", {0, 1024});
  visit("eps", config.eps, "edges of the picture weaker than its root, 0..1, are smoothed over", {1e-12, 1});
}

cv::Mat guided_filter(const cv::Mat& guide, const cv::Mat& input, int radius, double eps) {
  require(guide.type() == CV_32FC1 && input.type() == CV_32FC1 && guide.size() == input.size(),
          "a guided filter needs one channel of floats each, got a guide of {}x{} and an input of {}x{}", guide.cols,
          guide.rows, input.cols, input.rows);
  require(radius >= 1 && eps > 0, "a guided filter has radius {} and eps {} (allowed: from 1, above 0)", radius, eps);
  cv::Mat i, p, out;
  guide.convertTo(i, CV_64F);
  input.convertTo(p, CV_64F);
  const Windows windows(guide.size(), radius);
  const cv::Mat mean_i = windows.mean(i), mean_p = windows.mean(p);
  const cv::Mat variance = windows.mean(i.mul(i)) - mean_i.mul(mean_i);
  const cv::Mat covariance = windows.mean(i.mul(p)) - mean_i.mul(mean_p);
  const cv::Mat a = covariance / (variance + eps);
  const cv::Mat b = mean_p - a.mul(mean_i);
  cv::Mat(windows.mean(a).mul(i) + windows.mean(b)).convertTo(out, CV_32F);
  return out;
}

cv::Mat refined(const cv::Mat& alpha, const cv::Mat& frame, const RefineConfig& config) {
  if (config.radius == 0) return alpha;
  require(frame.type() == CV_8UC3, "a guided filter needs the picture, BGR with 8 bits a channel");
  cv::Mat luminance;
  cv::cvtColor(to_float(frame), luminance, cv::COLOR_BGR2GRAY);
  return cv::min(cv::max(guided_filter(luminance, alpha, config.radius, config.eps), 0.f), 1.f);
}

}  // namespace facemat
