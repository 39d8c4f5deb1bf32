#pragma once
// What tests ask of the readers in src/image/codec.h, and an encoder's files for them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/support/scratch.h"

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

struct ImageReader {
  std::string name;
  std::function<void(const fs::path&)> read;
};

// Every reader, of a file.
inline std::vector<ImageReader> image_readers() {
  const auto bytes = [](const fs::path& file) { return read_file(file, kMostImageBytes); };
  return {
      {"read_image_size", [](const fs::path& file) { read_image_size(file); }},
      {"read_image", [](const fs::path& file) { read_image(file); }},
      {"decode_deep", [bytes](const fs::path& file) { decode_deep(bytes(file), file.string()); }},
      {"read_mask", [](const fs::path& file) { read_mask(file); }},
      {"read_cutout", [](const fs::path& file) { read_cutout(file); }},
      {"decode_straight_cutout", [bytes](const fs::path& file) { decode_straight_cutout(bytes(file), file.string()); }},
      {"read_colour_and_alpha", [](const fs::path& file) { read_colour_and_alpha(file, file); }},
      {"decode_levels", [bytes](const fs::path& file) { decode_levels(bytes(file), file.string()); }},
      {"decode_labels", [bytes](const fs::path& file) { decode_labels(bytes(file), file.string()); }},
      {"read_trimap", [](const fs::path& file) { read_trimap(file); }},
  };
}

// Writes the first of each pair as a file of this name, which every reader but those named in `but` must refuse as
// "PATH: ", then the second; nothing may be printed.
inline void expect_refused_by_every_reader(const std::vector<std::pair<std::string, std::string>>& table,
                                           const std::string& name, const std::vector<std::string>& but = {}) {
  const Scratch scratch;
  const fs::path file = scratch / name;
  testing::internal::CaptureStderr();
  for (const auto& [bytes, message] : table) {
    write_file(file, bytes);
    for (const ImageReader& reader : image_readers()) {
      if (std::count(but.begin(), but.end(), reader.name) > 0) continue;
      EXPECT_THAT(message_of([&] { reader.read(file); }), testing::HasSubstr(file.string() + ": " + message)) << reader.name;
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace facemat
