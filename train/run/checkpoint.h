#pragma once
// Checkpoints of a run: RUN/checkpoints/step-NNNNNNNN/ and the pointers `latest` and `best`, text files that hold a folder's
// name. In a checkpoint lie model.safetensors (the model to use), further tensors the run continues from
// (optimizer.safetensors; training.safetensors if the model is a moving average), state.json and DONE. A checkpoint is written
// aside, synced and renamed: a kill at any moment leaves the newest complete one loadable.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "src/core/json.h"

namespace facemat {

namespace fs = std::filesystem;

// Where a run stands, beside its tensors.
struct RunState {
  int64_t step = 0;            // optimiser steps taken, skipped ones included
  int64_t skipped = 0;         // steps without an update because the gradient was not finite
  int64_t skipped_in_row = 0;  // the last ones of them
  std::optional<double> best;  // best value of the run's metric so far
  int64_t best_step = 0;       // the step it came from
  int stale = 0;               // validations since
  double loss_scale = 1;       // fp16's factor, and the steps since it changed
  int scaled_steps = 0;
  int processes = 1;     // that take part
  nlohmann::json meter;  // sums of the losses since the last line of the log
};

// Files of a checkpoint, name -> bytes.
using CheckpointFiles = std::map<std::string, std::string>;

// Writes the checkpoint of `state.step` unless it is there, then settle_checkpoints(). Throws Error (a full disk, say); earlier
// checkpoints are then still there.
void write_checkpoint(const fs::path& run, const RunState& state, const CheckpointFiles& files, int keep);

// Moves the pointers to the checkpoints that `state`, of the newest, tells of, and removes all but the newest `keep` and the
// best. A run that goes on does it too: it may have been stopped between a checkpoint and this.
void settle_checkpoints(const fs::path& run, const RunState& state, int keep);

// Removes what killed processes left half-written among the run's checkpoints.
void remove_unfinished(const fs::path& run);

struct StoredCheckpoint {
  fs::path folder;
  RunState state;
};

// The newest complete checkpoint; nothing if the run has none. Throws Error on a damaged state.json.
std::optional<StoredCheckpoint> newest_checkpoint(const fs::path& run);

}  // namespace facemat
