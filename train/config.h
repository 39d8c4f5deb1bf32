#pragma once
// Settings of one training run. FaceMat trains twice: a teacher (losses with beta_nll, model.uncertainty on), then a student
// (losses with l1_uncertainty, `teacher` naming the first run). Both are this one struct; configs/train/ has one commented file
// for each.

#include <cstdint>
#include <string>
#include <vector>

#include "src/model/network.h"
#include "train/losses/losses.h"

namespace facemat {

class FieldVisitor;

// Adam's learning rate for each part of the network, after the first `warmup` steps.
struct LearningRates {
  double backbone = 1e-4, aspp = 2e-4, decoder = 2e-4, refiner = 2e-4;  // decoder: also the heads
  int warmup = 0;                                                       // steps of linear rise
  std::string schedule = "constant";                                    // constant | cosine (to zero at the last step)
};
void fields(FieldVisitor& visit, LearningRates& rates);

struct TrainConfig {
  uint64_t seed = 1;
  ModelConfig model;
  std::string init;     // run or model file whose matching weights are the start; empty: random
  std::string teacher;  // run or model file of the frozen teacher; empty: none
  std::vector<LossTerm> losses = {{"l1", 1}, {"laplacian", 1}, {"coherence", 5}};
  LossOptions loss_options;
  std::string split = "train", valid_split = "valid";
  int steps = 20000;
  int batch = 4;      // clips a step; a step's clips have one length
  double flip = 0.5;  // probability of a horizontal mirror image, per clip
  LearningRates learning_rate;
  double norm_momentum = 0;  // of all batch norms' running statistics; 0: as the network has it (the encoder's 0.01 is for long
                             // runs: after a few hundred steps its statistics still lag, and evaluation suffers)
  double clip_gradient = 1;  // largest norm of the whole gradient; 0: no limit
  int log_every = 10;        // steps
  int validate_every = 500;  // steps; also the last
  int checkpoint_every = 500;
  int keep_checkpoints = 3;  // newest ones kept; the best is always kept
};
void fields(FieldVisitor& visit, TrainConfig& config);

// Throws Error where fields do not fit together (a loss without what it needs, say).
void check(const TrainConfig& config);

}  // namespace facemat
