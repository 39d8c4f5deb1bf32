#include "train/losses/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

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

inline void PrintTo(const LossEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

torch::Tensor row(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return torch::tensor(values, torch::kFloat64).view({1, 1, 1, 1, count});
}

LossInputs random_inputs() {
  torch::manual_seed(11);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const std::vector<int64_t> shape{1, 3, 1, 9, 10};
  LossInputs inputs;
  inputs.alpha = torch::rand(shape, options).requires_grad_(true);
  inputs.variance = (torch::rand(shape, options) + 0.1).requires_grad_(true);
  inputs.target = torch::rand(shape, options);
  inputs.unknown = (torch::rand(shape, options) > 0.5).to(torch::kFloat64);
  inputs.uncertainty = torch::rand(shape, options);
  inputs.teacher = inputs.target;  // a perfect one
  return inputs;
}

// --- values by hand

TEST(L1, ByHand) { EXPECT_DOUBLE_EQ(facemat::l1_loss(row({0, 0.5, 1}), row({0.25, 0.5, 0.5})).item<double>(), 0.25); }

TEST(L1Unknown, AveragesOverTheRegionOnly) {
  const auto value = l1_unknown_loss(row({0, 1, 1}), row({0.25, 0.5, 0}), row({1, 1, 0}));
  EXPECT_NEAR(value.item<double>(), (0.25 + 0.5) / 2, 1e-8);
  EXPECT_EQ(l1_unknown_loss(row({0, 1}), row({1, 0}), row({0, 0})).item<double>(), 0);
}

TEST(L1Uncertainty, WeightsByTheTeachersDoubt) {
  const auto value = l1_uncertainty_loss(row({0, 0}), row({1, 0.5}), row({0, 1}), 2, 3);
  EXPECT_DOUBLE_EQ(value.item<double>(), (2 * 1 + 5 * 0.5) / 2);
}

TEST(L2, ByHand) {
  EXPECT_DOUBLE_EQ(facemat::l2_loss(row({0, 0.5, 1}), row({0.5, 0.5, 0.5})).item<double>(), 0.5 / 3);
  EXPECT_NEAR(l2_unknown_loss(row({0, 1, 1}), row({0.5, 0.5, 0}), row({1, 1, 0})).item<double>(), 0.25, 1e-8);
  EXPECT_EQ(l2_unknown_loss(row({0, 1}), row({1, 0}), row({0, 0})).item<double>(), 0);
}

TEST(Charbonnier, IsTheAbsoluteErrorRoundedNearZero) {
  EXPECT_NEAR(charbonnier_loss(row({0.3}), row({0}), 0.4).item<double>(), 0.5, 1e-12);  // 3, 4, 5
  EXPECT_NEAR(charbonnier_loss(row({0.3, 0.1}), row({0, 0.5}), 1e-6).item<double>(), 0.35, 1e-9);
  EXPECT_NEAR(charbonnier_loss(row({0.3}), row({0.3}), 1e-6).item<double>(), 1e-6, 1e-15);
}

TEST(Gradient, OfARampIsItsSlope) {
  const auto across = torch::arange(8, torch::kFloat64).view({1, 1, 1, 1, 8}).expand({1, 1, 1, 6, 8}) * 0.1;
  const auto flat = torch::zeros({1, 1, 1, 6, 8}, torch::kFloat64);
  // 0.1 a pixel inside; half of it in the first and last column, where the border is repeated; nothing down.
  EXPECT_NEAR(gradient_loss(across, flat).item<double>(), (6 * 0.1 + 2 * 0.05) / 8, 1e-12);
  EXPECT_NEAR(gradient_loss(across.transpose(-1, -2), flat.transpose(-1, -2)).item<double>(), (6 * 0.1 + 2 * 0.05) / 8, 1e-12);
  EXPECT_NEAR(gradient_loss(across + 0.3, across).item<double>(), 0, 1e-12) << "a constant has none";
}

TEST(Distillation, ComparesWithTheTeacher) {
  EXPECT_DOUBLE_EQ(distillation_loss(row({0, 0.5}), row({0.5, 0.25})).item<double>(), 0.375);
}

TEST(BetaNll, ByHand) {
  const double error = 0.3, v = 0.04, nll = 0.5 * (error * error / v + std::log(v));
  const auto at = [&](double beta) { return beta_nll_loss(row({0.3}), row({0}), row({v}), beta).item<double>(); };
  EXPECT_NEAR(at(0), nll, 1e-12);
  EXPECT_NEAR(at(0.5), 0.2 * nll, 1e-12);
  EXPECT_NEAR(at(1), 0.04 * nll, 1e-12);
}

TEST(BetaNll, GradientsAreThoseOfThePaper) {
  for (const double beta : {0.0, 0.5, 1.0}) {
    auto mean = row({0.3}).requires_grad_(true), variance = row({0.09}).requires_grad_(true);
    beta_nll_loss(mean, row({0}), variance, beta).backward();
    EXPECT_NEAR(mean.grad().item<double>(), 0.3 / 0.09 * std::pow(0.09, beta), 1e-9);  // error / v^(1 - beta)
    EXPECT_NEAR(variance.grad().item<double>(), 0, 1e-9);                              // minimum at v = error^2
  }
}

TEST(Coherence, ByHand) {
  const auto clip = [](std::vector<double> values) { return torch::tensor(values, torch::kFloat64).view({1, 3, 1, 1, 1}); };
  EXPECT_NEAR(coherence_loss(clip({0, 0.5, 0.5}), clip({0, 0, 1})).item<double>(), (0.25 + 1.0) / 2, 1e-12);
  EXPECT_NEAR(coherence_loss(clip({0.1, 0.3, 0.2}), clip({0.6, 0.8, 0.7})).item<double>(), 0, 1e-12);  // constant offset
}

// An impulse in the middle of 8x8: by hand, lap_0 = x - up(down(x)) with the kernel k = [1 4 6 4 1] / 16 in each direction.
TEST(Laplacian, FirstLevelOfAnImpulseByHand) {
  auto x = torch::zeros({1, 1, 8, 8}, torch::kFloat64);
  x[0][0][4][4] = 1;
  const auto lap = laplacian_pyramid(x, 1)[0][0][0];
  // down: samples at even positions 2, 4, 6 see the impulse with k = 1/16, 6/16, 1/16.
  // up at 4: 2 * (1/16 * 1/16 + 6/16 * 6/16 + 1/16 * 1/16) = 38/128 in each direction; at 3: 2 * (4/16 * 1/16 + 4/16 * 6/16) =
  // 7/32.
  const double at4 = 38.0 / 128, at3 = 7.0 / 32;
  EXPECT_NEAR(lap[4][4].item<double>(), 1 - at4 * at4, 1e-12);
  EXPECT_NEAR(lap[4][3].item<double>(), -at4 * at3, 1e-12);
  EXPECT_NEAR(lap[3][3].item<double>(), -at3 * at3, 1e-12);
}

TEST(Laplacian, IgnoresWhatIsConstantAndWeighsLevels) {
  const auto a = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64);
  EXPECT_NEAR(laplacian_loss(a + 0.25, a, 5).item<double>(), 0, 1e-12);
  const auto b = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64);
  const auto pa = laplacian_pyramid(a.flatten(0, 1), 3), pb = laplacian_pyramid(b.flatten(0, 1), 3);
  double expected = 0;
  for (int k = 0; k < 3; ++k) expected += std::pow(2, k) * (pa[k] - pb[k]).abs().mean().item<double>() / 3;
  EXPECT_NEAR(laplacian_loss(a, b, 3).item<double>(), expected, 1e-12);
}

