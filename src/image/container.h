#pragma once
// What a PNG or JPEG file says of its picture before anything is decoded, and those of its bytes that a decoder may see. Files
// are not trusted: every length is checked against the bytes that are there. For codec.cpp alone.
//
// `bytes` begin with the file's first one; `where` names the file in errors. What is damaged or refused throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace facemat::container {

// What the header says. `grey_key` is the one transparent grey of a grey PNG with tRNS, -1 without.
struct Header {
  bool png = false;
  int64_t width = 0, height = 0;  // as stored
  int channels = 0, bit_depth = 0;
  bool has_alpha = false;
  int orientation = 1, grey_key = -1;
};

// --- container.cpp

// The header of either format, its size within kMostImageSide and kMostPixels (codec.h); nothing if the bytes end before the
// header does.
std::optional<Header> parse_header(std::string_view bytes, const std::string& where);

// The EXIF orientation 1..8 in a TIFF block (EXIF 2.3, 4.6.4: tag 0x0112 of the first directory); 1 if there is none to read.
int exif_orientation(std::string_view tiff);

// --- png.cpp: a signature, then chunks of length, type, data and checksum (ISO 15948, 5)

inline constexpr std::string_view kPngMagic = "\x89PNG\r\n\x1a\n";

// Everything before the pixels; nothing if the bytes end before that.
std::optional<Header> png_header(std::string_view bytes, const std::string& where);

// Where the header says which colours there are (ISO 15948, 11.2.2) and how many bits a value has.
inline constexpr size_t kPngDepth = 24, kPngColourType = 25;

// The chunks that make the still picture, each verified. What else a PNG may hold is left out: the decoder would print warnings
// about it (colour profiles above all), and none of it is used.
std::string png_picture(std::string_view bytes, const std::string& where);

// The same of a picture with a palette, as a grey one whose values are the palette's indices.
std::string png_indices(std::string_view bytes, const std::string& where);

// --- jpeg.cpp: markers, most with a segment of stated length behind them (ITU T.81, annex B)

// Everything up to the frame header; nothing if the bytes end before that.
std::optional<Header> jpeg_header(std::string_view bytes, const std::string& where);

// The file up to its end-of-image marker, every segment and marker on the way verified.
std::string_view jpeg_picture(std::string_view bytes, const std::string& where);

// --- numbers in files, the highest byte first; all of their bytes must be there

inline uint32_t byte(std::string_view b, size_t at) { return static_cast<uint8_t>(b[at]); }
inline uint32_t be16(std::string_view b, size_t at) { return byte(b, at) << 8 | byte(b, at + 1); }
inline uint32_t be32(std::string_view b, size_t at) { return be16(b, at) << 16 | be16(b, at + 2); }

}  // namespace facemat::container
