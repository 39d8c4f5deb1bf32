#include "eval/measures/composite_quality.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/runtime/compose/compositor.h"

namespace facemat {
namespace {

constexpr int kWindow = 11;

void check_pictures(const cv::Mat& a, const cv::Mat& b) {
  require(a.type() == CV_8UC3 && b.type() == CV_8UC3 && a.size() == b.size(),
          "composites to compare are BGR pictures of one size");
}

cv::Mat luminance(const cv::Mat& picture) {
  cv::Mat grey, out;
  cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
  grey.convertTo(out, CV_64F);
  return out;
}

cv::Mat local_mean(const cv::Mat& values) {
  cv::Mat mean;
  cv::GaussianBlur(values, mean, {kWindow, kWindow}, 1.5, 1.5, cv::BORDER_REFLECT_101);
  return mean;
}

cv::Mat true_composite(const cv::Mat& image, const cv::Mat& clean, const cv::Mat& filtered, const cv::Mat& truth) {
  cv::Mat change, weights, exact;
  cv::subtract(to_float(filtered), to_float(clean), change);
  cv::merge(std::vector<cv::Mat>(3, truth), weights);
  cv::add(to_float(image), change.mul(weights), exact);
  return to_u8(exact);
}

}  // namespace

double psnr(const cv::Mat& picture, const cv::Mat& truth) {
  check_pictures(picture, truth);
  const double squared = cv::norm(picture, truth, cv::NORM_L2SQR) / (3 * static_cast<double>(truth.total()));
  return squared == 0 ? kMostPsnr : std::min(kMostPsnr, 10 * std::log10(255 * 255 / squared));
}

double ssim(const cv::Mat& picture, const cv::Mat& truth) {
  check_pictures(picture, truth);
  constexpr double kC1 = (0.01 * 255) * (0.01 * 255), kC2 = (0.03 * 255) * (0.03 * 255);
  const cv::Mat x = luminance(picture), y = luminance(truth);
  const cv::Mat mean_x = local_mean(x), mean_y = local_mean(y);
  const cv::Mat variance_x = local_mean(x.mul(x)) - mean_x.mul(mean_x), variance_y = local_mean(y.mul(y)) - mean_y.mul(mean_y);
  const cv::Mat covariance = local_mean(x.mul(y)) - mean_x.mul(mean_y);
  cv::Mat above = (2 * mean_x.mul(mean_y) + kC1).mul(2 * covariance + kC2), map;
  cv::divide(above, (mean_x.mul(mean_x) + mean_y.mul(mean_y) + kC1).mul(variance_x + variance_y + kC2), map);
  constexpr int kBorder = kWindow / 2;
  if (map.cols >= kWindow && map.rows >= kWindow)
    map = map(cv::Rect(kBorder, kBorder, map.cols - 2 * kBorder, map.rows - 2 * kBorder));
  return cv::mean(map)[0];
}

cv::Mat strongly_filtered(const cv::Mat& clean) {
  cv::Mat out;
  cv::bitwise_xor(clean, cv::Scalar::all(128), out);  // + 128 modulo 256
  return out;
}

CompositeQuality composite_quality(const cv::Mat& image, const cv::Mat& clean, const cv::Mat& alpha, const cv::Mat& truth) {
  const cv::Mat& face = clean.empty() ? image : clean;
  check_pictures(image, face);
  const cv::Mat filtered = strongly_filtered(face);
  const cv::Mat predicted = composite(image, filtered, alpha), exact = true_composite(image, face, filtered, truth);
  return {psnr(predicted, exact), ssim(predicted, exact)};
}

}  // namespace facemat
