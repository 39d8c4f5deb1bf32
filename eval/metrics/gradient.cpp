#include "eval/metrics/gradient.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace facemat {
namespace {

constexpr int kHalf = 4;  // ceil(sigma sqrt(-2 ln(sqrt(2 pi) sigma 0.01))) for sigma 1.4
using Kernel = cv::Mat_<double>;

// The Gaussian and its derivative as unit vectors: their outer product is the L2-normalised 2-D kernel.
Kernel unit_kernel(bool derivative) {
  constexpr double kSigma = 1.4;
  Kernel kernel(1, 2 * kHalf + 1);
  for (int i = -kHalf; i <= kHalf; ++i) {
    const double gaussian = std::exp(-i * i / (2 * kSigma * kSigma));
    kernel(0, i + kHalf) = derivative ? -i * gaussian : gaussian;
  }
  return Kernel(kernel / cv::norm(kernel));
}

cv::Mat as_double(const cv::Mat& alpha, bool stretch) {
  double low = 0, high = 255;
  if (stretch) cv::minMaxLoc(alpha, &low, &high);
  cv::Mat out;
  const double scale = high > low ? 1 / (high - low) : 0;  // a constant image has no gradient
  alpha.convertTo(out, CV_64F, scale, -low * scale);
  return out;
}

cv::Mat amplitude(const cv::Mat& alpha) {
  static const Kernel smooth = unit_kernel(false), slope = unit_kernel(true);
  cv::Mat gx, gy, out;
  cv::sepFilter2D(alpha, gx, CV_64F, slope, smooth, {-1, -1}, 0, cv::BORDER_REPLICATE);
  cv::sepFilter2D(alpha, gy, CV_64F, smooth, slope, {-1, -1}, 0, cv::BORDER_REPLICATE);
  cv::magnitude(gx, gy, out);
  return out;
}

}  // namespace

double gradient_error(const AlphaPair& pair, bool stretch) {
  const cv::Mat p = amplitude(as_double(pair.prediction, stretch)), g = amplitude(as_double(pair.truth, stretch));
  double sum = 0;
  for_region(pair, [&](int y, int x) {
    const double d = p.at<double>(y, x) - g.at<double>(y, x);
    sum += d * d;
  });
  return sum / 1000;
}

}  // namespace facemat
