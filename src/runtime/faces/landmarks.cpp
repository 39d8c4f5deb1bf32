#include "src/runtime/faces/landmarks.h"

#include <cmath>

#include "src/core/error.h"
#include "src/runtime/faces/cascade.h"
#include "src/runtime/faces/yunet.h"

namespace facemat {
namespace {

class LandmarkDetector : public FaceDetector {
 public:
  LandmarkDetector(const DetectorConfig& config, int threads)
      : config_(config.landmarks),
        faces_(config_.faces == "yunet" ? make_yunet_detector(config, threads) : make_cascade_detector(config, threads)),
        network_(config_, threads) {}

  std::vector<Face> detect(const cv::Mat& frame, int64_t index) override {
    std::vector<Face> faces = faces_->detect(frame, index);
    for (Face& face : faces) add_points(frame, face);
    return faces;
  }

 private:
  void add_points(const cv::Mat& frame, Face& face) {
    const Landmarks found = network_.find(frame, face);
    if (!(found.score >= config_.least_score)) return;
    face.points = five_points(found.points, config_, config_.network.model);
    const cv::Point2d eyes = face.points[1] - face.points[0];
    face.degrees = std::atan2(eyes.y, eyes.x) * 180 / CV_PI;
  }

  LandmarkConfig config_;
  std::unique_ptr<FaceDetector> faces_;
  LandmarkNetwork network_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_landmark_detector(const DetectorConfig& config, int threads) {
  require(!config.landmarks.network.model.empty(),
          "the detector landmarks needs its ONNX file (detector.landmarks.network.model)");
  return std::make_unique<LandmarkDetector>(config, threads);
}

}  // namespace facemat
