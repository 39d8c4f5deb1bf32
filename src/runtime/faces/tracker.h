#pragma once
// The same faces from frame to frame: ids, steady places, and faces that a detector misses for a while because a hand covers
// them.

#include <opencv2/core.hpp>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/faces/face.h"

namespace facemat {

struct TrackConfig {
  int every = 1;           // frames from one search to the next; between them faces move on as they moved
  double smoothing = 0.7;  // theta of the filters below; 0: the detector's places as they are
  double overlap =
      0.2;        // a find continues a track if it overlaps where the track is expected by more (intersection over union)
  int hold = 75;  // frames a track lives on unseen; no longer than it was seen, so that false finds vanish at once
  double damping = 0.9;  // of the speed, each frame unseen: an unseen face drifts to rest
  int confirm = 1;       // finds before a face counts; stills need 1
};
void fields(FieldVisitor& visit, TrackConfig& config);

struct TrackedFace {
  int id = 0;  // from 1, never used again by this tracker
  FacePose pose;
  double score = 0;  // of its last find
  int found = 0;     // finds
  int unseen = 0;    // frames since its last find
};

// What one detection gives the tracker.
struct Sighting {
  FacePose pose;
  double score = 0;
};

// Places go through a fading-memory filter of first order (a g-h filter with g = 1 - theta^2, h = (1 - theta)^2; Brookner,
// "Tracking and Kalman Filtering Made Easy", 1998): prediction x + v, residual r = seen - prediction, x = prediction + g r,
// v += h r. It lags behind no steady motion; of independent noise in the places it leaves the share
//   (2 g^2 + 2 h - 3 g h) / (g (4 - 2 g - h))      of the variance, 0.38 for theta = 0.7.
// Logarithm of the side and angle go through x += (1 - theta) r: (1 - theta) / (1 + theta) of the variance is left, and a
// steady change is followed theta / (1 - theta) frames late. Finds are given to tracks greedily, the largest overlap of their
// middles (kFaceOfCrop of the side) first.
class FaceTracker {
 public:
  explicit FaceTracker(const TrackConfig& config) : config_(config) {}

  // True if the next frame is to be searched.
  bool wants_search() const { return tracks_.empty() || since_search_ + 1 >= config_.every; }

  // The faces of the next frame, searched; or not searched.
  const std::vector<TrackedFace>& searched(const std::vector<Sighting>& found, cv::Size frame);
  const std::vector<TrackedFace>& skipped(cv::Size frame);

  // Those that count, oldest first.
  const std::vector<TrackedFace>& faces() const { return faces_; }

  // Forgets all tracks. Ids go on.
  void reset();

 private:
  struct Track {
    TrackedFace face;
    cv::Point2d speed;  // pixels a frame
  };

  void move_on();
  void take(Track& track, const Sighting& seen) const;
  void list_faces(cv::Size frame);

  TrackConfig config_;
  std::vector<Track> tracks_;
  std::vector<TrackedFace> faces_;
  int since_search_ = 0, next_id_ = 1;
};

inline constexpr double kFaceOfCrop = 0.65;  // side of a face in sides of its crop, for overlaps

}  // namespace facemat
