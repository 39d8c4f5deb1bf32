#pragma once
// Still pictures of every depth: what src/image reads and writes, and OpenEXR.

#include <filesystem>
#include <string>
#include <vector>

#include "src/media/frames/frame.h"

namespace facemat {

namespace fs = std::filesystem;

// THE PICTURE FORMAT TABLE. To add one: a line in pictures.cpp; tests/src/media/pictures/formats_test.cpp writes and reads back
// every line.
struct PictureFormat {
  std::string name, help;
  std::string extension;  // lower case, with dot
  bool alpha = false;     // holds it
  double error = 0;       // the most by which a value 0..1 read back differs from the one written
  // The bytes of a file. `picture`: grey, BGR or, where it holds alpha, straight BGRA; 8 bits, 16 bits or float 0..1, at the
  // depth the format keeps.
  std::string (*encode)(const cv::Mat& picture);
  int depth = CV_8U;        // of `picture`: CV_8U, CV_16U or CV_32F
  bool multiplies = false;  // colours by alpha, as the format wants
};
const std::vector<PictureFormat>& picture_formats();

// Extensions that read_picture accepts, lower case with dot.
const std::vector<std::string>& picture_extensions();
bool is_picture(const fs::path& path);

// The format for `path` by its extension: of two for one extension the one that keeps more than 8 bits if `bits` is 16. Throws
// Error naming it, also where `alpha` asks for what the format cannot hold.
const PictureFormat& picture_format_of(const fs::path& path, int bits, bool alpha);

// A file that src/image/codec.h reads (PNG, JPEG, WebP, BMP) or OpenEXR, as `options` ask. OpenEXR holds amounts of light, with
// alpha multiplied in; both are undone here (sRGB curve, straight colours), values above 1 are kept.
cv::Mat read_picture(const fs::path& path, const ReadOptions& options);
bool has_alpha(const fs::path& path);

// `picture` brought to `format`'s depth and encoded. Throws Error.
std::string encode_picture(const cv::Mat& picture, const PictureFormat& format);

}  // namespace facemat
