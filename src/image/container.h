#pragma once
// What a picture's file says of it before anything is decoded, and those of its bytes that a decoder may see. Files are not
// trusted: every length is checked against the bytes that are there. For codec.cpp, and for src/media/pictures/profile.cpp,
// which looks for the colour profile of a WebP.
//
// `bytes` begin with the file's first one; `where` names the file in errors. What is damaged or refused throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace facemat::container {

enum class Format { kPng, kJpeg, kWebp, kBmp };

// What the header says. `grey_key` is the one transparent grey of a grey PNG with tRNS, -1 without; `lossy` is ImageSize's
// (codec.h).
struct Header {
  Format format = Format::kPng;
  int64_t width = 0, height = 0;  // as stored
  int channels = 0, bit_depth = 0;
  bool has_alpha = false, lossy = false;
  int orientation = 1, grey_key = -1;
};

// --- container.cpp

// By the first bytes; nothing if they are of no format that is read.
std::optional<Format> format_of(std::string_view bytes);

// The header, its size within kMostImageSide and kMostPixels (codec.h); nothing if the bytes end before the header does.
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

// --- webp.cpp: a RIFF file of chunks of type, length and data (RFC 9649)

// Everything up to the size of the pixels and, where the file promises EXIF, which may stand behind them, the orientation;
// nothing if the bytes end before that. Animations are refused.
std::optional<Header> webp_header(std::string_view bytes, const std::string& where);

// The chunks that make the still picture, as a file that has no others.
std::string webp_picture(std::string_view bytes, const std::string& where);

// The data of the chunk with the colour profile, which stands before the pixels; empty if there is none within `bytes`.
// `promised`: the header says that there is one.
struct WebpProfile {
  std::string_view data;
  bool promised = false;
};
WebpProfile webp_profile(std::string_view bytes);

// --- bmp.cpp: a header, a palette, rows of pixels (BITMAPFILEHEADER and what follows it, as Windows documents them)

// Everything before the pixels; nothing if the bytes end before that.
std::optional<Header> bmp_header(std::string_view bytes, const std::string& where);

// The picture as a file with the plainest header there is, its pixels right behind it. All of them must be there, each of a
// colour of the palette where there is one.
std::string bmp_picture(std::string_view bytes, const std::string& where);

// --- numbers in files; all of their bytes must be there

inline uint32_t byte(std::string_view b, size_t at) { return static_cast<uint8_t>(b[at]); }
// The highest byte first.
inline uint32_t be16(std::string_view b, size_t at) { return byte(b, at) << 8 | byte(b, at + 1); }
inline uint32_t be32(std::string_view b, size_t at) { return be16(b, at) << 16 | be16(b, at + 2); }
// The lowest byte first.
inline uint32_t le16(std::string_view b, size_t at) { return byte(b, at + 1) << 8 | byte(b, at); }
inline uint32_t le32(std::string_view b, size_t at) { return le16(b, at + 2) << 16 | le16(b, at); }
std::string little_endian(uint32_t value, int bytes);

}  // namespace facemat::container
