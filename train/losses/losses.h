#pragma once
// The loss table: every loss by name, and the weighted sum of them that training minimises.
//
// Losses are pure functions of tensors, a file for each family. To add one: a function in terms/, or in systems/ if it is of
// one system alone, that takes its means by an Average (average.h), which leaves out what the labels cannot tell, and a line in
// losses.cpp; tests loop over the table.
//
// Networks may predict more than a matte (Prediction::parts in network.h): the matte at a lower size, what a branch says. A
// line of the table names the parts that its loss looks at, and a term of a config may put a part in the place of the head that
// its loss is for: {name: l1, of: coarse_alpha}. Whatever a term compares the part with is then brought to the part's size.
//
// FaceMat (Cho & Lee, ACM MM 2025, arXiv 2508.03055): stage 1 trains a teacher with a Gaussian NLL, stage 2 a student whose
// error is weighted by the teacher's uncertainty. Where the paper's details are not public, the choices are ours and stated at
// the loss.

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "src/model/blocks/vgg.h"
#include "src/model/networks/guides.h"
#include "train/losses/terms/average.h"

namespace facemat {

class FieldVisitor;
class TaskWeights;

// Everything a loss may look at; [B,T,1,H,W] unless stated. alpha and target are always there, the others may be undefined.
struct LossInputs {
  // predicted
  torch::Tensor alpha;                         // not clamped
  torch::Tensor variance;                      // of alpha, > 0
  torch::Tensor foreground;                    // [B,T,3,H,W] colour of the face, RGB 0..1
  torch::Tensor background;                    // [B,T,3,H,W] colour of what lies behind, RGB 0..1
  torch::Tensor logits;                        // of the segmentation
  std::map<std::string, torch::Tensor> parts;  // Prediction::parts, [B T,C,h,w]
  int64_t multiple = 1;                        // Prediction::multiple
  // The first and the second of the parts that a loss looks at, [B,T,C,h,w]: set by total_loss for each term.
  torch::Tensor part, second_part;
  // given to the network
  torch::Tensor frames;  // [B,T,3,H,W] RGB 0..1
  Guides guides;         // beside them
  // true
  torch::Tensor target;           // alpha, 0..1
  torch::Tensor trust;            // 1 where the target can be believed, 0 where it cannot; undefined: everywhere
  torch::Tensor unknown;          // 1 where the trimap is unknown, else 0
  torch::Tensor true_foreground;  // [B,T,3,H,W] the clean frame: before any occluder, RGB 0..1
  torch::Tensor true_background;  // [B,T,4,H,W] RGB 0..1 of what lies behind, and 1 where that is known (background_behind)
  torch::Tensor occluder;         // [B,T,4,H,W] straight RGBA, 0..1
  // of the frozen teacher
  torch::Tensor uncertainty;  // standard deviation of alpha, clipped to 0..1
  torch::Tensor teacher;      // alpha, 0..1

  Vgg16 features{nullptr};  // for the losses of features (systems/features.h)
  double progress = 1;      // share of the run that is over

