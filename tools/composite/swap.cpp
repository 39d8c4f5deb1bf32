#include "tools/composite/swap.h"

#include "src/core/error.h"
#include "src/runtime/compose/effects.h"
#include "tools/composite/outputs.h"

namespace facemat {

SwapSource::SwapSource(const CompositeCommand& command, const CompositeConfig& config, const FrameSource& target)
    : path_(command.swap), target_files_(target.files()) {
  if (command.swap.empty()) {
    effect_ = &find_effect(config.effect.empty() ? kUsualEffect : config.effect);
    return;
  }
  paired_ = std::make_unique<PairedFrames>(command.swap, "the swap has", reading_of(command, config), target, command.target);
}

cv::Mat SwapSource::next(const MediaFrame& target, double face_height) {
  const int depth = target.image.depth();
  if (effect_) return at_depth(effect_->apply(at_depth(target.image, CV_8U), face_height), depth);
  const std::optional<cv::Mat> image = paired_->next(target);
  if (!image) return {};
  if (image->size() != target.image.size())
    fail("{}: the swap of frame '{}' is {}x{}, the target {}x{}{}", path_, target.name, image->cols, image->rows,
         target.image.cols, target.image.rows,
         turned_apart(target_files_, target, file_of_frame(paired_->files(), target.name), image->size(), "swap"));
  return at_depth(*image, depth);
}

void SwapSource::skip() {
  if (paired_) paired_->skip();
}

}  // namespace facemat
