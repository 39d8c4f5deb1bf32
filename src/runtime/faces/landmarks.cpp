#include "src/runtime/faces/landmarks.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/transform.h"
#include "src/runtime/faces/cascade.h"
#include "src/runtime/faces/crop.h"
#include "src/runtime/onnx/plain_session.h"
#include "src/runtime/onnx/session.h"

namespace facemat {
namespace {

constexpr double kHighestIndex = 10000;

const std::vector<double>* lists_of(const LandmarkConfig& c, size_t i) {
  const std::vector<double>* lists[kFacePoints] = {&c.left_eye, &c.right_eye, &c.nose, &c.left_mouth, &c.right_mouth};
  return lists[i];
}

class LandmarkDetector : public FaceDetector {
 public:
  LandmarkDetector(const DetectorConfig& config, int threads)
      : config_(config.landmarks),
        faces_(make_cascade_detector(config, threads)),
        session_(read_file(config_.network.model, kLargestModel), config_.network.model, threads) {
    const auto& ports = session_.input_ports();
    const bool planar = config_.network.layout == "nchw";
    const size_t rows = planar ? 2 : 1;
    require(ports.size() == 1 && ports[0].type == "float" && ports[0].shape.size() == 4,
            "{}: it takes {} (allowed: one picture)", config_.network.model, describe(ports));
    const auto side = [](int64_t graph, int given) { return graph > 0 ? graph : int64_t{given}; };
    const int64_t width = side(ports[0].shape[rows + 1], config_.network.width);
    const int64_t height = side(ports[0].shape[rows], config_.network.height);
    require(width >= 8 && height >= 8 && width <= kMostNetworkSide && height <= kMostNetworkSide,
            "{}: it sees {}x{} (allowed: 8 to {}, from the file or from landmarks.network.width and height)",
            config_.network.model, width, height, kMostNetworkSide);
    seen_ = {static_cast<int>(width), static_cast<int>(height)};
    output_ = config_.network.output.empty() ? session_.outputs().at(0) : config_.network.output;
    const auto& known = session_.outputs();
    require(std::find(known.begin(), known.end(), output_) != known.end(), "{}: no output '{}'; it has {}",
            config_.network.model, output_, describe(session_.output_ports()));
  }

  std::vector<Face> detect(const cv::Mat& frame, int64_t index) override {
    std::vector<Face> faces = faces_->detect(frame, index);
    for (Face& face : faces) add_points(frame, face);
    return faces;
  }

 private:
  void add_points(const cv::Mat& frame, Face& face) {
    CropConfig crop;
    crop.face_share = config_.face_share;
    const FacePose pose = pose_of(face, crop);
    const int side = std::max(seen_.width, seen_.height);
    const cv::Mat picture = resize(crop_of(frame, pose, side), seen_);
    const auto answer = session_.run({picture_tensor(picture, config_.network)}, {output_});
    const double angle = pose.degrees * CV_PI / 180;
    for (const cv::Point2d& share : five_points(answer[0].values, config_, seen_, config_.network.model)) {
      const double x = (share.x - 0.5) * pose.side, y = (share.y - 0.5) * pose.side;
      face.points.push_back(pose.centre +
                            cv::Point2d(std::cos(angle) * x - std::sin(angle) * y, std::sin(angle) * x + std::cos(angle) * y));
    }
    const cv::Point2d eyes = face.points[1] - face.points[0];
    face.degrees = std::atan2(eyes.y, eyes.x) * 180 / CV_PI;
  }

  LandmarkConfig config_;
  std::unique_ptr<FaceDetector> faces_;
  PlainSession session_;
  cv::Size seen_;
  std::string output_;
};

}  // namespace

void fields(FieldVisitor& visit, LandmarkConfig& c) {
  visit.group("network", c.network, "ONNX file and what it takes");
  visit("face_share", c.face_share, "height of the face in sides of the square it sees", {0.1, 1});
  visit("unit", c.unit, "of its answers: share (0..1 of the square) or pixels of it", {"share", "pixels"});
  visit("numbers", c.numbers, "of a point: x, y and whatever else", {2, 16});
  visit("left_eye", c.left_eye, "which points, from 0; their mean counts; left as seen in the picture", {0, kHighestIndex});
  visit("right_eye", c.right_eye, "likewise", {0, kHighestIndex});
  visit("nose", c.nose, "likewise", {0, kHighestIndex});
  visit("left_mouth", c.left_mouth, "likewise", {0, kHighestIndex});
  visit("right_mouth", c.right_mouth, "likewise", {0, kHighestIndex});
}

void check(const LandmarkConfig& config) {
  check(config.network, "landmarks.network");
  for (size_t i = 0; i < kFacePoints; ++i) {
    require(!lists_of(config, i)->empty(),
            "landmarks: eyes, nose and both corners of the mouth need points (allowed: at least one each)");
    for (const double at : *lists_of(config, i))
      require(at == std::floor(at), "landmarks: a point's number is {} (allowed: whole numbers)", at);
  }
}

std::vector<cv::Point2d> five_points(const std::vector<float>& values, const LandmarkConfig& config, cv::Size side,
                                     const std::string& where) {
  const bool in_pixels = config.unit == "pixels";
  const double across = in_pixels ? side.width : 1, down = in_pixels ? side.height : 1;
  std::vector<cv::Point2d> out;
  for (size_t i = 0; i < kFacePoints; ++i) {
    cv::Point2d sum;
    for (const double point : *lists_of(config, i)) {
      const size_t at = static_cast<size_t>(point) * config.numbers;
      require(at + 1 < values.size(), "{}: {} points of {} numbers, point {} is listed (allowed: below that)", where,
              values.size() / config.numbers, config.numbers, point);
      sum += cv::Point2d(values[at] / across, values[at + 1] / down);
    }
    out.push_back(sum / static_cast<double>(lists_of(config, i)->size()));
  }
  return out;
}

std::unique_ptr<FaceDetector> make_landmark_detector(const DetectorConfig& config, int threads) {
  require(!config.landmarks.network.model.empty(),
          "the detector landmarks needs its ONNX file (detector.landmarks.network.model)");
  const int count = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::make_unique<LandmarkDetector>(config, count);
}

}  // namespace facemat
