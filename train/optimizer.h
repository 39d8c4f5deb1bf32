#pragma once
// Adam with one learning rate for each part of the network, its schedule, and its state as named tensors.

#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>

#include "train/config.h"

namespace facemat {

class PartOptimizer {
 public:
  PartOptimizer(torch::nn::Module& network, const LearningRates& rates, int64_t total_steps);

  void zero_gradients();
  // One Adam step with the learning rates of step number `step` (0-based); the gradient's norm is cut to `clip` (0: not at
  // all). Returns the norm before cutting.
  double step(int64_t step, double clip);

  // Adam's moments as "NAME.exp_avg" and "NAME.exp_avg_sq" and its step counts as "NAME.step"; restoring them continues bit for
  // bit.
  std::map<std::string, torch::Tensor> state() const;
  // Throws Error, prefixed by `where`, if the names do not fit the network.
  void restore(const std::map<std::string, torch::Tensor>& state, const std::string& where);

 private:
  struct Part {
    std::string name;
    double rate;
  };
  std::map<std::string, torch::Tensor> parameters_;  // by dotted name
  LearningRates rates_;
  int64_t total_steps_;
  std::vector<Part> parts_;  // in the order of Adam's parameter groups
  std::unique_ptr<torch::optim::Adam> adam_;
};

// Factor on the learning rates at `step` (0-based) of `total`: linear warm-up, then constant or half a cosine to zero.
double schedule_factor(const LearningRates& rates, int64_t step, int64_t total);

}  // namespace facemat
