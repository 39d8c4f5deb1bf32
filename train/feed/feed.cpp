#include "train/feed/feed.h"

#include <algorithm>
#include <cmath>

#include "eval/metrics/regions.h"
#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kAheadPerThread = 2;  // batches made ahead

// What the losses of all passes over one dataset look at, and validation at the run's own.
Layers layers_for(const TrainConfig& config, const std::vector<TrainPass>& passes, const std::string& data) {
  Layers layers;
  layers.trimap = data.empty() && find_region(config.valid_region).by_trimap;
  for (const TrainPass& pass : passes) {
    if (pass.data != data) continue;
    const Needs needs = needs_of(pass.losses);
    layers.trimap |= (needs & kNeedsUnknown) != 0;
    layers.clean |= (needs & kNeedsTrueForeground) != 0;
    layers.occluder |= (needs & kNeedsOccluder) != 0;
  }
  return layers;
}

// Frames of each clip once a pass has cut out its run of them.
std::vector<int> lengths_of(const DatasetSplit& split, int frames) {
  std::vector<int> lengths = split.lengths();
  if (frames > 0)
    for (int& length : lengths) length = std::min(length, frames);
  return lengths;
}

// What a step's frames are resized to; empty: not at all.
cv::Size frame_size(const TrainPass& pass, const Rng& rng) {
  if (pass.size == 0) return {};
  return pass.random_size ? draw_crop(pass.size, rng) : cv::Size(pass.size, pass.size);
}

}  // namespace

Feed::Feed(const TrainConfig& config, const fs::path& data, int rank, int world)
    : config_(config), passes_(passes_of(config)), rank_(rank), world_(world), rng_(Rng(config.seed).fork("train")) {
  datasets_.emplace("", Dataset::open(data, layers_for(config, passes_, "")));
  for (const TrainPass& pass : passes_)
    if (!datasets_.count(pass.data))
      datasets_.emplace(pass.data, Dataset::open(pass.data, layers_for(config, passes_, pass.data)));
  for (size_t p = 0; p < passes_.size(); ++p) {
    const DatasetSplit& split = datasets_.at(passes_[p].data).split(passes_[p].split);
    require(split.size() > 0, "{}: the split '{}' holds no samples to learn from", datasets_.at(passes_[p].data).name(),
            passes_[p].split);
    const Rng order = p == 0 ? rng_ : rng_.fork("pass", p);
    sources_.push_back({&split, std::make_shared<const BatchPlan>(lengths_of(split, passes_[p].frames),
                                                                  passes_[p].batch * config.accumulate * world_, order)});
  }
}

int64_t Feed::steps_per_epoch(size_t pass) const { return sources_[pass].plan->batches_per_epoch(); }

TrainConfig Feed::with_steps(TrainConfig config) const {
  if (config.epochs == 0) return config;
  const double steps = std::ceil(config.epochs * static_cast<double>(steps_per_epoch(0)) * static_cast<double>(passes_.size()));
  require(steps <= kMostSteps, "epochs: {} would be {:.0f} steps (at most {})", config.epochs, steps, kMostSteps);
  config.steps = static_cast<int>(steps);
  return config;
}

Batch Feed::batch(int64_t number) const {
  const int64_t step = number / config_.accumulate, count = static_cast<int64_t>(passes_.size());
  const auto p = static_cast<size_t>(step % count);
  const TrainPass& pass = passes_[p];
  const Source& source = sources_[p];
  const int64_t turn = step / count;  // of this pass
  const int part = rank_ * config_.accumulate + static_cast<int>(number % config_.accumulate);
  const Rng rng = rng_.fork("augment", static_cast<uint64_t>(step));
  const cv::Size size = frame_size(pass, rng.fork("size"));
  std::vector<Clip> clips;
  for (const int64_t index : source.plan->clips_of(turn, part, world_ * config_.accumulate)) {
    const Rng own = rng.fork("clip", static_cast<uint64_t>(part * pass.batch) + clips.size());
    Clip clip = source.split->clip(index, turn / source.plan->batches_per_epoch());
    if (pass.frames > 0) clip = windowed(std::move(clip), pass.frames, own.fork("frames"));
    if (!size.empty()) clip = resized(clip, size);
    clips.push_back(own.fork("flip").chance(config_.flip) ? mirrored(std::move(clip)) : std::move(clip));
  }
  return collate(clips);
}

StepLoader::StepLoader(const Feed& feed, int64_t first, int64_t last, int threads, bool pin)
    : per_step_(feed.batches_per_step()),
      loader_([&feed](int64_t number) { return feed.batch(number); }, first * per_step_, last * per_step_,
              LoaderOptions{threads, std::max(1, threads * kAheadPerThread), pin}) {}

std::vector<Batch> StepLoader::next() {
  std::vector<Batch> batches;
  for (int i = 0; i < per_step_; ++i) batches.push_back(loader_.next());
  return batches;
}

}  // namespace facemat
