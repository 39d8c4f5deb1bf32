#include "src/media/pictures/pictures.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
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

// The EXIF orientation 1..8 undone.
cv::Mat upright(const cv::Mat& stored, int orientation) {
  cv::Mat out = stored;
  if (orientation >= 5) cv::transpose(out, out);
  if (orientation == 2 || orientation == 6 || orientation == 3 || orientation == 7) cv::flip(out, out, 1);
  if (orientation == 4 || orientation == 8 || orientation == 3 || orientation == 7) cv::flip(out, out, 0);
  return out;
}

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

cv::Mat opaque(cv::Size size, int bits) {
  return bits == 16 ? cv::Mat(size, CV_16UC1, cv::Scalar(65535)) : cv::Mat(size, CV_8UC1, cv::Scalar(255));
}

// The alpha of a PNG, exact: src/image knows all of its kinds.
cv::Mat png_alpha(const std::string& bytes, const std::string& where, int bits) {
  cv::Mat alpha;
  cv::extractChannel(decode_cutout(bytes, where), alpha, 3);
  return bits == 16 ? to_u16(alpha) : to_u8(alpha);
}

// PNG and JPEG at the depth asked for. What is wrong with a file, src/image tells; its colours are then decoded once more, at
// their own depth.
cv::Mat read_deep(const fs::path& path, const ReadOptions& options) {
  const std::string bytes = read_file(path, kMostImageBytes), where = path.string();
  decode_image(bytes, where);
  const ImageSize size = decode_image_size(bytes, where);
  const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  cv::Mat colour = cv::imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION);
  require(!colour.empty(), "{}: not a readable image", where);
  colour = at_depth(upright(colour, size.orientation), options.bits);
  if (!options.alpha) return colour;
  const cv::Mat alpha = size.has_alpha ? png_alpha(bytes, where, options.bits) : opaque(colour.size(), options.bits);
  std::vector<cv::Mat> channels;
  cv::split(colour, channels);
  channels.push_back(alpha);
  cv::merge(channels, colour);
  return colour;
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
