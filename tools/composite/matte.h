#pragma once
// Where the mattes of facemat-composite come from.

#include <memory>
#include <string>
#include <vector>

#include "src/image/predictor.h"
#include "src/media/frames/frame.h"
#include "src/media/streams/sources.h"
#include "tools/composite/options.h"
#include "tools/composite/paired.h"

namespace facemat {

struct FoundMatte {
  Matte matte;                // without alpha: mattes or guides that exist end before the target
  double face_height = 0;     // of the largest face in pixels; 0: not known
  std::string ended_by = {};  // without alpha: which of them
};

class MatteInput {
 public:
  virtual ~MatteInput() = default;
  // The matte of the target's next frame; `fresh`: forget the past first.
  virtual FoundMatte next(const MediaFrame& frame, bool fresh) = 0;
  virtual void skip() = 0;                                   // goes past a frame that needs none
  virtual bool remembers() const = 0;                        // a matte depends on the frames before
  virtual std::vector<PairedFrames*> films() { return {}; }  // mattes or guides that exist
  virtual std::string doubt() const { return ""; }           // why mattes or hints that exist may not be what they seem
  virtual std::string note(bool whole) const { return ""; }  // after the work (on all of the target?): what to look at
  virtual int64_t frames_without_face() const { return 0; }  // of those asked for so far; 0 where none are looked for
};

// --model or --source (with what they are given, guides.h) or --alpha, for the frames of `target`. Throws Error: unreadable, or
// pictures in folders of another number.
std::unique_ptr<MatteInput> open_mattes(const CompositeCommand& command, const CompositeConfig& config,
                                        const FrameSource& target);

}  // namespace facemat
