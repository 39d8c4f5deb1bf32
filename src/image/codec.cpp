#include "src/image/codec.h"

#include <algorithm>
#include <array>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

// What the header says. `grey_key` is the one transparent grey of a grey PNG with tRNS, -1 without.
struct Header {
  bool png = false;
  int64_t width = 0, height = 0;  // as stored
  int channels = 0, bit_depth = 0;
  bool has_alpha = false;
  int orientation = 1, grey_key = -1;
};

uint32_t byte(std::string_view b, size_t at) { return static_cast<uint8_t>(b[at]); }
uint32_t be16(std::string_view b, size_t at) { return byte(b, at) << 8 | byte(b, at + 1); }
uint32_t be32(std::string_view b, size_t at) { return be16(b, at) << 16 | be16(b, at + 2); }

// What to call a file that is no PNG or JPEG ("a GIF"); empty if its first bytes are not known.
std::string foreign_format(std::string_view b) {
  static const std::vector<std::pair<std::string_view, std::string>> magics = {
      {"GIF8", "a GIF"},
      {"BM", "a BMP"},
      {{"II*\0", 4}, "a TIFF"},
      {{"MM\0*", 4}, "a TIFF"},
      {"8BPS", "a Photoshop"},
      {"%PDF", "a PDF"},
      {{"\0\0\1\0", 4}, "an ICO"},
      {"v/1\1", "an OpenEXR"},
      {"\xff\x0a", "a JPEG XL"},
      {{"\0\0\0\x0cJXL ", 8}, "a JPEG XL"},
      {{"\0\0\0\x0cjP  ", 8}, "a JPEG 2000"},
      {"<!DOCTYPE html", "an HTML"},
      {"<!doctype html", "an HTML"},
      {"<html", "an HTML"},
      {"<svg", "an SVG"},
  };
  if (starts_with(b, "RIFF") && b.substr(std::min<size_t>(8, b.size()), 4) == "WEBP") return "a WebP";
  if (b.size() >= 12 && b.substr(4, 4) == "ftyp") {
    const std::string_view brand = b.substr(8, 2);  // avif avis, heic heix hevc mif1 msf1, isom mp42 qt
    return brand == "av" ? "an AVIF" : brand == "he" || brand == "mi" || brand == "ms" ? "a HEIC" : "a video";
  }
  for (const auto& [magic, name] : magics)
    if (starts_with(b, magic)) return name;
  return {};
}

// The EXIF orientation 1..8 in a TIFF block (EXIF 2.3, 4.6.4: tag 0x0112 of the first directory); 1 if there is none to read.
int exif_orientation(std::string_view tiff) {
  const bool little = starts_with(tiff, {"II*\0", 4});
  if (tiff.size() < 8 || (!little && !starts_with(tiff, {"MM\0*", 4}))) return 1;
  const auto u16 = [&](size_t at) { return little ? byte(tiff, at + 1) << 8 | byte(tiff, at) : be16(tiff, at); };
  const auto u32 = [&](size_t at) { return little ? u16(at + 2) << 16 | u16(at) : be32(tiff, at); };
  const size_t directory = u32(4);
  if (directory + 2 > tiff.size()) return 1;
  const size_t entries = std::min<size_t>(u16(directory), (tiff.size() - directory - 2) / 12);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    const bool is_orientation = u16(entry) == 0x0112 && u16(entry + 2) == 3 && u32(entry + 4) == 1;  // one SHORT
    if (is_orientation && u16(entry + 8) >= 1 && u16(entry + 8) <= 8) return static_cast<int>(u16(entry + 8));
  }
  return 1;
}

// --- PNG: a signature, then chunks of length, type, data and checksum (ISO 15948, 5) ---

constexpr std::string_view kPngMagic = "\x89PNG\r\n\x1a\n";

// The CRC-32 of a chunk (ISO 15948, annex D), eight bytes a step: table k advances a byte by k further zero bytes.
using CrcTables = std::array<std::array<uint32_t, 256>, 8>;
constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
    tables[0][i] = crc;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t i = 0; i < 256; ++i) tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 255];
  return tables;
}
constexpr CrcTables kCrc = make_crc_tables();

