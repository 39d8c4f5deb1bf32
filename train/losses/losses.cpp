#include "train/losses/losses.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "train/losses/systems/ddc.h"
#include "train/losses/systems/error_map.h"
#include "train/losses/systems/features.h"
#include "train/losses/systems/modnet.h"
#include "train/losses/systems/trimap_classes.h"
#include "train/losses/task_weights.h"
#include "train/losses/terms/boundary.h"
#include "train/losses/terms/charbonnier.h"
#include "train/losses/terms/coherence.h"
#include "train/losses/terms/colours.h"
#include "train/losses/terms/composition.h"
#include "train/losses/terms/distillation.h"
#include "train/losses/terms/foreground.h"
#include "train/losses/terms/gradient.h"
#include "train/losses/terms/l1.h"
#include "train/losses/terms/l2.h"
#include "train/losses/terms/laplacian.h"
#include "train/losses/terms/nll.h"
#include "train/losses/terms/segmentation.h"
#include "train/losses/terms/ssim.h"
#include "train/losses/terms/uncertainty_weight.h"

namespace facemat {
namespace {

// The adapters of the table. Every loss that looks at the label takes its means by average_of(in).
using In = LossInputs;
using Options = LossOptions;

Average average_of(const In& in) { return {in.trust, in.over_processes}; }

torch::Tensor boundary(const In& in, const Options& o) {
  return boundary_of(in.target, in.trust, scaled_radius(o.boundary, in.target));
}

torch::Tensor student_weight(const In& in, const Options& o) {
  const double grown = o.uncertainty_ramp > 0 ? std::min(1.0, in.progress / o.uncertainty_ramp) : 1;
  return uncertainty_weight(in.uncertainty,
                            {o.uncertainty, o.uncertainty_power, o.certain_weight, o.uncertain_weight, o.normalise_uncertainty,
                             o.uncertainty_place, grown},
                            average_of(in));
}

torch::Tensor l1(const In& in, const Options&) { return facemat::l1_loss(in.alpha, in.target, average_of(in)); }
torch::Tensor l1_unknown(const In& in, const Options&) {
  return l1_unknown_loss(in.alpha, in.target, in.unknown, average_of(in));
}
torch::Tensor l1_unknown_mean(const In& in, const Options&) {
  return l1_weighted_loss(in.alpha, in.target, in.unknown, average_of(in));
}
torch::Tensor l1_known(const In& in, const Options&) {
  return l1_unknown_loss(in.alpha, in.target, 1 - in.unknown, average_of(in));
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
torch::Tensor charbonnier_unknown(const In& in, const Options& o) {
  return charbonnier_unknown_loss(in.alpha, in.target, in.unknown, o.charbonnier_epsilon, average_of(in));
}

torch::Tensor gradient(const In& in, const Options&) { return gradient_loss(in.alpha, in.target, average_of(in)); }
torch::Tensor gradient_unknown(const In& in, const Options&) {
  return gradient_unknown_loss(in.alpha, in.target, in.unknown, average_of(in));
}
torch::Tensor gradient_magnitude(const In& in, const Options&) {
  return gradient_magnitude_loss(in.alpha, in.target, average_of(in));
}

torch::Tensor ssim(const In& in, const Options&) { return ssim_loss(in.alpha, in.target, average_of(in)); }
torch::Tensor ssim_unknown(const In& in, const Options&) {
  return ssim_unknown_loss(in.alpha, in.target, in.unknown, average_of(in));
}

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
torch::Tensor distillation_boundary(const In& in, const Options&) {
  const double mean_side = static_cast<double>(in.teacher.size(-1) + in.teacher.size(-2)) / 2;
  constexpr double kWidth = 0.05;  // of the ring, both sides of the edge together
  const auto radius = std::max<int64_t>(1, std::llround(kWidth * mean_side / 2));
  return distillation_boundary_loss(in.alpha, in.teacher, radius, in.over_processes);
}

torch::Tensor coherence(const In& in, const Options&) { return coherence_loss(in.alpha, in.target, average_of(in)); }
torch::Tensor coherence_unknown(const In& in, const Options&) {
  return coherence_weighted_loss(in.alpha, in.target, in.unknown, average_of(in));
}

torch::Tensor foreground_l1(const In& in, const Options&) {
  return foreground_l1_loss(in.foreground, in.true_foreground, in.target, average_of(in));
}
torch::Tensor foreground_l1_normalised(const In& in, const Options&) {
  return foreground_l1_normalised_loss(in.foreground, in.true_foreground, in.target, average_of(in));
}
torch::Tensor foreground_coherence(const In& in, const Options&) {
  return foreground_coherence_loss(in.foreground, in.true_foreground, in.target, average_of(in));
}

torch::Tensor composition(const In& in, const Options&) {
  return composition_loss(in.alpha, in.target, in.true_foreground, in.occluder, average_of(in));
}

torch::Tensor composition_unknown(const In& in, const Options& o) {
  return composition_unknown_loss(in.alpha, in.target, in.true_foreground, in.true_background, in.unknown,
                                  o.charbonnier_epsilon, average_of(in));
}
torch::Tensor composition_predicted(const In& in, const Options&) {
  // Where it is not known nothing of it is seen: what the network says counts as little as it should, by 1 - alpha.
  const auto known = in.true_background.narrow(2, 3, 1);
  const auto background = torch::where(known > 0, in.true_background.narrow(2, 0, 3), in.frames);
  return composition_predicted_loss(in.frames, in.alpha, in.foreground, background);
}
torch::Tensor composition_given(const In& in, const Options&) {
  return composition_predicted_loss(in.frames, in.alpha, in.foreground, in.guides.background);
}

torch::Tensor colours_l1(const In& in, const Options&) {
  return colours_l1_loss(in.foreground, in.background, in.true_foreground, in.true_background, average_of(in));
}
torch::Tensor colours_laplacian(const In& in, const Options& o) {
  return colours_laplacian_loss(in.foreground, in.background, in.true_foreground, in.true_background, o.laplacian_levels,
                                average_of(in));
}
torch::Tensor colours_composition(const In& in, const Options&) {
  return colours_composition_loss(in.foreground, in.background, in.true_foreground, in.true_background, in.target,
                                  average_of(in));
}
torch::Tensor exclusion(const In& in, const Options&) { return exclusion_loss(in.foreground, in.background); }

torch::Tensor features_alpha(const In& in, const Options&) {
  return feature_loss(in.features, in.alpha * in.true_foreground, in.target * in.true_foreground, average_of(in));
}
torch::Tensor features_foreground(const In& in, const Options&) {
  return feature_loss(in.features, in.target * in.foreground, in.target * in.true_foreground, average_of(in));
}

torch::Tensor ddc_unknown(const In& in, const Options&) { return ddc_loss(in.alpha, in.frames, in.unknown, in.over_processes); }

torch::Tensor segmentation(const In& in, const Options&) { return segmentation_loss(in.logits, in.target, average_of(in)); }

torch::Tensor modnet_semantic(const In& in, const Options&) {
  return modnet_semantic_loss(in.part, in.target, in.trust, average_of(in));
}
torch::Tensor modnet_detail(const In& in, const Options& o) {
  return modnet_detail_loss(in.part, in.target, boundary(in, o), average_of(in));
}
torch::Tensor modnet_fusion(const In& in, const Options& o) {
  return modnet_fusion_loss(in.alpha, in.target, in.frames, boundary(in, o), average_of(in));
}
torch::Tensor modnet_consistency(const In& in, const Options&) { return modnet_consistency_loss(in.part, in.alpha); }

torch::Tensor error_map(const In& in, const Options&) {
  return error_map_loss(in.part, in.second_part, in.target, average_of(in));
}

torch::Tensor trimap_classes(const In& in, const Options&) {
  return trimap_cross_entropy_loss(in.part, in.target, average_of(in));
}

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
    {kNeedsBackground, &In::background, "a network that predicts the background"},
    {kNeedsFrames, &In::frames, "the frames"},
    {kNeedsUnknown, &In::unknown, "trimaps in the data, or given to the network"},
    {kNeedsTrueForeground, &In::true_foreground, "the clean frames, without occluders, in the data"},
    {kNeedsTrueBackground, &In::true_background, "the clean frames and the occluders' colour and opacity in the data"},
    {kNeedsOccluder, &In::occluder, "the occluders' colour and opacity in the data"},
    {kNeedsUncertainty, &In::uncertainty, "a teacher (set 'teacher' to its run)"},
    {kNeedsTeacher, &In::teacher, "a teacher (set 'teacher' to its run)"},
};

// "2x1x1x64x64"
std::string shape_text(const torch::Tensor& tensor) {
  return tensor.defined() ? fmt::format("{}", fmt::join(tensor.sizes().vec(), "x")) : "none";
}

// The parts that a term looks at.
std::vector<std::string> parts_of(const LossTerm& term, const LossEntry& loss) {
  return term.of.empty() ? loss.parts : std::vector<std::string>{term.of};
}

const torch::Tensor& find_part(const LossInputs& inputs, const std::string& name, const LossTerm& term) {
  const auto found = inputs.parts.find(name);
  if (found != inputs.parts.end()) return found->second;
  std::string known;
  for (const auto& [part, tensor] : inputs.parts) known += (known.empty() ? "" : ", ") + part;
  fail("loss '{}' needs the part '{}' of the prediction (this network has {})", term.name, name,
       known.empty() ? "none" : known);
}

void require_inputs(const LossEntry& loss, const LossInputs& inputs) {
  for (const Source& source : kSources)
    require(!(loss.needs & source.need) || (inputs.*source.tensor).defined(), "loss '{}' needs {}", loss.name, source.what);
  require(!(loss.needs & kNeedsFeatures) || !inputs.features.is_empty(),
          "loss '{}' needs weights of VGG16 (set loss_options.feature_weights to their file)", loss.name);
  for (const std::string& name : loss.guides)
    require(find_guide(name).of(inputs.guides).defined(), "loss '{}' needs a network that is given a {}", loss.name, name);
}

// --- what a term sees

torch::Tensor over_cells(const torch::Tensor& x, int64_t side) {
  return torch::avg_pool2d(x.flatten(0, 1), {side, side}).unflatten(0, {x.size(0), x.size(1)});
}

// `x` averaged over cells, each pixel by its share; plainly where a cell has none.
torch::Tensor over_cells(const torch::Tensor& x, const torch::Tensor& share, int64_t side) {
  const auto whole = over_cells(share, side);
  const auto there = whole > 0;
  return torch::where(there, over_cells(share * x, side) / torch::where(there, whole, torch::ones_like(whole)),
                      over_cells(x, side));
}

torch::Tensor any_in_cells(const torch::Tensor& x, int64_t side) {
  return torch::max_pool2d(x.flatten(0, 1), {side, side}, {side, side}).unflatten(0, {x.size(0), x.size(1)});
}

// All that is there, in cells of `side` pixels.
LossInputs reduced(const LossInputs& in, int64_t side) {
  LossInputs out = in;
  for (const auto tensor : {&In::alpha, &In::variance, &In::foreground, &In::background, &In::logits, &In::frames, &In::trust,
                            &In::true_foreground, &In::uncertainty, &In::teacher})
    if ((in.*tensor).defined()) out.*tensor = over_cells(in.*tensor, side);
  for (const GuideEntry& guide : guide_table())
    if (guide.of(in.guides).defined()) guide.of(out.guides) = over_cells(guide.of(in.guides), side);
  out.target = in.trust.defined() ? over_cells(in.target, in.trust, side) : over_cells(in.target, side);
  if (in.unknown.defined()) out.unknown = any_in_cells(in.unknown, side);
  if (in.true_background.defined()) {
    const auto known = in.true_background.narrow(2, 3, 1);
    out.true_background =
        torch::cat({over_cells(in.true_background.narrow(2, 0, 3), known, side), any_in_cells(known, side)}, 2);
  }
  if (in.occluder.defined()) {
    const auto opacity = in.occluder.narrow(2, 3, 1);
    out.occluder = torch::cat({over_cells(in.occluder.narrow(2, 0, 3), opacity, side), over_cells(opacity, side)}, 2);
  }
  return out;
}

// How many pixels of the frames, along a side, one of `part` is.
int64_t pixels_in_one_of(const torch::Tensor& part, const LossInputs& in, const std::string& name) {
  const auto padded = [&](int64_t side) { return (side + in.multiple - 1) / in.multiple * in.multiple; };
  const int64_t height = in.target.size(-2), width = in.target.size(-1);
  const int64_t own_height = part.size(-2), own_width = part.size(-1);
  const int64_t side = own_height > 0 ? padded(height) / own_height : 0;
  const bool divides = side > 0 && side * own_height == padded(height) && side * own_width == padded(width);
  require(
      divides && height % side == 0 && width % side == 0,
      "the part '{}' is {}x{}, no whole share of frames of {}x{} (set the pass's size to a multiple of what the network needs)",
      name, own_width, own_height, width, height);
  return side;
}

// The inputs as losses of parts see them, brought to each size once however many terms ask for it.
class InputsBySize {
 public:
  // `inputs` must outlive it.
  explicit InputsBySize(const LossInputs& inputs) : inputs_(inputs) {}

