#pragma once
// What a run will cost, found by trying: a few steps are taken and thrown away.

#include <cstdint>

#include "train/run/trainer.h"

namespace facemat {

struct Forecast {
  int64_t steps = 0;
  int64_t parameters = 0;
  int64_t clips = 0;              // of the first pass
  double epochs = 0;              // of the first pass in the whole run
  double step_seconds = 0;        // mean over the passes
  double waiting = 0;             // share of it spent waiting for batches
  double validation_seconds = 0;  // of one validation
  double hours = 0;               // of the whole run
  uint64_t memory_bytes = 0;      // largest resident memory of this process so far
  uint64_t disk_bytes = 0;        // of the checkpoints that are kept
};

// Writes nothing. Throws Error as train() does.
Forecast forecast(const TrainConfig& config, const TrainRequest& request, Progress& progress);

}  // namespace facemat
