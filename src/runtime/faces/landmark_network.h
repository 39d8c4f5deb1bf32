#pragma once
// A network that answers with points of a face, and the window it sees the face in.

#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/faces/face.h"
#include "src/runtime/predictors/foreign_network.h"

namespace facemat {

// Any network that answers with points: by its input's settings and by which of its points count. The defaults are the 68
// points of iBUG 300-W, seen once. Each of the five is the mean of the points listed, from 0, the picture's left before its
// right.
struct LandmarkConfig {
  NetworkConfig network;             // model, input, width, height, layout, colour, range_high, mean, std and output count
  std::string faces = "cascade";     // of the detector `landmarks`: which detector finds the faces, cascade | yunet
  double face_share = 0.65;          // longer side of the face in sides of the square the network sees
  int refine = 0;                    // times that the square is laid round the points found, and they are found again
  std::vector<double> level;         // two points that are level in that square; none: the eyes
  std::string unit = "share";        // of its answers: share (0..1 of that square) | pixels (of what it sees)
  int numbers = 2;                   // of a point: x, y and whatever else
  std::string score;                 // output that says, 0..1, whether there is a face; '': none
  double least_score = 0.5;          // below it the points do not count
  std::string beyond = "replicate";  // what the network sees outside the frame: replicate | black
  std::vector<double> left_eye = {36, 37, 38, 39, 40, 41}, right_eye = {42, 43, 44, 45, 46, 47}, nose = {30}, left_mouth = {48},
                      right_mouth = {54};
};
void fields(FieldVisitor& visit, LandmarkConfig& config);

// Throws Error for settings that contradict each other.
void check(const LandmarkConfig& config);

// All points of a network's answer (`values`: point by point), in shares of the square it saw, `side` pixels large.
std::vector<cv::Point2d> all_points(const std::vector<float>& values, const LandmarkConfig& config, cv::Size side);

// The five of all points. Throws Error, prefixed by `where`, if there are fewer points than are listed.
std::vector<cv::Point2d> five_points(const std::vector<cv::Point2d>& points, const LandmarkConfig& config,
                                     const std::string& where);

// The square for the next look at a face with these points (of the frame): `left` and `right` level in it, centred on the
// points' bounding box along its own axes, whose longer side is `face_share` of it.
FacePose window_around(const std::vector<cv::Point2d>& points, cv::Point2d left, cv::Point2d right, double face_share);

// Points of a face, in pixels of the frame (face.h), as many as the network has.
struct Landmarks {
  std::vector<cv::Point2d> points;
  double score = 1;
};

class LandmarkNetwork {
 public:
  // Opens config.network.model. Throws Error for a graph that the settings do not fit.
  LandmarkNetwork(const LandmarkConfig& config, int threads);
  ~LandmarkNetwork();
  LandmarkNetwork(LandmarkNetwork&&) noexcept;

  // The points of `face` in `frame` (CV_8UC3). First seen in the square round the face's centre, turned by face.degrees, of
  // which the longer side of the face is config.face_share; then config.refine times in window_around() what was found.
  Landmarks find(const cv::Mat& frame, const Face& face);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facemat
