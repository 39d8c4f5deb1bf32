#pragma once
// Where in a frame the face is taken to be.

#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/faces/detector.h"
#include "src/runtime/faces/tracker.h"

namespace facemat {

// The fixed shapes are in fractions of the frame's width and height. The ellipse is our choice for aligned face crops (forehead
// to chin, centred a little below the middle, as CelebA's alignment has it); no source states it.
struct FaceRegion {
  std::string shape = "none";  // none: the whole frame | ellipse | box | detected: an ellipse in the box of each face found
  double centre_x = 0.5, centre_y = 0.56, radius_x = 0.30, radius_y = 0.40;
  double grow = 1.1;  // of the shape `detected`, against the face's box: a mask bulges beyond the ellipse in it
  DetectorConfig detector;
};
void fields(FieldVisitor& visit, FaceRegion& region);

// CV_8UC1 of `size`: 255 where a pixel's centre lies in the region, else 0. Throws Error for the shape `detected`.
cv::Mat face_region(const FaceRegion& region, cv::Size size);

// An ellipse of `size` (both axes in full) turned by `degrees` clockwise, added to `region` (CV_8UC1); centre as in
// src/runtime/faces/face.h.
void add_ellipse(cv::Point2d centre, cv::Size2d size, double degrees, cv::Mat& region);

// The faces of frame after frame, followed (tracker.h): one that is covered for a while keeps its place.
class FaceFinder {
 public:
  // Throws Error as make_face_detector does.
  explicit FaceFinder(const DetectorConfig& detector, int threads = 0);
  bool looks() const { return detector_ != nullptr; }  // false: the detector `whole`, which finds none
  // `frame`: CV_8UC3. Oldest first; their pose is that of the default crop.
  const std::vector<TrackedFace>& find(const cv::Mat& frame);
  void skip() { ++next_frame_; }  // a frame that is not looked at
  void reset();                   // a cut

 private:
  std::unique_ptr<FaceDetector> detector_;
  FaceTracker tracker_;
  int64_t next_frame_ = 0;
};

// Width and height, along its axes, of the face that a default crop at `pose` shows.
cv::Size2d face_size(const FacePose& pose);

// The region of frame after frame, of any shape. In a frame without faces a detected region is empty.
class RegionFinder {
 public:
  // Throws Error as make_face_detector does, for the shape `detected` only.
  explicit RegionFinder(const FaceRegion& region, int threads = 0);
  // `frame`: CV_8UC3; not looked at for the other shapes.
  cv::Mat find(const cv::Mat& frame);
  void skip();   // a frame that is not looked at
  void reset();  // a cut

 private:
  FaceRegion region_;
  std::optional<FaceFinder> finder_;  // of the shape `detected`
};

}  // namespace facemat
