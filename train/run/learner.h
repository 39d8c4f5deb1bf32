#pragma once
// One optimiser step: forward, losses, backward, update. Everything that changes while a network learns is in here; where the
// batches come from and where checkpoints go is the trainer's business.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/model/networks/network.h"
#include "src/model/weights/weights.h"
#include "train/config.h"
#include "train/feed/batch.h"
#include "train/losses/task_weights.h"
#include "train/optim/ema.h"
#include "train/optim/optimizer.h"
#include "train/optim/precision.h"
#include "train/parallel/processes.h"
#include "train/run/checkpoint.h"

namespace facemat {

namespace fs = std::filesystem;

struct StepResult {
  bool updated = true;                    // false: the gradient was not finite and the step was skipped
  double loss = 0;                        // weighted total, mean over accumulated batches and processes
  std::map<std::string, double> terms;    // before weighting
  std::map<std::string, double> weights;  // of pixels (LossValue::weights)
  double gradient_norm = 0;               // before clipping
};

class Learner {
 public:
  // The network as `config` starts it (random, or from `init`), and its frozen teachers. Throws Error if any cannot be had.
  Learner(const TrainConfig& config, const torch::Device& device, Processes& processes);

  // Learns from one batch, or several whose gradients are averaged. `step`: 0-based number of this step. Throws Error on a
  // gradient that is not finite, naming the samples, unless the config says to skip it or fp16's loss scale may be the cause.
  StepResult step(const TrainPass& pass, const std::vector<Batch>& batches, int64_t step);

  // Lets the batch norms of the moving average take their statistics from `batches` instead of the learning network's, which
  // belong to other weights: each norm's running mean and variance become the means over the batches. Nothing for a run without
  // average. Frozen parts keep theirs.
  void estimate_norms(const std::vector<Batch>& batches);

  // What validation judges and users get: the moving average if there is one, else the network.
  MattingNetwork& model() { return average_ ? average_->network() : *network_; }
  // The first teacher that needs nothing beside the frame but what the network is given; null without.
  MattingNetwork* teacher();
  int64_t parameter_count() const;
  // What was taken from `init`, as lines for the user; none without it.
  const std::vector<std::string>& start_report() const { return start_report_; }

  // The tensors of a checkpoint as files; `metadata` goes into model.safetensors.
  CheckpointFiles files(const std::map<std::string, std::string>& metadata) const;
  void save(RunState& state) const;
  // Goes on from a checkpoint. Throws Error naming the file that does not fit.
  void restore(const StoredCheckpoint& checkpoint);

 private:
  void start_training();
  LossValue losses_of(const TrainPass& pass, const Batch& batch, int64_t step);
  torch::Tensor mean_over_processes(const torch::Tensor& number);
  void ask_teacher(const TrainPass& pass, const Batch& batch, LossInputs& inputs);
  void label(const TrainPass& pass, const Batch& batch, LossInputs& inputs);
  // Counts a step without an update, or throws; batch norms get back their statistics, which may have become NaN.
  void skip_step(const std::vector<Batch>& batches, int64_t step, const NamedTensors& buffers);

  const TrainConfig& config_;
  torch::Device device_;
  std::string precision_;  // resolved
  Processes& processes_;
  std::shared_ptr<MattingNetwork> network_;
  std::map<std::string, TrainedModel> teachers_;  // frozen, by run or file
  Vgg16 features_{nullptr};                       // frozen, if a loss looks at features
  std::optional<MovingAverage> average_;
  std::unique_ptr<TaskWeights> balance_;  // if it is learned
  std::optional<PartOptimizer> optimizer_;
  LossScale scale_;
  std::vector<std::string> start_report_;
  int64_t skipped_ = 0, skipped_in_row_ = 0;
};

// What losses look at of a prediction, as floats, in its places of `inputs`.
void put_predicted(const Prediction& prediction, LossInputs& inputs);

// The device a config's `device` names; `index` counts CUDA devices. Throws Error for "cuda" without one.
torch::Device choose_device(const std::string& name, int index);

}  // namespace facemat
