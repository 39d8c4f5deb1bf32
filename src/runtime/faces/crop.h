#pragma once
// A face out of its frame as the network sees it, and the network's matte back into the frame.

#include <opencv2/core.hpp>

#include "src/image/predictor.h"
#include "src/runtime/faces/face.h"

namespace facemat {

// What is seen where a crop reaches beyond the frame: the border again, the picture mirrored at its border pixels (these once:
// OpenCV's BORDER_REFLECT_101), or black.
enum class Beyond { kReplicated, kMirrored, kBlack };
Beyond beyond_of(const CropConfig& config);

// The pixels of `pose` in `frame` (8 bits, any channels) at side x side: bilinear, shrinking antialiased by an area average. A
// crop of whole pixels that is not scaled or turned is a copy, bit for bit.
cv::Mat crop_of(const cv::Mat& frame, const FacePose& pose, int side, Beyond beyond = Beyond::kReplicated);

// Does not touch alpha unless it reaches the border of the crop: from each border pixel that lies in the frame, alpha fades so
// that it is 0 at the border and itself `fade` (share of the side) further in,
//   alpha - border (1 - distance / width), at least 0,
// where `border` is the alpha of the border pixel in the same column (row): no edge of the crop is seen, and a face well within
// its crop keeps its matte to the last bit.
cv::Mat faded(const cv::Mat& alpha, const FacePose& pose, cv::Size frame, double fade);

// Lays `crop` (the matte of a square crop at `pose`) into `frame`, which has alpha, and uncertainty if the crop has: the larger
// alpha of the two, with its uncertainty (where they are equal the larger uncertainty). Sampled at its true places, bilinear;
// an average where the frame is coarser than the crop; nothing outside the crop.
void paste(const Matte& crop, const FacePose& pose, Matte& frame);

}  // namespace facemat
