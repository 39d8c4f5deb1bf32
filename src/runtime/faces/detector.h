#pragma once
// Finds the faces of a frame.

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/faces/face.h"
#include "src/runtime/faces/landmark_network.h"

namespace facemat {

struct DetectorConfig {
  std::string kind = "cascade";    // a name of face_detectors()
  std::string file;                // of kind yunet the ONNX file; boxes: JSON or CSV; cascade and landmarks: '' OpenCV's own
  int max_side = 400;              // larger frames are searched on a copy with this longest side, pixels; 0: no limit
  double least = 0.1;              // smallest face, height in shares of the frame's shorter side
  int most = 8;                    // faces of one frame; the best scores stay
  double score = 0.6;              // of kind yunet: least score
  double margin = 0;               // of yunet, cascade: laid round the frame, in its longest sides, for faces that fill it
  double overlap = 0.3;            // of two finds that overlap more (intersection over union) the better stays
  int neighbours = 6;              // of kind cascade: finds that must agree on a face
  std::string tilted = "if_none";  // of kind cascade: heads that lean by about `tilt` are looked for: never | if_none | always
  double tilt = 25;                // degrees
  LandmarkConfig landmarks;        // of kind landmarks
};
void fields(FieldVisitor& visit, DetectorConfig& config);

// Throws Error for settings that contradict each other. Files need not be there.
void check(const DetectorConfig& config);

class FaceDetector {
 public:
  virtual ~FaceDetector() = default;
  // The faces of `frame` (CV_8UC3 BGR), best first. `index`: number of the frame in its video, from 0.
  virtual std::vector<Face> detect(const cv::Mat& frame, int64_t index) = 0;
};

// THE DETECTOR TABLE. To add one: a file with a function that makes it, a line in the table of detector.cpp, and a test of what
// it finds; the test of the table asks no more than that settings may name it.
struct FaceDetectorKind {
  std::string name, help;
  // Throws Error for files that are missing or wrong. nullptr: the kind looks for no faces, the whole frame is one crop.
  std::unique_ptr<FaceDetector> (*make)(const DetectorConfig& config, int threads);
};
const std::vector<FaceDetectorKind>& face_detectors();

// The defaults with what `text`, "KIND" or "KIND:FILE", says. Throws Error that lists the known kinds.
DetectorConfig detector_of(const std::string& text);

// nullptr for the kind `whole`. `threads`: of a network; 0: as many as the machine has.
std::unique_ptr<FaceDetector> make_face_detector(const DetectorConfig& config, int threads = 0);

// Intersection over union of two upright rectangles, 0..1.
double overlap_of(const cv::Rect2d& a, const cv::Rect2d& b);

// `faces` best first, without those that overlap a better one by more than `overlap`; `most` at most. Equal scores are ordered
// by place, so that the order of finding does not matter.
std::vector<Face> best_of(std::vector<Face> faces, double overlap, int most);

// The copy of `frame` that is searched: at most `max_side` long (0: no limit). What was found in it is enlarged by grown().
cv::Mat reduced(const cv::Mat& frame, int max_side);
Face grown(const Face& face, double factor);

}  // namespace facemat
