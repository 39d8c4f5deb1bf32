#pragma once
// Contact sheets: pictures people look at instead of reading.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

// A grid of `columns` tiles on grey, each tile CV_8UC3 (or CV_8UC1, widened), scaled to fit `tile` x `tile` pixels; a caption
// (may be empty) is printed below each. Returns CV_8UC3.
struct Tile {
  cv::Mat image;
  std::string caption;
};
cv::Mat contact_sheet(const std::vector<Tile>& tiles, int columns, int tile);

// `matte` (CV_32FC1) over a checkerboard with `image` (CV_8UC3): what is face keeps its colour. CV_8UC3.
cv::Mat over_checkerboard(const cv::Mat& image, const cv::Mat& matte);

// Absolute error (CV_32FC1, 0..1) as a picture: black 0, through red and yellow, white `top` and more. CV_8UC3.
cv::Mat error_map(const cv::Mat& error, double top = 0.5);

}  // namespace facemat
