#include "src/runtime/sources/face_region.h"

namespace facemat {

void fields(FieldVisitor& visit, FaceRegion& region) {
  visit("shape", region.shape, "none: the whole frame; ellipse: for aligned face crops", {"none", "ellipse"});
  visit("centre_x", region.centre_x, "of the ellipse, in widths of the frame", {0, 1});
  visit("centre_y", region.centre_y, "in heights of the frame", {0, 1});
  visit("radius_x", region.radius_x, "in widths of the frame", {0.01, 1});
  visit("radius_y", region.radius_y, "in heights of the frame", {0.01, 1});
}

cv::Mat face_region(const FaceRegion& region, cv::Size size) {
  cv::Mat out(size, CV_8UC1, cv::Scalar(255));
  if (region.shape == "none") return out;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const double across = ((x + 0.5) / size.width - region.centre_x) / region.radius_x;
      const double down = ((y + 0.5) / size.height - region.centre_y) / region.radius_y;
      out.at<uchar>(y, x) = across * across + down * down <= 1 ? 255 : 0;
    }
  return out;
}

}  // namespace facemat
