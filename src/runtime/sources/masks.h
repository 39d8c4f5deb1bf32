#pragma once
// Masks as face swapping tools make and combine them.

#include <opencv2/core.hpp>
#include <vector>

#include "src/core/config.h"

namespace facemat {

// A box within the crop with a soft edge, as FaceFusion's box mask.
struct BoxMaskConfig {
  double blur = 0.3;                           // of the edge, in half widths of the frame
  std::vector<double> padding = {0, 0, 0, 0};  // percent of height or width left out: top, right, bottom, left
};
void fields(FieldVisitor& visit, BoxMaskConfig& config);

// Throws Error unless there are four paddings from 0 to 100.
void check(const BoxMaskConfig& config);

// CV_32FC1 of `size`: with b = int(0.5 width blur) each side is 0 over max(b / 2, 1, padding) pixels (whole numbers, rounded
// down), the rest 1, then a Gaussian of sigma b / 4 (none for b = 0).
cv::Mat box_mask(const BoxMaskConfig& config, cv::Size size);

struct HardenConfig {
  double sigma = 0;  // pixels; 0: off
};
void fields(FieldVisitor& visit, HardenConfig& config);

// The edge XSeg's users put on its masks: m = Gaussian of `sigma`, then 2 (clamp(m, 0.5, 1) - 0.5). It shrinks the mask inwards
// and throws away how soft it was. `alpha` itself for a sigma of 0.
cv::Mat hardened(const cv::Mat& alpha, const HardenConfig& config);

}  // namespace facemat