  MeanOverProcesses over_processes;  // for losses that divide by what all processes have; empty: one process
};

// What a loss looks at besides alpha and target: a set of bits.
using Needs = unsigned;
inline constexpr Needs kNeedsMotion = 1u << 0;  // two frames or more
// The tensor of that name in LossInputs.
inline constexpr Needs kNeedsVariance = 1u << 1;
inline constexpr Needs kNeedsForeground = 1u << 2;
inline constexpr Needs kNeedsLogits = 1u << 3;
inline constexpr Needs kNeedsUnknown = 1u << 4;
inline constexpr Needs kNeedsTrueForeground = 1u << 5;
inline constexpr Needs kNeedsOccluder = 1u << 6;
inline constexpr Needs kNeedsUncertainty = 1u << 7;
inline constexpr Needs kNeedsTeacher = 1u << 8;
inline constexpr Needs kNeedsBackground = 1u << 9;
inline constexpr Needs kNeedsTrueBackground = 1u << 10;
inline constexpr Needs kNeedsFrames = 1u << 11;
// The network of that name in LossInputs.
inline constexpr Needs kNeedsFeatures = 1u << 12;

struct LossOptions {
  double beta = 0.5;                      // beta-NLL: 0 plain NLL, 1 weights errors like MSE
  std::string uncertainty = "deviation";  // what U of (w1 + w2 U) |error| is, in uncertainty_forms()
  double uncertainty_power = 1;           // of it
  double uncertainty_ramp = 0;            // share of the run over which w2 grows from 0, or normalised weights from 1
  std::string uncertainty_place = "own";  // where the weights fall, in uncertainty_places()
  double certain_weight = 2;              // w1
  double uncertain_weight = 2;            // w2
  bool normalise_uncertainty = false;     // divide w1 + w2 U by its mean over the batch
  int laplacian_levels = 5;
  double charbonnier_epsilon = 1e-6;  // of sqrt(error^2 + epsilon^2)
  double boundary = 6;                // pixels at 512 beside an edge, of losses that make their own trimap (boundary.h)
  // Where the region of the losses called *_unknown comes from: "given", the trimap that the network is given, or the
  // dataset's; "estimated", the network's own part "trimap_logits" (trimap_classes.h).
  std::string unknown = "given";
  std::string feature_weights;  // file of VGG16's weights for the losses of features
  double balance_start = 0;     // of the learned weights' s (task_weights.h)
  double balance_from = 0;      // share of the run before which they stay as they start
};
void fields(FieldVisitor& visit, LossOptions& options);

struct LossEntry {
  const char* name;
  const char* about;
  Needs needs;                                                                     // compute may use only these
  torch::Tensor (*compute)(const LossInputs& inputs, const LossOptions& options);  // -> scalar
  bool can_be_negative = false;                                                    // a log-likelihood
  // The predicted tensor that a term's `of` puts a part in the place of; null: there is no such one.
  torch::Tensor LossInputs::*subject = &LossInputs::alpha;
  // The parts of the prediction that it looks at, at most two, of one size; compute finds them in `part` and `second_part`. A
  // term's `of` takes the place of the only one.
  std::vector<std::string> parts = {};
  std::vector<std::string> guides = {};  // names of the guide table (guides.h) that the network must be given
};
const std::vector<LossEntry>& loss_table();

// The entry called `name`. Throws Error listing the known names.
const LossEntry& find_loss(const std::string& name);

// One line of `losses:` in a config. A term of weight 0 is allowed and neither needs anything nor is computed.
struct LossTerm {
  std::string name;
  double weight = 1;
  std::string of = {};    // a part of the prediction that it looks at instead of the head it is for; empty: that head
  std::string task = {};  // terms of one task share a learned weight (task_weights.h); empty: it has its own
};
void fields(FieldVisitor& visit, LossTerm& term);

// What logs and learned weights call a term: "l1", or "l1_of_coarse_alpha".
std::string label_of(const LossTerm& term);

// The task that a term is of: `task`, or its label.
std::string task_of(const LossTerm& term);

// Throws Error if there are no terms, one is unknown or cannot be of a part, a task's name has a dot, one is there twice, or
// all weights are 0.
void check(const std::vector<LossTerm>& terms);

// What `terms` need together. Throws Error as find_loss does.
Needs needs_of(const std::vector<LossTerm>& terms);

// The guides that `terms` look at, in the guide table's order. Throws Error as find_loss does.
std::vector<std::string> guides_of(const std::vector<LossTerm>& terms);

// `inputs` as a loss of `part` [B T,C,h,w] sees them: `part` as [B,T,C,h,w], without what is of the padding at the right and at
// the bottom (LossInputs::multiple), and everything else at its size - area averages, colours and labels by how far they are
// known or trusted, and unknown where anything was. Throws Error, calling the part `name`, if a pixel of it is no whole number
// of the padded frames' pixels, or the frames are no whole number of its pixels.
LossInputs at_size_of(const LossInputs& inputs, const torch::Tensor& part, const std::string& name);

struct LossValue {
  torch::Tensor total;  // scalar, differentiable
  // Each term before weighting, by its label: scalars without gradient, where inputs are.
  std::map<std::string, torch::Tensor> terms;
  // What the pixels' weights were, if any term has them: of the teacher's uncertainty "least", "mean" and "greatest", and
  // "share", what their terms are of the total; and "trust", the mean trust. Scalars as well.
  std::map<std::string, torch::Tensor> weights;
};

// alpha, but `target` where it overshoots 0..1 past a target of 0 or 1: the matte is clamped, so that is no error, and its
// gradient is 0. A prediction out of range on the wrong side keeps its error and its gradient, which a plain clamp would take
// away. Without this, noise around 0 and 1 is all that the variance of plain background and plain face can learn (our choice).
// Where trust is 0 the target is not asked: alpha stays as it is.
torch::Tensor without_overshoot(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& trust = {});

// Sum of weight * loss over `terms`, each computed on alpha without its overshoot; with `task_weights`, each balanced by them
// (task_weights.h). Terms that need motion are left out for stills (T = 1). Nothing waits for the device: the terms are read
// when somebody reads them (but for ddc). Throws Error as check does, if a term's inputs, parts or guides are not there or the
// trust has another size than the target, or if no term is left.
LossValue total_loss(const std::vector<LossTerm>& terms, const LossInputs& inputs, const LossOptions& options,
                     const TaskWeights* task_weights = nullptr);

}  // namespace facemat
