#include "train/feed/batch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"
#include "train/feed/planes.h"

namespace facemat {
namespace {

// One layer of all clips as [B,T,channels,H,W]; undefined if they do not have it.
torch::Tensor stacked_layer(const std::vector<Clip>& clips, Frames Clip::*layer, const PlaneKind& kind) {
  std::vector<NamedFrames> layers;
  for (const Clip& clip : clips) layers.push_back({&clip.name, &(clip.*layer)});
  return stacked(layers, clips[0].images[0].size(), kind);
}

constexpr std::array<Frames Clip::*, 7> kLayers = {&Clip::images, &Clip::alphas,    &Clip::trusts,     &Clip::trimaps,
                                                   &Clip::cleans, &Clip::occluders, &Clip::backgrounds};

void require_alike(const Clip& clip, const Clip& first) {
  require(!clip.images.empty(), "{}: a clip without frames", clip.name);
  const cv::Size size = clip.images[0].size(), other = first.images[0].size();
  require(clip.images.size() == first.images.size() && size == other,
          "{}: {} frames of {}x{}, but {} has {} of {}x{}; a batch needs clips alike", clip.name, clip.images.size(),
          size.width, size.height, first.name, first.images.size(), other.width, other.height);
  for (const auto layer : kLayers)
    require(
        (clip.*layer).size() == (first.*layer).size() && ((clip.*layer).empty() || (clip.*layer).size() == clip.images.size()),
        "{}: not the layers that {} has; a batch needs clips alike", clip.name, first.name);
}

template <typename Change>
Batch changed(Batch batch, Change change) {
  for (torch::Tensor* tensor :
       {&batch.frames, &batch.alpha, &batch.trust, &batch.unknown, &batch.clean, &batch.occluder, &batch.background})
    if (tensor->defined()) *tensor = change(*tensor);
  for (const GuideEntry& guide : guide_table())
    if (torch::Tensor& tensor = guide.of(batch.guides); tensor.defined()) tensor = change(tensor);
  return batch;
}

// `change` of every picture of every layer.
template <typename Change>
Clip changed(Clip clip, Change change) {
  for (const auto layer : kLayers)
    for (cv::Mat& picture : clip.*layer) picture = change(picture);
  return clip;
}

cv::Mat centre_of(const cv::Mat& picture, cv::Size size) {
  return picture(cv::Rect({(picture.cols - size.width) / 2, (picture.rows - size.height) / 2}, size));
}

cv::Mat resized_trimap(const cv::Mat& trimap, cv::Size size) {
  cv::Mat out;
  cv::resize(trimap, out, size, 0, 0, cv::INTER_NEAREST_EXACT);
  return out;
}

// Straight BGRA bytes, premultiplied while they are resampled.
cv::Mat resized_cutout(const cv::Mat& straight, cv::Size size) {
  const cv::Mat pixels = to_float(straight);
  cv::Mat colour(pixels.size(), CV_32FC3);
  cv::mixChannels({pixels}, {colour}, {0, 0, 1, 1, 2, 2});
  const cv::Mat layer = resize(premultiply(colour, layer_alpha(pixels)), size);
  cv::Mat out;
  cv::merge(std::vector<cv::Mat>{layer_colour(layer), layer_alpha(layer)}, out);
  return to_u8(out);
}

// A random order of `items` (Fisher-Yates).
template <typename T>
void shuffle(std::vector<T>& items, Rng rng) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[rng.integer(0, static_cast<int64_t>(i) - 1)]);
}

}  // namespace

Batch Batch::to(const torch::Device& device, bool non_blocking) const {
  return changed(*this, [&](const torch::Tensor& t) { return t.to(t.options().device(device), non_blocking); });
}

Batch Batch::pinned() const {
  require(torch::cuda::is_available(), "page-locked memory needs a CUDA device");
  return changed(*this, [](const torch::Tensor& t) {
    const torch::Tensor plain = t.contiguous();
    const torch::Tensor copy = torch::empty(t.sizes(), t.options().pinned_memory(true));
    std::memcpy(copy.data_ptr(), plain.data_ptr(), plain.nbytes());
    return copy;
  });
}

