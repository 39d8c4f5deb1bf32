#include "src/image/container.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/codec.h"

namespace facemat::container {
namespace {

// What to call a file of a format that is not read ("a GIF"); empty if its first bytes are not known.
std::string foreign_format(std::string_view b) {
  static const std::vector<std::pair<std::string_view, std::string>> magics = {
      {"GIF8", "a GIF"},
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
  if (b.size() >= 12 && b.substr(4, 4) == "ftyp") {
    const std::string_view brand = b.substr(8, 2);  // avif avis, heic heix hevc mif1 msf1, isom mp42 qt
    return brand == "av" ? "an AVIF" : brand == "he" || brand == "mi" || brand == "ms" ? "a HEIC" : "a video";
  }
  for (const auto& [magic, name] : magics)
    if (starts_with(b, magic)) return name;
  return {};
}

std::optional<Header> header_of(Format format, std::string_view bytes, const std::string& where) {
  switch (format) {
    case Format::kPng:
      return png_header(bytes, where);
    case Format::kJpeg:
      return jpeg_header(bytes, where);
    case Format::kWebp:
      return webp_header(bytes, where);
    case Format::kBmp:
      return bmp_header(bytes, where);
  }
  return {};
}

}  // namespace

std::optional<Format> format_of(std::string_view bytes) {
  if (starts_with(bytes, kPngMagic)) return Format::kPng;
  if (starts_with(bytes, "\xff\xd8")) return Format::kJpeg;
  if (starts_with(bytes, "RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return Format::kWebp;
  if (starts_with(bytes, "BM")) return Format::kBmp;
  return {};
}

std::string little_endian(uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

int exif_orientation(std::string_view tiff) {
  const bool little = starts_with(tiff, {"II*\0", 4});
  if (tiff.size() < 8 || (!little && !starts_with(tiff, {"MM\0*", 4}))) return 1;
  const auto u16 = [&](size_t at) { return little ? le16(tiff, at) : be16(tiff, at); };
  const auto u32 = [&](size_t at) { return little ? le32(tiff, at) : be32(tiff, at); };
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

std::optional<Header> parse_header(std::string_view bytes, const std::string& where) {
  require(!bytes.empty(), "{}: not a PNG, JPEG, WebP or BMP image: the file is empty", where);
  const auto format = format_of(bytes);
  if (!format) {
    const std::string foreign = foreign_format(bytes);
    require(foreign.empty(), "{}: {} file; convert it to PNG or JPEG", where, foreign);
    fail("{}: not a PNG, JPEG, WebP or BMP image", where);
  }
  const auto header = header_of(*format, bytes, where);
  if (!header) return header;
  const auto [width, height] = std::pair(header->width, header->height);
  require(width >= 1 && height >= 1 && width <= kMostImageSide && height <= kMostImageSide && width * height <= kMostPixels,
          "{}: {}x{} pixels (allowed: sides of 1 to {}, up to {} in all)", where, width, height, kMostImageSide, kMostPixels);
  return header;
}

}  // namespace facemat::container
