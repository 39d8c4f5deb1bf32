#pragma once
// Weights of the losses that are learned with the network.

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "train/losses/losses.h"

namespace facemat {

// Weights by homoscedastic uncertainty (Kendall, Gal & Cipolla, CVPR 2018): each term L_i gets one learned number s_i and
// counts
//
//   w_i (exp(-s_i) L_i + s_i)
//
// with w_i its weight of the config. This is the negative log-likelihood of a Laplace distribution of scale exp(s_i), without
// its constant, as fits absolute errors, which most terms are. (The paper's form for squared errors,
// exp(-s_i) L_i / 2 + s_i / 2 with s_i the log variance, is half of it, so w_i = 0.5 gives that.) It is lowest at
// s_i = ln L_i: every term then pulls by w_i / L_i, whatever its scale. At s_i = 0 all is as without these weights.
//
// The n terms of one task (LossTerm::task) share one s, of which each counts a part: w_i (exp(-s) L_i + s / n).
//
// Terms that can be negative (LossEntry::can_be_negative, the log-likelihoods) have no such lowest point and already carry a
// learned scale of their own: they have no s_i and keep their fixed weight. A term that is 0 for good lowers its s_i without
// end.
//
// The module's parameters are the s_i, scalars named as their tasks (task_of).
class TaskWeights : public torch::nn::Module {
 public:
  // One parameter for each task of `terms` with a weight above 0 that cannot be negative, all `start`. Throws Error as
  // find_loss does.
  explicit TaskWeights(const std::vector<LossTerm>& terms, double start = 0);

  // exp(-s) loss + s / n for `term`; `loss` itself if it has no s. `learns`: whether s gets a gradient.
  torch::Tensor balanced(const LossTerm& term, const torch::Tensor& loss, bool learns = true) const;

 private:
  struct Task {
    torch::Tensor log_scale;
    int terms = 0;
  };
  std::map<std::string, Task> tasks_;
};

}  // namespace facemat
