#include "tools/composite/swap.h"

#include "src/core/error.h"
#include "src/runtime/compose/effects.h"
#include "tools/composite/outputs.h"

namespace facemat {

SwapSource::SwapSource(const CompositeCommand& command, const CompositeConfig& config, const FrameSource& target)
    : path_(command.swap) {
  if (path_.empty()) {
    effect_ = &find_effect(config.effect.empty() ? kUsualEffect : config.effect);
    return;
  }
  SourceOptions options;
  options.read.bits = config.bits;
  options.read.threads = command.threads;
  options.rate = config.rate;
  source_ = open_source(path_, options);
  by_name_ = source_->kind().named && target.kind().named;
}

cv::Mat SwapSource::next(const MediaFrame& target, double face_height) {
  const int depth = target.image.depth();
  if (effect_) return at_depth(effect_->apply(at_depth(target.image, CV_8U), face_height), depth);
  if (!still_.empty()) return still_;
  const std::optional<MediaFrame> frame = source_->next();
  require(frame.has_value(), "{}: the swap ends before the target, at frame '{}'", path_, target.name);
  require(!by_name_ || frame->name == target.name, "{}: the swap has '{}' where the target has '{}' (both need the same names)",
          path_, frame->name, target.name);
  const cv::Mat image = at_depth(frame->image, depth);
  if (source_->kind().single) still_ = image;
  return image;
}

void SwapSource::skip() {
  if (source_ && !source_->kind().single) source_->skip();
}

std::string SwapSource::left_over() {
  if (!source_ || source_->kind().single || !source_->skip()) return "";
  return path_ + ": the swap goes on after the target's last frame (do both begin with the same one?)";
}

}  // namespace facemat
