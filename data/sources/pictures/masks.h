#pragma once
// Masks and alphas as data sets come with them.

#include <filesystem>
#include <opencv2/core.hpp>

namespace facemat {

namespace fs = std::filesystem;

// read_mask() of codec.h, CV_32FC1 0..1. JPEG leaves noise where the matte was 0 or 1: in .jpg files values up to 3/255 become
// 0 and from 252/255 on 1. `binary`: the file holds labels, 0/1 or 0/255; 1 above half of its largest value, 0 elsewhere.
// Throws Error as read_mask does, and for a file of values 0 and 1 of 255 that is not called binary (it would be all but
// black).
cv::Mat read_matte(const fs::path& file, bool binary);

// For masks of photographs, which take background along at their edges: eroded by an ellipse of `radius` pixels, then softened
// by one pixel (3x3 binomial), never above `alpha`. What the picture's border cuts stays cut. 0: unchanged.
cv::Mat shrunk(const cv::Mat& alpha, int radius);

// What a mask or an alpha (CV_32FC1 0..1, at least one pixel) shows of its polarity, faces and things lying in the middle of
// their pictures: kUpright with a mean above 0.6 in the middle (a quarter of each side) and below 0.4 at the border (a
// sixteenth of each side, at least a pixel), kInverted the other way round, kUnclear otherwise.
enum class Reading { kUpright, kInverted, kUnclear };
Reading reading_of(const cv::Mat& mask);

}  // namespace facemat
