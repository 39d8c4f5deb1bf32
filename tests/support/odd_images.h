#pragma once
// Image files of every kind a user may have, written byte by byte from the standards (ISO 15948, ITU T.81, EXIF 2.3, RFC 9649),
// so that readers are tested against the format and not against the library that also reads.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "src/core/error.h"

namespace facemat {

inline std::string big_endian(uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 255);
  return out;
}

inline std::string lowest_first(uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 255);
  return out;
}

// Bits, most significant first, padded to whole bytes with `pad`.
class BitWriter {
 public:
  void put(uint32_t value, int bits) {
    for (int i = bits - 1; i >= 0; --i) bits_.push_back(value >> i & 1);
  }
  std::string bytes(bool pad) const {
    std::vector<bool> bits = bits_;
    while (bits.size() % 8 != 0) bits.push_back(pad);
    std::string out;
    for (size_t i = 0; i < bits.size(); i += 8) {
      int value = 0;
      for (size_t k = 0; k < 8; ++k) value = 2 * value + (bits[i + k] ? 1 : 0);
      out += static_cast<char>(value);
    }
    return out;
  }

 private:
  std::vector<bool> bits_;
};

// --- PNG ---

// `type` and `data` as a chunk with its checksum (CRC-32, bit by bit).
inline std::string png_chunk(const std::string& type, const std::string& data) {
  uint32_t crc = ~0u;
  for (const char c : type + data) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return big_endian(static_cast<uint32_t>(data.size()), 4) + type + data + big_endian(~crc, 4);
}

