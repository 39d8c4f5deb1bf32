#include "train/batch.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <opencv2/core.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

// CV_8UC3 BGR -> [3,H,W] RGB 0..1
torch::Tensor image_tensor(const cv::Mat& bgr) {
  const auto bytes = torch::from_blob(bgr.data, {bgr.rows, bgr.cols, 3}, {static_cast<int64_t>(bgr.step), 3, 1}, torch::kUInt8);
  return bytes.flip(2).permute({2, 0, 1}).to(torch::kFloat32).div(255).contiguous();
}

// CV_32FC1 -> [1,H,W]
torch::Tensor plane_tensor(const cv::Mat& plane) {
  const cv::Mat whole = plane.isContinuous() ? plane : plane.clone();
  return torch::from_blob(whole.data, {1, whole.rows, whole.cols}, torch::kFloat32).clone();
}

torch::Tensor unknown_tensor(const cv::Mat& trimap) {
  const cv::Mat unknown = trimap == kUnknown;  // 0 or 255
  return plane_tensor(to_float(unknown));
}

template <typename Convert>
torch::Tensor stacked(const std::vector<cv::Mat>& frames, Convert convert) {
  std::vector<torch::Tensor> tensors;
  for (const cv::Mat& frame : frames) tensors.push_back(convert(frame));
  return torch::stack(tensors);
}

// A random order of `items` (Fisher-Yates).
template <typename T>
void shuffle(std::vector<T>& items, Rng rng) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[rng.integer(0, static_cast<int64_t>(i) - 1)]);
}

}  // namespace

Batch collate(const std::vector<Clip>& clips) {
  require(!clips.empty(), "a batch needs at least one clip");
  std::vector<torch::Tensor> frames, alpha, unknown;
  Batch batch;
  for (const Clip& clip : clips) {
    require(clip.images.size() == clips[0].images.size() && clip.images[0].size() == clips[0].images[0].size(),
            "{}: {} frames of {}x{}, but {} has {} of {}x{}; a batch needs clips alike", clip.name, clip.images.size(),
            clip.images[0].cols, clip.images[0].rows, clips[0].name, clips[0].images.size(), clips[0].images[0].cols,
            clips[0].images[0].rows);
    frames.push_back(stacked(clip.images, image_tensor));
    alpha.push_back(stacked(clip.alphas, plane_tensor));
    unknown.push_back(stacked(clip.trimaps, unknown_tensor));
    batch.names.push_back(clip.name);
  }
  batch.frames = torch::stack(frames);
  batch.alpha = torch::stack(alpha);
  batch.unknown = torch::stack(unknown);
  return batch;
}

Clip mirrored(Clip clip) {
  const auto flip = [](std::vector<cv::Mat>& frames) {
    for (cv::Mat& frame : frames) {
      cv::Mat flipped;
      cv::flip(frame, flipped, 1);
      frame = flipped;
    }
  };
  flip(clip.images);
  flip(clip.alphas);
  flip(clip.trimaps);
  return clip;
}

BatchPlan::BatchPlan(std::vector<int> lengths, int batch, const Rng& rng)
    : lengths_(std::move(lengths)), batch_(batch), rng_(rng) {
  require(!lengths_.empty(), "the training split holds no samples");
  batches_per_epoch_ = static_cast<int64_t>(epoch_batches(0).size());
}

std::vector<std::vector<int64_t>> BatchPlan::epoch_batches(int64_t epoch) const {
  std::map<int, std::vector<int64_t>> by_length;
  for (size_t i = 0; i < lengths_.size(); ++i) by_length[lengths_[i]].push_back(static_cast<int64_t>(i));
  std::vector<std::vector<int64_t>> batches;
  for (auto& [length, clips] : by_length) {
    shuffle(clips, rng_.fork("order", epoch).fork("length", length));
    for (size_t begin = 0; begin < clips.size(); begin += batch_) {
      std::vector<int64_t> batch;
      for (int i = 0; i < batch_; ++i) batch.push_back(clips[(begin + i) % clips.size()]);
      batches.push_back(std::move(batch));
    }
  }
  shuffle(batches, rng_.fork("batches", epoch));
  return batches;
}

std::vector<int64_t> BatchPlan::clips_of(int64_t step) const {
  const int64_t epoch = step / batches_per_epoch_;
  if (epoch != cached_epoch_) cached_ = epoch_batches(epoch), cached_epoch_ = epoch;
  return cached_[step % batches_per_epoch_];
}

}  // namespace facemat
