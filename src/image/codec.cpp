#include "src/image/codec.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/image/container.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

using container::Format;
using container::Header;
using container::parse_header;

ImageSize size_of(const Header& h) {
  int width = static_cast<int>(h.width), height = static_cast<int>(h.height);
  if (h.orientation >= 5) std::swap(width, height);
  return {width, height, h.channels, h.bit_depth, h.has_alpha, h.orientation, h.lossy};
}

// As a viewer shows it (EXIF 2.3, table "Orientation": where the stored first row and column lie).
cv::Mat turned(const cv::Mat& image, int orientation) {
  constexpr int kAboutX = 0, kAboutY = 1, kAboutBoth = -1;
  cv::Mat out = image, transposed;
  if (orientation >= 5) cv::transpose(image, transposed);
  switch (orientation) {
    case 2:
      cv::flip(image, out, kAboutY);
      break;
    case 3:
      cv::flip(image, out, kAboutBoth);
      break;
    case 4:
      cv::flip(image, out, kAboutX);
      break;
    case 5:
      out = transposed;
      break;
    case 6:
      cv::flip(transposed, out, kAboutY);
      break;
    case 7:
      cv::flip(transposed, out, kAboutBoth);
      break;
    case 8:
      cv::flip(transposed, out, kAboutX);
      break;
    default:
      break;
  }
  return out;
}

// Grey with one transparent value -> BGRA. `key` is a stored value of `bit_depth` bits.
cv::Mat with_key_alpha(const cv::Mat& grey, int key, int bit_depth) {
  const int spread = bit_depth < 8 ? 255 / ((1 << bit_depth) - 1) : 1;  // as the decoder spreads 1, 2 and 4 bits over 8
  cv::Mat alpha, out;
  cv::Mat(grey != key * spread).convertTo(alpha, grey.depth(), grey.depth() == CV_16U ? 257 : 1);
  cv::merge(std::vector<cv::Mat>{grey, grey, grey, alpha}, out);
  return out;
}

// As BGR.
cv::Mat without_alpha(const cv::Mat& image) {
  if (image.channels() == 3) return image;
  cv::Mat out;
  cv::cvtColor(image, out, image.channels() == 1 ? cv::COLOR_GRAY2BGR : cv::COLOR_BGRA2BGR);
  return out;
}

