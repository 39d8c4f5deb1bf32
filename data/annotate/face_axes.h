#pragma once
// A face's own axes: from its landmarks to heights above the chin, distances to its middle line, outlines.

#include <opencv2/core.hpp>
#include <vector>

#include "src/core/config.h"

namespace facemat {

// Which landmarks are which, from 0. The defaults are the 468 of MediaPipe's face mesh (Kartynnik et al., "Real-time Facial
// Surface Geometry from Monocular Video on Mobile GPUs", 2019); left and right as seen in the picture.
struct MeshConfig {
  int forehead = 10, chin = 152, nose = 4, mouth = 13;  // on the middle line; the mouth by its upper lip
  int left_ear = 234, right_ear = 454, left_eye = 33, right_eye = 263;
  std::vector<double> oval = {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
                              152, 148, 176, 149, 150, 136, 172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};
  std::vector<double> jaw = {127, 234, 93,  132, 58,  172, 136, 150, 149, 176, 148, 152,
                             377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356};  // from temple to temple, left to right
};
void fields(FieldVisitor& visit, MeshConfig& config);

// Throws Error, prefixed by `where`, unless oval and jaw have three points or more, all of them whole numbers.
void check(const MeshConfig& config, const std::string& where);

// Points in pixels of the crop from its upper left corner (src/runtime/faces/face.h).
//   height H = |forehead - chin|, up = (forehead - chin) / H, side at right angle, towards the right ear
//   t(p) = (p - chin) . up / H: height above the chin       u(p) = (p - c) . side / H: c is the mean of the oval
struct FaceAxes {
  cv::Point2d forehead, chin, nose, mouth, left_ear, right_ear, left_eye, right_eye;
  std::vector<cv::Point2d> oval, jaw;
  cv::Point2d centre, up, side;  // c; unit vectors
  double height = 0;             // H, pixels

  double t(cv::Point2d p) const { return (p - chin).dot(up) / height; }
  double u(cv::Point2d p) const { return (p - centre).dot(side) / height; }
  // Where the nose lies between the ears: 0 at the left one, 0.5 of a face that looks at the camera, 1 at the right one.
  double yaw() const { return (u(nose) - u(left_ear)) / (u(right_ear) - u(left_ear)); }
};

// Throws Error, prefixed by `where`, if `mesh` names a landmark from number `count` on.
void check_points(size_t count, const MeshConfig& mesh, const std::string& where);

// Throws Error, prefixed by `where`, if there are fewer points than `mesh` names, or if they span no face.
FaceAxes face_axes(const std::vector<cv::Point2d>& points, const MeshConfig& mesh, const std::string& where);

// `points` moved away from `centre` by `factor`.
std::vector<cv::Point2d> scaled(const std::vector<cv::Point2d>& points, cv::Point2d centre, double factor);

// The inside of a polygon, CV_8UC1 of `size`: 0 or 255.
cv::Mat filled_polygon(const std::vector<cv::Point2d>& polygon, cv::Size size);

// The oval, scaled about the frame's centre.
cv::Mat oval_mask(const FaceAxes& frame, double factor, cv::Size size);

// t and u of every pixel's centre, CV_32FC1.
struct FrameMaps {
  cv::Mat t, u;
};
FrameMaps frame_maps(const FaceAxes& frame, cv::Size size);

}  // namespace facemat
