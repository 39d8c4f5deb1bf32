#include "src/runtime/faces/face_matter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr int kSmallestSide = 16, kUsualCrop = 512;
constexpr double kLargestCrop = 2;  // in longest sides of the frame, so that no box makes a crop of any size

// A crop a network can be shown.
bool is_usable(const FacePose& pose, cv::Size frame) {
  const double most = kLargestCrop * std::max(frame.width, frame.height);
  const bool reaches_frame = std::abs(pose.centre.x - frame.width / 2.0) < frame.width / 2.0 + pose.side / 2 &&
                             std::abs(pose.centre.y - frame.height / 2.0) < frame.height / 2.0 + pose.side / 2;
  return std::isfinite(pose.degrees) && pose.side >= 1 && pose.side <= most && reaches_frame;  // false for NaN
}

}  // namespace

void fields(FieldVisitor& visit, FaceConfig& c) {
  visit.group("detector", c.detector, "finds faces");
  visit.group("track", c.track, "follows them");
  visit.group("crop", c.crop, "what the network sees of a face");
  visit("on_missing", c.on_missing, "a frame without faces: empty (no face is visible), whole (the network sees the frame)",
        {"empty", "whole"});
}

void check(const FaceConfig& config) {
  check(config.detector);
  require(config.crop.side == 0 || config.crop.side >= kSmallestSide, "crop.side is {} (allowed: 0 or at least {})",
          config.crop.side, kSmallestSide);
}

FaceMatter::FaceMatter(const FaceConfig& config, MakePredictor make, int threads)
    : FaceMatter(config, std::move(make), make_face_detector(config.detector, threads)) {}

FaceMatter::FaceMatter(const FaceConfig& config, MakePredictor make, std::unique_ptr<FaceDetector> detector)
    : config_(config), make_(std::move(make)), detector_(std::move(detector)), tracker_(config.track) {
  check(config);
  if (config_.crop.side == 0) config_.crop.side = kUsualCrop;
  idle_.push_back(make_());
  wishes_ = idle_.back()->wishes();
}

std::vector<Sighting> FaceMatter::look(const cv::Mat& frame, int64_t index) {
  std::vector<Sighting> out;
  for (const Face& face : detector_->detect(frame, index)) {
    const FacePose pose = framed(face, config_.crop, frame.size()).pose;
    if (is_usable(pose, frame.size())) out.push_back({pose, face.score});
  }
  return out;
}

FaceMatter::Stream& FaceMatter::stream_of(const TrackedFace& face) {
  const auto known = streams_.find(face.id);
  if (known != streams_.end()) {
    known->second.crop = followed(known->second.crop, face.pose, config_.crop);
    return known->second;
  }
  return streams_.emplace(face.id, Stream{idle_or_new(), face.pose}).first->second;
}

std::unique_ptr<Predictor> FaceMatter::idle_or_new() {
  if (idle_.empty()) return make_();
  std::unique_ptr<Predictor> predictor = std::move(idle_.back());
  idle_.pop_back();
  return predictor;
}

void FaceMatter::retire_lost() {
  const auto is_there = [&](int id) {
    return std::any_of(faces().begin(), faces().end(), [&](const TrackedFace& face) { return face.id == id; });
  };
  for (auto at = streams_.begin(); at != streams_.end();) {
    if (is_there(at->first)) {
      ++at;
      continue;
    }
    at->second.predictor->reset();
    idle_.push_back(std::move(at->second.predictor));
    at = streams_.erase(at);
  }
}

Matte FaceMatter::whole(const cv::Mat& frame, const FrameGuides& guides) {
  if (!whole_) whole_ = idle_or_new();
  if (!whole_in_clip_) whole_->reset();
  whole_in_clip_ = true;
  return whole_->predict_given(frame, guides);
}

FrameGuides FaceMatter::cropped(const FrameGuides& guides, const FacePose& pose) const {
  const auto crop = [&](const cv::Mat& guide) { return crop_of(guide, pose, config_.crop.side, beyond_of(config_.crop)); };
  return changed(looked_at(guides, wishes_), [&](const cv::Mat& guide, const GuideEntry& entry) {
    if (entry.kind == GuideKind::kShare) return to_float(crop(to_u8(guide)));  // crop_of takes 8 bits
    return entry.kind == GuideKind::kTrimap ? settled_trimap(crop(guide)) : crop(guide);
  });
}

Matte FaceMatter::predict_given(const cv::Mat& frame, const FrameGuides& guides) {
  require(frame.type() == CV_8UC3, "a frame must be BGR with 8 bits a channel");
  require(frame.cols >= kSmallestSide && frame.rows >= kSmallestSide, "a frame of {}x{} is too small (allowed: from {}x{})",
          frame.cols, frame.rows, kSmallestSide, kSmallestSide);
  check_guides(guides, wishes_, frame.size(), "faces");
  if (frame.size() != clip_size_) reset();
  clip_size_ = frame.size();
  const int64_t index = next_frame_++;
  ++frames_;
  if (!detector_) return whole(frame, guides);

  if (tracker_.wants_search()) {
    tracker_.searched(look(frame, index), frame.size());
  } else {
    tracker_.skipped(frame.size());
  }
  retire_lost();
  if (faces().empty()) {
    ++without_face_;
    if (config_.on_missing == "whole") return whole(frame, guides);
    whole_in_clip_ = false;
    const cv::Mat nothing(frame.size(), CV_32FC1, cv::Scalar(0));
    return {nothing, nothing.clone()};
  }
  whole_in_clip_ = false;

  Matte out{cv::Mat(frame.size(), CV_32FC1, cv::Scalar(0)), {}};
  for (const TrackedFace& face : faces()) {
    Stream& stream = stream_of(face);
    Matte matte = stream.predictor->predict_given(crop_of(frame, stream.crop, config_.crop.side, beyond_of(config_.crop)),
                                                  cropped(guides, stream.crop));
    matte.alpha = faded(matte.alpha, stream.crop, frame.size(), config_.crop.fade);
    if (!matte.uncertainty.empty() && out.uncertainty.empty()) out.uncertainty = cv::Mat(frame.size(), CV_32FC1, cv::Scalar(0));
    paste(matte, stream.crop, out);
  }
  return out;
}

void FaceMatter::reset() {
  tracker_.reset();
  retire_lost();
  whole_in_clip_ = false;
  clip_size_ = {};
}

}  // namespace facemat
