#pragma once
// Masks and mattes as people keep them: what the values of such a file mean, and what is refused because it cannot mean that.
// Readers of files that are not this project's own go through here; facemat-composite, whose mattes may be films and OpenEXR,
// asks black_reason() alone.

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/image/codec.h"

namespace facemat {

namespace fs = std::filesystem;

// What the values of a mask's file mean. By default they are levels: 0 is 0, and the largest that the file's bits can hold
// is 1.
struct MaskValues {
  std::vector<int> labels;  // these stored values (of a palette: its indices) are 1, all others 0; empty: the file holds levels
  int ignore = -1;          // this stored value says nothing: value 0 and trust 0; -1: none
  int white = 0;            // of levels: this of 255 is 1, and none may be above; 0: 255. In a file of 16 bits 257 times this,
                            // or, where none is above it, this itself: 8-bit levels in a file of 16 bits
  bool binary = false;      // two values, of whatever size: 1 above half of the largest, 0 elsewhere
  bool inverted = false;    // 1 - value
};

// How messages name the ways out that their reader has: "set binary: true for this source".
struct MaskAdvice {
  std::string zero_one;     // for a file of 0 and 1
  std::string labels = {};  // for a file of labels; empty: labels are not looked for (an alpha may have a few small values)
};

struct MaskPlanes {
  cv::Mat value, trust;  // CV_32FC1 0..1; trust: 0 where the file says nothing, else 1; empty without `ignore`
};

// Whether the mask in a file of this kind is only near what was meant: of grey in JPEG and lossy WebP, not of an alpha channel.
bool is_lossy_mask(const ImageSize& size);

// Levels lie in a grey file (codec.h, decode_levels), or in the alpha channel of one that has colours. JPEG and lossy WebP
// leave noise where a matte was 0 or 1: in their files values up to 3/255 become 0 and from 252/255 on 1. Throws Error naming
// the file and the values that it holds, for what is no mask of the kind that `values` says:
// - files of 0 and 1 that are not called so: they would be all but black; 8-bit levels in a file of 16 bits
// - labels: a few small values that jump, with or without 255, where levels or two values are expected; colours; labels in a
//   lossy file
// - values above `white`, in lossy files by more than 16
MaskPlanes read_mask_file(const fs::path& file, const MaskValues& values, const MaskAdvice& advice);

// A matte that somebody's network made, CV_32FC1 0..1: levels as they are, without those refusals, since it may be wrong in any
// way. `white`: as above.
cv::Mat read_predicted_matte(const fs::path& file, int white = 0);

// Why mattes that somebody's network made are probably not what they are read as: "hold only the values 0 and 1 of 255 and look
// black", or "hold the values 0, 1, 7: labels, which look black as levels", where all of up to 32 of `files`, spread over all,
// are such or wholly black; else "". Files that cannot be read are left to their reader.
std::string black_reason(const std::vector<fs::path>& files);

// What a mask or an alpha (CV_32FC1 0..1, at least one pixel) shows of its polarity, faces and things lying in the middle of
// their pictures: kUpright with a mean above 0.6 in the middle (a quarter of each side) and below 0.4 at the border (a
// sixteenth of each side, at least a pixel), kInverted the other way round, kUnclear otherwise.
enum class Reading { kUpright, kInverted, kUnclear };
Reading reading_of(const cv::Mat& mask);

// Whether a mask of this size can be one of a picture of that size: of its ratio, each side rounded to a whole pixel.
bool same_proportions(cv::Size picture, cv::Size mask);

// Whether a picture is turned by an EXIF orientation that the file of its mask does not have (or the other way round), and they
// would fit unturned, too: nobody can tell then which of the two its mask was drawn on. It is taken as drawn on what viewers
// show.
bool may_be_unturned(const fs::path& picture, const fs::path& mask);

// Where a mask does not fit a picture that is turned by its EXIF orientation, but would fit it unturned: words for a message, "
// (the picture is turned by its EXIF orientation 6, the mask is not: turn it, too)"; else "". `what`, `other`: what the two
// are.
std::string turned_hint(const fs::path& picture, cv::Size mask, const char* what = "picture", const char* other = "mask");

}  // namespace facemat
