#pragma once
// Regions of masks (CV_8UC1, 0 or 255): grown, opened, taken apart. Radii in pixels, any number; what lies beyond the picture
// changes nothing.

#include <functional>
#include <opencv2/core.hpp>

namespace facemat {

// Pixels within `radius` (Euclidean) of one that is set; with nothing but such pixels within it; eroded, then dilated.
cv::Mat dilated(const cv::Mat& mask, double radius);
cv::Mat eroded(const cv::Mat& mask, double radius);
cv::Mat opened(const cv::Mat& mask, double radius);

// Pixels within `radius` of the edge of `mask`, on both sides.
cv::Mat band_around_edge(const cv::Mat& mask, double radius);

// A connected part of a mask.
struct Component {
  int label = 0;
  int area = 0;
  bool at_border = false;  // touches the picture's border
};
struct Components {
  cv::Mat labels;  // CV_32SC1: 0 outside, else a component's
  std::vector<Component> list;
};
// Those of the pixels that are set, 8 neighbours each, or 4.
Components components_of(const cv::Mat& mask, int neighbours = 8);

// How many pixels of each part are set in `where`, by the order of parts.list.
std::vector<int> overlaps(const Components& parts, const cv::Mat& where);

// The parts of `parts` that `keep` says yes to, by their place in parts.list.
cv::Mat kept(const Components& parts, const std::function<bool(size_t)>& keep);

}  // namespace facemat
