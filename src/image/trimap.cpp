#include "src/image/trimap.h"

#include <opencv2/imgproc.hpp>

#include "src/core/error.h"

namespace facemat {
namespace {

cv::Mat eroded(const cv::Mat& mask, int side) {
  cv::Mat out;
  const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side});
  // The picture's border is not an edge of the object: pixels beyond it count as inside.
  cv::erode(mask, out, kernel, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(255));
  return out;
}

}  // namespace

cv::Mat make_trimap(const cv::Mat& alpha, int foreground_side, int background_side) {
  require(alpha.type() == CV_32FC1, "make_trimap needs a float alpha with one channel");
  require(foreground_side >= 1 && background_side >= 1, "trimap kernel sides are {} and {} (allowed: 1 and more)",
          foreground_side, background_side);
  const cv::Mat foreground = eroded(alpha >= 1 - 1e-5f, foreground_side);
  const cv::Mat background = eroded(alpha <= 1e-5f, background_side);
  cv::Mat trimap(alpha.size(), CV_8UC1, cv::Scalar(kUnknown));
  trimap.setTo(255, foreground);
  trimap.setTo(0, background);
  return trimap;
}

}  // namespace facemat
