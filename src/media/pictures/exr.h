#pragma once
// OpenEXR pictures, through FFmpeg. They hold amounts of light, with alpha multiplied in (openexr.com, "Scene-Linear Image
// Representation"): colours pass the sRGB curve (IEC 61966-2-1) on the way, grey is taken for data and stays as it is.

#include <filesystem>
#include <string>
#include <string_view>

#include "src/media/frames/frame.h"

namespace facemat {

// Grey, BGR or straight BGRA, CV_32F, as a file of half floats.
std::string encode_exr(const cv::Mat& picture);

// A picture as `options` ask (floats for 16 bits); values above 1 are kept then. Throws Error naming `path` for what is no
// OpenEXR picture, is cut off, or is larger than kMostPixels. Limit: the format has no checksums for its pixels.
cv::Mat read_exr(const std::filesystem::path& path, const ReadOptions& options);
bool exr_has_alpha(const std::filesystem::path& path);

// Throws Error unless every piece of a picture in lines that the header promises lies within `bytes`, where it should: FFmpeg's
// decoder leaves out what is missing, without a word. Tiles and several parts are refused, and windows beyond kMostPixels.
// Returns the pixels of the larger of the two windows, that of the data and that of the picture: what decoding takes.
int64_t check_exr(std::string_view bytes, const std::string& where);

}  // namespace facemat
