#pragma once
// What facemat-composite shows on the face.

#include <memory>
#include <string>

#include "src/media/streams/sources.h"
#include "tools/composite/options.h"

namespace facemat {

struct Effect;

// The filter used where neither --swap nor --effect is given.
inline constexpr const char* kUsualEffect = "cartoon";

class SwapSource {
 public:
  // Throws Error: unreadable.
  SwapSource(const CompositeCommand& command, const CompositeConfig& config, const FrameSource& target);

  // The picture for the target's next frame, at its depth. Filters work on 8 bits. Throws Error when the swap ends before the
  // target, or names differ where both are files in folders.
  cv::Mat next(const MediaFrame& target, double face_height);
  void skip();
  // After the target's last frame: a line for people if the swap goes on, which may mean that the two do not belong together.
  std::string left_over();

 private:
  std::string path_;
  const Effect* effect_ = nullptr;
  std::unique_ptr<FrameSource> source_;
  bool by_name_ = false;
  cv::Mat still_;
};

}  // namespace facemat
