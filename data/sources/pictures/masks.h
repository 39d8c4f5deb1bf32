#pragma once
// Masks and alphas as data sets come with them.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/image/mask_file.h"

namespace facemat {

namespace fs = std::filesystem;

inline constexpr const char* kSayBinary = "set binary: true for this source";  // advice for files of 0 and 1

// read_mask_file() of src/image/mask_file.h, with messages that name the settings of a source.
MaskPlanes read_source_mask(const fs::path& file, const MaskValues& values);

// An alpha or a trust map: its value, of a file of levels, or with `binary` of two values. Labels are not looked for.
cv::Mat read_matte(const fs::path& file, bool binary);

// Numbers of up to 32 of `count` files, spread over all: these tell how the others are.
std::vector<int64_t> looked_at(int64_t count);

// "FOLDER: N of M pictures ..." if some of those looked at are turned by an EXIF orientation and nobody can tell whether their
// masks are, too (may_be_unturned in src/image/mask_file.h); else "".
std::string turned_warning(int64_t count, const std::function<fs::path(int64_t)>& picture,
                           const std::function<fs::path(int64_t)>& mask, const std::string& folder);

// For masks of photographs, which take background along at their edges: eroded by an ellipse of `radius` pixels, then softened
// by one pixel (3x3 binomial), never above `alpha`. What the picture's border cuts stays cut. 0: unchanged.
cv::Mat shrunk(const cv::Mat& alpha, int radius);

}  // namespace facemat