TEST(Laplacian, WeightsCountAtEveryLevel) {
  const auto a = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64), b = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64);
  const auto ones = torch::ones_like(a);
  const double whole = laplacian_loss(a, b, 4).item<double>();
  EXPECT_NEAR(laplacian_weighted_loss(a, b, ones, 4).item<double>(), whole, 1e-12);
  EXPECT_NEAR(laplacian_weighted_loss(a, b, 0.25 * ones, 4).item<double>(), 0.25 * whole, 1e-12);
  auto left = ones.clone();
  left.narrow(-1, 32, 32).zero_();
  auto changed = a.clone();
  changed.narrow(-1, 56, 8).fill_(0.5);  // far from the weighted half
  EXPECT_NEAR(laplacian_weighted_loss(changed, b, left, 2).item<double>(),
              laplacian_weighted_loss(a, b, left, 2).item<double>(), 1e-12);
}

TEST(Laplacian, WorksAtOddAndSmallSizes) {
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{4, 4}, {5, 31}, {33, 64}}) {
    const auto a = torch::rand({1, 1, 1, h, w});
    EXPECT_EQ(laplacian_loss(a, a, 5).item<float>(), 0);
    EXPECT_GT(laplacian_loss(a, torch::rand_like(a), 5).item<float>(), 0);
  }
  EXPECT_THROW(laplacian_loss(torch::rand({1, 1, 1, 3, 8}), torch::rand({1, 1, 1, 3, 8}), 5), Error);
}

// --- the whole table

class EveryLoss : public testing::TestWithParam<LossEntry> {};

// Central differences against autograd for each input that may carry a gradient. beta-NLL's stop-gradient makes its derivative
// by the variance differ from that of its value on purpose: GradientsAreThoseOfThePaper holds that one.
TEST_P(EveryLoss, GradientMatchesDifferences) {
  const LossEntry loss = GetParam();
  const LossOptions options;
  LossInputs inputs = random_inputs();
  loss.compute(inputs, options).backward();
  const auto gradient = inputs.alpha.grad().flatten();
  const torch::NoGradGuard no_grad;
  auto values = inputs.alpha.flatten();
  constexpr double kStep = 1e-6;
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
  EXPECT_LT(worst, 1e-7);
}

TEST_P(EveryLoss, IsLowestForAPerfectPrediction) {
  const LossEntry loss = GetParam();
  LossInputs inputs = random_inputs();
  const double wrong = loss.compute(inputs, {}).item<double>();
  inputs.alpha = inputs.target;
  EXPECT_LT(loss.compute(inputs, {}).item<double>(), wrong);
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

TEST(TotalLoss, AddsWeightedTermsAndNamesThem) {
  const LossInputs inputs = random_inputs();
  const LossValue value = total_loss({{"l1", 2}, {"coherence", 5}}, inputs, {});
  ASSERT_EQ(value.terms.size(), 2u);
  EXPECT_NEAR(value.total.item<double>(), 2 * value.terms.at("l1") + 5 * value.terms.at("coherence"), 1e-12);
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

TEST(TotalLoss, SaysWhatIsMissing) {
  LossInputs bare;
  bare.alpha = bare.target = torch::rand({1, 1, 1, 8, 8});
  EXPECT_THROW(total_loss({{"beta_nll", 1}}, bare, {}), Error);
  EXPECT_THROW(total_loss({{"l1_uncertainty", 1}}, bare, {}), Error);
  EXPECT_THROW(total_loss({{"distillation", 1}}, bare, {}), Error);
  EXPECT_THROW(total_loss({{"laplacian_unknown", 1}}, bare, {}), Error);
  EXPECT_THROW(total_loss({{"no_such_loss", 1}}, bare, {}), Error);
}

}  // namespace
}  // namespace facemat
