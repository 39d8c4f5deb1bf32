#pragma once
// The detector `landmarks`: the cascade finds a face, a network finds points in its crop, five of them align the face.

#include <memory>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/predictors/foreign_network.h"

namespace facemat {

struct DetectorConfig;
class FaceDetector;

// Any network that answers with points: by its input's settings and by which of its points count. The defaults are the 68
// points of iBUG 300-W. Each of the five is the mean of the points listed, from 0, the picture's left before its right.
struct LandmarkConfig {
  NetworkConfig network;       // model, input, width, height, layout, colour, range_high, mean, std and output count
  double face_share = 0.65;    // height of the face in sides of the square the network sees
  std::string unit = "share";  // of its answers: share (0..1 of that square) | pixels (of what it sees)
  int numbers = 2;             // of a point: x, y and whatever else
  std::vector<double> left_eye = {36, 37, 38, 39, 40, 41}, right_eye = {42, 43, 44, 45, 46, 47}, nose = {30}, left_mouth = {48},
                      right_mouth = {54};
};
void fields(FieldVisitor& visit, LandmarkConfig& config);

// Throws Error for settings that contradict each other.
void check(const LandmarkConfig& config);

// The five of a network's answer (`values`: point by point), in shares of the square. `side`: pixels of that square. Throws
// Error, prefixed by `where`, if the answer has fewer points than are listed.
std::vector<cv::Point2d> five_points(const std::vector<float>& values, const LandmarkConfig& config, cv::Size side,
                                     const std::string& where);

// Throws Error for a graph that the settings do not fit.
std::unique_ptr<FaceDetector> make_landmark_detector(const DetectorConfig& config, int threads);

}  // namespace facemat
