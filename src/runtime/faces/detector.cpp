#include "src/runtime/faces/detector.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/transform.h"
#include "src/runtime/faces/box_file.h"
#include "src/runtime/faces/cascade.h"
#include "src/runtime/faces/landmarks.h"
#include "src/runtime/faces/yunet.h"

namespace facemat {
namespace {

std::unique_ptr<FaceDetector> no_detector(const DetectorConfig&, int) { return nullptr; }

}  // namespace

const std::vector<FaceDetectorKind>& face_detectors() {
  static const std::vector<FaceDetectorKind> table = {
      {"cascade", "OpenCV's frontal faces, needs no network", make_cascade_detector},
      {"yunet", "the YuNet network (file: its ONNX)", make_yunet_detector},
      {"landmarks", "the cascade, then five points by any landmark network", make_landmark_detector},
      {"boxes", "your own detector's boxes (file: JSON or CSV)", make_box_file_detector},
      {"whole", "none: the whole frame is one crop", no_detector},
  };
  return table;
}

void fields(FieldVisitor& visit, DetectorConfig& c) {
  visit("kind", c.kind, entry_help(face_detectors()).c_str(), entry_names(face_detectors()));
  visit("file", c.file, "of the network, the boxes or the cascade; empty: OpenCV's own cascade");
  visit("max_side", c.max_side, "longest side of the copy that is searched, pixels; 0: the frame itself", {0, 8192});
  visit("least", c.least, "height of the smallest face in shares of the frame's shorter side", {0.01, 1});
  visit("most", c.most, "faces of one frame", {1, 64});
  visit("score", c.score, "kind yunet: least score of a face", {0.01, 1});
  visit("margin", c.margin, "kinds yunet, cascade: laid round the frame, in its longest sides, for faces that fill it", {0, 1});
  visit("overlap", c.overlap, "finds that overlap by more are one face", {0, 1});
  visit("neighbours", c.neighbours, "kind cascade: finds that must agree on a face", {1, 100});
  visit("tilted", c.tilted, "kind cascade: look for leaning heads too; if_none: where no upright one is found",
        {"never", "if_none", "always"});
  visit("tilt", c.tilt, "degrees by which they lean", {5, 60});
  visit.group("landmarks", c.landmarks, "the network of kind landmarks");
}

void check(const DetectorConfig& config) {
  find_entry(face_detectors(), config.kind, "face detector");
  require(config.max_side == 0 || config.max_side >= 64, "detector.max_side is {} (allowed: 0 or at least 64)",
          config.max_side);
  check(config.landmarks);
}

DetectorConfig detector_of(const std::string& text) {
  DetectorConfig config;
  const size_t colon = text.find(':');
  config.kind = find_entry(face_detectors(), text.substr(0, colon), "face detector").name;
  if (colon != std::string::npos) config.file = text.substr(colon + 1);
  return config;
}

std::unique_ptr<FaceDetector> make_face_detector(const DetectorConfig& config, int threads) {
  check(config);
  return find_entry(face_detectors(), config.kind, "face detector").make(config, threads);
}

double overlap_of(const cv::Rect2d& a, const cv::Rect2d& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const double both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

std::vector<Face> best_of(std::vector<Face> faces, double overlap, int most) {
  const auto key = [](const Face& f) { return std::tuple(-f.score, f.centre.y, f.centre.x, f.size.height, f.degrees); };
  std::sort(faces.begin(), faces.end(), [&](const Face& a, const Face& b) { return key(a) < key(b); });
  std::vector<Face> out;
  for (const Face& face : faces) {
    if (static_cast<int>(out.size()) >= most) break;
    const auto is_same = [&](const Face& other) { return overlap_of(box_of(face), box_of(other)) > overlap; };
    if (std::none_of(out.begin(), out.end(), is_same)) out.push_back(face);
  }
  return out;
}

cv::Mat reduced(const cv::Mat& frame, int max_side) {
  const int longest = std::max(frame.cols, frame.rows);
  if (max_side == 0 || longest <= max_side) return frame;
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(1.0 * pixels * max_side / longest))); };
  return resize(frame, {side(frame.cols), side(frame.rows)});
}

Face grown(const Face& face, double factor) {
  Face out = face;
  out.centre *= factor;
  out.size.width *= factor, out.size.height *= factor;
  for (cv::Point2d& point : out.points) point *= factor;
  return out;
}

}  // namespace facemat
