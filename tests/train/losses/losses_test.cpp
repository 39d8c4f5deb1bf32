// The table of losses, their sum and its weights.
#include "train/losses/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/support/scratch.h"
#include "tests/train/losses/loss_inputs.h"
#include "train/losses/task_weights.h"

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
                                 {"logits", &LossInputs::logits}};

// A loss that stops the gradient of an input differs from the derivative of its value on purpose; BetaNll.*,
// FaithfulNll.* and UncertaintyNll.* hold those gradients.
bool stops_gradient(const std::string& loss, const std::string& input) {
  static const std::set<std::pair<std::string, std::string>> stopped = {
      {"beta_nll", "variance"}, {"beta_nll_log", "variance"}, {"faithful_nll", "alpha"}, {"uncertainty_nll", "alpha"}};
  return stopped.count({loss, input}) > 0;
}

class EveryLoss : public testing::TestWithParam<LossEntry> {};

// Central differences against autograd for each input that carries a gradient.
TEST_P(EveryLoss, GradientMatchesDifferences) {
  const LossEntry loss = GetParam();
  const LossOptions options;
  LossInputs inputs = random_inputs();
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
  LossInputs inputs = random_inputs();
  const double wrong = loss.compute(inputs, {}).item<double>();
  inputs.alpha = inputs.target;
  inputs.foreground = inputs.true_foreground;
  inputs.logits = inputs.target.logit(1e-12);
  // What this one calls perfect is a variance without error: see nll.h.
  if (std::string(loss.name) == "uncertainty_nll") inputs.variance = torch::full_like(inputs.variance, 1e-6);
  EXPECT_LT(loss.compute(inputs, {}).item<double>(), wrong);
}

// It must not read what it does not name, and must refuse to work without what it names.
TEST_P(EveryLoss, NeedsWhatItSays) {
  const LossEntry loss = GetParam();
  const std::map<Needs, torch::Tensor LossInputs::*> tensors = {
      {kNeedsVariance, &LossInputs::variance},       {kNeedsForeground, &LossInputs::foreground},
      {kNeedsLogits, &LossInputs::logits},           {kNeedsUnknown, &LossInputs::unknown},
      {kNeedsOccluder, &LossInputs::occluder},       {kNeedsTrueForeground, &LossInputs::true_foreground},
      {kNeedsUncertainty, &LossInputs::uncertainty}, {kNeedsTeacher, &LossInputs::teacher}};
  LossInputs bare = random_inputs();
  for (const auto& [need, tensor] : tensors)
    if (!(loss.needs & need)) bare.*tensor = torch::Tensor();
  EXPECT_TRUE(total_loss({{loss.name, 1}}, bare, {}).total.isfinite().item<bool>());
  for (const auto& [need, tensor] : tensors) {
    if (!(loss.needs & need)) continue;
    LossInputs without = bare;
    without.*tensor = torch::Tensor();
    EXPECT_THAT(message_of([&] {
                  total_loss({{loss.name, 1}}, without, {});
                }),
                testing::StartsWith("loss '" + std::string(loss.name) + "' needs "));
  }
}

TEST_P(EveryLoss, SaysWhetherItCanBeNegative) {
  const LossEntry loss = GetParam();
  LossInputs sure = random_inputs();
  sure.alpha = sure.target;
  sure.variance = torch::full_like(sure.variance, 1e-6);
  EXPECT_EQ(loss.compute(sure, {}).item<double>() < 0, loss.can_be_negative);
}

// --- trust

// Compares with the teacher's word, of which the labels' trust says nothing.
bool asks_the_teacher_alone(const LossEntry& loss) { return std::string(loss.name) == "distillation"; }

// Random inputs whose labels can be believed in two thirds of the pixels, the same in all frames; `draw` makes the prediction.
LossInputs partly_trusted(uint64_t draw) {
  LossInputs inputs = random_inputs();
  inputs.teacher = inputs.target.clone();
  torch::manual_seed(91);
  inputs.trust = (torch::rand({1, 1, 1, 9, 10}) > 1.0 / 3).to(torch::kFloat64).expand_as(inputs.target).clone();
  torch::manual_seed(draw);
  inputs.alpha = (1.4 * torch::rand_like(inputs.alpha) - 0.2).detach().requires_grad_(true);  // some of it overshoots
  inputs.logits = torch::randn_like(inputs.logits).detach().requires_grad_(true);
  return inputs;
}

torch::Tensor gradient_of(const LossEntry& loss, LossInputs inputs, torch::Tensor LossInputs::*tensor, bool trusting) {
  for (const auto& [name, other] : kPredicted) inputs.*other = (inputs.*other).detach().requires_grad_(true);
  if (!trusting) inputs.trust = torch::Tensor();
  total_loss({{loss.name, 1}}, inputs, {}).total.backward();
  const auto gradient = (inputs.*tensor).grad();
  return gradient.defined() ? gradient : torch::zeros_like(inputs.*tensor);
}

// Exactly 0 where the label cannot be believed; elsewhere where the loss has a gradient at all. Signs may cancel in one draw of
// a prediction, not in several.
TEST_P(EveryLoss, HasNoGradientWhereNothingIsTrustedAndNowhereElse) {
  const LossEntry loss = GetParam();
  const auto trusted = partly_trusted(0).trust > 0;
  for (const auto& [name, tensor] : kPredicted) {
    auto found = torch::zeros_like(partly_trusted(0).*tensor), without = found.clone();
    for (uint64_t draw = 0; draw < 12; ++draw) {
      found += gradient_of(loss, partly_trusted(draw), tensor, true).abs();
      without += gradient_of(loss, partly_trusted(draw), tensor, false).abs();
    }
    const auto expected = asks_the_teacher_alone(loss) ? without > 0 : (without > 0) & trusted;
    EXPECT_TRUE(torch::equal(found > 0, expected)) << name;
  }
}

TEST_P(EveryLoss, IsNotChangedByALabelThatIsBrokenWhereNobodyBelievesIt) {
  const LossEntry loss = GetParam();
  const LossInputs inputs = partly_trusted(3);
  LossInputs broken = inputs;
  broken.target = torch::where(inputs.trust > 0, inputs.target, (inputs.target < 0.5).to(torch::kFloat64));
  ASSERT_FALSE(torch::equal(broken.target, inputs.target));
  EXPECT_TRUE(torch::equal(total_loss({{loss.name, 1}}, inputs, {}).total, total_loss({{loss.name, 1}}, broken, {}).total));
  for (const auto& [name, tensor] : kPredicted)
    EXPECT_TRUE(torch::equal(gradient_of(loss, inputs, tensor, true), gradient_of(loss, broken, tensor, true))) << name;
}

TEST_P(EveryLoss, IsAsWithoutTrustWhereEverythingIsTrusted) {
  const LossEntry loss = GetParam();
  LossInputs inputs = partly_trusted(4);
  inputs.trust = torch::Tensor();
  const double plain = total_loss({{loss.name, 1}}, inputs, {}).total.item<double>();
  inputs.trust = torch::ones_like(inputs.target);
  EXPECT_NEAR(total_loss({{loss.name, 1}}, inputs, {}).total.item<double>(), plain, 1e-7);
  inputs.trust.zero_();
  if (asks_the_teacher_alone(loss)) return;
  EXPECT_EQ(total_loss({{loss.name, 1}}, inputs, {}).total.item<double>(), 0) << "nothing is known";
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
    weights.balanced("l1", torch::tensor(0.25)).backward();
    descent.step();
  }
  EXPECT_NEAR(std::exp(s.item<double>()), 0.25, 1e-4);
}

}  // namespace
}  // namespace facemat
