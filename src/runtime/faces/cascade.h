#pragma once
// The detector `cascade`: Viola and Jones's cascade of rectangle features, as OpenCV ships it (haarcascade_frontalface_alt2,
// the one of its frontal cascades with the fewest false finds on our photographs; README.md).

#include <filesystem>
#include <memory>
#include <vector>

#include "src/runtime/faces/detector.h"

namespace facemat {

namespace fs = std::filesystem;

// Where distributions put OpenCV's cascades.
std::vector<fs::path> cascade_folders();

// config.file, or haarcascade_frontalface_alt2.xml in the first of `folders` that has it. Throws Error that names the folders
// and Debian's package opencv-data.
fs::path find_cascade(const DetectorConfig& config, const std::vector<fs::path>& folders = cascade_folders());

// Score: n / (n + 10) for a face that n finds agree on. Leaning heads are found in copies of the frame turned by +-tilt.
std::unique_ptr<FaceDetector> make_cascade_detector(const DetectorConfig& config, int threads);

}  // namespace facemat
