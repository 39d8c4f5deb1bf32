#pragma once
// What tests ask of pictures.

#include <cstring>
#include <opencv2/core.hpp>

namespace facemat {

// Whether two pictures are the same in size, type and every byte.
inline bool same_bytes(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return false;
  const size_t row = a.cols * a.elemSize();
  for (int y = 0; y < a.rows; ++y)
    if (std::memcmp(a.ptr(y), b.ptr(y), row) != 0) return false;
  return true;
}

// The standard deviation of the first channel.
inline double deviation(const cv::Mat& image) {
  cv::Scalar mean, sigma;
  cv::meanStdDev(image, mean, sigma);
  return sigma[0];
}

}  // namespace facemat
