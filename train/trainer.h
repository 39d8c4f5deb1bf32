#pragma once
// One training run: from a dataset to checkpoints.
//
// RUN/config.yaml (resolved), RUN/log.jsonl (a line each log_every steps and each validation), RUN/checkpoints/ (checkpoint.h).

#include <filesystem>
#include <optional>

#include "src/core/progress.h"
#include "train/config.h"

namespace facemat {

namespace fs = std::filesystem;

struct TrainRequest {
  fs::path data, run;
  bool resume = false;  // continue `run`; its config must be the same except `steps` and the intervals
  int stop_after = 0;   // stop (with a checkpoint) after this many steps of this call; 0: run to the end
};

struct TrainOutcome {
  int64_t steps = 0;               // steps taken in all
  double last_loss = 0;            // mean total loss over the last logging interval
  std::optional<double> best_sad;  // lowest validation SAD; nothing if the run has not validated yet
  fs::path best;                   // model file of it; empty likewise
};

// Trains as `config` says. Deterministic on the CPU for a given number of threads: interrupted and resumed runs end in the same
// bytes as uninterrupted ones. Throws Error on bad data, a loss that is not finite (naming step and samples), or a `run` that
// exists without `resume`.
TrainOutcome train(const TrainConfig& config, const TrainRequest& request, Progress& progress);

}  // namespace facemat