Batch collate(const std::vector<Clip>& clips) {
  require(!clips.empty(), "a batch needs at least one clip");
  for (const Clip& clip : clips) require_alike(clip, clips[0]);
  Batch batch;
  batch.frames = stacked_layer(clips, &Clip::images, colour_planes());
  batch.alpha = stacked_layer(clips, &Clip::alphas, value_plane());
  batch.trust = stacked_layer(clips, &Clip::trusts, value_plane());
  batch.unknown = stacked_layer(clips, &Clip::trimaps, unknown_plane());
  batch.clean = stacked_layer(clips, &Clip::cleans, colour_planes());
  batch.occluder = stacked_layer(clips, &Clip::occluders, cutout_planes());
  batch.background = stacked_layer(clips, &Clip::backgrounds, colour_planes());
  for (const Clip& clip : clips) batch.names.push_back(clip.name);
  return batch;
}

Clip still_of(const Clip& clip, size_t t) {
  Clip still;
  still.name = clip.name;
  still.images = {clip.images[t]};
  still.alphas = {clip.alphas[t]};
  return still;
}

Clip mirrored(Clip clip) {
  return changed(std::move(clip), [](const cv::Mat& picture) {
    cv::Mat flipped;
    cv::flip(picture, flipped, 1);
    return flipped;
  });
}

Clip windowed(Clip clip, int frames, Rng rng) {
  require(frames >= 1, "a window of {} frames (allowed: 1 and more)", frames);
  const auto length = static_cast<int64_t>(clip.images.size());
  if (length <= frames) return clip;
  const int64_t first = rng.integer(0, length - frames);
  for (const auto layer : kLayers) {
    Frames& pictures = clip.*layer;
    if (!pictures.empty()) pictures = Frames(pictures.begin() + first, pictures.begin() + first + frames);
  }
  return clip;
}

Clip resized(const Clip& clip, cv::Size size) {
  require(size.width >= 1 && size.height >= 1, "frames of {}x{} pixels (allowed: 1x1 and more)", size.width, size.height);
  const int side = std::max(size.width, size.height);
  const cv::Size square(side, side);
  for (const cv::Mat& image : clip.images)
    require(image.cols == image.rows, "{}: {}x{} pixels, expected a square", clip.name, image.cols, image.rows);
  Clip out = clip;
  for (const auto layer : {&Clip::images, &Clip::cleans, &Clip::backgrounds})
    for (cv::Mat& picture : out.*layer) picture = resize(picture, square);
  for (size_t t = 0; t < out.alphas.size(); ++t) {
    const cv::Mat trust = out.trusts.empty() ? cv::Mat() : out.trusts[t];
    const Label label = resampled({out.alphas[t], trust}, [&](const cv::Mat& plane) { return resize(plane, square); });
    out.alphas[t] = label.value;
    if (!trust.empty()) out.trusts[t] = label.trust;
  }
  for (cv::Mat& trimap : out.trimaps) trimap = resized_trimap(trimap, square);
  for (cv::Mat& occluder : out.occluders) occluder = resized_cutout(occluder, square);
  return changed(std::move(out), [&](const cv::Mat& picture) { return centre_of(picture, size); });
}

cv::Size draw_crop(int side, Rng rng) {
  require(side >= 2, "a crop of frames of {} pixels (allowed: 2 and more)", side);
  const auto width = static_cast<int>(rng.integer(side / 2, side - 1));
  return {width, static_cast<int>(rng.integer(side / 2, side - 1))};
}

BatchPlan::BatchPlan(std::vector<int> lengths, int batch, const Rng& rng)
    : lengths_(std::move(lengths)), batch_(batch), rng_(rng) {
  require(!lengths_.empty(), "the training split holds no samples");
  require(batch_ >= 1, "a batch of {} clips (allowed: 1 and more)", batch_);
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

std::vector<int64_t> BatchPlan::clips_of(int64_t step, int part, int parts) const {
  require(parts >= 1 && part >= 0 && part < parts, "part {} of {} of a batch", part, parts);
  require(batch_ % parts == 0, "a batch of {} clips cannot be cut into {} equal parts", batch_, parts);
  const int64_t epoch = step / batches_per_epoch_;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (epoch != cached_epoch_) cached_ = epoch_batches(epoch), cached_epoch_ = epoch;
  const std::vector<int64_t>& whole = cached_[step % batches_per_epoch_];
  const int size = batch_ / parts;
  return {whole.begin() + part * size, whole.begin() + (part + 1) * size};
}

}  // namespace facemat
