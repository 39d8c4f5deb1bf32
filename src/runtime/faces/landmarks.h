#pragma once
// The detector `landmarks`: the cascade or YuNet finds a face, a network finds points in it, five of them align the face.

#include <memory>

#include "src/runtime/faces/detector.h"

namespace facemat {

// config.file: of the detector that finds the faces (config.landmarks.faces). A face whose points score less than
// config.landmarks.least_score keeps what it was found with. Throws Error for a graph that the settings do not fit.
std::unique_ptr<FaceDetector> make_landmark_detector(const DetectorConfig& config, int threads);

}  // namespace facemat
