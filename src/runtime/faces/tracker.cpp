#include "src/runtime/faces/tracker.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "src/runtime/faces/detector.h"

namespace facemat {
namespace {

constexpr double kReach = 0.9;          // how far a face may jump, in its own sides
constexpr double kLargestGrowth = 0.5;  // natural logarithm of how much it may change its size then

using Pair = std::tuple<double, size_t, size_t>;  // the less the better, track, find

cv::Rect2d middle_of(const FacePose& pose) {
  const double side = kFaceOfCrop * pose.side;
  return {pose.centre.x - side / 2, pose.centre.y - side / 2, side, side};
}

bool lies_in(const cv::Point2d& place, cv::Size frame) {
  return place.x >= 0 && place.y >= 0 && place.x <= frame.width && place.y <= frame.height;
}

}  // namespace

void fields(FieldVisitor& visit, TrackConfig& c) {
  visit("every", c.every, "frames from one search for faces to the next", {1, 1000});
  visit("smoothing", c.smoothing, "of the faces' places; 0: as the detector has them", {0, 0.95});
  visit("overlap", c.overlap, "a find continues a track if it overlaps by more", {0, 0.95});
  visit("hold", c.hold, "frames a face lives on unseen, but no longer than it was seen", {0, 10000});
  visit("damping", c.damping, "of an unseen face's speed, each frame", {0, 1});
  visit("confirm", c.confirm, "finds before a face counts", {1, 100});
}

void FaceTracker::move_on() {
  for (Track& track : tracks_) {
    if (track.face.unseen >= config_.every) track.speed *= config_.damping;  // a search has missed it
    track.face.pose.centre += track.speed;
    ++track.face.unseen;
  }
}

void FaceTracker::take(Track& track, const Sighting& seen) const {
  const double theta = config_.smoothing, g = 1 - theta * theta, h = (1 - theta) * (1 - theta);
  FacePose& pose = track.face.pose;
  const cv::Point2d residual = seen.pose.centre - pose.centre;
  pose.centre += g * residual;
  track.speed += h / track.face.unseen * residual;
  pose.side *= std::pow(seen.pose.side / pose.side, 1 - theta);
  pose.degrees = std::remainder(pose.degrees + (1 - theta) * std::remainder(seen.pose.degrees - pose.degrees, 360), 360);
  track.face.score = seen.score;
  track.face.unseen = 0;
  ++track.face.found;
}

const std::vector<TrackedFace>& FaceTracker::searched(const std::vector<Sighting>& found, cv::Size frame) {
  move_on();
  since_search_ = 0;
  std::vector<Pair> overlapping, near;
  for (size_t t = 0; t < tracks_.size(); ++t)
    for (size_t f = 0; f < found.size(); ++f) {
      const FacePose &expected = tracks_[t].face.pose, &seen = found[f].pose;
      const double overlap = overlap_of(middle_of(expected), middle_of(seen));
      if (overlap > config_.overlap) overlapping.push_back({-overlap, t, f});
      const double distance = cv::norm(seen.centre - expected.centre) / (kFaceOfCrop * expected.side);
      const bool alike = std::abs(std::log(seen.side / expected.side)) < kLargestGrowth;
      if (distance < kReach && alike) near.push_back({distance, t, f});
    }
  std::vector<bool> continued(tracks_.size()), taken(found.size());
  const auto pair_up = [&](std::vector<Pair> pairs, const auto& join) {
    std::sort(pairs.begin(), pairs.end());
    for (const auto& [worse, t, f] : pairs) {
      if (continued[t] || taken[f]) continue;
      continued[t] = taken[f] = true;
      join(tracks_[t], found[f]);
    }
  };
  pair_up(std::move(overlapping), [&](Track& track, const Sighting& seen) { take(track, seen); });
  pair_up(std::move(near), [&](Track& track, const Sighting& seen) {
    track.face.pose = seen.pose;
    track.speed = {};
    take(track, seen);
  });
  for (size_t f = 0; f < found.size(); ++f)
    if (!taken[f]) tracks_.push_back({{next_id_++, found[f].pose, found[f].score, 1, 0}, {}});
  list_faces(frame);
  return faces_;
}

const std::vector<TrackedFace>& FaceTracker::skipped(cv::Size frame) {
  move_on();
  ++since_search_;
  list_faces(frame);
  return faces_;
}

void FaceTracker::list_faces(cv::Size frame) {
  const auto is_lost = [&](const Track& track) {
    const int64_t missed = int64_t{track.face.unseen} - (config_.every - 1);  // as long as nobody looked nothing is lost
    const int64_t most = std::min<int64_t>(config_.hold, int64_t{track.face.found} * config_.every);
    return missed > most || (track.face.unseen > 0 && !lies_in(track.face.pose.centre, frame));
  };
  tracks_.erase(std::remove_if(tracks_.begin(), tracks_.end(), is_lost), tracks_.end());
  faces_.clear();
  for (const Track& track : tracks_)
    if (track.face.found >= config_.confirm) faces_.push_back(track.face);
}

void FaceTracker::reset() {
  tracks_.clear();
  faces_.clear();
  since_search_ = 0;
}

}  // namespace facemat
