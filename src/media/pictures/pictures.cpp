#include "src/media/pictures/pictures.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/media/pictures/exr.h"

namespace facemat {
namespace {

std::string extension_of(const fs::path& path) { return lower(path.extension().string()); }

std::string encode_png(const cv::Mat& picture) { return encode_image(".png", picture); }
std::string encode_jpeg(const cv::Mat& picture) { return encode_image(".jpg", picture); }

// 8 or 16 bits; a picture of the other depth is widened (255 becomes 65535) or rounded.
cv::Mat at_depth(const cv::Mat& picture, int bits) {
  if ((picture.depth() == CV_16U) == (bits == 16)) return picture;
  cv::Mat out;
  if (bits == 16)
    picture.convertTo(out, CV_16U, 257);
  else
    out = to_u8(to_float(picture));
  return out;
}

// What src/image reads, at the depth asked for.
cv::Mat read_deep(const fs::path& path, const ReadOptions& options) {
  const cv::Mat picture = at_depth(decode_deep(read_file(path, kMostImageBytes), path.string()), options.bits);
  const bool transparent = picture.channels() == 4;
  if (transparent == options.alpha) return picture;
  cv::Mat out;
  cv::cvtColor(picture, out, transparent ? cv::COLOR_BGRA2BGR : cv::COLOR_BGR2BGRA);  // what has none is opaque
  return out;
}

}  // namespace

const std::vector<PictureFormat>& picture_formats() {
  static const std::vector<PictureFormat> table = {
      {"png", "PNG, 8 bits", ".png", true, 0.5 / 255, encode_png, CV_8U},
      {"png16", "PNG, 16 bits", ".png", true, 0.5 / 65535, encode_png, CV_16U},
      {"jpg", "JPEG, 8 bits, lossy, without alpha", ".jpg", false, 12. / 255, encode_jpeg, CV_8U},
      // Half floats have 11 bits: 2^-12 of a value, which the sRGB curve makes no larger.
      {"exr", "OpenEXR, half floats: amounts of light, alpha multiplied in", ".exr", true, 1. / 2048, encode_exr, CV_32F, true},
  };
  return table;
}

const std::vector<std::string>& picture_extensions() {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> all = image_extensions();
    all.push_back(".exr");
    return all;
  }();
  return known;
}

bool is_picture(const fs::path& path) { return has_extension(path, picture_extensions()); }

const PictureFormat& picture_format_of(const fs::path& path, int bits, bool alpha) {
  const std::string asked = extension_of(path), extension = asked == ".jpeg" ? ".jpg" : asked;
  const PictureFormat* best = nullptr;
  for (const PictureFormat& format : picture_formats())
    if (format.extension == extension && (best == nullptr || (bits == 16 && format.depth != CV_8U))) best = &format;
  require(best != nullptr, "{}: pictures cannot be written as '{}' (allowed: .png, .jpg, .exr)", path.string(), asked);
  require(!alpha || best->alpha, "{}: {} holds no alpha (allowed: .png, .exr)", path.string(), best->name);
  return *best;
}

cv::Mat read_picture(const fs::path& path, const ReadOptions& options) {
  if (extension_of(path) == ".exr") return read_exr(path, options);
  return options.bits == 8 && !options.alpha ? read_image(path) : read_deep(path, options);
}

bool has_alpha(const fs::path& path) {
  return extension_of(path) == ".exr" ? exr_has_alpha(path) : read_image_size(path).has_alpha;
}

std::string encode_picture(const cv::Mat& picture, const PictureFormat& format) {
  cv::Mat fit = picture;
  if (fit.depth() != format.depth) {
    const cv::Mat floats = to_float(picture);
    fit = format.depth == CV_8U ? to_u8(floats) : format.depth == CV_16U ? to_u16(floats) : floats;
  }
  if (!format.alpha && fit.channels() == 4) cv::cvtColor(fit, fit, cv::COLOR_BGRA2BGR);
  return format.encode(fit);
}

}  // namespace facemat
