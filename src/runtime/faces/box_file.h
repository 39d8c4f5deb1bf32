#pragma once
// The detector `boxes`: faces somebody else's detector found, from a file.

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "src/runtime/faces/detector.h"

namespace facemat {

namespace fs = std::filesystem;

inline constexpr uint64_t kMostBoxBytes = uint64_t{256} << 20;

// Faces by frame (from 0). A box holds the face from the hair line to the chin, x and y its upper left corner, pixels.
// .csv: a line of names, then numbers: frame,x,y,w,h and, if you like, score
// .json: a list of objects with those names, and `points` if you like: [[x,y], five of them], eyes, nose, corners of the mouth,
//   the picture's left before its right
// Throws Error naming the file and the line or entry: missing, a number that is none, a box without area.
std::map<int64_t, std::vector<Face>> read_boxes(const fs::path& file);

std::unique_ptr<FaceDetector> make_box_file_detector(const DetectorConfig& config, int threads);

}  // namespace facemat
