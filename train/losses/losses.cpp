#include "train/losses/losses.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "train/losses/task_weights.h"
#include "train/losses/terms/charbonnier.h"
#include "train/losses/terms/coherence.h"
#include "train/losses/terms/composition.h"
#include "train/losses/terms/distillation.h"
#include "train/losses/terms/foreground.h"
#include "train/losses/terms/gradient.h"
#include "train/losses/terms/l1.h"
#include "train/losses/terms/l2.h"
#include "train/losses/terms/laplacian.h"
#include "train/losses/terms/nll.h"
#include "train/losses/terms/segmentation.h"
#include "train/losses/terms/uncertainty_weight.h"

namespace facemat {
namespace {

// The adapters of the table. Every loss that looks at the label takes its means by average_of(in).
using In = LossInputs;
using Options = LossOptions;

Average average_of(const In& in) { return {in.trust, in.over_processes}; }

torch::Tensor student_weight(const In& in, const Options& o) {
  const double grown = o.uncertainty_ramp > 0 ? std::min(1.0, in.progress / o.uncertainty_ramp) : 1;
  return uncertainty_weight(
      in.uncertainty,
      {o.uncertainty, o.uncertainty_power, o.certain_weight, grown * o.uncertain_weight, o.normalise_uncertainty},
      average_of(in));
}

torch::Tensor l1(const In& in, const Options&) { return facemat::l1_loss(in.alpha, in.target, average_of(in)); }
torch::Tensor l1_unknown(const In& in, const Options&) {
  return l1_unknown_loss(in.alpha, in.target, in.unknown, average_of(in));
}
torch::Tensor l1_unknown_mean(const In& in, const Options&) {
  return l1_weighted_loss(in.alpha, in.target, in.unknown, average_of(in));
}
torch::Tensor l1_uncertainty(const In& in, const Options& o) {
  return l1_weighted_loss(in.alpha, in.target, student_weight(in, o), average_of(in));
}

torch::Tensor l2(const In& in, const Options&) { return l2_loss(in.alpha, in.target, average_of(in)); }
torch::Tensor l2_unknown(const In& in, const Options&) {
  return l2_unknown_loss(in.alpha, in.target, in.unknown, average_of(in));
}
torch::Tensor l2_unknown_mean(const In& in, const Options&) {
  return l2_weighted_loss(in.alpha, in.target, in.unknown, average_of(in));
}

torch::Tensor charbonnier(const In& in, const Options& o) {
  return charbonnier_loss(in.alpha, in.target, o.charbonnier_epsilon, average_of(in));
}
torch::Tensor gradient(const In& in, const Options&) { return gradient_loss(in.alpha, in.target, average_of(in)); }

torch::Tensor laplacian(const In& in, const Options& o) {
  return laplacian_loss(in.alpha, in.target, o.laplacian_levels, average_of(in));
}
torch::Tensor laplacian_unknown(const In& in, const Options& o) {
  return laplacian_weighted_loss(in.alpha, in.target, in.unknown, o.laplacian_levels, average_of(in));
}
torch::Tensor laplacian_unknown_normalised(const In& in, const Options& o) {
  return laplacian_normalised_loss(in.alpha, in.target, in.unknown, o.laplacian_levels, average_of(in));
}
torch::Tensor laplacian_uncertainty(const In& in, const Options& o) {
  return laplacian_weighted_loss(in.alpha, in.target, student_weight(in, o), o.laplacian_levels, average_of(in));
}

torch::Tensor nll(const In& in, const Options&) { return nll_loss(in.alpha, in.target, in.variance, average_of(in)); }
torch::Tensor nll_log(const In& in, const Options&) {
  return nll_log_loss(in.alpha, in.target, in.variance.log(), average_of(in));
}
torch::Tensor beta_nll(const In& in, const Options& o) {
  return beta_nll_loss(in.alpha, in.target, in.variance, o.beta, average_of(in));
}
torch::Tensor beta_nll_log(const In& in, const Options& o) {
  return beta_nll_log_loss(in.alpha, in.target, in.variance.log(), o.beta, average_of(in));
}
torch::Tensor faithful_nll(const In& in, const Options&) {
  return faithful_nll_loss(in.alpha, in.target, in.variance, average_of(in));
}
torch::Tensor uncertainty_nll(const In& in, const Options&) {
  return uncertainty_nll_loss(in.alpha, in.target, in.variance, average_of(in));
}

torch::Tensor distillation(const In& in, const Options&) { return distillation_loss(in.alpha, in.teacher); }

torch::Tensor coherence(const In& in, const Options&) { return coherence_loss(in.alpha, in.target, average_of(in)); }
torch::Tensor coherence_unknown(const In& in, const Options&) {
  return coherence_weighted_loss(in.alpha, in.target, in.unknown, average_of(in));
}

torch::Tensor foreground_l1(const In& in, const Options&) {
  return foreground_l1_loss(in.foreground, in.true_foreground, in.target, average_of(in));
}
torch::Tensor foreground_coherence(const In& in, const Options&) {
  return foreground_coherence_loss(in.foreground, in.true_foreground, in.target, average_of(in));
}

torch::Tensor composition(const In& in, const Options&) {
  return composition_loss(in.alpha, in.target, in.true_foreground, in.occluder, average_of(in));
}

torch::Tensor segmentation(const In& in, const Options&) { return segmentation_loss(in.logits, in.target, average_of(in)); }

// The tensor behind each bit of Needs, and how to come by it.
struct Source {
  Needs need;
  torch::Tensor LossInputs::*tensor;
  const char* what;
};
constexpr Source kSources[] = {
    {kNeedsVariance, &In::variance, "a network with the uncertainty head (model.uncertainty: true)"},
    {kNeedsForeground, &In::foreground, "a network that predicts the foreground (model.foreground: true)"},
    {kNeedsLogits, &In::logits, "a network with the segmentation head (model.segmentation: true)"},
    {kNeedsUnknown, &In::unknown, "trimaps in the data"},
    {kNeedsTrueForeground, &In::true_foreground, "the clean frames, without occluders, in the data"},
    {kNeedsOccluder, &In::occluder, "the occluders' colour and opacity in the data"},
    {kNeedsUncertainty, &In::uncertainty, "a teacher (set 'teacher' to its run)"},
    {kNeedsTeacher, &In::teacher, "a teacher (set 'teacher' to its run)"},
};

// "2x1x1x64x64"
std::string shape_text(const torch::Tensor& tensor) {
  return tensor.defined() ? fmt::format("{}", fmt::join(tensor.sizes().vec(), "x")) : "none";
}

void require_inputs(const LossEntry& loss, const LossInputs& inputs) {
  for (const Source& source : kSources)
    require(!(loss.needs & source.need) || (inputs.*source.tensor).defined(), "loss '{}' needs {}", loss.name, source.what);
}

}  // namespace

void fields(FieldVisitor& visit, LossOptions& o) {
  visit("beta", o.beta, "beta-NLL: 0 plain NLL, 1 weights errors like MSE", {0, 1});
  visit("uncertainty", o.uncertainty, "what U is of the teacher's standard deviation (losses/terms/uncertainty_weight.h)",
        entry_names(uncertainty_forms()));
  visit("uncertainty_power", o.uncertainty_power, "power of what U is made of", {0.1, 8});
  visit("uncertainty_ramp", o.uncertainty_ramp,
        "share of the run over which w2 grows from 0; 0: it has its value from the start", {0, 1});
  visit("certain_weight", o.certain_weight, "w1 of the student's (w1 + w2 U) |error|", {0, 1000});
  visit("uncertain_weight", o.uncertain_weight, "w2 of the student's (w1 + w2 U) |error|", {0, 1000});
  visit("normalise_uncertainty", o.normalise_uncertainty, "divide the student's w1 + w2 U by its mean over the batch");
  visit("charbonnier_epsilon", o.charbonnier_epsilon, "of the Charbonnier error sqrt(error^2 + epsilon^2)", {1e-12, 1});
  visit("laplacian_levels", o.laplacian_levels, "levels of the Laplacian pyramid", {1, 8});
}

void fields(FieldVisitor& visit, LossTerm& term) {
  visit("name", term.name, "a name in the loss table");
  visit("weight", term.weight, "factor of this term in the total", {0, 1e6});
}

const std::vector<LossEntry>& loss_table() {
  constexpr Needs kNothing = 0;
  constexpr bool kCanBeNegative = true;
  static const std::vector<LossEntry> table = {
      {"l1", "mean absolute error of alpha", kNothing, l1},
      {"l1_unknown", "mean absolute error in the trimap's unknown region", kNeedsUnknown, l1_unknown},
      {"l1_unknown_mean", "absolute error in the unknown region, averaged over all pixels", kNeedsUnknown, l1_unknown_mean},
      {"l1_uncertainty", "absolute error weighted by the teacher's uncertainty", kNeedsUncertainty, l1_uncertainty},
      {"l2", "mean squared error of alpha", kNothing, l2},
      {"l2_unknown", "mean squared error in the trimap's unknown region", kNeedsUnknown, l2_unknown},
      {"l2_unknown_mean", "squared error in the unknown region, averaged over all pixels", kNeedsUnknown, l2_unknown_mean},
      {"charbonnier", "smooth absolute error", kNothing, charbonnier},
      {"gradient", "difference of Sobel gradients", kNothing, gradient},
      {"laplacian", "difference of Laplacian pyramids", kNothing, laplacian},
      {"laplacian_unknown", "difference of Laplacian pyramids, weighted by the unknown region", kNeedsUnknown,
       laplacian_unknown},
      {"laplacian_unknown_normalised", "the same, each level divided by the region's size", kNeedsUnknown,
       laplacian_unknown_normalised},
      {"laplacian_uncertainty", "difference of Laplacian pyramids, weighted by the teacher's uncertainty", kNeedsUncertainty,
       laplacian_uncertainty},
      {"nll", "Gaussian negative log-likelihood, by the variance", kNeedsVariance, nll, kCanBeNegative},
      {"nll_log", "Gaussian negative log-likelihood, by the log variance", kNeedsVariance, nll_log, kCanBeNegative},
      {"beta_nll", "beta-NLL, by the variance", kNeedsVariance, beta_nll, kCanBeNegative},
      {"beta_nll_log", "beta-NLL, by the log variance", kNeedsVariance, beta_nll_log, kCanBeNegative},
      {"faithful_nll", "Gaussian negative log-likelihood that teaches the variance alone", kNeedsVariance, faithful_nll,
       kCanBeNegative},
      {"uncertainty_nll", "likelihood of the error under the variance; degenerate, see nll.h", kNeedsVariance, uncertainty_nll,
       kCanBeNegative},
      {"distillation", "mean absolute difference from the teacher's alpha", kNeedsTeacher, distillation},
      {"coherence", "difference of frame-to-frame changes; clips only", kNeedsMotion, coherence},
      {"coherence_unknown", "the same in the unknown region; clips only", kNeedsMotion | kNeedsUnknown, coherence_unknown},
      {"foreground_l1", "mean absolute error of the face's colour", kNeedsForeground | kNeedsTrueForeground, foreground_l1},
      {"foreground_coherence", "frame-to-frame changes of the face's colour; clips only",
       kNeedsMotion | kNeedsForeground | kNeedsTrueForeground, foreground_coherence},
      {"composition", "error of the picture composited with the predicted alpha", kNeedsTrueForeground | kNeedsOccluder,
       composition},
      {"segmentation", "binary cross-entropy of the segmentation head", kNeedsLogits, segmentation},
  };
  return table;
}

const LossEntry& find_loss(const std::string& name) { return find_entry(loss_table(), name, "loss"); }

void check(const std::vector<LossTerm>& terms) {
  require(!terms.empty(), "losses is empty: there is nothing to learn from");
  std::set<std::string> seen;
  bool counts = false;
  for (const LossTerm& term : terms) {
    find_loss(term.name);
    require(seen.insert(term.name).second, "the loss '{}' is listed twice in losses (give it one weight)", term.name);
    counts = counts || term.weight > 0;
  }
  require(counts, "all weights in losses are 0: there is nothing to learn from");
}

Needs needs_of(const std::vector<LossTerm>& terms) {
  Needs needs = 0;
  for (const LossTerm& term : terms) {
    const LossEntry& loss = find_loss(term.name);
    if (term.weight > 0) needs |= loss.needs;
  }
  return needs;
}

torch::Tensor without_overshoot(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& trust) {
  auto over = ((target <= 0) & (alpha < 0)) | ((target >= 1) & (alpha > 1));
  if (trust.defined()) over = over & (trust > 0);
  return torch::where(over, target, alpha);
}

LossValue total_loss(const std::vector<LossTerm>& terms, const LossInputs& predicted, const LossOptions& options,
                     const TaskWeights* task_weights) {
  check(terms);
  require(!predicted.trust.defined() || predicted.trust.sizes() == predicted.target.sizes(), "the trust is {}, alpha {}",
          shape_text(predicted.trust), shape_text(predicted.target));
  LossInputs inputs = predicted;
  inputs.alpha = without_overshoot(predicted.alpha, predicted.target, predicted.trust);
  LossValue value;
  value.total = torch::zeros({}, inputs.alpha.options());
  auto weighted = value.total;  // by the teacher's uncertainty
  for (const LossTerm& term : terms) {
    const LossEntry& loss = find_loss(term.name);
    const bool still = inputs.alpha.size(1) < 2;
    if (term.weight == 0 || (still && (loss.needs & kNeedsMotion))) continue;
    require_inputs(loss, inputs);
    const auto result = loss.compute(inputs, options);
    value.terms[term.name] = result.detach();
    value.total = value.total + term.weight * (task_weights ? task_weights->balanced(term.name, result) : result);
    if (loss.needs & kNeedsUncertainty) weighted = weighted + term.weight * result.detach();
  }
  require(!value.terms.empty(), "all losses need clips, but the samples are stills (add one that does not, such as l1)");
  if (inputs.trust.defined()) value.weights["trust"] = inputs.trust.detach().mean();
  if (needs_of(terms) & kNeedsUncertainty) {
    const auto weight = student_weight(inputs, options).detach();
    value.weights["least"] = weight.min(), value.weights["mean"] = weight.mean(), value.weights["greatest"] = weight.max();
    value.weights["share"] = weighted / value.total.detach();
  }
  return value;
}

}  // namespace facemat
