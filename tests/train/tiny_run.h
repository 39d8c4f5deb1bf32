#pragma once
// A dataset and networks so small that whole runs take seconds.

#include "data/store/builder.h"
#include "src/core/config.h"
#include "tests/support/scratch.h"
#include "train/run/trainer.h"

namespace facemat {

inline std::unique_ptr<Progress> silent() { return make_progress("", "", true); }

inline DataConfig tiny_data() {
  DataConfig config;
  config.size = 48;
  config.degrade.probability = 0;
  config.splits = {SplitConfig{}, SplitConfig{}};
  config.splits[0].stills = 4, config.splits[0].clips = 2, config.splits[0].frames = 3;
  config.splits[1].name = "valid", config.splits[1].stills = 2;
  return config;
}

inline TrainConfig tiny_teacher() {
  TrainConfig config;
  config.model.width = 0.25, config.model.uncertainty = true;
  config.losses = {{"l1_unknown", 1}, {"laplacian", 1}, {"beta_nll", 1}, {"coherence", 5}};
  config.ema = 0, config.learning_rate.schedule.name = "constant", config.learning_rate.schedule.warmup = 0;
  config.batch = 2, config.steps = 8, config.log_every = 2, config.validate_every = 4, config.checkpoint_every = 4;
  return config;
}

inline TrainConfig tiny_student(const fs::path& teacher) {
  TrainConfig config = tiny_teacher();
  config.model.uncertainty = false;
  config.teacher = config.init = teacher.string();
  config.losses = {{"l1_uncertainty", 1}, {"laplacian", 1}, {"coherence", 5}};
  return config;
}

}  // namespace facemat
