#pragma once
// Checkpoints of a run: RUN/checkpoints/step-NNNNNNNN/{model.safetensors, optimizer.safetensors, state.json, DONE} and the
// pointers `latest` and `best`, text files that hold a folder's name. A checkpoint is written aside, synced and renamed: a kill
// at any moment leaves the newest complete one loadable.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "src/model/weights.h"
#include "train/optimizer.h"

namespace facemat {

namespace fs = std::filesystem;

// Where a run stands. `best` is the lowest validation SAD so far and the step it came from.
struct RunState {
  int64_t step = 0;  // optimiser steps taken
  std::optional<double> best_sad;
  int64_t best_step = 0;
};

// Writes the checkpoint of `state.step`, moves the pointers, and removes all but the newest `keep` and the best.
void write_checkpoint(const fs::path& run, const RunState& state, const MattingNetwork& network, const ModelConfig& config,
                      const PartOptimizer& optimizer, const std::map<std::string, std::string>& metadata, int keep);

// Loads the newest complete checkpoint into network and optimiser; nothing if the run has none. Throws Error on a damaged one.
std::optional<RunState> read_checkpoint(const fs::path& run, MattingNetwork& network, PartOptimizer& optimizer);

}  // namespace facemat
