#include "train/losses/losses.h"

#include <algorithm>

#include "src/core/config.h"
#include "src/core/error.h"
#include "train/losses/charbonnier.h"
#include "train/losses/coherence.h"
#include "train/losses/distillation.h"
#include "train/losses/gradient.h"
#include "train/losses/l1.h"
#include "train/losses/l2.h"
#include "train/losses/laplacian.h"
#include "train/losses/nll.h"

namespace facemat {
namespace {

const torch::Tensor& needed(const torch::Tensor& tensor, const char* loss, const char* what) {
  require(tensor.defined(), "loss '{}' needs {}", loss, what);
  return tensor;
}

torch::Tensor l1(const LossInputs& in, const LossOptions&) { return facemat::l1_loss(in.alpha, in.target); }

torch::Tensor l1_unknown(const LossInputs& in, const LossOptions&) {
  return l1_unknown_loss(in.alpha, in.target, needed(in.unknown, "l1_unknown", "trimaps in the data"));
}

torch::Tensor l1_uncertainty(const LossInputs& in, const LossOptions& options) {
  const auto& u = needed(in.uncertainty, "l1_uncertainty", "a teacher (set 'teacher' to its run)");
  return l1_uncertainty_loss(in.alpha, in.target, u, options.certain_weight, options.uncertain_weight);
}

torch::Tensor l2(const LossInputs& in, const LossOptions&) { return l2_loss(in.alpha, in.target); }

torch::Tensor l2_unknown(const LossInputs& in, const LossOptions&) {
  return l2_unknown_loss(in.alpha, in.target, needed(in.unknown, "l2_unknown", "trimaps in the data"));
}

torch::Tensor charbonnier(const LossInputs& in, const LossOptions& options) {
  return charbonnier_loss(in.alpha, in.target, options.charbonnier_epsilon);
}

torch::Tensor gradient(const LossInputs& in, const LossOptions&) { return gradient_loss(in.alpha, in.target); }

torch::Tensor distillation(const LossInputs& in, const LossOptions&) {
  return distillation_loss(in.alpha, needed(in.teacher, "distillation", "a teacher (set 'teacher' to its run)"));
}

torch::Tensor laplacian_unknown(const LossInputs& in, const LossOptions& options) {
  const auto& unknown = needed(in.unknown, "laplacian_unknown", "trimaps in the data");
  return laplacian_weighted_loss(in.alpha, in.target, unknown, options.laplacian_levels);
}

torch::Tensor laplacian(const LossInputs& in, const LossOptions& options) {
  return laplacian_loss(in.alpha, in.target, options.laplacian_levels);
}

torch::Tensor beta_nll(const LossInputs& in, const LossOptions& options) {
  const auto& variance = needed(in.variance, "beta_nll", "a network with the uncertainty head (model.uncertainty: true)");
  return beta_nll_loss(in.alpha, in.target, variance, options.beta);
}

torch::Tensor coherence(const LossInputs& in, const LossOptions&) { return coherence_loss(in.alpha, in.target); }

}  // namespace

void fields(FieldVisitor& visit, LossOptions& o) {
  visit("beta", o.beta, "beta-NLL: 0 plain NLL, 1 weights errors like MSE", {0, 1});
  visit("certain_weight", o.certain_weight, "w1 of the student's (w1 + w2 U) |error|", {0, 1000});
  visit("uncertain_weight", o.uncertain_weight, "w2 of the student's (w1 + w2 U) |error|", {0, 1000});
  visit("charbonnier_epsilon", o.charbonnier_epsilon, "of the Charbonnier error sqrt(error^2 + epsilon^2)", {1e-12, 1});
  visit("laplacian_levels", o.laplacian_levels, "levels of the Laplacian pyramid", {1, 8});
}

void fields(FieldVisitor& visit, LossTerm& term) {
  visit("name", term.name, "a name in the loss table");
  visit("weight", term.weight, "factor of this term in the total", {0, 1e6});
}

const std::vector<LossEntry>& loss_table() {
  static const std::vector<LossEntry> table = {
      {"l1", "mean absolute error of alpha", false, l1},
      {"l1_unknown", "mean absolute error in the trimap's unknown region", false, l1_unknown},
      {"l1_uncertainty", "absolute error weighted by the teacher's uncertainty", false, l1_uncertainty},
      {"l2", "mean squared error of alpha", false, l2},
      {"l2_unknown", "mean squared error in the trimap's unknown region", false, l2_unknown},
      {"charbonnier", "smooth absolute error", false, charbonnier},
      {"gradient", "difference of Sobel gradients", false, gradient},
      {"laplacian", "difference of Laplacian pyramids", false, laplacian},
      {"laplacian_unknown", "difference of Laplacian pyramids, weighted by the unknown region", false, laplacian_unknown},
      {"beta_nll", "Gaussian negative log-likelihood with predicted variance", false, beta_nll},
      {"distillation", "mean absolute difference from the teacher's alpha", false, distillation},
      {"coherence", "difference of frame-to-frame changes; clips only", true, coherence},
  };
  return table;
}

const LossEntry& find_loss(const std::string& name) {
  const auto& table = loss_table();
  const auto entry = std::find_if(table.begin(), table.end(), [&](const LossEntry& e) { return name == e.name; });
  if (entry != table.end()) return *entry;
  std::string known;
  for (const LossEntry& e : table) known += (known.empty() ? "" : ", ") + std::string(e.name);
  fail("unknown loss '{}' (known: {})", name, known);
}

torch::Tensor without_overshoot(const torch::Tensor& alpha, const torch::Tensor& target) {
  const auto over = ((target <= 0) & (alpha < 0)) | ((target >= 1) & (alpha > 1));
  return torch::where(over, target, alpha);
}

LossValue total_loss(const std::vector<LossTerm>& terms, const LossInputs& predicted, const LossOptions& options) {
  LossInputs inputs = predicted;
  inputs.alpha = without_overshoot(predicted.alpha, predicted.target);
  LossValue value;
  value.total = torch::zeros({}, inputs.alpha.options());
  for (const LossTerm& term : terms) {
    const LossEntry& loss = find_loss(term.name);
    if (loss.needs_motion && inputs.alpha.size(1) < 2) continue;
    const auto result = loss.compute(inputs, options);
    value.terms[term.name] = result.item<double>();
    value.total = value.total + term.weight * result;
  }
  return value;
}

}  // namespace facemat
