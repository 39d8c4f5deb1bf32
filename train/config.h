#pragma once
// Settings of one training run. FaceMat trains twice: a teacher (losses with beta_nll, model.uncertainty on), then a student
// (losses with l1_uncertainty, `teacher` naming the first run). Both are this one struct; configs/train/ has one commented file
// for each.

#include <cstdint>
#include <string>
#include <vector>

#include "data/store/clip_guides.h"
#include "src/model/networks/network.h"
#include "train/losses/losses.h"
#include "train/optim/optimizer.h"

namespace facemat {

class FieldVisitor;

// One kind of step. A run with several takes them in turn, each an optimiser step of its own, as RVM alternates low-resolution
// clips, high-resolution clips and segmentation.
struct TrainPass {
  std::string name = "matting";
  std::string data;                // dataset or settings file; empty: that of the run
  std::string split = "train";     // split to learn from
  std::string samples = "all";     // of the split: all | stills | clips
  int turns = 1;                   // steps of this kind in a row before the next pass takes its turns
  int batch = 4;                   // clips a step and process; a step's clips have one length
  int frames = 0;                  // a random run of this many frames out of longer clips; 0: whole clips
  int size = 0;                    // frames are resized to this side; 0: as they are
  bool random_size = false;        // width and height of a step's frames drawn from size/2..size-1 (RVM's random crop)
  std::string teacher;             // run or model file asked in this pass; empty: that of the run
  std::string labels = "dataset";  // what alpha is learned: the dataset's; that of the teacher; that of the moving average
  double doubt = 0.1;  // labels of a network: standard deviation of alpha at which its word counts 1/e; 0: it counts as it is
  double ratio = 1;    // below 1: the network sees frames reduced by it, the refiner brings alpha back to full size
  std::vector<LossTerm> losses;  // empty: those of the run
};
void fields(FieldVisitor& visit, TrainPass& pass);

// Held-out samples that a run is judged on. Its figures are called METRIC on the whole frame and METRIC_REGION elsewhere, with
// "NAME." in front if the set has a name: sad, sad_unknown, real.sad_unknown. The share of the pixels that lie in a region is
// told beside them as share_REGION; in the regions trusted and trusted_unknown nothing counts whose label cannot be believed.
struct ValidationSet {
  std::string name;
  std::string data;  // dataset or settings file; empty: that of the run
  std::string split = "valid";
  std::vector<std::string> regions = {"whole"};  // of eval/metrics/regions.h
  int clips = 0;                                 // at most this many of the split; 0: all
};
void fields(FieldVisitor& visit, ValidationSet& set);

inline constexpr int kMostSteps = 99'999'999;  // checkpoints' names have eight digits

struct TrainConfig {
  uint64_t seed = 1;
  ModelConfig model;
  std::string init;     // run or model file whose matching weights are the start; empty: random
  std::string teacher;  // run or model file of the frozen teacher; empty: none

  // The one pass of most runs; `passes`, if there are any, take its place.
  std::string split = "train", valid_split = "valid";
  int batch = 4;
  std::vector<LossTerm> losses = {{"l1", 1}, {"laplacian", 1}, {"coherence", 5}};
  std::vector<TrainPass> passes;
  std::string loss_balance = "fixed";  // fixed | learned (losses/task_weights.h)
  LossOptions loss_options;
  GuideConfig guides;  // of networks that need any (the model table says which)

  int steps = 20000;   // optimiser steps in all
  int first_step = 0;  // steps that count as taken when the run starts: samples and schedule go on from there (with `init`)
  double epochs = 0;   // times the first pass sees each clip; 0: `steps` counts, else `steps` follows from it
  int accumulate = 1;  // batches whose gradients are averaged for one step
  double flip = 0.5;   // probability of a horizontal mirror image, per clip
  OptimizerConfig optimizer;
  LearningRates learning_rate;
  double clip_gradient = 1;  // largest norm of the whole gradient; 0: no limit
  double ema = 0.999;        // decay of the weights' moving average, which is then the model; 0: none
  int norm_batches = 40;     // before each validation the moving average's batch norms take their statistics from this many
                             // batches; 0: those of the network that learns, which has seen other weights
  std::vector<std::string> freeze;  // parts of the network that do not learn, by their names ("backbone")
  double norm_momentum = 0;  // of all batch norms' running statistics; 0: as the network has it (the encoder's 0.01 is for long
                             // runs: after a few hundred steps its statistics still lag, and evaluation suffers)

  std::string device = "auto";      // auto (CUDA if there is one) | cpu | cuda
  bool channels_last = true;        // on the CPU: layout and fused passes; off: LibTorch's operators one by one
  bool recompute = false;           // keep fewer maps for the backward pass and compute the others again: long clips fit
  std::string precision = "fp32";   // fp32 | bf16 | fp16 (CUDA only) | auto: bf16 where the processor is faster in it
  std::string non_finite = "stop";  // stop | skip: what to do with a step whose gradient is not finite

  int log_every = 10;                      // steps
  int validate_every = 500;                // steps; also the last
  int validate_clips = 0;                  // at most this many of the split; 0: all
  std::vector<ValidationSet> validate_on;  // in place of valid_split and validate_clips
  int pictures = 4;                        // validation samples to show in TensorBoard at each validation
  int checkpoint_every = 500;
  int keep_checkpoints = 3;     // newest ones kept; the best is always kept
  std::string best_by = "sad";  // figure by which `best` is chosen, as ValidationSet calls them
  int patience = 0;             // stop after this many validations without a better one; 0: never
};
void fields(FieldVisitor& visit, TrainConfig& config);

// `passes`, each with its losses and its teacher, or the one that the config's own split, batch and losses describe.
std::vector<TrainPass> passes_of(const TrainConfig& config);

// `validate_on`, or the one set that `valid_split` and `validate_clips` describe.
std::vector<ValidationSet> validation_sets_of(const TrainConfig& config);

// What validation calls a metric in a region of a set.
std::string figure_name(const ValidationSet& set, const std::string& metric, const std::string& region);

// Whether the figure `name` of `config`'s sets is better the lower it is. Throws Error that lists the figures there are.
bool lower_is_better(const TrainConfig& config, const std::string& name);

// The terms of all passes, each label once.
std::vector<LossTerm> all_losses(const TrainConfig& config);

// The guides (names of the guide table, in its order) that the run's network needs; and with those that a pass's losses look
// at. Throws Error for an unknown network.
std::vector<std::string> guides_of(const TrainConfig& config);
std::vector<std::string> guides_of(const TrainConfig& config, const TrainPass& pass);

// Whether the run's network is given a trimap, whose unknown region is then that of the losses; else it is the dataset's.
bool is_given_trimap(const TrainConfig& config);

// Whether the teacher of a pass is asked for anything: by a loss, or for labels.
bool asks_teacher(const TrainPass& pass);

// Throws Error where fields do not fit together (a loss without what it needs, a network that has no use for a setting).
void check(const TrainConfig& config);

}  // namespace facemat