// A zlib stream that stores `data` as it is (RFC 1950, RFC 1951).
inline std::string zlib_stored(const std::string& data) {
  std::string out = "\x78\x01";
  for (size_t at = 0; at == 0 || at < data.size(); at += 65535) {
    const size_t size = std::min<size_t>(data.size() - at, 65535);
    out += static_cast<char>(at + size == data.size() ? 1 : 0);
    for (const size_t value : {size, ~size}) out += {static_cast<char>(value & 255), static_cast<char>(value >> 8 & 255)};
    out += data.substr(at, size);
  }
  uint32_t a = 1, b = 0;
  for (const char c : data) {
    a = (a + static_cast<uint8_t>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return out + big_endian(b << 16 | a, 4);
}

struct OddPng {
  int width = 1, height = 1;
  int colour_type = 0;                   // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
  int bit_depth = 8;                     // 1, 2, 4, 8 or 16
  std::vector<int> samples = {};         // row by row, channels interleaved, 0 .. 2^bit_depth - 1
  std::string palette = {};              // PLTE: RGB triples; left out if empty
  std::string transparency = {};         // tRNS; left out if empty
  bool interlaced = false;               // Adam7
  std::string before = {};               // whole chunks (png_chunk) between the header and the palette
  std::string between = {}, after = {};  // whole chunks between the two parts of the pixels, and after them
};

inline std::string odd_png(const OddPng& png) {
  const int channels = png.colour_type == 2 ? 3 : png.colour_type == 4 ? 2 : png.colour_type == 6 ? 4 : 1;
  require(png.samples.size() == static_cast<size_t>(png.width * png.height * channels), "odd_png: {} samples",
          png.samples.size());
  struct Pass {
    int x, y, step_x, step_y;
  };
  std::vector<Pass> passes = {{0, 0, 1, 1}};
  if (png.interlaced)
    passes = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::string rows;
  for (const Pass& pass : passes)
    for (int y = pass.y; y < png.height && pass.x < png.width; y += pass.step_y) {
      BitWriter row;
      for (int x = pass.x; x < png.width; x += pass.step_x)
        for (int c = 0; c < channels; ++c)
          row.put(static_cast<uint32_t>(png.samples[static_cast<size_t>((y * png.width + x) * channels + c)]), png.bit_depth);
      rows += '\0' + row.bytes(false);  // filter 0: none
    }
  const std::string pixels = zlib_stored(rows);
  const size_t half = pixels.size() / 2;
  std::string header = big_endian(static_cast<uint32_t>(png.width), 4) + big_endian(static_cast<uint32_t>(png.height), 4);
  header += {static_cast<char>(png.bit_depth), static_cast<char>(png.colour_type), 0, 0, static_cast<char>(png.interlaced)};
  std::string out = "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + png.before;
  if (!png.palette.empty()) out += png_chunk("PLTE", png.palette);
  if (!png.transparency.empty()) out += png_chunk("tRNS", png.transparency);
  out += png_chunk("IDAT", pixels.substr(0, half)) + png.between + png_chunk("IDAT", pixels.substr(half));
  return out + png.after + png_chunk("IEND", "");
}

// Pictures of one kind, in one line.
inline OddPng png_kind(int width, int height, int colour_type, int bit_depth, std::vector<int> samples) {
  OddPng png;
  png.width = width, png.height = height;
  png.colour_type = colour_type, png.bit_depth = bit_depth;
  png.samples = std::move(samples);
  return png;
}

inline OddPng with_palette(OddPng png, const std::string& palette, const std::string& transparency = "") {
  png.palette = palette;
  png.transparency = transparency;
  return png;
}

// --- EXIF ---

// A TIFF block with one directory that holds a make and the orientation.
inline std::string exif_tiff(int orientation, bool little_endian) {
  const auto number = [&](uint32_t value, int bytes) {
    std::string text = big_endian(value, bytes);
    if (little_endian) std::reverse(text.begin(), text.end());
    return text;
  };
  const auto value = static_cast<uint32_t>(orientation);
  return (little_endian ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +  //
         number(0x010f, 2) + number(2, 2) + number(4, 4) + std::string("abc\0", 4) +    // make, 4 characters
         number(0x0112, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2) +
         number(0, 4);  // orientation, 1 short
}

// --- JPEG ---

inline std::string jpeg_segment(int marker, const std::string& data) {
  return '\xff' + big_endian(static_cast<uint32_t>(marker), 1) + big_endian(static_cast<uint32_t>(data.size() + 2), 2) + data;
}

// `jpeg` with `insert` right behind its start-of-image marker.
inline std::string behind_start(const std::string& jpeg, const std::string& insert) {
  return jpeg.substr(0, 2) + insert + jpeg.substr(2);
}

inline std::string with_exif(const std::string& jpeg, int orientation, bool little_endian) {
  return behind_start(jpeg, jpeg_segment(0xe1, std::string("Exif\0\0", 6) + exif_tiff(orientation, little_endian)));
}

// One 8x8 block of one colour: each component its mean alone, quantised by 1.
struct FlatJpeg {
  std::vector<int> components;  // 0..255 as stored: YCbCr, or what `adobe_transform` says
  int adobe_transform = -1;     // APP14: 0 RGB or CMYK as they are, 1 YCbCr, 2 YCCK; -1: no such segment
  int frame = 0xc0;             // marker of the frame: 0xc0 baseline
  int precision = 8;
  int width = 8, height = 8;  // what the header claims
};

inline std::string flat_jpeg(const FlatJpeg& jpeg) {
  const auto count = static_cast<char>(jpeg.components.size());
  std::string out = "\xff\xd8";
  if (jpeg.adobe_transform >= 0)
    out += jpeg_segment(0xee, std::string("Adobe\0\x64\0\0\0\0", 11) + static_cast<char>(jpeg.adobe_transform));
  out += jpeg_segment(0xdb, '\0' + std::string(64, '\1'));
  std::string frame = big_endian(static_cast<uint32_t>(jpeg.precision), 1) + big_endian(static_cast<uint32_t>(jpeg.height), 2) +
                      big_endian(static_cast<uint32_t>(jpeg.width), 2) + count;
  std::string scan(1, count);
  for (char c = 1; c <= count; ++c) {
    frame += {c, '\x11', '\0'};
    scan += {c, '\0'};
  }
  out += jpeg_segment(jpeg.frame, frame);
  // Means: twelve codes of 4 bits for the sizes 0..11. The rest: one code of 1 bit, end of block.
  std::string sizes(16, '\0'), ends(16, '\0');
  sizes[3] = 12;
  for (char size = 0; size < 12; ++size) sizes += size;
  ends[0] = 1;
  out += jpeg_segment(0xc4, '\x00' + sizes) + jpeg_segment(0xc4, '\x10' + ends + '\0');
  BitWriter bits;
  for (const int component : jpeg.components) {
    const int mean = 8 * (component - 128);  // of the level-shifted block, times the transform's 8
    int size = 0;
    while (std::abs(mean) >> size != 0) ++size;
    bits.put(static_cast<uint32_t>(size), 4);
    bits.put(static_cast<uint32_t>(mean > 0 ? mean : mean + (1 << size) - 1), size);
    bits.put(0, 1);
  }
  out += jpeg_segment(0xda, scan + std::string("\0\x3f\0", 3));
  for (const char c : bits.bytes(true)) out += c == '\xff' ? std::string("\xff\0", 2) : std::string(1, c);
  return out + "\xff\xd9";
}

inline std::string flat_jpeg_of(std::vector<int> components, int adobe_transform, int frame = 0xc0, int precision = 8) {
  FlatJpeg jpeg;
  jpeg.components = std::move(components);
  jpeg.adobe_transform = adobe_transform;
  jpeg.frame = frame;
  jpeg.precision = precision;
  return flat_jpeg(jpeg);
}

// --- WebP ---

inline std::string riff_chunk(const std::string& type, const std::string& data) {
  return type + lowest_first(static_cast<uint32_t>(data.size()), 4) + data + std::string(data.size() % 2, '\0');
}

inline std::string webp_file(const std::string& chunks) {
  return "RIFF" + lowest_first(static_cast<uint32_t>(chunks.size() + 4), 4) + "WEBP" + chunks;
}

enum WebpFlag : uint32_t { kWebpAnimation = 0x02, kWebpExif = 0x08, kWebpAlpha = 0x10, kWebpProfile = 0x20 };

// The chunk in front of files that may have more than pixels.
inline std::string webp_canvas(uint32_t flags, int width, int height) {
  return riff_chunk("VP8X", lowest_first(flags, 4) + lowest_first(static_cast<uint32_t>(width - 1), 3) +
                                lowest_first(static_cast<uint32_t>(height - 1), 3));
}

// The beginning of a lossy picture's pixels, which tells their size.
inline std::string lossy_webp_start(int width, int height) {
  return riff_chunk("VP8 ", std::string("\0\0\0\x9d\x01\x2a", 6) + lowest_first(static_cast<uint32_t>(width), 2) +
                                lowest_first(static_cast<uint32_t>(height), 2));
}

// The pixels of a lossless picture of one colour: each channel has a code of one symbol, which takes no bits.
inline std::string flat_webp_pixels(int width, int height, int red, int green, int blue, int alpha = 255) {
  std::vector<bool> bits;  // the lowest first
  const auto put = [&](int value, int count) {
    for (int i = 0; i < count; ++i) bits.push_back((value >> i & 1) != 0);
  };
  put(0x2f, 8), put(width - 1, 14), put(height - 1, 14), put(alpha < 255 ? 1 : 0, 1), put(0, 3);
  put(0, 3);  // no transform, no cache of colours, one set of codes
  for (const int symbol : {green, red, blue, alpha}) put(0b101, 3), put(symbol, 8);  // a plain code, of one symbol, of 8 bits
  put(0b0001, 4);                                                                    // distances, of which there are none
  std::string data((bits.size() + 7) / 8, '\0');
  for (size_t i = 0; i < bits.size(); ++i)
    if (bits[i]) data[i / 8] = static_cast<char>(data[i / 8] | 1 << i % 8);
  return riff_chunk("VP8L", data);
}

// --- BMP ---

struct OddBmp {
  int width = 1, height = 1;     // a negative height: rows from the top down
  int bits = 24;                 // of a pixel: 1, 4, 8, 24 or 32
  std::vector<int> values = {};  // of pixels, row by row from the top: an index, or 0xrrggbb with whatever above it
  std::string palette = {};      // blue, green, red and 0 of each colour
  uint32_t packing = 0;          // 0 none, 1 and 2 runs, 3 masks
  std::string header = {};       // what follows the 40 bytes that every header has
};

inline std::string odd_bmp(const OddBmp& bmp) {
  const int rows = std::abs(bmp.height);
  std::string pixels;
  for (int i = 0; i < rows; ++i) {
    const int y = bmp.height > 0 ? rows - 1 - i : i;
    BitWriter packed;
    std::string row;
    for (int x = 0; x < bmp.width; ++x) {
      const auto value = static_cast<uint32_t>(bmp.values[static_cast<size_t>(y * bmp.width + x)]);
      if (bmp.bits < 8) packed.put(value, bmp.bits);
      if (bmp.bits >= 8) row += lowest_first(value, bmp.bits / 8);
    }
    row += packed.bytes(false);
    row.resize((row.size() + 3) / 4 * 4);
    pixels += row;
  }
  const auto number = [](size_t value) { return lowest_first(static_cast<uint32_t>(value), 4); };
  const size_t start = 54 + bmp.header.size() + bmp.palette.size();
  std::string out = "BM" + number(start + pixels.size()) + number(0) + number(start) + number(40 + bmp.header.size());
  out += lowest_first(static_cast<uint32_t>(bmp.width), 4) + lowest_first(static_cast<uint32_t>(bmp.height), 4);
  out += lowest_first(1, 2) + lowest_first(static_cast<uint32_t>(bmp.bits), 2) + number(bmp.packing) + std::string(12, '\0');
  return out + number(bmp.palette.size() / 4) + number(0) + bmp.header + bmp.palette + pixels;
}

}  // namespace facemat
