#pragma once
// Reading and writing still images. Files are not trusted: their dimensions are read from the header and bounded before
// decoding.

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

inline constexpr int64_t kMostPixels = 100'000'000;

// Extensions read_image accepts, lower case with dot.
const std::vector<std::string>& image_extensions();

// The picture as CV_8UC3 BGR (grey is widened, alpha dropped). Throws Error naming `path`: missing, not an image, truncated, or
// more than kMostPixels.
cv::Mat read_image(const fs::path& path);

// One channel, CV_32FC1 0..1, from an 8- or 16-bit grey image; colour files are accepted when their channels are equal.
cv::Mat read_mask(const fs::path& path);

// A cut-out with its own alpha as premultiplied CV_32FC4. Throws Error if the file has no alpha channel.
cv::Mat read_cutout(const fs::path& path);

// A trimap as CV_8UC1. Throws Error if a value is none of 0, 128, 255.
cv::Mat read_trimap(const fs::path& path);

// Writes 8- or 16-bit images, format by extension (.png lossless, .jpg with `jpeg_quality`), whole or not at all (file.h).
void write_image(const fs::path& path, const cv::Mat& image, int jpeg_quality = 95);

// The encoded bytes write_image would write; `extension` with dot.
std::string encode_image(const std::string& extension, const cv::Mat& image, int jpeg_quality = 95);

}  // namespace facemat
