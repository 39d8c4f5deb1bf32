#pragma once
// What facemat-composite is given beside the target's frames: --trimap, --hint, --background, --segmentation.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/image/guides.h"
#include "src/image/trimap.h"
#include "src/media/streams/sources.h"
#include "tools/composite/options.h"
#include "tools/composite/paired.h"

namespace facemat {

// The grey of a picture (BGR), CV_32FC1 0..1. Throws Error "WHERE: REFUSAL" for one of colours.
cv::Mat grey_of(const cv::Mat& picture, const char* refusal, const std::string& where);

// Hints for some of the target's frames; those after are given the matte of the frame before, those before the first hint none.
// One picture is the first frame's; pictures in folders belong to the frames of their names, or, where the target is a film, of
// their numbers (000120.png, from 0).
class CarriedHints {
 public:
  // Throws Error: unreadable, a hint that belongs to no frame (as far as the target tells).
  CarriedHints(const std::string& path, const FrameSource& target, const std::string& target_path);

  // CV_32FC1; empty before the first hint. `fresh`: a new shot begins here. Throws Error where the frame has another size than
  // what there is.
  cv::Mat next(const MediaFrame& frame, bool fresh);
  void carry(const cv::Mat& alpha) { hint_ = alpha; }
  // Before the work: that the first frames have no hint, that one may lie otherwise than its frame (turned_doubt in paired.h);
  // usually empty.
  std::string doubt() const;
  // After the work: what somebody should look at; usually empty. `whole`: the target has ended, not the work before it.
  std::string note(bool whole) const;

 private:
  void check_names(const std::string& target_path) const;
  void check_numbers() const;
  bool belongs_to(const MediaFrame& frame) const;
  std::string doubt_of_turning() const;

  std::string path_;
  std::unique_ptr<FrameSource> source_;
  std::vector<fs::path> target_files_;
  std::string first_;  // name of the first hint, if it is not the first frame's
  cv::Mat hint_;
  bool begun_ = false;
  int shots_ = 0;  // that began with the matte of another
};

class GuideInputs {
 public:
  // `wishes`: of the model or source `who`. Throws Error as PairedFrames and CarriedHints do, for an option whose guide `who`
  // does not look at, and for one that it needs and that is not there.
  GuideInputs(const CompositeCommand& command, const CompositeConfig& config, const GuideWishes& wishes, const std::string& who,
              const FrameSource& target);

  // Those of the target's next frame; nothing where one of the inputs ends before the target: ended_by() names it. Throws Error
  // where one has another size than the frame, and where a trimap is none (trimap_of_levels in src/image/trimap.h).
  std::optional<FrameGuides> next(const MediaFrame& frame, bool fresh);
  void carry(const cv::Mat& alpha);  // the frame's matte
  void skip();                       // goes past a frame that needs none

  const std::string& ended_by() const { return ended_by_; }
  bool too_early() const { return too_early_; }  // the last frame had no hint yet, and cannot be matted without
  std::vector<PairedFrames*> films();            // inputs that go with the target frame by frame
  std::string doubt() const { return hints_ ? hints_->doubt() : ""; }  // of hints that are carried on; of the others films()
  std::string note(bool whole) const { return hints_ ? hints_->note(whole) : ""; }

 private:
  struct Input {
    const GuideEntry* entry;
    std::string path;
    std::unique_ptr<PairedFrames> frames;
    cv::Mat guide;  // of the last frame
  };

  bool advance(Input& input, const MediaFrame& frame);
  cv::Mat guide_in(const cv::Mat& picture, const Input& input, const MediaFrame& frame) const;

  TrimapValues trimap_values_;
  std::vector<fs::path> target_files_;
  std::vector<Input> inputs_;
  std::optional<CarriedHints> hints_;
  bool waits_ = false;  // nothing can be done without a hint
  bool too_early_ = false;
  std::string ended_by_;
};

}  // namespace facemat
