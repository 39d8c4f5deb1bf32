#include "src/runtime/faces/landmark_network.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/transform.h"
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

void require_whole(const std::vector<double>& list) {
  for (const double at : list) require(at == std::floor(at), "landmarks: a point's number is {} (allowed: whole numbers)", at);
}

cv::Point2d mean_of(const std::vector<cv::Point2d>& points, const std::vector<double>& list, const std::string& where) {
  cv::Point2d sum;
  for (const double at : list) {
    require(at < static_cast<double>(points.size()), "{}: {} points, point {} is listed (allowed: below that)", where,
            points.size(), at);
    sum += points[static_cast<size_t>(at)];
  }
  return sum / static_cast<double>(list.size());
}

// Shares of a square in the frame.
cv::Point2d in_frame(const cv::Point2d& share, const FacePose& pose) {
  const double angle = pose.degrees * CV_PI / 180, x = (share.x - 0.5) * pose.side, y = (share.y - 0.5) * pose.side;
  return pose.centre + cv::Point2d(std::cos(angle) * x - std::sin(angle) * y, std::sin(angle) * x + std::cos(angle) * y);
}

}  // namespace

void fields(FieldVisitor& visit, LandmarkConfig& c) {
  visit.group("network", c.network, "ONNX file and what it takes");
  visit("faces", c.faces, "of the detector landmarks: what finds the faces (by detector.file)", {"cascade", "yunet"});
  visit("face_share", c.face_share, "longer side of the face in sides of the square it sees", {0.1, 1});
  visit("refine", c.refine, "times that the square is laid round the points and they are found again", {0, 8});
  visit("level", c.level, "two points, from 0, that are level in that square; none: the eyes", {0, kHighestIndex});
  visit("unit", c.unit, "of its answers: share (0..1 of the square) or pixels of it", {"share", "pixels"});
  visit("numbers", c.numbers, "of a point: x, y and whatever else", {2, 16});
  visit("score", c.score, "output that says, 0..1, whether there is a face; empty: none");
  visit("least_score", c.least_score, "below it the points do not count", {0, 1});
  visit("beyond", c.beyond, "what it sees outside the frame", {"replicate", "black"});
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
    require_whole(*lists_of(config, i));
  }
  require(config.level.empty() || config.level.size() == 2, "landmarks.level has {} points (allowed: none or two)",
          config.level.size());
  require_whole(config.level);
}

std::vector<cv::Point2d> all_points(const std::vector<float>& values, const LandmarkConfig& config, cv::Size side) {
  const bool in_pixels = config.unit == "pixels";
  const double across = in_pixels ? side.width : 1, down = in_pixels ? side.height : 1;
  std::vector<cv::Point2d> out;
  for (size_t at = 0; at + config.numbers <= values.size(); at += config.numbers)
    out.emplace_back(values[at] / across, values[at + 1] / down);
  return out;
}

std::vector<cv::Point2d> five_points(const std::vector<cv::Point2d>& points, const LandmarkConfig& config,
                                     const std::string& where) {
  std::vector<cv::Point2d> out;
  for (size_t i = 0; i < kFacePoints; ++i) out.push_back(mean_of(points, *lists_of(config, i), where));
  return out;
}

FacePose window_around(const std::vector<cv::Point2d>& points, cv::Point2d left, cv::Point2d right, double face_share) {
  const cv::Point2d level = right - left;
  const double angle = std::atan2(level.y, level.x);
  const cv::Point2d across(std::cos(angle), std::sin(angle)), down(-std::sin(angle), std::cos(angle));
  cv::Point2d low(INFINITY, INFINITY), high(-INFINITY, -INFINITY);
  for (const cv::Point2d& point : points) {
    const cv::Point2d own(point.dot(across), point.dot(down));
    low = {std::min(low.x, own.x), std::min(low.y, own.y)};
    high = {std::max(high.x, own.x), std::max(high.y, own.y)};
  }
  const cv::Point2d middle = 0.5 * (low + high);
  const double side = std::max(high.x - low.x, high.y - low.y) / face_share;
  return {middle.x * across + middle.y * down, side, angle * 180 / CV_PI};
}

