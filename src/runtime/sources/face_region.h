#pragma once
// Where in a frame the face is taken to be. A detector may replace this function.

#include <opencv2/core.hpp>
#include <string>

#include "src/core/config.h"

namespace facemat {

// In fractions of the frame's width and height. The ellipse is our choice for aligned face crops (forehead to chin, centred a
// little below the middle, as CelebA's alignment has it); no source states it.
struct FaceRegion {
  std::string shape = "none";  // none: the whole frame | ellipse
  double centre_x = 0.5, centre_y = 0.56, radius_x = 0.30, radius_y = 0.40;
};
void fields(FieldVisitor& visit, FaceRegion& region);

// CV_8UC1 of `size`: 255 where a pixel's centre lies in the region, else 0.
cv::Mat face_region(const FaceRegion& region, cv::Size size);

}  // namespace facemat
