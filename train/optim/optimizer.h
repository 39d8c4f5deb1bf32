#pragma once
// LibTorch's optimisers with one learning rate for each part of the network, weight decay on weights alone, and their state as
// named tensors. To add one: a line in optimizer.cpp's table, and its name where the setting is declared below it.

#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "train/optim/schedule.h"

namespace facemat {

class FieldVisitor;

struct OptimizerConfig {
  std::string name = "adam";          // adam | adamw | sgd
  double beta1 = 0.9, beta2 = 0.999;  // Adam: decay of the moments
  double epsilon = 1e-8;              // Adam
  double momentum = 0.9;              // SGD
  double weight_decay = 0;            // of convolution weights; biases and batch norms never decay
};
void fields(FieldVisitor& visit, OptimizerConfig& config);

// Learning rates of the network's parts. A rate of 0 leaves the part's weights as they are (its batch norms still follow the
// data; `freeze` stops them too).
struct LearningRates {
  double backbone = 1e-4, aspp = 2e-4, decoder = 2e-4, refiner = 2e-4;  // decoder: also the heads
  double losses = 1e-3;                                                 // learned weights of the losses
  Schedule schedule;
};
void fields(FieldVisitor& visit, LearningRates& rates);

// The part a parameter belongs to by its dotted name: "backbone", "aspp", "refiner", "losses", else "decoder".
std::string part_of(const std::string& parameter);

using NamedTensors = std::map<std::string, torch::Tensor>;

class PartOptimizer {
 public:
  // `parameters`: what learns, by dotted name.
  PartOptimizer(NamedTensors parameters, const OptimizerConfig& config, const LearningRates& rates, int64_t total_steps);
  ~PartOptimizer();

  // Forgets all gradients: a parameter that gets none before the next step() is not moved by it.
  void zero_gradients();
  // The gradients there are, in the order of the parameters' names.
  std::vector<torch::Tensor> gradients() const;
  // Scales all gradients by `factor`.
  void scale_gradients(double factor);
  // The norm of the whole gradient; gradients are then scaled so that it is at most `limit` (0: left alone).
  double clip_gradients(double limit);
  // One step with the learning rates of step number `step` (0-based).
  void step(int64_t step);
  const NamedTensors& parameters() const { return parameters_; }

  // What the optimiser remembers, as "NAME.exp_avg" and so on; restoring it continues bit for bit.
  NamedTensors state() const;
  // Throws Error, prefixed by `where`, if the names or shapes do not fit the parameters.
  void restore(const NamedTensors& state, const std::string& where);

 private:
  NamedTensors parameters_;
  std::string kind_;
  Schedule schedule_;
  int64_t total_steps_;
  std::vector<double> rates_;  // in the order of the optimiser's parameter groups
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace facemat
