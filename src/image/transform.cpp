#include "src/image/transform.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace facemat {

cv::Mat resize(const cv::Mat& image, cv::Size size) {
  if (image.size() == size) return image.clone();
  const bool shrinking = size.width <= image.cols && size.height <= image.rows;
  cv::Mat out;
  cv::resize(image, out, size, 0, 0, shrinking ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

cv::Mat warp(const cv::Mat& image, const cv::Matx23d& matrix, cv::Size size) {
  const double scale = std::sqrt(std::abs(matrix(0, 0) * matrix(1, 1) - matrix(0, 1) * matrix(1, 0)));
  cv::Mat source = image;
  cv::Matx23d from_source = matrix;
  if (scale < 0.75 && scale > 0) {  // bilinear sampling alone would skip pixels
    const cv::Size small(std::max(1, static_cast<int>(std::lround(image.cols * scale))),
                         std::max(1, static_cast<int>(std::lround(image.rows * scale))));
    source = resize(image, small);
    const double fx = static_cast<double>(image.cols) / small.width, fy = static_cast<double>(image.rows) / small.height;
    for (int row = 0; row < 2; ++row) {  // pixel centres: x_image = fx * (x_small + 0.5) - 0.5
      from_source(row, 2) += matrix(row, 0) * (fx - 1) / 2 + matrix(row, 1) * (fy - 1) / 2;
      from_source(row, 0) = matrix(row, 0) * fx;
      from_source(row, 1) = matrix(row, 1) * fy;
    }
  }
  cv::Mat out;
  cv::warpAffine(source, out, cv::Mat(from_source), size, cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  return out;
}

cv::Matx23d similarity(cv::Point2d centre, double scale, double degrees, cv::Point2d to) {
  const double angle = degrees * CV_PI / 180;
  const double c = scale * std::cos(angle), s = scale * std::sin(angle);
  return {c, s, to.x - c * centre.x - s * centre.y, -s, c, to.y + s * centre.x - c * centre.y};
}

cv::Rect bounding_box(const cv::Mat& alpha, float threshold) {
  const cv::Mat inside = alpha > threshold;
  return cv::boundingRect(inside);
}

}  // namespace facemat
