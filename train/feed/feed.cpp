#include "train/feed/feed.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kAheadPerThread = 2;  // batches made ahead

// What the losses of all passes over one dataset look at, and what guides are made from. `plans`: of the passes.
Layers layers_for(const TrainConfig& config, const std::vector<TrainPass>& passes, const std::vector<GuidePlan>& plans,
                  const std::string& data) {
  Layers layers;
  layers.trimap = false;
  for (size_t p = 0; p < passes.size(); ++p) {
    const TrainPass& pass = passes[p];
    if (pass.data != data) continue;
    const Needs needs = needs_of(pass.losses);
    layers.trimap |= !is_given_trimap(config) && (needs & kNeedsUnknown) != 0;
    const bool from_network = pass.labels != "dataset";  // it sees the face without what covers it
    layers.clean |= from_network || (needs & (kNeedsTrueForeground | kNeedsTrueBackground)) != 0;
    layers.occluder |= from_network || (needs & (kNeedsOccluder | kNeedsTrueBackground)) != 0;
    layers.background |= (needs & kNeedsTrueBackground) != 0;
    layers = with_layers_for(plans[p], layers);
  }
  return layers;
}

// Numbers within the split of the clips that a pass learns from; a still is a clip of one frame.
std::vector<int64_t> clips_for(const TrainPass& pass, const Dataset& dataset) {
  const std::vector<int> lengths = dataset.split(pass.split).lengths();
  std::vector<int64_t> clips;
  for (size_t i = 0; i < lengths.size(); ++i)
    if (pass.samples == "all" || (pass.samples == "stills") == (lengths[i] == 1)) clips.push_back(static_cast<int64_t>(i));
  require(!clips.empty(), "{}: the split '{}' holds no {} to learn from", dataset.name(), pass.split,
          pass.samples == "all" ? "samples" : pass.samples);
  return clips;
}

// Frames of these clips once a pass has cut out its run of them.
std::vector<int> lengths_of(const DatasetSplit& split, const std::vector<int64_t>& clips, int frames) {
  const std::vector<int> all = split.lengths();
  std::vector<int> lengths;
  for (const int64_t clip : clips) lengths.push_back(frames > 0 ? std::min(all[clip], frames) : all[clip]);
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
  std::vector<GuidePlan> plans;
  for (const TrainPass& pass : passes_) plans.push_back(guide_plan(config, pass));
  datasets_.emplace("", Dataset::open(data, layers_for(config, passes_, plans, "")));
  for (const TrainPass& pass : passes_)
    if (!datasets_.count(pass.data))
      datasets_.emplace(pass.data, Dataset::open(pass.data, layers_for(config, passes_, plans, pass.data)));
  for (const TrainPass& pass : passes_) steps_per_round_ += pass.turns;
  for (size_t p = 0; p < passes_.size(); ++p) {
    const TrainPass& pass = passes_[p];
    const Dataset& dataset = datasets_.at(pass.data);
    const DatasetSplit& split = dataset.split(pass.split);
    const std::vector<int64_t> clips = clips_for(pass, dataset);
    const Rng order = p == 0 ? rng_ : rng_.fork("pass", p);
    sources_.push_back({&split, clips,
                        std::make_shared<const BatchPlan>(lengths_of(split, clips, pass.frames),
                                                          pass.batch * config.accumulate * world_, order),
                        plans[p]});
  }
}

Feed::Turn Feed::turn_at(int64_t step) const {
  const int64_t round = step / steps_per_round_;
  int64_t within = step % steps_per_round_;
  size_t pass = 0;
  while (within >= passes_[pass].turns) within -= passes_[pass++].turns;
  return {pass, round * passes_[pass].turns + within};
}

double Feed::steps_per_epoch() const {
  return static_cast<double>(sources_[0].plan->batches_per_epoch() * steps_per_round_) / passes_[0].turns;
}

TrainConfig Feed::with_steps(TrainConfig config) const {
  if (config.epochs == 0) return config;
  const double steps = std::ceil(config.epochs * steps_per_epoch());
  require(steps <= kMostSteps, "epochs: {} would be {:.0f} steps (at most {})", config.epochs, steps, kMostSteps);
  config.steps = static_cast<int>(steps);
  return config;
}

std::string Feed::licence() const {
  std::set<std::string> licences;
  for (const TrainPass& pass : passes_) licences.insert(datasets_.at(pass.data).licence());
  return fmt::format("{}", fmt::join(licences, ", "));
}

Batch Feed::batch(int64_t number) const {
  const int64_t step = number / config_.accumulate;
  const auto [p, turn] = turn_at(step);
  const TrainPass& pass = passes_[p];
  const Source& source = sources_[p];
  const int part = rank_ * config_.accumulate + static_cast<int>(number % config_.accumulate);
  const Rng rng = rng_.fork("augment", static_cast<uint64_t>(step));
  const cv::Size size = frame_size(pass, rng.fork("size"));
  std::vector<Clip> clips;
  std::vector<ClipGuides> guides;
  for (const int64_t place : source.plan->clips_of(turn, part, world_ * config_.accumulate)) {
    const Rng own = rng.fork("clip", static_cast<uint64_t>(part * pass.batch) + clips.size());
    Clip clip = source.split->clip(source.clips[place], turn / source.plan->batches_per_epoch());
    if (pass.frames > 0) clip = windowed(std::move(clip), pass.frames, own.fork("frames"));
    if (!size.empty()) clip = resized(clip, size);
    clips.push_back(own.fork("flip").chance(config_.flip) ? mirrored(std::move(clip)) : std::move(clip));
    guides.push_back(draw_guides(clips.back(), source.guides, own.fork("guides")));
  }
  Batch batch = collate(clips);
  batch.guides = collate_guides(guides, clips);
  return batch;
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