uint32_t crc32(std::string_view bytes) {
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  uint32_t crc = ~0u;
  for (; left >= 8; left -= 8, p += 8) {
    crc ^= p[0] | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16 | uint32_t{p[3]} << 24;
    crc = kCrc[7][crc & 255] ^ kCrc[6][crc >> 8 & 255] ^ kCrc[5][crc >> 16 & 255] ^ kCrc[4][crc >> 24] ^  //
          kCrc[3][p[4]] ^ kCrc[2][p[5]] ^ kCrc[1][p[6]] ^ kCrc[0][p[7]];
  }
  for (; left > 0; --left) crc = crc >> 8 ^ kCrc[0][(crc ^ *p++) & 255];
  return ~crc;
}

struct Chunk {
  std::string_view whole, type, data;
};

// The chunk that starts at `at`; nothing if the bytes end before it does.
std::optional<Chunk> chunk_at(std::string_view bytes, size_t at) {
  if (at + 12 > bytes.size()) return {};
  const size_t length = be32(bytes, at);
  if (length > bytes.size() - at - 12) return {};
  return Chunk{bytes.substr(at, length + 12), bytes.substr(at + 4, 4), bytes.substr(at + 8, length)};
}

bool is_png_kind(uint32_t colour_type, uint32_t depth) {  // ISO 15948, table 11.1
  switch (colour_type) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

// Everything before the pixels; nothing if the bytes end before that.
std::optional<Header> png_header(std::string_view bytes, const std::string& where) {
  size_t at = kPngMagic.size();
  const auto first = chunk_at(bytes, at);
  if (!first) return {};
  require(first->type == "IHDR" && first->data.size() == 13, "{}: the image is damaged (no PNG header)", where);
  const uint32_t depth = byte(first->data, 8), colour_type = byte(first->data, 9);
  require(is_png_kind(colour_type, depth) && be16(first->data, 10) == 0 && byte(first->data, 12) <= 1,
          "{}: the image is damaged (no PNG has colour type {} with {} bits, methods {}, {}, {})", where, colour_type, depth,
          byte(first->data, 10), byte(first->data, 11), byte(first->data, 12));
  Header header;
  header.png = true;
  header.width = be32(first->data, 0), header.height = be32(first->data, 4);
  header.bit_depth = colour_type == 3 ? 8 : static_cast<int>(depth);
  header.has_alpha = colour_type == 4 || colour_type == 6;
  size_t colours = 0;
  for (at += first->whole.size(); at + 8 <= bytes.size();) {
    if (bytes.substr(at + 4, 4) == "IDAT") {
      require(colour_type != 3 || colours > 0, "{}: the image is damaged (no palette)", where);
      header.channels = (colour_type == 0 || colour_type == 4 ? 1 : 3) + (header.has_alpha ? 1 : 0);
      return header;
    }
    const auto chunk = chunk_at(bytes, at);
    if (!chunk) return {};
    require(chunk->type != "IEND", "{}: the image is damaged (no pixels)", where);
    const size_t size = chunk->data.size();
    if (chunk->type == "PLTE" && colour_type == 3) {
      require(size > 0 && size % 3 == 0 && size <= 3 * 256, "{}: the image is damaged (a palette of {} bytes)", where, size);
      colours = size / 3;
    }
    if (chunk->type == "tRNS" && (colour_type == 0 || colour_type == 2 || colour_type == 3)) {
      const bool fits = colour_type == 3 ? size >= 1 && size <= colours : size == (colour_type == 0 ? 2 : 6);
      require(fits, "{}: the image is damaged (transparency of {} bytes)", where, size);
      header.has_alpha = true;
      if (colour_type == 0) header.grey_key = static_cast<int>(be16(chunk->data, 0) & ((1u << depth) - 1));
    }
    if (chunk->type == "eXIf") header.orientation = exif_orientation(chunk->data);
    at += chunk->whole.size();
  }
  return {};
}

// The chunks that make the still picture, each verified. What else a PNG may hold is left out: the decoder would print warnings
// about it (colour profiles above all), and none of it is used.
std::string png_picture(std::string_view bytes, const std::string& where) {
  const bool indexed = byte(bytes, 25) == 3, grey = byte(bytes, 25) == 0, alpha = byte(bytes, 25) >= 4;
  std::string out(kPngMagic);
  out.reserve(bytes.size());
  bool ended = false, in_pixels = false, past_pixels = false;
  for (size_t at = kPngMagic.size(); !ended;) {
    const auto chunk = chunk_at(bytes, at);
    require(chunk.has_value(), "{}: the image is truncated", where);
    const std::string_view type = chunk->type;
    const bool sound = crc32(chunk->whole.substr(4, chunk->data.size() + 4)) == be32(chunk->whole, chunk->data.size() + 8);
    require(sound, "{}: the image is damaged (a PNG chunk at byte {} fails its checksum)", where, at);
    const bool pixels = type == "IDAT";
    require(!pixels || !past_pixels, "{}: the image is damaged (its pixels are scattered)", where);
    past_pixels = past_pixels || (in_pixels && !pixels);
    in_pixels = pixels;
    ended = type == "IEND";
    const bool colours = (type == "PLTE" && indexed) || (type == "tRNS" && !grey && !alpha);
    const bool optional = (type[0] & 0x20) != 0 || type == "PLTE";  // lower case: may be skipped (ISO 15948, 5.4)
    const bool wanted = type == "IHDR" || (colours && !past_pixels && !pixels) || pixels || ended;
    require(wanted || optional, "{}: the image is damaged (a PNG chunk at byte {} of unknown kind)", where, at);
    if (wanted) out += chunk->whole;
    at += chunk->whole.size();
  }
  return out;
}

// --- JPEG: markers, most with a segment of stated length behind them (ITU T.81, annex B) ---

enum Marker : uint32_t { kEnd = 0xd9, kScan = 0xda, kRestartInterval = 0xdd, kExif = 0xe1 };

bool is_frame(uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

bool is_segment(uint32_t marker) {
  return (marker >= 0xc0 && marker <= 0xcf && marker != 0xc8) || (marker >= kScan && marker <= 0xdd) ||
         (marker >= 0xe0 && marker <= 0xef) || marker == 0xfe;
}

struct Segment {
  uint32_t marker = 0;
  std::string_view data;
  size_t end = 0;  // of the segment in the file
};

// The segment (or the end-of-image marker) at `at`; nothing if the bytes end before it does.
std::optional<Segment> segment_at(std::string_view bytes, size_t at, const std::string& where) {
  require(at >= bytes.size() || byte(bytes, at) == 0xff, "{}: the image is damaged (no JPEG marker at byte {})", where, at);
  while (at + 1 < bytes.size() && byte(bytes, at + 1) == 0xff) ++at;  // fill bytes
  if (at + 2 > bytes.size()) return {};
  const uint32_t marker = byte(bytes, at + 1);
  if (marker == kEnd) return Segment{marker, {}, at + 2};
  require(is_segment(marker), "{}: the image is damaged (JPEG marker {:02x} at byte {})", where, marker, at);
  if (at + 4 > bytes.size()) return {};
  const size_t length = be16(bytes, at + 2);
  require(length >= 2, "{}: the image is damaged (a JPEG segment of {} bytes)", where, length);
  if (length > bytes.size() - at - 2) return {};
  return Segment{marker, bytes.substr(at + 4, length - 2), at + 2 + length};
}

Header jpeg_frame(const Segment& frame, const std::string& where) {
  require(frame.data.size() >= 6, "{}: the image is damaged (a JPEG frame of {} bytes)", where, frame.data.size());
  const uint32_t precision = byte(frame.data, 0), inks = byte(frame.data, 5), kind = frame.marker & 15;
  require(inks != 4, "{}: a CMYK JPEG, whose colours depend on a printer's profile; convert it to RGB", where);
  require(inks == 1 || inks == 3, "{}: a JPEG of {} channels (allowed: 1 or 3)", where, inks);
  require((kind & 3) != 3 && (kind & 7) < 4, "{}: a lossless or hierarchical JPEG; convert it to PNG or plain JPEG", where);
  require(precision == 8, "{}: a {}-bit JPEG; convert it to 8 bit or PNG", where, precision);
  Header header;
  header.width = be16(frame.data, 3), header.height = be16(frame.data, 1);
  header.channels = static_cast<int>(inks);
  header.bit_depth = 8;
  return header;
}

// Everything up to the frame header; nothing if the bytes end before that.
std::optional<Header> jpeg_header(std::string_view bytes, const std::string& where) {
  constexpr std::string_view kExifMagic("Exif\0\0", 6);
  int orientation = 0;
  for (size_t at = 2;;) {
    const auto segment = segment_at(bytes, at, where);
    if (!segment) return {};
    if (segment->marker == kExif && orientation == 0 && starts_with(segment->data, kExifMagic))
      orientation = exif_orientation(segment->data.substr(kExifMagic.size()));
    if (is_frame(segment->marker)) {
      Header header = jpeg_frame(*segment, where);
      header.orientation = std::max(orientation, 1);
      return header;
    }
    require(segment->marker != kEnd && segment->marker != kScan, "{}: the image is damaged (a JPEG without frame)", where);
    at = segment->end;
  }
}

// The end of the coded pixels from `at` on: the first marker that is neither a stuffed ff nor a restart. Restarts count 0..7.
size_t scan_end(std::string_view bytes, size_t at, bool restarts, const std::string& where) {
  uint32_t next_restart = 0;
  for (;;) {
    at = bytes.find('\xff', at);
    require(at != std::string_view::npos && at + 1 < bytes.size(), "{}: the image is truncated", where);
    const uint32_t marker = byte(bytes, at + 1);
    const bool restart = marker >= 0xd0 && marker <= 0xd7, fill = marker == 0xff;
    if (marker != 0 && !restart && !fill) return at;
    require(!restart || (restarts && (marker & 7) == next_restart), "{}: the image is damaged (JPEG restart marker at byte {})",
            where, at);
    if (restart) next_restart = (next_restart + 1) & 7;
    at += fill ? 1 : 2;
  }
}

// The file up to its end-of-image marker, every segment and marker on the way verified.
std::string_view jpeg_picture(std::string_view bytes, const std::string& where) {
  bool restarts = false;
  int frames = 0, scans = 0;
  for (size_t at = 2;;) {
    const auto segment = segment_at(bytes, at, where);
    require(segment.has_value(), "{}: the image is truncated", where);
    at = segment->end;
    frames += is_frame(segment->marker) ? 1 : 0;
    if (segment->marker == kRestartInterval) restarts = segment->data.size() == 2 && be16(segment->data, 0) > 0;
    if (segment->marker == kScan) {
      ++scans;
      at = scan_end(bytes, at, restarts, where);
    }
    if (segment->marker != kEnd) continue;
    require(frames == 1 && scans >= 1, "{}: the image is damaged (a JPEG of {} frames and {} scans)", where, frames, scans);
    return bytes.substr(0, at);
  }
}

// --- either ---

std::optional<Header> parse_header(std::string_view bytes, const std::string& where) {
  require(!bytes.empty(), "{}: not a PNG or JPEG image: the file is empty", where);
  const bool png = starts_with(bytes, kPngMagic), jpeg = starts_with(bytes, "\xff\xd8");
  if (!png && !jpeg) {
    const std::string foreign = foreign_format(bytes);
    require(foreign.empty(), "{}: {} file; convert it to PNG or JPEG", where, foreign);
    fail("{}: not a PNG or JPEG image", where);
  }
  const auto header = png ? png_header(bytes, where) : jpeg_header(bytes, where);
  if (!header) return header;
  const auto [width, height] = std::pair(header->width, header->height);
  require(width >= 1 && height >= 1 && width <= kMostImageSide && height <= kMostImageSide && width * height <= kMostPixels,
          "{}: {}x{} pixels (allowed: sides of 1 to {}, up to {} in all)", where, width, height, kMostImageSide, kMostPixels);
  return header;
}

ImageSize size_of(const Header& h) {
  int width = static_cast<int>(h.width), height = static_cast<int>(h.height);
  if (h.orientation >= 5) std::swap(width, height);
  return {width, height, h.channels, h.bit_depth, h.has_alpha, h.orientation};
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

// The picture as stored, turned by its EXIF: 8 or 16 bits; 1 channel grey, 3 BGR or 4 BGRA.
cv::Mat decoded(std::string_view bytes, const std::string& where) {
  const auto header = parse_header(bytes, where);
  require(header.has_value(), "{}: the image is truncated", where);
  const std::string png = header->png ? png_picture(bytes, where) : "";
  const std::string_view picture = header->png ? png : jpeg_picture(bytes, where);
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
  require(known && image.cols == header->width && image.rows == header->height, "{}: the image is damaged", where);
  if (header->grey_key >= 0) image = with_key_alpha(image, header->grey_key, header->bit_depth);
  return turned(image, header->orientation);
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

cv::Mat without_alpha(const cv::Mat& image) {
  if (image.channels() == 3) return image;
  cv::Mat out;
  cv::cvtColor(image, out, image.channels() == 1 ? cv::COLOR_GRAY2BGR : cv::COLOR_BGRA2BGR);
  return out;
}

// The one channel of a grey picture, at its depth. `what` for the message: "a mask".
cv::Mat grey_of(const cv::Mat& image, const std::string& where, const char* what) {
  if (image.channels() == 1) return image;
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  require(cv::norm(planes[0], planes[1], cv::NORM_INF) == 0 && cv::norm(planes[0], planes[2], cv::NORM_INF) == 0,
          "{}: {} must be grey, this image has colours", where, what);
  const int opaque = image.depth() == CV_8U ? 255 : 65535;
  require(planes.size() == 3 || cv::countNonZero(planes[3] != opaque) == 0,
          "{}: {} must be opaque grey, this image is transparent in places", where, what);
  return planes[0];
}

// `image`, if it has an alpha channel.
cv::Mat with_alpha(const cv::Mat& image, const std::string& where) {
  require(image.channels() == 4, "{}: a cut-out needs an alpha channel (RGBA PNG), this file has {} channels", where,
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
  static const std::vector<std::string> extensions{".png", ".jpg", ".jpeg"};
  return extensions;
}

ImageSize decode_image_size(std::string_view bytes, const std::string& where) {
  const auto header = parse_header(bytes.substr(0, kMostImageHeaderBytes), where);
  require(header || bytes.size() >= kMostImageHeaderBytes, "{}: the image is truncated", where);
  require(header.has_value(), "{}: the image's header is longer than {} bytes", where, kMostImageHeaderBytes);
  return size_of(*header);
}
ImageSize read_image_size(const fs::path& path) {
  return decode_image_size(read_file_start(path, kMostImageHeaderBytes), path.string());
}

cv::Mat decode_image(std::string_view bytes, const std::string& where) {
  return narrowed(without_alpha(decoded(bytes, where)));
}
cv::Mat read_image(const fs::path& path) { return decode_image(file_bytes(path), path.string()); }

cv::Mat decode_mask(std::string_view bytes, const std::string& where) {
  return to_float(grey_of(decoded(bytes, where), where, "a mask"));
}
cv::Mat read_mask(const fs::path& path) { return decode_mask(file_bytes(path), path.string()); }

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

cv::Mat decode_trimap(std::string_view bytes, const std::string& where) {
  const cv::Mat trimap = narrowed(grey_of(decoded(bytes, where), where, "a trimap"));
  const cv::Mat odd = (trimap != 0) & (trimap != 128) & (trimap != 255);
  require(cv::countNonZero(odd) == 0, "{}: a trimap holds 0, 128 and 255 only", where);
  return trimap;
}
cv::Mat read_trimap(const fs::path& path) { return decode_trimap(file_bytes(path), path.string()); }

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
