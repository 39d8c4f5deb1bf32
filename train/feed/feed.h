#pragma once
// Where a run's batches come from: the datasets of its passes, in the order that follows from (seed, number of the batch)
// alone.

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "data/store/dataset.h"
#include "train/config.h"
#include "train/feed/batch.h"
#include "train/feed/guides.h"
#include "train/feed/loader.h"

namespace facemat {

namespace fs = std::filesystem;

class Feed {
 public:
  // `data`: dataset of the passes that name none. `rank` of `world` processes: each gets its share of every batch. Throws Error
  // on a dataset that cannot be used or a split without samples.
  Feed(const TrainConfig& config, const fs::path& data, int rank, int world);

  // Passes in turn, each for as many steps as it has turns. Step `step` takes batches step * accumulate .. + accumulate - 1,
  // which are equal parts of what one process with a larger batch would see.
  const TrainPass& pass_of(int64_t step) const { return passes_[turn_at(step).pass]; }
  const std::vector<TrainPass>& passes() const { return passes_; }

  // Batch number `number` of this process, from whatever thread asks.
  Batch batch(int64_t number) const;

  int batches_per_step() const { return config_.accumulate; }
  // Steps of the run in which the clips of the first pass are seen once; no whole number if passes take unequal turns.
  double steps_per_epoch() const;
  // Steps until the passes begin anew.
  int64_t steps_per_round() const { return steps_per_round_; }
  // `config` with `steps` worked out if it counts in epochs.
  TrainConfig with_steps(TrainConfig config) const;
  int64_t clips(size_t pass) const { return static_cast<int64_t>(sources_[pass].clips.size()); }

  // The run's own dataset.
  const Dataset& dataset() const { return datasets_.at(""); }

  // All that the passes learn from, by TrainPass::data.
  const std::map<std::string, Dataset>& datasets() const { return datasets_; }

  // Of all that the passes learn from.
  std::string licence() const;

 private:
  struct Source {
    const DatasetSplit* split;
    std::vector<int64_t> clips;  // numbers within the split of what the pass learns from
    std::shared_ptr<const BatchPlan> plan;
    GuidePlan guides;
  };
  // A step's pass, and how many steps of that pass came before.
  struct Turn {
    size_t pass;
    int64_t before;
  };
  Turn turn_at(int64_t step) const;

  TrainConfig config_;
  std::vector<TrainPass> passes_;
  int64_t steps_per_round_ = 0;
  int rank_, world_;
  Rng rng_;
  std::map<std::string, Dataset> datasets_;  // by TrainPass::data
  std::vector<Source> sources_;              // one a pass
};

// The batches of steps first..last-1 in their order, made ahead by `threads` threads (0: when asked for). `pin`: in page-locked
// memory, for a GPU.
class StepLoader {
 public:
  StepLoader(const Feed& feed, int64_t first, int64_t last, int threads, bool pin);
  // The batches of the next step.
  std::vector<Batch> next();
  double waited() const { return loader_.waited(); }  // seconds spent in next() so far

 private:
  int per_step_;
  BatchLoader loader_;
};

}  // namespace facemat