  // at_size_of(inputs, part, name).
  LossInputs of(const torch::Tensor& part, const std::string& name) {
    const int64_t side = pixels_in_one_of(part, inputs_, name);
    LossInputs seen = side == 1 ? inputs_ : in_cells(side);
    seen.part = cut(part, side);
    return seen;
  }

  // Its `part` alone.
  torch::Tensor part_of(const torch::Tensor& part, const std::string& name) const {
    return cut(part, pixels_in_one_of(part, inputs_, name));
  }

 private:
  const LossInputs& in_cells(int64_t side) {
    const auto found = reduced_.find(side);
    return found != reduced_.end() ? found->second : reduced_.emplace(side, reduced(inputs_, side)).first->second;
  }

  // [B T,C,h,w] -> [B,T,C,h,w] without what is of the padding.
  torch::Tensor cut(const torch::Tensor& part, int64_t side) const {
    const torch::Tensor& target = inputs_.target;
    const auto whole = part.narrow(2, 0, target.size(-2) / side).narrow(3, 0, target.size(-1) / side);
    return whole.unflatten(0, {target.size(0), target.size(1)});
  }

  const LossInputs& inputs_;
  std::map<int64_t, LossInputs> reduced_;  // by the side of their cells
};

// The inputs of one term: with its parts in their places, at their size.
LossInputs seen_by(const LossTerm& term, const LossEntry& loss, const LossInputs& inputs, InputsBySize& by_size) {
  const std::vector<std::string> names = parts_of(term, loss);
  if (names.empty()) return inputs;
  LossInputs seen = by_size.of(find_part(inputs, names[0], term), names[0]);
  if (names.size() > 1) seen.second_part = by_size.part_of(find_part(inputs, names[1], term), names[1]);
  if (term.of.empty() || loss.subject == nullptr) return seen;
  const bool is_alpha = loss.subject == &In::alpha;
  seen.*loss.subject = is_alpha ? without_overshoot(seen.part, seen.target, seen.trust) : seen.part;
  return seen;
}

// The region of the losses of the unknown, where it is the network's own word.
torch::Tensor unknown_of(const LossInputs& inputs) {
  const auto logits = inputs.parts.find("trimap_logits");
  require(logits != inputs.parts.end(), "loss_options.unknown: estimated needs a network that predicts a trimap");
  require(inputs.unknown.defined(), "loss_options.unknown: estimated needs a trimap where the network calls nothing unknown");
  return estimated_unknown(InputsBySize(inputs).part_of(logits->second, "trimap_logits"), inputs.unknown);
}

}  // namespace

void fields(FieldVisitor& visit, LossOptions& o) {
  visit("beta", o.beta, "beta-NLL: 0 plain NLL, 1 weights errors like MSE", {0, 1});
  visit("uncertainty", o.uncertainty, "what U is of the teacher's standard deviation (losses/terms/uncertainty_weight.h)",
        entry_names(uncertainty_forms()));
  visit("uncertainty_power", o.uncertainty_power, "power of what U is made of", {0.1, 8});
  visit("uncertainty_ramp", o.uncertainty_ramp,
        "share of the run over which w2 grows from 0 (normalised weights from 1); 0: it has its value from the start", {0, 1});
  visit("uncertainty_place", o.uncertainty_place,
        "where the weights fall: own, or as controls even (their mean everywhere) or moved (by half a frame)",
        uncertainty_places());
  visit("certain_weight", o.certain_weight, "w1 of the student's (w1 + w2 U) |error|", {0, 1000});
  visit("uncertain_weight", o.uncertain_weight, "w2 of the student's (w1 + w2 U) |error|", {0, 1000});
  visit("normalise_uncertainty", o.normalise_uncertainty, "divide the student's w1 + w2 U by its mean over the batch");
  visit("charbonnier_epsilon", o.charbonnier_epsilon, "of the Charbonnier error sqrt(error^2 + epsilon^2)", {1e-12, 1});
  visit("laplacian_levels", o.laplacian_levels, "levels of the Laplacian pyramid", {1, 8});
  visit("boundary", o.boundary, "pixels at 512 beside an edge, of losses that make a trimap of their own (modnet_*)", {1, 100});
  visit("unknown", o.unknown,
        "region of the losses *_unknown: of the trimap that is given, or of the one that the network predicts",
        {"given", "estimated"});
  visit("feature_weights", o.feature_weights, "file of VGG16's weights (torchvision's vgg16-397923af.pth) for features_*");
  visit("balance_start", o.balance_start, "loss_balance: learned: the log scales' first value; 0: as without them", {-10, 10});
  visit("balance_from", o.balance_from, "loss_balance: learned: share of the run before which they stay as they start", {0, 1});
}

void fields(FieldVisitor& visit, LossTerm& term) {
  visit("name", term.name, "a name in the loss table");
  visit("weight", term.weight, "factor of this term in the total", {0, 1e6});
  visit("task", term.task, "terms of one task share a learned weight (loss_balance: learned); empty: it has its own");
  visit("of", term.of, "part of the prediction that it looks at instead of the head it is for; empty: that head");
}

const std::vector<LossEntry>& loss_table() {
  constexpr Needs kNothing = 0;
  constexpr bool kCanBeNegative = true, kCannot = false;
  constexpr auto kNoSubject = static_cast<torch::Tensor LossInputs::*>(nullptr);
  static const std::vector<LossEntry> table = {
      {"l1", "mean absolute error of alpha", kNothing, l1},
      {"l1_unknown", "mean absolute error in the trimap's unknown region", kNeedsUnknown, l1_unknown},
      {"l1_unknown_mean", "absolute error in the unknown region, averaged over all pixels", kNeedsUnknown, l1_unknown_mean},
      {"l1_known", "mean absolute error outside the trimap's unknown region", kNeedsUnknown, l1_known},
      {"l1_uncertainty", "absolute error weighted by the teacher's uncertainty", kNeedsUncertainty, l1_uncertainty},
      {"l2", "mean squared error of alpha", kNothing, l2},
      {"l2_unknown", "mean squared error in the trimap's unknown region", kNeedsUnknown, l2_unknown},
      {"l2_unknown_mean", "squared error in the unknown region, averaged over all pixels", kNeedsUnknown, l2_unknown_mean},
      {"charbonnier", "smooth absolute error", kNothing, charbonnier},
      {"charbonnier_unknown", "smooth absolute error in the trimap's unknown region", kNeedsUnknown, charbonnier_unknown},
      {"gradient", "difference of Sobel gradients", kNothing, gradient},
      {"gradient_unknown", "difference of Sobel gradients in the unknown region", kNeedsUnknown, gradient_unknown},
      {"gradient_magnitude", "difference of the magnitudes of Sobel gradients", kNothing, gradient_magnitude},
      {"laplacian", "difference of Laplacian pyramids", kNothing, laplacian},
      {"laplacian_unknown", "difference of Laplacian pyramids, weighted by the unknown region", kNeedsUnknown,
       laplacian_unknown},
      {"laplacian_unknown_normalised", "the same, each level divided by the region's size", kNeedsUnknown,
       laplacian_unknown_normalised},
      {"laplacian_uncertainty", "difference of Laplacian pyramids, weighted by the teacher's uncertainty", kNeedsUncertainty,
       laplacian_uncertainty},
      {"ssim", "structural dissimilarity", kNothing, ssim},
      {"ssim_unknown", "structural dissimilarity in the unknown region", kNeedsUnknown, ssim_unknown},
      {"ddc_unknown", "alpha differs from neighbour to neighbour as the picture does, in the unknown region; no labels",
       kNeedsFrames | kNeedsUnknown, ddc_unknown},
      {"nll", "Gaussian negative log-likelihood, by the variance", kNeedsVariance, nll, kCanBeNegative},
      {"nll_log", "Gaussian negative log-likelihood, by the log variance", kNeedsVariance, nll_log, kCanBeNegative},
      {"beta_nll", "beta-NLL, by the variance", kNeedsVariance, beta_nll, kCanBeNegative},
      {"beta_nll_log", "beta-NLL, by the log variance", kNeedsVariance, beta_nll_log, kCanBeNegative},
      {"faithful_nll", "Gaussian negative log-likelihood that teaches the variance alone", kNeedsVariance, faithful_nll,
       kCanBeNegative},
      {"uncertainty_nll", "likelihood of the error under the variance; degenerate, see nll.h", kNeedsVariance, uncertainty_nll,
       kCanBeNegative},
      {"distillation", "mean absolute difference from the teacher's alpha", kNeedsTeacher, distillation},
      {"distillation_boundary", "the same along the teacher's edge", kNeedsTeacher, distillation_boundary},
      {"coherence", "difference of frame-to-frame changes; clips only", kNeedsMotion, coherence},
      {"coherence_unknown", "the same in the unknown region; clips only", kNeedsMotion | kNeedsUnknown, coherence_unknown},
      {"foreground_l1", "mean absolute error of the face's colour", kNeedsForeground | kNeedsTrueForeground, foreground_l1,
       kCannot, &In::foreground},
      {"foreground_l1_normalised", "the same over the pixels of the face alone", kNeedsForeground | kNeedsTrueForeground,
       foreground_l1_normalised, kCannot, &In::foreground},
      {"foreground_coherence", "frame-to-frame changes of the face's colour; clips only",
       kNeedsMotion | kNeedsForeground | kNeedsTrueForeground, foreground_coherence, kCannot, &In::foreground},
      {"composition", "error of the picture composited with the predicted alpha", kNeedsTrueForeground | kNeedsOccluder,
       composition},
      {"composition_unknown", "smooth error of that picture in the unknown region",
       kNeedsTrueForeground | kNeedsTrueBackground | kNeedsUnknown, composition_unknown},
      {"composition_predicted", "error of the picture composited with predicted alpha and colour",
       kNeedsFrames | kNeedsForeground | kNeedsTrueBackground, composition_predicted, kCannot, kNoSubject},
      {"composition_given",
       "the same over the background that the network is given; no labels",
       kNeedsFrames | kNeedsForeground,
       composition_given,
       kCannot,
       kNoSubject,
       {},
       {"background"}},
      {"colours_l1", "mean absolute error of the colours in front and behind",
       kNeedsForeground | kNeedsBackground | kNeedsTrueForeground | kNeedsTrueBackground, colours_l1, kCannot, kNoSubject},
      {"colours_laplacian", "difference of their Laplacian pyramids",
       kNeedsForeground | kNeedsBackground | kNeedsTrueForeground | kNeedsTrueBackground, colours_laplacian, kCannot,
       kNoSubject},
      {"colours_composition", "error of the picture composited of them with the true alpha",
       kNeedsForeground | kNeedsBackground | kNeedsTrueForeground | kNeedsTrueBackground, colours_composition, kCannot,
       kNoSubject},
      {"exclusion", "edges that the colours in front and behind share; no labels", kNeedsForeground | kNeedsBackground,
       exclusion, kCannot, kNoSubject},
      {"features_alpha", "difference of VGG16's features of the face cut out by alpha", kNeedsTrueForeground | kNeedsFeatures,
       features_alpha},
      {"features_foreground", "difference of VGG16's features of the face's colour",
       kNeedsForeground | kNeedsTrueForeground | kNeedsFeatures, features_foreground, kCannot, &In::foreground},
      {"segmentation", "binary cross-entropy of the segmentation head", kNeedsLogits, segmentation, kCannot, &In::logits},
      {"modnet_semantic",
       "where the face is, roughly (MODNet's low-resolution branch)",
       kNothing,
       modnet_semantic,
       kCannot,
       kNoSubject,
       {"semantic"}},
      {"modnet_detail",
       "alpha at the boundary (MODNet's high-resolution branch)",
       kNothing,
       modnet_detail,
       kCannot,
       kNoSubject,
       {"detail"}},
      {"modnet_fusion", "alpha and the picture cut out by it, the boundary four times more", kNeedsFrames, modnet_fusion},
      {"modnet_consistency",
       "alpha and the low-resolution branch agree; no labels",
       kNothing,
       modnet_consistency,
       kCannot,
       kNoSubject,
       {"semantic"}},
      {"error_map",
       "error of the map that says how wrong alpha is",
       kNothing,
       error_map,
       kCannot,
       kNoSubject,
       {"error", "coarse_alpha"}},
      {"trimap_classes",
       "cross-entropy of the predicted trimap",
       kNothing,
       trimap_classes,
       kCannot,
       kNoSubject,
       {"trimap_logits"}},
  };
  return table;
}

const LossEntry& find_loss(const std::string& name) { return find_entry(loss_table(), name, "loss"); }

std::string label_of(const LossTerm& term) { return term.of.empty() ? term.name : term.name + "_of_" + term.of; }

std::string task_of(const LossTerm& term) { return term.task.empty() ? label_of(term) : term.task; }

void check(const std::vector<LossTerm>& terms) {
  require(!terms.empty(), "losses is empty: there is nothing to learn from");
  std::set<std::string> seen;
  bool counts = false;
  for (const LossTerm& term : terms) {
    const LossEntry& loss = find_loss(term.name);
    require(term.of.empty() || (loss.subject != nullptr && loss.parts.empty()) || loss.parts.size() == 1,
            "the loss '{}' cannot be of a part of the prediction (of: {})", term.name, term.of);
    require(task_of(term).find('.') == std::string::npos, "the task '{}' of the loss '{}' has a dot in its name", task_of(term),
            term.name);  // it names a parameter (task_weights.h)
    require(seen.insert(label_of(term)).second, "the loss '{}' is listed twice in losses (give it one weight)", label_of(term));
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

std::vector<std::string> guides_of(const std::vector<LossTerm>& terms) {
  std::vector<std::string> looked_at;
  for (const LossTerm& term : terms) {
    const LossEntry& loss = find_loss(term.name);
    if (term.weight > 0) looked_at.insert(looked_at.end(), loss.guides.begin(), loss.guides.end());
  }
  return in_table_order(looked_at);
}

LossInputs at_size_of(const LossInputs& inputs, const torch::Tensor& part, const std::string& name) {
  return InputsBySize(inputs).of(part, name);
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
  if (options.unknown == "estimated" && (needs_of(terms) & kNeedsUnknown)) inputs.unknown = unknown_of(inputs);
  InputsBySize by_size(inputs);
  const bool balance_learns = predicted.progress >= options.balance_from;
  LossValue value;
  value.total = torch::zeros({}, inputs.alpha.options());
  auto weighted = value.total;  // by the teacher's uncertainty
  for (const LossTerm& term : terms) {
    const LossEntry& loss = find_loss(term.name);
    const bool still = inputs.alpha.size(1) < 2;
    if (term.weight == 0 || (still && (loss.needs & kNeedsMotion))) continue;
    const LossInputs seen = seen_by(term, loss, inputs, by_size);
    require_inputs(loss, seen);
    const auto result = loss.compute(seen, options);
    value.terms[label_of(term)] = result.detach();
    value.total = value.total + term.weight * (task_weights ? task_weights->balanced(term, result, balance_learns) : result);
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
