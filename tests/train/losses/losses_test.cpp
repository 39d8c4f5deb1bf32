// The table of losses, their sum and its weights.
#include "train/losses/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/scratch.h"
#include "tests/train/losses/loss_inputs.h"
#include "train/losses/task_weights.h"
#include "train/losses/terms/boundary.h"

namespace facemat {

inline void PrintTo(const LossEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

struct NamedInput {
  const char* name;
  torch::Tensor LossInputs::*tensor;
};
const NamedInput kPredicted[] = {{"alpha", &LossInputs::alpha},
                                 {"variance", &LossInputs::variance},
                                 {"foreground", &LossInputs::foreground},
                                 {"background", &LossInputs::background},
                                 {"logits", &LossInputs::logits},
                                 {"part", &LossInputs::part},
                                 {"second_part", &LossInputs::second_part}};

// A loss that stops the gradient of an input differs from the derivative of its value on purpose; BetaNll.*,
// FaithfulNll.* and UncertaintyNll.* hold those gradients.
bool stops_gradient(const std::string& loss, const std::string& input) {
  static const std::set<std::pair<std::string, std::string>> stopped = {{"beta_nll", "variance"},
                                                                        {"beta_nll_log", "variance"},
                                                                        {"faithful_nll", "alpha"},
                                                                        {"uncertainty_nll", "alpha"},
                                                                        {"error_map", "second_part"}};
  return stopped.count({loss, input}) > 0;
}

// The random inputs; the parts have as many channels as the loss takes.
LossInputs inputs_for(const LossEntry& loss) {
  LossInputs inputs = random_inputs();
  if (std::string(loss.name) == "trimap_classes")
    inputs.part = torch::randn({1, 3, 3, 9, 10}, torch::kFloat64).requires_grad_(true);
  return inputs;
}

// With the parts where total_loss looks for them.
LossInputs with_parts(const LossEntry& loss, LossInputs inputs) {
  const torch::Tensor own[] = {inputs.part, inputs.second_part};
  inputs.part = inputs.second_part = torch::Tensor();
  for (size_t i = 0; i < loss.parts.size(); ++i) inputs.parts[loss.parts[i]] = own[i].flatten(0, 1);
  return inputs;
}

double total_of(const LossEntry& loss, const LossInputs& inputs) {
  return total_loss({{loss.name, 1}}, with_parts(loss, inputs), {}).total.item<double>();
}

// The best that can be predicted.
LossInputs perfect(const LossEntry& loss, LossInputs inputs) {
  const std::string name = loss.name;
  inputs.alpha = inputs.second_part = inputs.target;
  inputs.foreground = inputs.true_foreground;
  inputs.background = inputs.true_background.narrow(2, 0, 3);
  inputs.logits = inputs.target.logit(1e-12);
  inputs.part = inputs.target;
  if (name == "error_map") inputs.part = torch::zeros_like(inputs.target);
  if (name == "trimap_classes") {
    const auto soft = (inputs.target > 0) & (inputs.target < 1);
    inputs.part = 30 * torch::cat({inputs.target <= 0, soft, inputs.target >= 1}, 2).to(torch::kFloat64);
  }
  // What this one calls perfect is a variance without error: see nll.h.
  if (name == "uncertainty_nll") inputs.variance = torch::full_like(inputs.variance, 1e-6);
  // ... and this one colours without an edge.
  if (name == "exclusion") inputs.foreground = torch::full_like(inputs.foreground, 0.5);
  return inputs;
}

class EveryLoss : public testing::TestWithParam<LossEntry> {};

// Central differences against autograd for each input that carries a gradient.
TEST_P(EveryLoss, GradientMatchesDifferences) {
  const LossEntry loss = GetParam();
  const LossOptions options;
  LossInputs inputs = inputs_for(loss);
  loss.compute(inputs, options).backward();
  const torch::NoGradGuard no_grad;
  constexpr double kStep = 1e-6;
  double steepest = 0;
  for (const auto& [name, tensor] : kPredicted) {
    if (stops_gradient(loss.name, name)) continue;
    const auto& grad = (inputs.*tensor).grad();
    const auto gradient = (grad.defined() ? grad : torch::zeros_like(inputs.*tensor)).flatten();
    auto values = (inputs.*tensor).flatten();
    double worst = 0;
    for (int64_t i = 0; i < values.numel(); i += 7) {
      const double middle = values[i].item<double>();
      values[i] = middle + kStep;
      const double above = loss.compute(inputs, options).item<double>();
      values[i] = middle - kStep;
      const double below = loss.compute(inputs, options).item<double>();
      values[i] = middle;
      worst = std::max(worst, std::abs((above - below) / (2 * kStep) - gradient[i].item<double>()));
    }
    EXPECT_LT(worst, 1e-7) << name;
    steepest = std::max(steepest, gradient.abs().max().item<double>());
  }
  EXPECT_GT(steepest, 1e-6) << "nothing to learn from";
}

TEST_P(EveryLoss, IsLowestForAPerfectPrediction) {
  const LossEntry loss = GetParam();
  LossInputs inputs = inputs_for(loss);
  if (std::string(loss.name) == "ddc_unknown") inputs.frames = inputs.target.expand({1, 3, 3, 9, 10});  // white over black
  EXPECT_LT(loss.compute(perfect(loss, inputs), {}).item<double>(), loss.compute(inputs, {}).item<double>());
}

// It must not read what it does not name, and must refuse to work without what it names.
TEST_P(EveryLoss, NeedsWhatItSays) {
  const LossEntry loss = GetParam();
  const std::map<Needs, torch::Tensor LossInputs::*> tensors = {{kNeedsVariance, &LossInputs::variance},
                                                                {kNeedsForeground, &LossInputs::foreground},
                                                                {kNeedsBackground, &LossInputs::background},
                                                                {kNeedsLogits, &LossInputs::logits},
                                                                {kNeedsFrames, &LossInputs::frames},
                                                                {kNeedsUnknown, &LossInputs::unknown},
                                                                {kNeedsOccluder, &LossInputs::occluder},
                                                                {kNeedsTrueForeground, &LossInputs::true_foreground},
                                                                {kNeedsTrueBackground, &LossInputs::true_background},
                                                                {kNeedsUncertainty, &LossInputs::uncertainty},
                                                                {kNeedsTeacher, &LossInputs::teacher}};
  LossInputs bare = with_parts(loss, inputs_for(loss));
  for (const auto& [need, tensor] : tensors)
    if (!(loss.needs & need)) bare.*tensor = torch::Tensor();
  if (!(loss.needs & kNeedsFeatures)) bare.features = nullptr;
  if (loss.guides.empty()) bare.guides = {};
  const auto complaint = [&](const LossInputs& inputs) {
    return message_of([&] { total_loss({{loss.name, 1}}, inputs, {}); });
  };
  const auto says_so = testing::StartsWith("loss '" + std::string(loss.name) + "' needs ");
  EXPECT_TRUE(total_loss({{loss.name, 1}}, bare, {}).total.isfinite().item<bool>());
  for (const auto& [need, tensor] : tensors) {
    if (!(loss.needs & need)) continue;
    LossInputs without = bare;
    without.*tensor = torch::Tensor();
    EXPECT_THAT(complaint(without), says_so);
  }
  LossInputs without = bare;
  without.features = nullptr;
  if (loss.needs & kNeedsFeatures) {
    EXPECT_THAT(complaint(without), says_so);
  }
  for (const std::string& part : loss.parts) {
    without = bare;
    without.parts.erase(part);
    EXPECT_THAT(complaint(without), testing::AllOf(says_so, testing::HasSubstr("the part '" + part + "'")));
  }
  without = bare;
  without.guides = {};
  if (!loss.guides.empty()) {
    EXPECT_THAT(complaint(without), says_so);
  }
}

TEST_P(EveryLoss, SaysWhetherItCanBeNegative) {
  const LossEntry loss = GetParam();
  LossInputs sure = perfect(loss, inputs_for(loss));
  sure.variance = torch::full_like(sure.variance, 1e-6);
  EXPECT_EQ(loss.compute(sure, {}).item<double>() < 0, loss.can_be_negative);
}

// A part in the place of its head gives what the head gives.
TEST_P(EveryLoss, MayBeOfAPartInThePlaceOfItsHead) {
  const LossEntry loss = GetParam();
  LossInputs inputs = with_parts(loss, inputs_for(loss));
  const double plain = total_loss({{loss.name, 1}}, inputs, {}).total.item<double>();
  const LossTerm term{loss.name, 1, "branch"};
  if (loss.subject == nullptr && loss.parts.size() != 1) {
    EXPECT_THAT(message_of([&] { total_loss({term}, inputs, {}); }),
                testing::HasSubstr("cannot be of a part of the prediction (of: branch)"));
    return;
  }
  if (loss.parts.size() == 1) {
    inputs.parts["branch"] = inputs.parts.at(loss.parts[0]);
    inputs.parts.erase(loss.parts[0]);
  } else {
    inputs.parts["branch"] = (inputs.*loss.subject).flatten(0, 1);
    inputs.*loss.subject = torch::full_like(inputs.*loss.subject, 0.5);
  }
  const LossValue value = total_loss({term}, inputs, {});
  EXPECT_DOUBLE_EQ(value.total.item<double>(), plain);
  EXPECT_EQ(value.terms.count(std::string(loss.name) + "_of_branch"), 1u);
}

// --- trust

// Compares with the teacher's word or with the picture, of which the labels' trust says nothing.
bool asks_no_label(const LossEntry& loss) {
  static const std::set<std::string> names = {"distillation",      "distillation_boundary", "ddc_unknown",       "exclusion",
                                              "composition_given", "composition_predicted", "modnet_consistency"};
  return names.count(loss.name) > 0;
}

// Random inputs whose labels can be believed in two thirds of the pixels, the same in all frames; `draw` makes the prediction.
LossInputs partly_trusted(const LossEntry& loss, uint64_t draw) {
  LossInputs inputs = inputs_for(loss);
  inputs.teacher = inputs.target.clone();
  torch::manual_seed(91);
  inputs.trust = (torch::rand({1, 1, 1, 9, 10}) > 1.0 / 3).to(torch::kFloat64).expand_as(inputs.target).clone();
  torch::manual_seed(draw);
  inputs.alpha = (1.4 * torch::rand_like(inputs.alpha) - 0.2).detach().requires_grad_(true);  // some of it overshoots
  for (const auto tensor :
       {&LossInputs::logits, &LossInputs::foreground, &LossInputs::background, &LossInputs::part, &LossInputs::second_part})
    inputs.*tensor = torch::randn_like(inputs.*tensor).detach().requires_grad_(true);
  return inputs;
}

torch::Tensor gradient_of(const LossEntry& loss, LossInputs inputs, torch::Tensor LossInputs::*tensor, bool trusting) {
  for (const auto& [name, other] : kPredicted) inputs.*other = (inputs.*other).detach().requires_grad_(true);
  if (!trusting) inputs.trust = torch::Tensor();
  total_loss({{loss.name, 1}}, with_parts(loss, inputs), {}).total.backward();
  const auto gradient = (inputs.*tensor).grad();
  return gradient.defined() ? gradient : torch::zeros_like(inputs.*tensor);
}

// Exactly 0 where the label cannot be believed; elsewhere where the loss has a gradient at all. Signs may cancel in one draw of
// a prediction, not in several.
TEST_P(EveryLoss, HasNoGradientWhereNothingIsTrustedAndNowhereElse) {
  const LossEntry loss = GetParam();
  const LossInputs first = partly_trusted(loss, 0);
  auto trusted = first.trust > 0;
  // This one's region is smaller where the edge it would lie along cannot be believed.
  if (std::string(loss.name) == "modnet_detail") trusted = trusted & (boundary_of(first.target, first.trust, 1) > 0);
  for (const auto& [name, tensor] : kPredicted) {
    auto found = torch::zeros_like(first.*tensor), without = found.clone();
    for (uint64_t draw = 0; draw < 12; ++draw) {
      found += gradient_of(loss, partly_trusted(loss, draw), tensor, true).abs();
      without += gradient_of(loss, partly_trusted(loss, draw), tensor, false).abs();
    }
    const auto expected = asks_no_label(loss) ? without > 0 : (without > 0) & trusted;
    EXPECT_TRUE(torch::equal(found > 0, expected)) << name;
  }
}

TEST_P(EveryLoss, IsNotChangedByALabelThatIsBrokenWhereNobodyBelievesIt) {
  const LossEntry loss = GetParam();
  const LossInputs inputs = partly_trusted(loss, 3);
  LossInputs broken = inputs;
  broken.target = torch::where(inputs.trust > 0, inputs.target, (inputs.target < 0.5).to(torch::kFloat64));
  ASSERT_FALSE(torch::equal(broken.target, inputs.target));
  EXPECT_EQ(total_of(loss, inputs), total_of(loss, broken));
  for (const auto& [name, tensor] : kPredicted)
    EXPECT_TRUE(torch::equal(gradient_of(loss, inputs, tensor, true), gradient_of(loss, broken, tensor, true))) << name;
}

TEST_P(EveryLoss, IsAsWithoutTrustWhereEverythingIsTrusted) {
  const LossEntry loss = GetParam();
  LossInputs inputs = partly_trusted(loss, 4);
  inputs.trust = torch::Tensor();
  const double plain = total_of(loss, inputs);
  inputs.trust = torch::ones_like(inputs.target);
  EXPECT_NEAR(total_of(loss, inputs), plain, 1e-7 * std::max(1.0, std::abs(plain)));
  inputs.trust.zero_();
  if (asks_no_label(loss)) return;
  EXPECT_EQ(total_of(loss, inputs), 0) << "nothing is known";
}

INSTANTIATE_TEST_SUITE_P(Table, EveryLoss, testing::ValuesIn(loss_table()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(WithoutOvershoot, OverlooksOnlyWhatTheClampMends) {
  const auto alpha = row({-0.2, 1.3, -0.2, 1.3, -0.2, 0.4}).requires_grad_(true);
  const auto judged = without_overshoot(alpha, row({0, 1, 1, 0, 0.5, 0}));
  EXPECT_TRUE(torch::equal(judged, row({0, 1, -0.2, 1.3, -0.2, 0.4})));
  judged.sum().backward();
  EXPECT_TRUE(torch::equal(alpha.grad(), row({0, 0, 1, 1, 1, 1})));
}

TEST(WithoutOvershoot, DoesNotAskALabelThatCannotBeBelieved) {
  const auto judged = without_overshoot(row({-0.2, 1.3, -0.2}), row({0, 1, 0}), row({1, 0, 0.5}));
  EXPECT_TRUE(torch::equal(judged, row({0, 1.3, 0})));
}

TEST(TotalLoss, RefusesATrustOfAnotherSize) {
  LossInputs inputs;
  inputs.alpha = inputs.target = torch::rand({2, 1, 1, 8, 8});
  inputs.trust = torch::rand({2, 1, 1, 8, 4});
  EXPECT_EQ(message_of([&] { total_loss({{"l1", 1}}, inputs, {}); }), "the trust is 2x1x1x8x4, alpha 2x1x1x8x8");
}

TEST(TotalLoss, AddsWeightedTermsAndNamesThem) {
  const LossInputs inputs = random_inputs();
  const LossValue value = total_loss({{"l1", 2}, {"coherence", 5}}, inputs, {});
  ASSERT_EQ(value.terms.size(), 2u);
  EXPECT_NEAR(value.total.item<double>(),
              2 * value.terms.at("l1").item<double>() + 5 * value.terms.at("coherence").item<double>(), 1e-12);
  EXPECT_TRUE(value.total.requires_grad());
  EXPECT_FALSE(value.terms.at("l1").requires_grad());
}

TEST(TotalLoss, LeavesOutTermsOfWeightZero) {
  LossInputs bare;
  bare.alpha = bare.target = torch::rand({1, 2, 1, 8, 8});
  const std::vector<LossTerm> terms{{"l1", 1}, {"beta_nll", 0}};
  EXPECT_EQ(total_loss(terms, bare, {}).terms.count("beta_nll"), 0u);
  EXPECT_EQ(needs_of(terms), 0u);
}

TEST(TotalLoss, NeedsWhatItsTermsNeed) {
  EXPECT_EQ(needs_of({{"l1", 1}, {"coherence_unknown", 1}, {"composition", 2}}),
            kNeedsMotion | kNeedsUnknown | kNeedsTrueForeground | kNeedsOccluder);
}

TEST(TotalLoss, OvershootCostsNothing) {
  LossInputs still;
  still.alpha = row({-0.2, 1.3});
  still.target = row({0, 1});
  EXPECT_EQ(total_loss({{"l1", 1}}, still, {}).total.item<double>(), 0);
  still.target = row({1, 0});
  EXPECT_NEAR(total_loss({{"l1", 1}}, still, {}).total.item<double>(), 1.25, 1e-12);
}

TEST(TotalLoss, LeavesMotionOutForStills) {
  LossInputs still;
  still.alpha = torch::rand({2, 1, 1, 8, 8});
  still.target = torch::rand({2, 1, 1, 8, 8});
  EXPECT_EQ(total_loss({{"l1", 1}, {"coherence", 5}}, still, {}).terms.count("coherence"), 0u);
}

TEST(TotalLoss, SaysWhatIsWrong) {
  LossInputs bare;
  bare.alpha = bare.target = torch::rand({1, 1, 1, 8, 8});
  const auto message = [&](const std::vector<LossTerm>& terms) { return message_of([&] { total_loss(terms, bare, {}); }); };
  using testing::HasSubstr;
  EXPECT_THAT(message({{"beta_nll", 1}}), HasSubstr("model.uncertainty: true"));
  EXPECT_THAT(message({{"l1_uncertainty", 1}}), HasSubstr("set 'teacher'"));
  EXPECT_THAT(message({{"laplacian_unknown", 1}}), HasSubstr("trimaps"));
  EXPECT_THAT(message({{"segmentation", 1}}), HasSubstr("model.segmentation: true"));
  EXPECT_THAT(message({{"no_such_loss", 1}}), HasSubstr("known: l1, "));
  EXPECT_THAT(message({{"l1", 1}, {"l2", 1}, {"l1", 2}}), HasSubstr("'l1' is listed twice"));
  EXPECT_THAT(message({{"l1", 0}}), HasSubstr("all weights in losses are 0"));
  EXPECT_THAT(message({}), HasSubstr("losses is empty"));
  EXPECT_THAT(message({{"coherence", 1}}), HasSubstr("stills"));
}

// --- parts of the prediction

torch::Tensor plane(int64_t height, std::vector<double> values) {
  const auto width = static_cast<int64_t>(values.size()) / height;
  return torch::tensor(values, torch::kFloat64).view({1, 1, 1, height, width});
}

TEST(AtSizeOf, BringsWhatAPartIsComparedWithToItsSize) {
  LossInputs inputs;
  inputs.target = plane(2, {0, 1, 1, 1, 0, 0.5, 1, 0});
  inputs.alpha = inputs.target.clone();
  inputs.unknown = plane(2, {0, 0, 0, 1, 0, 0, 0, 0});
  inputs.true_background = torch::cat({plane(2, {0.2, 0.6, 0, 0, 0, 0, 0, 0}), plane(2, {0.2, 0.6, 0, 0, 0, 0, 0, 0}),
                                       plane(2, {0.2, 0.6, 0, 0, 0, 0, 0, 0}), plane(2, {1, 1, 0, 0, 0, 0, 0, 0})},
                                      2);
  inputs.occluder = inputs.true_background;
  const auto part = torch::full({1, 1, 1, 2}, 0.5, torch::kFloat64);
  LossInputs seen = at_size_of(inputs, part, "coarse");
  EXPECT_TRUE(torch::equal(seen.target, plane(1, {0.375, 0.75})));
  EXPECT_TRUE(torch::equal(seen.alpha, seen.target));
  EXPECT_TRUE(torch::equal(seen.unknown, plane(1, {0, 1})));
  EXPECT_TRUE(torch::allclose(seen.true_background.narrow(2, 0, 1), plane(1, {0.4, 0})));
  EXPECT_TRUE(torch::equal(seen.true_background.narrow(2, 3, 1), plane(1, {1, 0})));
  EXPECT_TRUE(torch::allclose(seen.occluder.narrow(2, 2, 2).flatten(), torch::tensor({0.4, 0.0, 0.5, 0.0}, torch::kFloat64)));
  EXPECT_EQ(seen.part.sizes().vec(), (std::vector<int64_t>{1, 1, 1, 1, 2}));
  EXPECT_FALSE(seen.trust.defined());

  inputs.trust = plane(2, {1, 0, 0, 0, 1, 1, 0, 0});
  seen = at_size_of(inputs, part, "coarse");
  EXPECT_TRUE(torch::allclose(seen.target, plane(1, {0.5 / 3, 0.75}))) << "by how far it is trusted";
  EXPECT_TRUE(torch::equal(seen.trust, plane(1, {0.75, 0})));
}

TEST(AtSizeOf, CutsWhatWasPaddedAndRefusesWhatDoesNotFit) {
  LossInputs inputs;
  inputs.alpha = inputs.target = torch::rand({2, 3, 1, 3, 5});
  inputs.multiple = 4;
  const auto padded = torch::rand({6, 2, 4, 8});
  const LossInputs seen = at_size_of(inputs, padded, "detail");
  EXPECT_TRUE(torch::equal(seen.part.flatten(0, 1), padded.narrow(2, 0, 3).narrow(3, 0, 5)));
  EXPECT_TRUE(seen.target.is_same(inputs.target));
  EXPECT_EQ(
      message_of([&] {
        at_size_of(inputs, torch::rand({6, 1, 2, 2}), "semantic");
      }),
      "the part 'semantic' is 2x2, no whole share of frames of 5x3 (set the pass's size to a multiple of what the network "
      "needs)");
}

// Of frames of 6x6, padded to 8x8: a half of that is of 2x2 pixels, three of which are the frame; a quarter is of 4x4, which do
// not end where the frame does. That 3x3 of 2x2 pixels are 6x6 as well does not make them shares of the frame.
TEST(AtSizeOf, GoesByTheSizeThatTheNetworkPaddedTo) {
  LossInputs inputs;
  inputs.alpha = inputs.target = torch::rand({1, 1, 1, 6, 6});
  inputs.multiple = 4;
  const auto half = torch::rand({1, 1, 4, 4});
  const LossInputs seen = at_size_of(inputs, half, "coarse_alpha");
  EXPECT_TRUE(torch::equal(seen.part[0], half.narrow(2, 0, 3).narrow(3, 0, 3)));
  EXPECT_TRUE(torch::equal(seen.target[0], torch::avg_pool2d(inputs.target[0], 2)));
  for (const int64_t side : {2, 3})
    EXPECT_THAT(message_of([&] {
                  at_size_of(inputs, torch::rand({1, 1, side, side}), "semantic");
                }),
                testing::HasSubstr("no whole share of frames of 6x6"));
}

TEST(TotalLoss, ATermMayBeOfALowerPart) {
  LossInputs inputs;
  inputs.alpha = inputs.target = plane(2, {0, 1, 1, 1, 0, 0.5, 1, 0});
  inputs.parts["coarse_alpha"] = torch::tensor({0.5, 1.25}, torch::kFloat64).view({1, 1, 1, 2});
  const LossValue value = total_loss({{"l1", 1}, {"l1", 2, "coarse_alpha"}}, inputs, {});
  EXPECT_EQ(value.terms.at("l1").item<double>(), 0);
  EXPECT_NEAR(value.terms.at("l1_of_coarse_alpha").item<double>(), (0.125 + 0.5) / 2, 1e-12);
  EXPECT_NEAR(value.total.item<double>(), 0.125 + 0.5, 1e-12);
  EXPECT_EQ(message_of([&] {
              total_loss({{"l1", 1, "fine_alpha"}}, inputs, {});
            }),
            "loss 'l1' needs the part 'fine_alpha' of the prediction (this network has coarse_alpha)");
  EXPECT_THAT(message_of([&] {
                total_loss({{"l1", 1, "a"}, {"l1", 2, "a"}}, inputs, {});
              }),
              testing::HasSubstr("'l1_of_a' is listed twice"));
}

TEST(TotalLoss, TheUnknownMayBeWhatTheNetworkCallsSo) {
  LossInputs inputs;
  inputs.alpha = row({0, 0});
  inputs.target = row({1, 0.5});
  inputs.unknown = row({0, 1});
  LossOptions options;
  const auto loss = [&] { return total_loss({{"l1_unknown", 1}}, inputs, options).total.item<double>(); };
  EXPECT_NEAR(loss(), 0.5, 1e-7);
  options.unknown = "estimated";
  EXPECT_THAT(message_of(loss), testing::HasSubstr("needs a network that predicts a trimap"));
  // Logits of background, unknown and foreground of the two pixels.
  inputs.parts["trimap_logits"] = torch::tensor({0.0, 1.0, 2.0, 0.0, 1.0, 0.0}, torch::kFloat64).view({1, 3, 1, 2});
  EXPECT_NEAR(loss(), 1, 1e-7) << "the first pixel alone";
  inputs.parts["trimap_logits"] = torch::tensor({3.0, 1.0, 2.0, 0.0, 1.0, 0.0}, torch::kFloat64).view({1, 3, 1, 2});
  EXPECT_NEAR(loss(), 0.5, 1e-7) << "none: the given one";
}

TEST(GuidesOf, AreThoseThatTermsLookAt) {
  EXPECT_THAT(guides_of({{"l1", 1}, {"composition_given", 1}}), testing::ElementsAre("background"));
  EXPECT_THAT(guides_of({{"l1", 1}, {"composition_given", 0}}), testing::ElementsAre());
}

// --- learned weights

TEST(TaskWeights, StartAsTheFixedWeights) {
  const LossInputs inputs = random_inputs();
  const std::vector<LossTerm> terms{{"l1", 2}, {"nll", 1}, {"l2", 0}};
  const TaskWeights weights(terms);
  EXPECT_THAT(weights.named_parameters().keys(), testing::ElementsAre("l1"));
  EXPECT_NEAR(total_loss(terms, inputs, {}, &weights).total.item<double>(), total_loss(terms, inputs, {}).total.item<double>(),
              1e-12);
}

TEST(TaskWeights, BalanceByHand) {
  TaskWeights weights({{"l1", 2}, {"nll", 1}});
  auto s = weights.named_parameters()["l1"];
  {
    const torch::NoGradGuard no_grad;
    s.fill_(std::log(4));
  }
  const LossInputs inputs = random_inputs();
  const LossValue value = total_loss({{"l1", 2}, {"nll", 3}}, inputs, {}, &weights);
  const double l1 = value.terms.at("l1").item<double>(), nll = value.terms.at("nll").item<double>();
  EXPECT_NEAR(value.total.item<double>(), 2 * (l1 / 4 + std::log(4)) + 3 * nll, 1e-6);  // s is a float
  value.total.backward();
  EXPECT_NEAR(s.grad().item<double>(), 2 * (1 - l1 / 4), 1e-6);
}

TEST(TaskWeights, ArePulledToTheLossItself) {
  TaskWeights weights({{"l1", 1}});
  auto s = weights.named_parameters()["l1"];
  torch::optim::SGD descent(weights.parameters(), 0.5);
  for (int i = 0; i < 60; ++i) {
    descent.zero_grad();
    weights.balanced({"l1", 1}, torch::tensor(0.25)).backward();
    descent.step();
  }
  EXPECT_NEAR(std::exp(s.item<double>()), 0.25, 1e-4);
}

// Two terms of one task: 0.5 exp(-s) (L1 + L2) + 0.5 s.
TEST(TaskWeights, TermsOfOneTaskShareTheirs) {
  const LossInputs inputs = random_inputs();
  const std::vector<LossTerm> terms{{"l1", 0.5, "", "matte"}, {"l2", 0.5, "", "matte"}, {"gradient", 1}};
  TaskWeights weights(terms, std::log(16));
  EXPECT_THAT(weights.named_parameters().keys(), testing::UnorderedElementsAre("matte", "gradient"));
  const LossValue value = total_loss(terms, inputs, {}, &weights);
  const double both = value.terms.at("l1").item<double>() + value.terms.at("l2").item<double>();
  const double gradient = value.terms.at("gradient").item<double>();
  EXPECT_NEAR(value.total.item<double>(), 0.5 * (both / 16 + std::log(16)) + gradient / 16 + std::log(16), 1e-6);
  value.total.backward();
  EXPECT_NEAR(weights.named_parameters()["matte"].grad().item<double>(), 0.5 * (1 - both / 16), 1e-6);
}

TEST(TaskWeights, MayStayForAShareOfTheRun) {
  LossInputs inputs = random_inputs();
  const std::vector<LossTerm> terms{{"l1", 1}};
  TaskWeights weights(terms, 1);
  LossOptions options;
  options.balance_from = 0.1;
  inputs.progress = 0.09;
  const LossValue early = total_loss(terms, inputs, options, &weights);
  EXPECT_NEAR(early.total.item<double>(), std::exp(-1) * early.terms.at("l1").item<double>() + 1, 1e-6);
  early.total.backward();
  EXPECT_FALSE(weights.named_parameters()["l1"].grad().defined());
  inputs.progress = 0.1;
  total_loss(terms, inputs, options, &weights).total.backward();
  EXPECT_TRUE(weights.named_parameters()["l1"].grad().defined());
}

}  // namespace
}  // namespace facemat
