#pragma once
// Masks and alphas as data sets come with them.

#include <filesystem>
#include <opencv2/core.hpp>

#include "src/image/mask_file.h"

namespace facemat {

namespace fs = std::filesystem;

// read_mask_file() of src/image/mask_file.h, with messages that name the settings of a source.
MaskPlanes read_source_mask(const fs::path& file, const MaskValues& values);

// An alpha or a trust map: its value, of a file of levels, or with `binary` of two values. Labels are not looked for.
cv::Mat read_matte(const fs::path& file, bool binary);

// For masks of photographs, which take background along at their edges: eroded by an ellipse of `radius` pixels, then softened
// by one pixel (3x3 binomial), never above `alpha`. What the picture's border cuts stays cut. 0: unchanged.
cv::Mat shrunk(const cv::Mat& alpha, int radius);

}  // namespace facemat
