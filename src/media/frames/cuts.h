#pragma once
// Where one shot ends and the next begins.

#include <opencv2/core.hpp>

namespace facemat {

// How unlike two pictures of one clip are, 0..1: blocks of the one are looked for in the other, a little way off, by their
// normalised correlation, so neither motion (up to 1/12 of the width), a flash, a fade nor a change of exposure counts. The
// measure is 1 - the median of the best correlations, taken both ways, the smaller of the two: a frame bleached by a flash
// finds no blocks, but nothing in it is missing either. Flat blocks have nothing to find and are left out; 0 if most are flat.
// CV_8UC3, CV_16UC3 or CV_32FC3 BGR, any sizes.
double unlikeness(const cv::Mat& a, const cv::Mat& b);

// Above it a new shot begins. Measured (tests/src/media/frames/cuts_test.cpp prints the figures): frames of one shot lie well
// below, frames of different shots above.
inline constexpr double kCutThreshold = 0.25;

class CutDetector {
 public:
  explicit CutDetector(double threshold = kCutThreshold) : threshold_(threshold) {}
  // True if `frame` begins a shot: not like the frame before, or of another size. The first frame is none.
  bool is_cut(const cv::Mat& frame);

 private:
  double threshold_;
  cv::Size size_;
  cv::Mat small_;  // the frame before
};

}  // namespace facemat