// `picture`, the bytes that a decoder may see of a file with this header: 8 or 16 bits; 1 channel grey, 3 BGR or 4 BGRA.
cv::Mat decoded_as(const Header& header, std::string_view picture, const std::string& where) {
  require(picture.size() <= kMostImageBytes, "{}: {} bytes are more than the {} allowed here", where, picture.size(),
          kMostImageBytes);
  cv::Mat image;
  try {  // unchanged: depth and channels as stored, EXIF not applied by OpenCV, whatever its version
    image = cv::imdecode(cv::Mat(1, static_cast<int>(picture.size()), CV_8U, const_cast<char*>(picture.data())),
                         cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    image.release();
  }
  const int channels = image.channels();
  const bool known = (image.depth() == CV_8U || image.depth() == CV_16U) && (channels == 1 || channels == 3 || channels == 4);
  require(known && image.cols == header.width && image.rows == header.height, "{}: the image is damaged", where);
  // Some versions of OpenCV give the unused one of a BMP's four bytes as alpha.
  return channels == 4 && !header.has_alpha ? without_alpha(image) : image;
}

Header whole_header(std::string_view bytes, const std::string& where) {
  const auto header = parse_header(bytes, where);
  require(header.has_value(), "{}: the image is truncated", where);
  return *header;
}

// Of a PNG with this header, whose beginning `bytes` so have. Palettes of BMPs are colours and no more.
bool has_palette(std::string_view bytes, const Header& header) {
  return header.format == Format::kPng && container::byte(bytes, container::kPngColourType) == 3;
}

cv::Mat decoded_webp(const Header& header, std::string_view bytes, const std::string& where) {
  const std::string picture = container::webp_picture(bytes, where);
  static const bool built_in = cv::haveImageWriter(".webp");  // of readers it tells by files alone; both come together
  require(built_in, "{}: a WebP file, which this OpenCV was built without; convert it to PNG or JPEG", where);
  return decoded_as(header, picture, where);
}

cv::Mat decoded_as_stored(const Header& header, std::string_view bytes, const std::string& where) {
  switch (header.format) {
    case Format::kPng:
      return decoded_as(header, container::png_picture(bytes, where), where);
    case Format::kJpeg:
      return decoded_as(header, container::jpeg_picture(bytes, where), where);
    case Format::kWebp:
      return decoded_webp(header, bytes, where);
    case Format::kBmp:
      return decoded_as(header, container::bmp_picture(bytes, where), where);
  }
  fail("{}: no format that is read", where);
}

// The picture as stored, turned by its EXIF: 8 or 16 bits; 1 channel grey, 3 BGR or 4 BGRA.
cv::Mat decoded(std::string_view bytes, const std::string& where) {
  const Header header = whole_header(bytes, where);
  cv::Mat image = decoded_as_stored(header, bytes, where);
  if (header.grey_key >= 0) image = with_key_alpha(image, header.grey_key, header.bit_depth);
  return turned(image, header.orientation);
}

// The same of a picture that should be grey. Lossy WebP has no grey: it keeps brightness and colour, which come back as
// channels that are nearly alike; they are made alike.
cv::Mat decoded_grey(std::string_view bytes, const std::string& where) {
  constexpr double kNearly = 4;  // of 255: what one step of colour makes
  const Header header = whole_header(bytes, where);
  cv::Mat image = decoded(bytes, where);
  if (header.format != Format::kWebp || !header.lossy) return image;
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  const auto apart = [&](size_t i) { return cv::norm(planes[0], planes[i], cv::NORM_INF); };
  if (apart(1) > kNearly || apart(2) > kNearly) return image;
  planes[1] = planes[2] = planes[0];
  cv::merge(planes, image);
  return image;
}

// 16 bits -> 8: v / 257, rounded.
cv::Mat narrowed(const cv::Mat& image) {
  if (image.depth() == CV_8U) return image;
  cv::Mat out(image.size(), CV_8UC(image.channels()));
  const int width = image.cols * image.channels();
  for (int y = 0; y < image.rows; ++y) {
    const auto* in = image.ptr<uint16_t>(y);
    auto* to = out.ptr<uint8_t>(y);
    for (int x = 0; x < width; ++x) to[x] = static_cast<uint8_t>((in[x] + 128) / 257);
  }
  return out;
}

bool differ(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF) > 0; }

bool has_colours(const std::vector<cv::Mat>& planes) {
  return planes.size() >= 3 && (differ(planes[0], planes[1]) || differ(planes[0], planes[2]));
}

bool is_opaque(const cv::Mat& alpha) { return cv::countNonZero(alpha != (alpha.depth() == CV_8U ? 255 : 65535)) == 0; }

// The one channel of a grey picture, at its depth. `what` for the message: "a mask".
cv::Mat grey_of(const cv::Mat& image, const std::string& where, const char* what) {
  if (image.channels() == 1) return image;
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  require(!has_colours(planes), "{}: {} must be grey, this image has colours", where, what);
  require(planes.size() == 3 || is_opaque(planes[3]), "{}: {} must be opaque grey, this image is transparent in places", where,
          what);
  return planes[0];
}

bool is_flat(const cv::Mat& plane) {
  double low = 0, high = 0;
  cv::minMaxLoc(plane, &low, &high);
  return low == high;
}

// The channel of a picture that is the mask: its alpha, if that is not 255 everywhere and what it lies over is a colour or one
// grey, else its grey.
cv::Mat mask_channel(const cv::Mat& image, const std::string& where) {
  if (image.channels() < 4) return grey_of(image, where, "a mask");
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  if (is_opaque(planes[3])) return grey_of(image, where, "a mask");
  require(has_colours(planes) || is_flat(planes[0]) || !differ(planes[0], planes[3]),
          "{}: both its grey and its alpha channel could be the mask (keep one of them)", where);
  return planes[3];
}

// `image`, if it has an alpha channel.
cv::Mat with_alpha(const cv::Mat& image, const std::string& where) {
  require(image.channels() == 4, "{}: a cut-out needs an alpha channel (RGBA PNG or WebP), this file has {} channels", where,
          image.channels());
  return image;
}

