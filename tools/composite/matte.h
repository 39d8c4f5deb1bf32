#pragma once
// Where the mattes of facemat-composite come from.

#include <memory>

#include "src/image/predictor.h"
#include "src/media/frames/frame.h"
#include "src/media/streams/sources.h"
#include "tools/composite/options.h"
#include "tools/composite/paired.h"

namespace facemat {

struct FoundMatte {
  Matte matte;             // without alpha: mattes that exist end before the target
  double face_height = 0;  // of the largest face in pixels; 0: not known
};

class MatteInput {
 public:
  virtual ~MatteInput() = default;
  // The matte of the target's next frame; `fresh`: forget the past first.
  virtual FoundMatte next(const MediaFrame& frame, bool fresh) = 0;
  virtual void skip() = 0;                                   // goes past a frame that needs none
  virtual bool remembers() const = 0;                        // a matte depends on the frames before
  virtual PairedFrames* film() { return nullptr; }           // mattes that exist
  virtual int64_t frames_without_face() const { return 0; }  // of those asked for so far; 0 where none are looked for
};

// --model, --source or --alpha, for the frames of `target`. Throws Error: unreadable, or pictures in folders of another number.
std::unique_ptr<MatteInput> open_mattes(const CompositeCommand& command, const CompositeConfig& config,
                                        const FrameSource& target);

}  // namespace facemat
