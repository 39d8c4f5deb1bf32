#include "src/image/codec.h"

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

uint32_t be32(const std::string& b, size_t at) {
  return (uint32_t(uint8_t(b[at])) << 24) | (uint32_t(uint8_t(b[at + 1])) << 16) | (uint32_t(uint8_t(b[at + 2])) << 8) |
         uint8_t(b[at + 3]);
}

bool starts_with(const std::string& bytes, std::string_view magic) { return bytes.compare(0, magic.size(), magic) == 0; }

// PNG: IHDR comes first (ISO 15948, 11.2.2); a complete file ends with the IEND chunk.
std::optional<cv::Size2d> png_size(const std::string& b) {
  if (!starts_with(b, "\x89PNG\r\n\x1a\n") || b.size() < 33) return {};
  return cv::Size2d(be32(b, 16), be32(b, 20));
}
bool png_complete(const std::string& b) { return b.find("IEND", b.size() > 64 ? b.size() - 64 : 0) != std::string::npos; }

// JPEG: walk the segments to the first start-of-frame (ITU T.81, B.2.2); a complete file holds the end-of-image marker.
std::optional<cv::Size2d> jpeg_size(const std::string& b) {
  if (!starts_with(b, "\xff\xd8")) return {};
  for (size_t at = 2; at + 9 < b.size();) {
    if (uint8_t(b[at]) != 0xff) return {};
    const int marker = uint8_t(b[at + 1]);
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) return cv::Size2d(uint8_t(b[at + 7]) << 8 | uint8_t(b[at + 8]), uint8_t(b[at + 5]) << 8 | uint8_t(b[at + 6]));
    at += 2 + (uint8_t(b[at + 2]) << 8 | uint8_t(b[at + 3]));
  }
  return {};
}
bool jpeg_complete(const std::string& b) { return b.rfind("\xff\xd9") != std::string::npos; }

cv::Mat decode(const fs::path& path, int flags) {
  const std::string bytes = read_file(path, uint64_t{512} << 20);
  const auto png = png_size(bytes), jpeg = jpeg_size(bytes);
  require(png || jpeg, "{}: not a PNG or JPEG image", path.string());
  const cv::Size2d size = png ? *png : *jpeg;
  require(size.width >= 1 && size.height >= 1 && size.width * size.height <= kMostPixels,
          "{}: {}x{} pixels (allowed: up to {} in all)", path.string(), size.width, size.height, kMostPixels);
  require(png ? png_complete(bytes) : jpeg_complete(bytes), "{}: the image is truncated", path.string());
  cv::Mat image;
  try {
    image = cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data())), flags);
  } catch (const cv::Exception&) {
    image.release();
  }
  require(!image.empty(), "{}: the image is damaged", path.string());
  return image;
}

}  // namespace

const std::vector<std::string>& image_extensions() {
  static const std::vector<std::string> extensions{".png", ".jpg", ".jpeg"};
  return extensions;
}

cv::Mat read_image(const fs::path& path) { return decode(path, cv::IMREAD_COLOR); }

cv::Mat read_mask(const fs::path& path) {
  cv::Mat image = decode(path, cv::IMREAD_UNCHANGED);
  if (image.channels() > 1) {
    cv::Mat planes[4], difference;
    cv::split(image, planes);
    require(cv::norm(planes[0], planes[1], cv::NORM_INF) == 0 && cv::norm(planes[0], planes[2], cv::NORM_INF) == 0,
            "{}: a mask must be grey, this image has colours", path.string());
    image = planes[0];
  }
  return to_float(image);
}

cv::Mat read_cutout(const fs::path& path) {
  const cv::Mat image = decode(path, cv::IMREAD_UNCHANGED);
  require(image.channels() == 4, "{}: a cut-out needs an alpha channel (RGBA PNG), this file has {} channels", path.string(),
          image.channels());
  const cv::Mat straight = to_float(image);
  cv::Mat colour, alpha;
  cv::cvtColor(straight, colour, cv::COLOR_BGRA2BGR);
  cv::extractChannel(straight, alpha, 3);
  return premultiply(colour, alpha);
}

cv::Mat read_trimap(const fs::path& path) {
  const cv::Mat trimap = decode(path, cv::IMREAD_GRAYSCALE);
  const cv::Mat odd = (trimap != 0) & (trimap != 128) & (trimap != 255);
  require(cv::countNonZero(odd) == 0, "{}: a trimap holds 0, 128 and 255 only", path.string());
  return trimap;
}

std::string encode_image(const std::string& extension, const cv::Mat& image, int jpeg_quality) {
  std::vector<int> options;
  if (extension == ".png") options = {cv::IMWRITE_PNG_COMPRESSION, 3};
  if (extension == ".jpg" || extension == ".jpeg") options = {cv::IMWRITE_JPEG_QUALITY, jpeg_quality};
  require(!options.empty(), "image format '{}' cannot be written (known: .png, .jpg)", extension);
  std::vector<uint8_t> bytes;
  require(cv::imencode(extension, image, bytes, options), "the image cannot be encoded as {}", extension);
  return {bytes.begin(), bytes.end()};
}

void write_image(const fs::path& path, const cv::Mat& image, int jpeg_quality) {
  write_file(path, encode_image(path.extension().string(), image, jpeg_quality));
}

}  // namespace facemat