template <typename Value>
cv::Mat premultiplied(const cv::Mat& straight, float top) {
  cv::Mat out(straight.size(), CV_32FC4);
  for (int y = 0; y < out.rows; ++y) {
    const auto* in = straight.ptr<cv::Vec<Value, 4>>(y);
    auto* to = out.ptr<cv::Vec4f>(y);
    for (int x = 0; x < out.cols; ++x) {
      const float alpha = static_cast<float>(in[x][3]) / top, scale = alpha / top;
      to[x] = {static_cast<float>(in[x][0]) * scale, static_cast<float>(in[x][1]) * scale, static_cast<float>(in[x][2]) * scale,
               alpha};
    }
  }
  return out;
}

cv::Mat premultiplied(const cv::Mat& straight) {
  return straight.depth() == CV_8U ? premultiplied<uint8_t>(straight, 255) : premultiplied<uint16_t>(straight, 65535);
}

std::string file_bytes(const fs::path& path) { return read_file(path, kMostImageBytes); }

}  // namespace

const std::vector<std::string>& image_extensions() {
  static const std::vector<std::string> extensions{".png", ".jpg", ".jpeg", ".webp", ".bmp"};
  return extensions;
}

const std::vector<std::string>& alpha_image_extensions() {
  static const std::vector<std::string> extensions{".png", ".webp"};
  return extensions;
}

const char* image_extension_of(std::string_view bytes) {
  const auto format = container::format_of(bytes);
  if (format == Format::kPng) return ".png";
  if (format == Format::kWebp) return ".webp";
  return format == Format::kBmp ? ".bmp" : ".jpg";
}

const std::vector<std::string>& foreign_image_extensions() {
  static const std::vector<std::string> extensions{".avif", ".gif", ".heic", ".heif", ".jp2", ".jxl", ".tif", ".tiff"};
  return extensions;
}

std::vector<std::string> with_foreign(std::vector<std::string> extensions) {
  extensions.insert(extensions.end(), foreign_image_extensions().begin(), foreign_image_extensions().end());
  return extensions;
}

std::vector<std::string> pictures_below(const fs::path& folder, const std::vector<std::string>& extensions) {
  return files_below(folder, with_foreign(extensions));
}

std::vector<fs::path> pictures_in(const fs::path& folder, const std::vector<std::string>& extensions) {
  std::vector<fs::path> files = list_files(folder, with_foreign(extensions));
  for (const fs::path& file : files) refuse_foreign(folder, {file.filename().string()});
  return files;
}

void refuse_foreign(const fs::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    require(!has_extension(name, foreign_image_extensions()), "{}: {}", (folder / name).string(), kForeignFormat);
}

ImageSize decode_image_size(std::string_view bytes, const std::string& where) { return size_of(whole_header(bytes, where)); }
ImageSize read_image_size(const fs::path& path) {
  const std::string start = read_file_start(path, kMostImageHeaderBytes), where = path.string();
  if (start.size() < kMostImageHeaderBytes) return decode_image_size(start, where);
  if (const auto header = parse_header(start, where)) return size_of(*header);
  require(container::format_of(start) == Format::kWebp, "{}: the image's header is longer than {} bytes", where,
          kMostImageHeaderBytes);
  return decode_image_size(file_bytes(path), where);
}

cv::Mat decode_image(std::string_view bytes, const std::string& where) {
  return narrowed(without_alpha(decoded(bytes, where)));
}
cv::Mat read_image(const fs::path& path) { return decode_image(file_bytes(path), path.string()); }

cv::Mat decode_deep(std::string_view bytes, const std::string& where) {
  const cv::Mat image = decoded(bytes, where);
  return image.channels() == 4 ? image : without_alpha(image);
}

cv::Mat decode_mask(std::string_view bytes, const std::string& where) {
  return to_float(grey_of(decoded_grey(bytes, where), where, "a mask"));
}
cv::Mat read_mask(const fs::path& path) { return decode_mask(file_bytes(path), path.string()); }

