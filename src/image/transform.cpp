#include "src/image/transform.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"

namespace facemat {

cv::Mat resize(const cv::Mat& image, cv::Size size) {
  if (image.size() == size) return image.clone();
  const bool shrinking = size.width <= image.cols && size.height <= image.rows;
  cv::Mat out;
  cv::resize(image, out, size, 0, 0, shrinking ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

namespace {

double scale_of(const cv::Matx23d& m) { return std::sqrt(std::abs(m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0))); }

// An image shrunk by area average to `scale` of its size, and the matrix that goes with it.
struct Shrunk {
  cv::Mat image;
  cv::Matx23d matrix;
};
Shrunk shrunk(const cv::Mat& image, const cv::Matx23d& m, double scale) {
  const cv::Size small(std::max(1, static_cast<int>(std::lround(image.cols * scale))),
                       std::max(1, static_cast<int>(std::lround(image.rows * scale))));
  Shrunk out{resize(image, small), m};
  const double fx = static_cast<double>(image.cols) / small.width, fy = static_cast<double>(image.rows) / small.height;
  for (int row = 0; row < 2; ++row) {  // pixel centres: x_image = fx * (x_small + 0.5) - 0.5
    out.matrix(row, 2) += m(row, 0) * (fx - 1) / 2 + m(row, 1) * (fy - 1) / 2;
    out.matrix(row, 0) = m(row, 0) * fx;
    out.matrix(row, 1) = m(row, 1) * fy;
  }
  return out;
}

// Adds weight * the bilinear sample of `layer` at (x, y), 0 outside.
void add_sample(const cv::Mat& layer, double x, double y, float weight, cv::Vec4f& sum) {
  const double left = std::floor(x), top = std::floor(y);
  if (!(left >= -1 && top >= -1 && left < layer.cols && top < layer.rows)) return;
  const int x0 = static_cast<int>(left), y0 = static_cast<int>(top);
  const auto fx = static_cast<float>(x - left), fy = static_cast<float>(y - top);
  const float weights[4] = {weight * (1 - fx) * (1 - fy), weight * fx * (1 - fy), weight * (1 - fx) * fy, weight * fx * fy};
  if (x0 >= 0 && y0 >= 0 && x0 + 1 < layer.cols && y0 + 1 < layer.rows) {
    const float* p = layer.ptr<float>(y0) + 4 * x0;
    const float* q = layer.ptr<float>(y0 + 1) + 4 * x0;
    for (int c = 0; c < 4; ++c) sum[c] += weights[0] * p[c] + weights[1] * p[4 + c] + weights[2] * q[c] + weights[3] * q[4 + c];
    return;
  }
  for (int i = 0; i < 4; ++i) {
    const int u = x0 + (i & 1), v = y0 + (i >> 1);
    if (u >= 0 && v >= 0 && u < layer.cols && v < layer.rows) sum += weights[i] * layer.at<cv::Vec4f>(v, u);
  }
}

int border_of(Outside outside) {
  if (outside == Outside::kMirrored) return cv::BORDER_REFLECT_101;
  return outside == Outside::kReplicated ? cv::BORDER_REPLICATE : cv::BORDER_CONSTANT;
}

}  // namespace

cv::Mat warp(const cv::Mat& image, const cv::Matx23d& matrix, cv::Size size, Outside outside) {
  const double scale = scale_of(matrix);
  Shrunk source{image, matrix};
  if (scale < 0.75 && scale > 0) source = shrunk(image, matrix, scale);  // bilinear sampling alone would skip pixels
  cv::Mat out;
  cv::warpAffine(source.image, out, cv::Mat(source.matrix), size, cv::INTER_LINEAR, border_of(outside), cv::Scalar::all(0));
  return out;
}

cv::Mat warp_layer(const cv::Mat& layer, const cv::Matx23d& matrix, cv::Size size) {
  require(layer.type() == CV_32FC4, "warp_layer needs a layer (float with 4 channels)");
  const double scale = scale_of(matrix);
  require(scale > 0, "warp_layer needs a matrix that can be inverted");
  Shrunk source{layer, matrix};
  if (scale < 0.375) source = shrunk(layer, matrix, 2 * scale);  // then two samples a pixel see every source pixel
  const int samples = scale < 0.75 ? 2 : 1;                      // along each axis
  cv::Matx23d inverse;
  cv::invertAffineTransform(source.matrix, inverse);
  const float weight = 1.f / static_cast<float>(samples * samples);
  cv::Mat out(size, CV_32FC4);
  for (int y = 0; y < size.height; ++y) {
    auto* to = out.ptr<cv::Vec4f>(y);
    for (int x = 0; x < size.width; ++x) {
      cv::Vec4f sum(0, 0, 0, 0);
      for (int j = 0; j < samples; ++j)
        for (int i = 0; i < samples; ++i) {
          const double u = x + (i + 0.5) / samples - 0.5, v = y + (j + 0.5) / samples - 0.5;
          add_sample(source.image, inverse(0, 0) * u + inverse(0, 1) * v + inverse(0, 2),
                     inverse(1, 0) * u + inverse(1, 1) * v + inverse(1, 2), weight, sum);
        }
      to[x] = sum;
    }
  }
  return out;
}

cv::Mat divided_by_trust(const cv::Mat& weighted, const cv::Mat& trust, const cv::Mat& plain) {
  require(weighted.type() == CV_32FC1 && trust.type() == CV_32FC1 && plain.type() == CV_32FC1 &&
              weighted.size() == trust.size() && plain.size() == trust.size(),
          "a label and its trust must be float planes of one size");
  cv::Mat out(plain.size(), CV_32FC1);
  for (int y = 0; y < out.rows; ++y) {
    const float *w = weighted.ptr<float>(y), *t = trust.ptr<float>(y), *p = plain.ptr<float>(y);
    float* to = out.ptr<float>(y);
    for (int x = 0; x < out.cols; ++x) to[x] = t[x] > 0 ? std::min(1.f, w[x] / t[x]) : p[x];
  }
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