struct LandmarkNetwork::Impl {
  LandmarkConfig config;
  PlainSession session;
  cv::Size seen;
  std::vector<std::string> outputs;  // points, then the score if there is one

  Impl(const LandmarkConfig& given, int threads)
      : config(given), session(read_file(config.network.model, kLargestModel), config.network.model, threads) {
    const auto& ports = session.input_ports();
    const bool planar = config.network.layout == "nchw";
    const size_t rows = planar ? 2 : 1;
    require(ports.size() == 1 && ports[0].type == "float" && ports[0].shape.size() == 4,
            "{}: it takes {} (allowed: one picture)", config.network.model, describe(ports));
    const auto side = [](int64_t graph, int stated) { return graph > 0 ? graph : int64_t{stated}; };
    const int64_t width = side(ports[0].shape[rows + 1], config.network.width);
    const int64_t height = side(ports[0].shape[rows], config.network.height);
    require(width >= 8 && height >= 8 && width <= kMostNetworkSide && height <= kMostNetworkSide,
            "{}: it sees {}x{} (allowed: 8 to {}, from the file or from landmarks.network.width and height)",
            config.network.model, width, height, kMostNetworkSide);
    seen = {static_cast<int>(width), static_cast<int>(height)};
    outputs = {config.network.output.empty() ? session.outputs().at(0) : config.network.output};
    if (!config.score.empty()) outputs.push_back(config.score);
    const auto& known = session.outputs();
    for (const std::string& output : outputs)
      require(std::find(known.begin(), known.end(), output) != known.end(), "{}: no output '{}'; it has {}",
              config.network.model, output, describe(session.output_ports()));
  }

  Landmarks look(const cv::Mat& frame, const FacePose& pose) {
    const Beyond beyond = config.beyond == "black" ? Beyond::kBlack : Beyond::kReplicated;
    const cv::Mat picture = resize(crop_of(frame, pose, std::max(seen.width, seen.height), beyond), seen);
    const auto answer = session.run({picture_tensor(picture, config.network)}, outputs);
    Landmarks out;
    for (const cv::Point2d& share : all_points(answer[0].values, config, seen)) out.points.push_back(in_frame(share, pose));
    if (answer.size() > 1) {
      require(answer[1].values.size() == 1, "{}: output {} has {} numbers (allowed: one, the score)", config.network.model,
              outputs[1], answer[1].values.size());
      out.score = answer[1].values[0];
    }
    return out;
  }

  FacePose next_window(const Landmarks& found) const {
    const auto point = [&](const std::vector<double>& list) { return mean_of(found.points, list, config.network.model); };
    const bool by_eyes = config.level.empty();
    const cv::Point2d left = point(by_eyes ? config.left_eye : std::vector<double>{config.level[0]});
    const cv::Point2d right = point(by_eyes ? config.right_eye : std::vector<double>{config.level[1]});
    return window_around(found.points, left, right, config.face_share);
  }
};

LandmarkNetwork::LandmarkNetwork(const LandmarkConfig& config, int threads) {
  check(config);
  require(!config.network.model.empty(), "landmarks need their ONNX file (landmarks.network.model)");
  const int count = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  impl_ = std::make_unique<Impl>(config, count);
}
LandmarkNetwork::~LandmarkNetwork() = default;
LandmarkNetwork::LandmarkNetwork(LandmarkNetwork&&) noexcept = default;

Landmarks LandmarkNetwork::find(const cv::Mat& frame, const Face& face) {
  const LandmarkConfig& config = impl_->config;
  Landmarks found =
      impl_->look(frame, {face.centre, std::max(face.size.width, face.size.height) / config.face_share, face.degrees});
  for (int i = 0; i < config.refine; ++i) {
    const FacePose window = impl_->next_window(found);
    const bool usable = std::isfinite(window.degrees + window.centre.x + window.centre.y) && window.side >= 1 &&
                        window.side <= 2.0 * std::max(frame.cols, frame.rows);  // false for NaN
    if (!usable) return {found.points, 0};
    found = impl_->look(frame, window);
  }
  return found;
}

}  // namespace facemat