cv::Mat decode_levels(std::string_view bytes, const std::string& where, const std::string& advice) {
  const Header header = whole_header(bytes, where);
  const cv::Mat image = decoded_grey(bytes, where);
  if (!has_palette(bytes, header) || header.has_alpha) return mask_channel(image, where);
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  require(!has_colours(planes), "{}: a mask must be grey, this image has a palette of colours{}", where, advice);
  return planes[0];
}

cv::Mat decode_labels(std::string_view bytes, const std::string& where) {
  const Header header = whole_header(bytes, where);
  require(!header.lossy, "{}: labels in a {} are not exact (keep them as PNG)", where,
          header.format == Format::kJpeg ? "JPEG" : "lossy WebP");
  if (header.format != Format::kPng) return grey_of(decoded(bytes, where), where, "a mask of labels");
  const int depth = static_cast<int>(container::byte(bytes, container::kPngDepth));
  const bool palette = has_palette(bytes, header);
  if (!palette && depth >= 8) return grey_of(decoded(bytes, where), where, "a mask of labels");
  const cv::Mat spread =
      decoded_as(header, palette ? container::png_indices(bytes, where) : container::png_picture(bytes, where), where);
  const int step = depth < 8 ? 255 / ((1 << depth) - 1) : 1;  // as the decoder spreads 1, 2 and 4 bits over 8
  return turned(cv::Mat(spread / step), header.orientation);
}

cv::Mat decode_cutout(std::string_view bytes, const std::string& where) {
  return premultiplied(with_alpha(decoded(bytes, where), where));
}
cv::Mat read_cutout(const fs::path& path) { return decode_cutout(file_bytes(path), path.string()); }

cv::Mat decode_straight_cutout(std::string_view bytes, const std::string& where) {
  return narrowed(with_alpha(decoded(bytes, where), where));
}

cv::Mat decode_colour_and_alpha(std::string_view colour, const std::string& colour_where, std::string_view alpha,
                                const std::string& alpha_where) {
  const cv::Mat straight = to_float(without_alpha(decoded(colour, colour_where)));
  const cv::Mat opacity = decode_mask(alpha, alpha_where);
  require(straight.size() == opacity.size(), "{}: {}x{} pixels, but its alpha {} has {}x{}", colour_where, straight.cols,
          straight.rows, alpha_where, opacity.cols, opacity.rows);
  return premultiply(straight, opacity);
}
cv::Mat read_colour_and_alpha(const fs::path& colour, const fs::path& alpha) {
  return decode_colour_and_alpha(file_bytes(colour), colour.string(), file_bytes(alpha), alpha.string());
}

cv::Mat decode_trimap(std::string_view bytes, const std::string& where, const TrimapValues& values) {
  const cv::Mat levels = narrowed(grey_of(decoded_grey(bytes, where), where, "a trimap"));
  return trimap_of_levels(levels, values, whole_header(bytes, where).lossy, where);
}
cv::Mat read_trimap(const fs::path& path, const TrimapValues& values) {
  return decode_trimap(file_bytes(path), path.string(), values);
}

std::string encode_image(const std::string& extension, const cv::Mat& image, int jpeg_quality) {
  std::vector<int> options;
  const bool png = extension == ".png", jpeg = extension == ".jpg" || extension == ".jpeg";
  if (png) options = {cv::IMWRITE_PNG_COMPRESSION, 3};
  if (jpeg) options = {cv::IMWRITE_JPEG_QUALITY, jpeg_quality};
  require(!options.empty(), "image format '{}' cannot be written (known: .png, .jpg)", extension);
  const int channels = image.channels();
  const bool writable = !image.empty() && (image.depth() == CV_8U || (png && image.depth() == CV_16U)) &&
                        (channels == 1 || channels == 3 || (png && channels == 4));
  require(writable, "an image of type {} with {}x{} pixels cannot be written as {} (allowed: 8 bit; 16 bit or alpha as .png)",
          cv::typeToString(image.type()), image.cols, image.rows, extension);
  std::vector<uint8_t> bytes;
  require(cv::imencode(extension, image, bytes, options), "the image cannot be encoded as {}", extension);
  return {bytes.begin(), bytes.end()};
}

void write_image(const fs::path& path, const cv::Mat& image, int jpeg_quality) {
  write_file(path, encode_image(path.extension().string(), image, jpeg_quality));
}

}  // namespace facemat
