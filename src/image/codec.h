#pragma once
// Reading still images: PNG (ISO 15948), JPEG (ITU T.81), WebP (RFC 9649) and BMP; writing PNG and JPEG. Files are not trusted.
// The format is told by the content, whatever the name says; size and kind are read from the header and bounded before anything
// is allocated.
//
// Every file is read right or refused in one line that names it:
// - PNG of every kind: 1 to 16 bits, grey, colour, palette, with alpha or tRNS, interlaced. Colour profiles and gamma are
//   ignored; of an animation the still picture is read. Every chunk's checksum is verified.
// - JPEG: 8-bit grey or colour, sequential or progressive. CMYK, lossless, hierarchical and 12-bit ones are refused, and more
//   than 100 scans. Segments, restart markers and the end-of-image marker are verified. Limit: JPEG has no checksum, so damage
//   inside a scan that hits no marker goes unseen; libjpeg decodes it into wrong blocks and may warn on stderr.
// - WebP: lossy or lossless, with alpha; animations are refused. The lengths of the file and its chunks are verified, and that
//   the canvas is the picture. Limit: WebP has no checksum either. An OpenCV that was built without WebP is named.
// - BMP: 1, 4, 8, 24 and 32 bits a pixel; packed pixels, alpha, odd orders of colours, pixels beyond the palette are refused.
// - The EXIF orientation (JPEG APP1; PNG eXIf before the pixels; WebP EXIF) is applied by every reader, to masks as to
//   pictures, as viewers and photo editors do; all sizes are those of the turned picture. Unreadable EXIF counts as none.
// - Bytes after the end of the picture are ignored. Whatever else (TIFF, GIF, HEIC, ...) is refused by name.
//
// Each reader has a twin for a caller who holds the bytes already; `where` names them in errors (the file's path).

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "src/core/file.h"
#include "src/image/trimap.h"

