#pragma once
// The loss table. Each loss is a pure function of a prediction and its target; weights are applied in one place (total_loss),
// which returns the named terms so that each can be logged. To add one: a new file and a line in losses.cpp; tests loop over
// the table.
//
// FaceMat (Cho & Lee, ACM MM 2025, arXiv 2508.03055): stage 1 trains a teacher with a Gaussian NLL, stage 2 a student whose
// error is weighted by the teacher's uncertainty. Where the paper's details are not public, the choices are ours and stated at
// the loss.

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

namespace facemat {

class FieldVisitor;

// Everything a loss may look at; all [B,T,1,H,W]. Losses that need a tensor that is not there throw Error.
struct LossInputs {
  torch::Tensor alpha;        // predicted, not clamped
  torch::Tensor variance;     // predicted variance of alpha; teacher only
  torch::Tensor target;       // true alpha, 0..1
  torch::Tensor unknown;      // 1 where the trimap is unknown, else 0
  torch::Tensor uncertainty;  // the frozen teacher's standard deviation of alpha, clipped to 0..1; student only
  torch::Tensor teacher;      // the frozen teacher's alpha, 0..1; student only
};

struct LossOptions {
  double beta = 0.5;            // beta-NLL: 0 plain NLL, 1 weights errors like MSE
  double certain_weight = 2;    // w1 of (w1 + w2 U) |error|
  double uncertain_weight = 2;  // w2
  int laplacian_levels = 5;
  double charbonnier_epsilon = 1e-6;  // of sqrt(error^2 + epsilon^2)
};
void fields(FieldVisitor& visit, LossOptions& options);

struct LossEntry {
  const char* name;
  const char* about;
  bool needs_motion;                                                               // left out for stills
  torch::Tensor (*compute)(const LossInputs& inputs, const LossOptions& options);  // -> scalar
};
const std::vector<LossEntry>& loss_table();

// The entry called `name`. Throws Error listing the known names.
const LossEntry& find_loss(const std::string& name);

struct LossTerm {
  std::string name;
  double weight = 1;
};
void fields(FieldVisitor& visit, LossTerm& term);

struct LossValue {
  torch::Tensor total;                  // scalar, differentiable
  std::map<std::string, double> terms;  // each term before weighting
};

// alpha, but `target` where it overshoots 0..1 past a target of 0 or 1: the matte is clamped, so that is no error, and its
// gradient is 0. A prediction out of range on the wrong side keeps its error and its gradient, which a plain clamp would take
// away. Without this, noise around 0 and 1 is all that the variance of plain background and plain face can learn (our choice).
torch::Tensor without_overshoot(const torch::Tensor& alpha, const torch::Tensor& target);

// Sum of weight * loss over `terms`, each computed on alpha without its overshoot. Throws Error as find_loss does. Terms that
// need motion are left out for stills (T = 1).
LossValue total_loss(const std::vector<LossTerm>& terms, const LossInputs& inputs, const LossOptions& options);

}  // namespace facemat
