#pragma once
// One training run: from a dataset to checkpoints.
//
// RUN/config.yaml (resolved), RUN/data.yaml (run_data.h), RUN/log.jsonl (run_log.h), RUN/events.out.tfevents.* (events.h),
// RUN/checkpoints/ (checkpoint.h).

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "src/core/progress.h"
#include "train/config.h"
#include "train/parallel/processes.h"

namespace facemat {

namespace fs = std::filesystem;

struct TrainRequest {
  fs::path data, run;
  bool resume = false;                      // continue `run`; its config must be the same except `steps` and the intervals
  int64_t stop_after = 0;                   // stop (with a checkpoint) after this many steps of this call; 0: run to the end
  double stop_after_minutes = 0;            // likewise, after the step in which this time is over; 0: run to the end
  int loader_threads = 1;                   // that make batches ahead; 0: none. Results do not depend on it
  int device_index = 0;                     // which CUDA device, if it is one
  const std::atomic<bool>* stop = nullptr;  // becomes true when the user wants to stop: after the step, with a checkpoint
};

struct TrainOutcome {
  int64_t steps = 0;           // steps taken in all
  bool stopped = false;        // by TrainRequest::stop
  bool early = false;          // by the config's patience
  double last_loss = 0;        // mean total loss over the last logging interval; NaN if all of its steps were skipped
  std::optional<double> best;  // best validation value of config.best_by; nothing if the run has not validated yet
  int64_t best_step = 0;
  std::map<std::string, double> figures;  // of the last validation of this call
  fs::path model;                         // model file of the best checkpoint; empty if there is none
  int64_t skipped = 0;                    // steps skipped because the gradient was not finite
  // Of this call: time, frames learnt from by all processes, and the share of the time spent waiting for batches.
  double seconds = 0, waiting = 0;
  int64_t frames = 0;
};

// Trains as `config` says. Deterministic on the CPU for a given number of LibTorch threads: interrupted and resumed runs end in
// the same bytes as uninterrupted ones. Throws Error on bad data, a gradient that is not finite (naming step and samples), a
// `run` that exists without `resume`, and one that is resumed with other settings or other data, with fewer steps than it has
// taken, or while another process trains it.
TrainOutcome train(const TrainConfig& config, const TrainRequest& request, Progress& progress, Processes& processes);
TrainOutcome train(const TrainConfig& config, const TrainRequest& request, Progress& progress);  // one process

}  // namespace facemat
