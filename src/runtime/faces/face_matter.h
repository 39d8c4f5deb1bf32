#pragma once
// Faces in real frames: found, followed, cropped as the network was trained, matted, and put back in their places.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/image/predictor.h"
#include "src/runtime/faces/crop.h"
#include "src/runtime/faces/detector.h"
#include "src/runtime/faces/tracker.h"
#include "src/runtime/predictors/augment.h"

namespace facemat {

struct FaceConfig {
  DetectorConfig detector;
  TrackConfig track;
  CropConfig crop;
  std::string on_missing = "empty";  // a frame without faces: empty (alpha 0) | whole (the network sees the whole frame)
};
void fields(FieldVisitor& visit, FaceConfig& config);

// Throws Error for settings that contradict each other. Files need not be there.
void check(const FaceConfig& config);

// A Predictor for whole frames around predictors for crops. Each face has a predictor of its own, so recurrent states stay with
// the face. Where several crops overlap, the larger alpha counts; outside all crops alpha and uncertainty are
// 0, and in a frame without faces both are there and 0, whatever the networks give.
class FaceMatter : public Predictor {
 public:
  // `make` is called here, so that a model that is missing is known at once, and then for each further face that is there at
  // the same time (and for whole frames, if they are seen); predictors of faces that are gone are used again after reset().
  // `detector`: instead of the one config.detector describes. Throws Error as check() and make_face_detector() do.
  FaceMatter(const FaceConfig& config, MakePredictor make, int threads = 0);
  FaceMatter(const FaceConfig& config, MakePredictor make, std::unique_ptr<FaceDetector> detector);

  // A frame of another size than the one before starts a new clip. Throws Error for frames that are not CV_8UC3 or smaller than
  // 16x16, and as the inner predictors do.
  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }
  // Guides are cropped with the frame.
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override;
  GuideWishes wishes() const override { return wishes_; }
  bool remembers() const override { return true; }  // where the faces were
  void skip() override { ++next_frame_; }

  // A cut: all faces are forgotten. The count of frames goes on.
  void reset() override;

  // The faces of the last frame, oldest first; their crop is pose. Empty if none was found, and for the detector `whole`.
  const std::vector<TrackedFace>& faces() const { return tracker_.faces(); }

  int64_t frames() const { return frames_; }                     // predicted so far
  int64_t frames_without_face() const { return without_face_; }  // of those; 0 for the detector `whole`
  void set_next_frame(int64_t index) { next_frame_ = index; }    // its number in the video: for the detector `boxes`

 private:
  struct Stream {
    std::unique_ptr<Predictor> predictor;
    FacePose crop;
  };

  std::vector<Sighting> look(const cv::Mat& frame, int64_t index);
  Stream& stream_of(const TrackedFace& face);
  std::unique_ptr<Predictor> idle_or_new();
  void retire_lost();
  Matte whole(const cv::Mat& frame, const FrameGuides& guides);
  FrameGuides cropped(const FrameGuides& guides, const FacePose& pose) const;

  FaceConfig config_;
  MakePredictor make_;
  GuideWishes wishes_;  // of the predictors that it makes
  std::unique_ptr<FaceDetector> detector_;
  FaceTracker tracker_;
  std::map<int, Stream> streams_;                 // by id of the face
  std::vector<std::unique_ptr<Predictor>> idle_;  // new, or of faces that are gone and reset
  std::unique_ptr<Predictor> whole_;
  bool whole_in_clip_ = false;  // the frame before went to whole_
  cv::Size clip_size_;
  int64_t next_frame_ = 0, frames_ = 0, without_face_ = 0;
};

}  // namespace facemat
