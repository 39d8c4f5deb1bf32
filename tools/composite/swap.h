#pragma once
// What facemat-composite shows on the face.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/media/streams/sources.h"
#include "tools/composite/options.h"
#include "tools/composite/paired.h"

namespace facemat {

struct Effect;

// The filter used where neither --swap nor --effect is given.
inline constexpr const char* kUsualEffect = "cartoon";

class SwapSource {
 public:
  // Throws Error: unreadable, or other names where both are files in folders.
  SwapSource(const CompositeCommand& command, const CompositeConfig& config, const FrameSource& target);

  // The picture for the target's next frame, at its size and depth; empty if the swap ends before the target. Filters work on
  // 8 bits. Throws Error if it is of another size.
  cv::Mat next(const MediaFrame& target, double face_height);
  void skip();
  PairedFrames* film() { return paired_.get(); }  // nullptr: a filter

 private:
  const Effect* effect_ = nullptr;
  std::string path_;
  std::vector<std::filesystem::path> target_files_;
  std::unique_ptr<PairedFrames> paired_;
};

}  // namespace facemat
