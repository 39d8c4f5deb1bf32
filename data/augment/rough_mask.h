#pragma once
// Masks that are wrong as segmentations and hand-made masks are, from a true alpha: what networks are given as a hint, or as a
// segmentation.

#include <opencv2/core.hpp>
#include <vector>

#include "src/core/random.h"

namespace facemat {

class FieldVisitor;

// Ranges that faults are drawn from, evenly. Lengths are pixels of a picture of 512 on its shorter side.
struct RoughMaskConfig {
  double least_threshold = 0.2, most_threshold = 0.8;  // alpha from here on is 1
  double least_erosion = 0, most_erosion = 10;         // reach of the square that the mask is eroded by,
  double least_dilation = 0, most_dilation = 10;       // and then dilated by
  int holes = 2;                                       // at most so many squares are set to 0
  double least_hole = 8, most_hole = 40;               // their sides
  double least_blur = 0, most_blur = 4;                // sigma of a Gaussian over the finished mask
  double coarse = 0.5;                                 // probability that the mask is drawn at a lower resolution,
  int most_coarse = 8;                                 // by a whole factor from 2 to this
};
void fields(FieldVisitor& visit, RoughMaskConfig& config);

// The defaults above: a hint, as of a hand or a coarse network. Our choice.
RoughMaskConfig hint_faults();

// What BGM does to the segmentations it learns with (Sengupta et al., CVPR 2020), at 512x512: eroded 10 to 19 times and then
// dilated 15 to 29 times by a square of 5 pixels, up to 2 square holes of 15 to 45 pixels, blurred with kernels of 21 to 41
// pixels, whose sigmas are 3.5 to 6.5.
RoughMaskConfig segmentation_faults();

// What is wrong with one mask; the same for all frames of a clip. Lengths are shares of the picture's shorter side.
struct RoughMask {
  double threshold = 0.5;
  double eroded = 0, dilated = 0;  // from the middle of the square to its side
  std::vector<cv::Rect2d> holes;   // middle and sides: the middle in shares of width and height, the sides as above
  double blur = 0;                 // sigma
  int coarse = 1;                  // the mask is made at 1/coarse of the size
};
// Throws Error naming a range whose smallest value is more than its largest.
RoughMask draw_rough_mask(Rng rng, const RoughMaskConfig& config);

// alpha (CV_32FC1, 0..1) made binary, eroded, dilated, holed and blurred, all at the reduced size, which is brought back
// bilinearly. CV_32FC1, 0..1. The picture's border is no edge.
cv::Mat rough_mask(const cv::Mat& alpha, const RoughMask& faults);

}  // namespace facemat