namespace facemat {

inline constexpr int64_t kMostPixels = 100'000'000;
inline constexpr int kMostImageSide = 65'535;                         // as JPEG's own
inline constexpr uint64_t kMostImageBytes = uint64_t{512} << 20;      // of a file
inline constexpr uint64_t kMostImageHeaderBytes = uint64_t{1} << 20;  // what read_image_size reads first

// Extensions read_image accepts, lower case with dot.
const std::vector<std::string>& image_extensions();

// Those of formats that may hold alpha.
const std::vector<std::string>& alpha_image_extensions();
// What a file with these bytes, which one of the readers takes, should end in: ".png", ".jpg", ".webp" or ".bmp".
const char* image_extension_of(std::string_view bytes);

// Extensions of pictures that are not read. A folder of pictures that holds one says so instead of leaving it out.
const std::vector<std::string>& foreign_image_extensions();
inline constexpr const char* kForeignFormat = "a format that is not read (convert it to PNG or JPEG)";

// `extensions`, and those of formats that are not read.
std::vector<std::string> with_foreign(std::vector<std::string> extensions);

// Names of the pictures below `folder` (files_below in src/core/folder.h): those with one of `extensions`, and those of formats
// that are not read.
std::vector<std::string> pictures_below(const fs::path& folder,
                                        const std::vector<std::string>& extensions = image_extensions());
// The pictures in `folder` itself (list_files) with one of `extensions`. Throws Error for one of a format that is not read:
// left out, it would be a frame that is missing.
std::vector<fs::path> pictures_in(const fs::path& folder, const std::vector<std::string>& extensions = image_extensions());
// The first of `names` below `folder` that is of such a format is an error.
void refuse_foreign(const fs::path& folder, const std::vector<std::string>& names);

// What an image file holds, from its header alone.
struct ImageSize {
  int width = 0, height = 0;  // pixels, after the orientation is applied
  int channels = 0;           // 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; a PNG's palette and all of WebP count
                              // as colour, a BMP's palette of greys as grey
  int bit_depth = 0;          // of a stored value: 1, 2, 4, 8 or 16 (of a palette's index: the 8 of its colours)
  bool has_alpha = false;     // an alpha channel or tRNS
  int orientation = 1;        // EXIF 1..8; from 5 on width and height are exchanged against the stored ones
  bool lossy = false;         // JPEG, or WebP of that kind: colours and greys are near what was meant; an alpha is exact
};

// The header of `path`, from its first kMostImageHeaderBytes at most: a whole header says nothing about the rest of the file.
// Throws Error for what the readers refuse by the header, and if the header is longer than that; of a WebP, whose orientation
// stands behind its pixels, the whole file is read then.
ImageSize read_image_size(const fs::path& path);
ImageSize decode_image_size(std::string_view bytes, const std::string& where);

// The picture as CV_8UC3 BGR: grey is widened, 16 bits are rounded to 8, alpha is dropped (no background is painted in). Throws
// Error naming `path`: missing, not an image, truncated, damaged, more than kMostPixels.
cv::Mat read_image(const fs::path& path);
cv::Mat decode_image(std::string_view bytes, const std::string& where);

// The picture at its own depth, CV_8U or CV_16U: BGR, or straight BGRA if it has alpha.
cv::Mat decode_deep(std::string_view bytes, const std::string& where);

// One channel, CV_32FC1 0..1, from a grey image of any depth; colour files are accepted when their channels are equal, files
// with alpha when it is opaque everywhere (else nobody could say which of the two is the mask). Lossy WebP has no grey; there
// channels up to 4 of 255 apart are equal, here and below.
cv::Mat read_mask(const fs::path& path);
cv::Mat decode_mask(std::string_view bytes, const std::string& where);

// A cut-out with its own alpha as CV_32FC4; the straight colours of the file are premultiplied after decoding, 16 bits stay
// exact. Throws Error if the file has no alpha.
cv::Mat read_cutout(const fs::path& path);
cv::Mat decode_cutout(std::string_view bytes, const std::string& where);

// A cut-out as its file has it: straight colours, CV_8UC4 BGRA, 16 bits rounded to 8; colours are kept where alpha is 0.
cv::Mat decode_straight_cutout(std::string_view bytes, const std::string& where);

// A cut-out in two files of one size, straight colour (its own alpha, if any, is dropped) and alpha (as read_mask), as
// premultiplied CV_32FC4. Throws Error naming both files if their sizes differ.
cv::Mat read_colour_and_alpha(const fs::path& colour, const fs::path& alpha);
cv::Mat decode_colour_and_alpha(std::string_view colour, const std::string& colour_where, std::string_view alpha,
                                const std::string& alpha_where);

// The stored levels of a mask as people keep them, CV_8UC1 or CV_16UC1: as read_mask takes it, or of a picture that is not
// opaque its alpha channel (which is 0 everywhere in a frame without a face). Throws Error if both its alpha and its grey could
// be meant, and for a palette of colours, whose indices may be labels: with `advice` on what to do then.
cv::Mat decode_levels(std::string_view bytes, const std::string& where, const std::string& advice = "");

// The stored values of a grey PNG or the indices of a palette, CV_8UC1 or CV_16UC1: labels. Values of fewer than 8 bits are not
// spread. Of a lossless WebP or a BMP its grey. Throws Error for JPEG and lossy WebP.
cv::Mat decode_labels(std::string_view bytes, const std::string& where);

// A trimap as CV_8UC1 of 0, 128, 255, from what read_mask accepts, by the rule of trimap_of_levels.
cv::Mat read_trimap(const fs::path& path, const TrimapValues& values = {});
cv::Mat decode_trimap(std::string_view bytes, const std::string& where, const TrimapValues& values = {});

// Writes 8- or 16-bit images, format by extension (.png lossless, .jpg with `jpeg_quality`, 8-bit without alpha), whole or not
// at all (file.h).
void write_image(const fs::path& path, const cv::Mat& image, int jpeg_quality = 95);

// The encoded bytes write_image would write; `extension` with dot.
std::string encode_image(const std::string& extension, const cv::Mat& image, int jpeg_quality = 95);

}  // namespace facemat
