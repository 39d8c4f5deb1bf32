#pragma once
// What tests ask of the readers in src/image/codec.h, and an encoder's files for them.

#include <gtest/gtest.h>

#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "src/core/error.h"
#include "src/image/codec.h"

namespace facemat {

inline bool operator==(const ImageSize& a, const ImageSize& b) {
  return a.width == b.width && a.height == b.height && a.channels == b.channels && a.bit_depth == b.bit_depth &&
         a.has_alpha == b.has_alpha && a.orientation == b.orientation;
}
inline void PrintTo(const ImageSize& s, std::ostream* out) {
  *out << fmt::format("{}x{}, {} channels of {} bits, alpha {}, orientation {}", s.width, s.height, s.channels, s.bit_depth,
                      s.has_alpha, s.orientation);
}

// No two neighbours alike, at either depth.
inline cv::Mat ramp(int type) {
  cv::Mat image(24, 32, type);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols * image.channels(); ++x) {
      if (image.depth() == CV_8U) image.ptr<uint8_t>(y)[x] = static_cast<uint8_t>(7 * y + 3 * x);
      if (image.depth() == CV_16U) image.ptr<uint16_t>(y)[x] = static_cast<uint16_t>(700 * y + 301 * x);
    }
  return image;
}

// The bytes of a file with this extension, by OpenCV.
inline std::string encoded(const std::string& extension, const cv::Mat& image, const std::vector<int>& options = {}) {
  std::vector<uint8_t> bytes;
  cv::imencode(extension, image, bytes, options);
  return {bytes.begin(), bytes.end()};
}

}  // namespace facemat
