#pragma once
// Resampling by a filter that is drawn: a composite whose layers all went through one filter betrays itself by it.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/random.h"

namespace facemat {

enum class ResizeFilter { kPlain, kNearest, kLinear, kCubic, kArea, kLanczos };

struct ResizeFilterList {
  const char* name;
  const char* help;
  std::vector<ResizeFilter> filters;  // drawn, all alike
};
// THE LISTS: "plain", which is resize() of src/image/transform.h; "gca", that of GCA matting (Li & Lu, AAAI 2020): nearest,
// linear, cubic, Lanczos; "cam", that of context-aware matting (Hou & Liu, ICCV 2019), whose resizing augmentation is known by
// its random interpolation alone: the four of the framework it was written in, nearest, linear, cubic, area, are our reading.
const std::vector<ResizeFilterList>& resize_filter_lists();

// One filter of the list `name`. Throws Error listing the known names.
ResizeFilter draw_resize_filter(Rng rng, const std::string& name);

// `image` at `size`. Float values that a filter carries out of 0..1 are clamped. Any type; colour with alpha must be
// premultiplied, unless the colour is known where alpha is 0. Filters other than kPlain are OpenCV's: all but area take no
// average where they shrink, which is what they are for here.
cv::Mat resize_by(const cv::Mat& image, cv::Size size, ResizeFilter filter);

}  // namespace facemat
