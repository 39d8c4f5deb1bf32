// Each loss by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/scratch.h"
#include "tests/train/losses/loss_inputs.h"
#include "train/losses/terms/charbonnier.h"
#include "train/losses/terms/coherence.h"
#include "train/losses/terms/composition.h"
#include "train/losses/terms/distillation.h"
#include "train/losses/terms/foreground.h"
#include "train/losses/terms/gradient.h"
#include "train/losses/terms/l1.h"
#include "train/losses/terms/l2.h"
#include "train/losses/terms/nll.h"
#include "train/losses/terms/segmentation.h"
#include "train/losses/terms/uncertainty_weight.h"

namespace facemat {
namespace {

TEST(L1, ByHand) { EXPECT_DOUBLE_EQ(facemat::l1_loss(row({0, 0.5, 1}), row({0.25, 0.5, 0.5})).item<double>(), 0.25); }

TEST(L1Unknown, AveragesOverTheRegionOnly) {
  const auto value = l1_unknown_loss(row({0, 1, 1}), row({0.25, 0.5, 0}), row({1, 1, 0}));
  EXPECT_NEAR(value.item<double>(), (0.25 + 0.5) / 2, 1e-8);
  EXPECT_EQ(l1_unknown_loss(row({0, 1}), row({1, 0}), row({0, 0})).item<double>(), 0);
}

TEST(L1Weighted, AveragesOverAllPixels) {
  EXPECT_DOUBLE_EQ(l1_weighted_loss(row({0, 1, 1}), row({0.25, 0.5, 0}), row({1, 1, 0})).item<double>(), (0.25 + 0.5) / 3);
}

TEST(UncertaintyWeight, GrowsWithTheTeachersDoubt) {
  EXPECT_TRUE(torch::equal(uncertainty_weight(row({0, 0.5, 1}), {"deviation", 1, 2, 3, false}), row({2, 3.5, 5})));
  const auto scaled = uncertainty_weight(row({0, 0.5, 1}), {"deviation", 1, 2, 3, true});
  EXPECT_TRUE(torch::allclose(scaled, row({2 / 3.5, 1, 5 / 3.5}), 0, 1e-8));
  EXPECT_EQ(uncertainty_weight(row({0, 0}), {"deviation", 1, 0, 3, true}).abs().sum().item<double>(), 0);
}

TEST(UncertaintyWeight, FormsByHand) {
  const auto sigma = row({0.1, 0.3, 0.3, 0.5});
  const auto form = [&](const char* name, double power, const Average& average = {}) {
    return uncertainty_weight(sigma, {name, power, 0, 1, false}, average);
  };
  const auto close = [](const torch::Tensor& a, const torch::Tensor& b) { return torch::allclose(a, b, 0, 1e-6); };
  EXPECT_TRUE(close(form("deviation", 2), row({0.01, 0.09, 0.09, 0.25})));
  EXPECT_TRUE(close(form("variance", 1), form("deviation", 2)));
  EXPECT_TRUE(close(form("relative", 1), row({0.1, 0.3, 0.3, 0.5}) / 0.3));
  EXPECT_TRUE(close(form("relative", 2), row({0.01, 0.09, 0.09, 0.25}) / 0.11));
  EXPECT_TRUE(close(form("relative", 1, Average(row({1, 1, 0, 0}), {})), row({0.1, 0.3, 0.3, 0.5}) / 0.2)) << "trusted pixels";
  EXPECT_TRUE(close(form("rank", 1), row({0, 0.5, 0.5, 1}))) << "ties share their place";
  EXPECT_TRUE(close(form("rank", 2), row({0, 0.25, 0.25, 1})));
  EXPECT_THAT(message_of([&] { form("doubt", 1); }), testing::HasSubstr("unknown form of uncertainty 'doubt'"));
}

// Controls: as heavy, or as uneven, but not where the teacher doubts.
TEST(UncertaintyWeight, MayFallElsewhere) {
  const auto sigma = torch::tensor({0.0, 0.5, 1.0, 0.1}, torch::kFloat64).view({1, 1, 1, 2, 2});
  const auto at = [&](const char* place, const Average& average = {}) {
    return uncertainty_weight(sigma, {"deviation", 1, 2, 3, false, place}, average);
  };
  EXPECT_TRUE(torch::allclose(at("even"), torch::full_like(sigma, 2 + 3 * 0.4), 0, 1e-12));
  EXPECT_TRUE(torch::equal(at("moved"), at("own").flip({-2, -1}))) << "half of two pixels, both ways";
  const auto trust = torch::tensor({1.0, 1.0, 0.0, 0.0}, torch::kFloat64).view({1, 1, 1, 2, 2});
  EXPECT_TRUE(torch::allclose(at("even", Average(trust, {})), torch::full_like(sigma, 2 + 3 * 0.25), 0, 1e-6)) << "trusted";
  EXPECT_THAT(message_of([&] { at("there"); }), testing::HasSubstr("unknown place of uncertainty 'there'"));
}

TEST(UncertaintyWeight, GrowsFromOneIfItsMeanIsOne) {
  const auto grown = [&](double share) {
    return uncertainty_weight(row({0.1, 0.3}), {"deviation", 1, 0, 5, true, "own", share});
  };
  EXPECT_TRUE(torch::equal(grown(0), row({1, 1})));
  EXPECT_TRUE(torch::allclose(grown(0.5), row({0.75, 1.25}), 0, 1e-6));
  EXPECT_TRUE(torch::allclose(grown(1), row({0.5, 1.5}), 0, 1e-6));
}

TEST(UncertaintyWeight, GrowsOverTheRampAndIsTold) {
  LossInputs inputs;
  inputs.alpha = row({0, 0});
  inputs.target = row({1, 0.5});
  inputs.uncertainty = row({0, 1});
  LossOptions options;
  options.certain_weight = 2, options.uncertain_weight = 3, options.uncertainty_ramp = 0.5;
  const auto at = [&](double progress) {
    inputs.progress = progress;
    return total_loss({{"l1_uncertainty", 1}, {"l1", 1}}, inputs, options);
  };
  EXPECT_DOUBLE_EQ(at(0).terms.at("l1_uncertainty").item<double>(), (2 * 1 + 2 * 0.5) / 2);
  EXPECT_DOUBLE_EQ(at(0.25).terms.at("l1_uncertainty").item<double>(), (2 * 1 + 3.5 * 0.5) / 2);
  EXPECT_DOUBLE_EQ(at(0.5).terms.at("l1_uncertainty").item<double>(), (2 * 1 + 5 * 0.5) / 2);
  const LossValue late = at(1);
  EXPECT_DOUBLE_EQ(late.weights.at("least").item<double>(), 2);
  EXPECT_DOUBLE_EQ(late.weights.at("mean").item<double>(), 3.5);
  EXPECT_DOUBLE_EQ(late.weights.at("greatest").item<double>(), 5);
  EXPECT_DOUBLE_EQ(late.weights.at("share").item<double>(), 2.25 / 3);
  EXPECT_TRUE(total_loss({{"l1", 1}}, inputs, options).weights.empty());
}

TEST(UncertaintyWeight, IsWhatTheStudentsLossesUse) {
  LossInputs inputs;
  inputs.alpha = row({0, 0});
  inputs.target = row({1, 0.5});
  inputs.uncertainty = row({0, 1});
  LossOptions options;
  options.certain_weight = 2, options.uncertain_weight = 3;
  const auto value = [&](const LossInputs& in) { return find_loss("l1_uncertainty").compute(in, options).item<double>(); };
  EXPECT_DOUBLE_EQ(value(inputs), (2 * 1 + 5 * 0.5) / 2);
  options.normalise_uncertainty = true;
  EXPECT_NEAR(value(inputs), (2 * 1 + 5 * 0.5) / 2 / 3.5, 1e-8);
}

TEST(L2, ByHand) {
  EXPECT_DOUBLE_EQ(facemat::l2_loss(row({0, 0.5, 1}), row({0.5, 0.5, 0.5})).item<double>(), 0.5 / 3);
  EXPECT_NEAR(l2_unknown_loss(row({0, 1, 1}), row({0.5, 0.5, 0}), row({1, 1, 0})).item<double>(), 0.25, 1e-8);
  EXPECT_EQ(l2_unknown_loss(row({0, 1}), row({1, 0}), row({0, 0})).item<double>(), 0);
  EXPECT_DOUBLE_EQ(l2_weighted_loss(row({0, 1, 1}), row({0.5, 0.5, 0}), row({1, 1, 0})).item<double>(), 0.5 / 3);
}

TEST(Charbonnier, IsTheAbsoluteErrorRoundedNearZero) {
  EXPECT_NEAR(charbonnier_loss(row({0.3}), row({0}), 0.4).item<double>(), 0.5, 1e-12);  // 3, 4, 5
  EXPECT_NEAR(charbonnier_loss(row({0.3, 0.1}), row({0, 0.5}), 1e-6).item<double>(), 0.35, 1e-9);
  EXPECT_NEAR(charbonnier_loss(row({0.3}), row({0.3}), 1e-6).item<double>(), 1e-6, 1e-15);
}

TEST(CharbonnierUnknown, AveragesOverTheRegionOnly) {
  const auto at = [](const torch::Tensor& unknown) {
    return charbonnier_unknown_loss(row({0.3, 1, 0}), row({0, 0, 0}), unknown, 0.4).item<double>();
  };
  EXPECT_NEAR(at(row({1, 0, 1})), (0.5 + 0.4) / 2, 1e-8);
  EXPECT_EQ(at(row({0, 0, 0})), 0);
}

TEST(Gradient, OfARampIsItsSlope) {
  const auto across = torch::arange(8, torch::kFloat64).view({1, 1, 1, 1, 8}).expand({1, 1, 1, 6, 8}) * 0.1;
  const auto flat = torch::zeros({1, 1, 1, 6, 8}, torch::kFloat64);
  // 0.1 a pixel inside; half of it in the first and last column, where the border is repeated; nothing down.
  EXPECT_NEAR(gradient_loss(across, flat).item<double>(), (6 * 0.1 + 2 * 0.05) / 8, 1e-12);
  EXPECT_NEAR(gradient_loss(across.transpose(-1, -2), flat.transpose(-1, -2)).item<double>(), (6 * 0.1 + 2 * 0.05) / 8, 1e-12);
  EXPECT_NEAR(gradient_loss(across + 0.3, across).item<double>(), 0, 1e-12) << "a constant has none";
}

TEST(GradientUnknown, AveragesOverTheRegionOnly) {
  // 0.1 a pixel; half of it where the border is repeated.
  const auto across = torch::arange(8, torch::kFloat64).view({1, 1, 1, 1, 8}).expand({1, 1, 1, 6, 8}) * 0.1;
  const auto flat = torch::zeros({1, 1, 1, 6, 8}, torch::kFloat64);
  auto unknown = flat.clone();
  unknown.narrow(-1, 0, 3).fill_(1);
  EXPECT_NEAR(gradient_unknown_loss(across, flat, unknown).item<double>(), (0.05 + 0.1 + 0.1) / 3, 1e-8);
  EXPECT_EQ(gradient_unknown_loss(across, flat, flat).item<double>(), 0);
}

TEST(GradientMagnitude, IsTheLengthOfTheSlope) {
  // A ramp of 0.3 across and 0.4 down rises by 0.5 a pixel; in a 3x3 picture only the middle pixel sees all of it.
  const auto x = torch::arange(3, torch::kFloat64), ramp = 0.3 * x.view({1, 1, 1, 1, 3}) + 0.4 * x.view({1, 1, 1, 3, 1});
  const auto flat = torch::zeros({1, 1, 1, 3, 3}, torch::kFloat64);
  const auto length = [](double a, double b) { return std::sqrt(a * a + b * b + 1e-6) - std::sqrt(1e-6); };
  const double sides = 2 * length(0.3, 0.2) + 2 * length(0.15, 0.4), corners = 4 * length(0.15, 0.2);
  EXPECT_NEAR(gradient_magnitude_loss(ramp, flat).item<double>(), (length(0.3, 0.4) + sides + corners) / 9, 1e-12);
  EXPECT_NEAR(gradient_magnitude_loss(ramp, -ramp).item<double>(), 0, 1e-12) << "its direction does not count";
}

TEST(Distillation, ComparesWithTheTeacher) {
  EXPECT_DOUBLE_EQ(distillation_loss(row({0, 0.5}), row({0.5, 0.25})).item<double>(), 0.375);
}

TEST(Nll, ByHandInBothForms) {
  const double error = 0.3, v = 0.04, expected = 0.5 * (error * error / v + std::log(v));
  EXPECT_NEAR(nll_loss(row({0.3}), row({0}), row({v})).item<double>(), expected, 1e-12);
  EXPECT_NEAR(nll_log_loss(row({0.3}), row({0}), row({std::log(v)})).item<double>(), expected, 1e-12);
}

TEST(Nll, LogFormHasTheGradientOfKendallAndGal) {
  auto s = row({std::log(0.25)}).requires_grad_(true);
  nll_log_loss(row({0.3}), row({0}), s).backward();
  EXPECT_NEAR(s.grad().item<double>(), 0.5 * (1 - 0.09 / 0.25), 1e-12);
}

TEST(BetaNll, ByHandInBothForms) {
  const double error = 0.3, v = 0.04, nll = 0.5 * (error * error / v + std::log(v));
  const auto at = [&](double beta) { return beta_nll_loss(row({0.3}), row({0}), row({v}), beta).item<double>(); };
  const auto log_at = [&](double beta) {
    return beta_nll_log_loss(row({0.3}), row({0}), row({std::log(v)}), beta).item<double>();
  };
  for (const auto& [beta, factor] : {std::pair(0.0, 1.0), std::pair(0.5, 0.2), std::pair(1.0, 0.04)}) {
    EXPECT_NEAR(at(beta), factor * nll, 1e-12);
    EXPECT_NEAR(log_at(beta), factor * nll, 1e-12);
  }
}

TEST(BetaNll, GradientsAreThoseOfThePaper) {
  for (const double beta : {0.0, 0.5, 1.0}) {
    auto mean = row({0.3}).requires_grad_(true), variance = row({0.09}).requires_grad_(true);
    beta_nll_loss(mean, row({0}), variance, beta).backward();
    EXPECT_NEAR(mean.grad().item<double>(), 0.3 / 0.09 * std::pow(0.09, beta), 1e-9);  // error / v^(1 - beta)
    EXPECT_NEAR(variance.grad().item<double>(), 0, 1e-9);                              // minimum at v = error^2
  }
}

TEST(BetaNll, FormsHaveTheSameGradients) {
  LossInputs inputs = random_inputs(), again = random_inputs();
  beta_nll_loss(inputs.alpha, inputs.target, inputs.variance, 0.5).backward();
  beta_nll_log_loss(again.alpha, again.target, again.variance.log(), 0.5).backward();
  EXPECT_TRUE(torch::allclose(inputs.alpha.grad(), again.alpha.grad(), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(inputs.variance.grad(), again.variance.grad(), 0, 1e-12));
  // d/dv of sg(v^0.5) (e^2 / v + ln v) / 2
  const auto e = inputs.alpha - inputs.target, v = inputs.variance;
  const auto expected = v.sqrt() * (1 / v - (e / v).square()) / 2 / v.numel();
  EXPECT_TRUE(torch::allclose(inputs.variance.grad(), expected, 0, 1e-12));
}

TEST(FaithfulNll, IsThePlainOneAndTeachesTheVarianceAlone) {
  auto alpha = row({0.3}).requires_grad_(true), variance = row({0.2}).requires_grad_(true);
  const auto value = faithful_nll_loss(alpha, row({0}), variance);
  EXPECT_NEAR(value.item<double>(), 0.5 * (0.09 / 0.2 + std::log(0.2)), 1e-12);
  value.backward();
  EXPECT_FALSE(alpha.grad().defined());
  EXPECT_NEAR(variance.grad().item<double>(), 0.5 * (1 / 0.2 - 0.09 / 0.04), 1e-12);
}

TEST(UncertaintyNll, TeachesTheVarianceAloneAndNotTheError) {
  auto alpha = row({0.3}).requires_grad_(true), variance = row({0.2}).requires_grad_(true);
  const auto value = uncertainty_nll_loss(alpha, row({0}), variance);
  EXPECT_NEAR(value.item<double>(), 0.5 * (0.01 / 0.2 + std::log(0.2)), 1e-12);
  value.backward();
  EXPECT_FALSE(alpha.grad().defined());
  // Its lowest point is not the error, 0.3.
  auto lowest = row({(std::sqrt(1 + 4 * 0.09) - 1) / 2}).requires_grad_(true);
  uncertainty_nll_loss(alpha, row({0}), lowest).backward();
  EXPECT_NEAR(lowest.grad().item<double>(), 0, 1e-12);
}

TEST(Coherence, ByHand) {
  const auto clip = [](std::vector<double> values) { return torch::tensor(values, torch::kFloat64).view({1, 3, 1, 1, 1}); };
  EXPECT_NEAR(coherence_loss(clip({0, 0.5, 0.5}), clip({0, 0, 1})).item<double>(), (0.25 + 1.0) / 2, 1e-12);
  EXPECT_NEAR(coherence_loss(clip({0.1, 0.3, 0.2}), clip({0.6, 0.8, 0.7})).item<double>(), 0, 1e-12);  // constant offset
}

TEST(Coherence, WeightedCountsWhereTheWeightIs) {
  const auto alpha = pixel(3, {0, 0.5, 0.5}), target = pixel(3, {0, 0, 1});
  EXPECT_NEAR(coherence_weighted_loss(alpha, target, pixel(3, {1, 1, 1})).item<double>(), (0.25 + 1.0) / 2, 1e-12);
  EXPECT_NEAR(coherence_weighted_loss(alpha, target, pixel(3, {1, 1, 0})).item<double>(), (0.25 + 0.25) / 2, 1e-12);
  EXPECT_EQ(coherence_weighted_loss(alpha, target, pixel(3, {0, 0, 0})).item<double>(), 0);
}

TEST(Foreground, ByHandWhereAnyFaceIs) {
  // Two frames of one pixel: errors 0.1, 0, 0.2 and 0.4, 0, 0.2.
  const auto colour = pixel(2, {0.6, 0.5, 0.4, 0.9, 0.5, 0.4}), truth = pixel(2, {0.5, 0.5, 0.6, 0.5, 0.5, 0.6});
  EXPECT_NEAR(foreground_l1_loss(colour, truth, pixel(2, {0.01, 1})).item<double>(), (0.1 + 0.2 + 0.4 + 0.2) / 6, 1e-12);
  EXPECT_NEAR(foreground_l1_loss(colour, truth, pixel(2, {0.01, 0})).item<double>(), (0.1 + 0.2) / 6, 1e-12);
  EXPECT_NEAR(foreground_l1_normalised_loss(colour, truth, pixel(2, {0.01, 1})).item<double>(), (0.3 + 0.6) / 6, 1e-8);
  EXPECT_NEAR(foreground_l1_normalised_loss(colour, truth, pixel(2, {0.01, 0})).item<double>(), 0.3 / 3, 1e-8);
  EXPECT_NEAR(foreground_coherence_loss(colour, truth, pixel(2, {0.01, 1})).item<double>(), 0.3 * 0.3 / 3, 1e-12);
  EXPECT_NEAR(foreground_coherence_loss(colour, truth, pixel(2, {0, 1})).item<double>(), (0.16 + 0.04) / 3, 1e-12);
}

TEST(Composition, ByHand) {
  // Face (0.8, 0.6, 0.4) behind an occluder (0.2, 0.6, 0.5) of opacity 0.25: alpha 0.75. Contrast 0.6 + 0 + 0.1.
  const auto clean = pixel(1, {0.8, 0.6, 0.4});
  const auto at = [&](double alpha, double target, double opacity) {
    return composition_loss(pixel(1, {alpha}), pixel(1, {target}), clean, pixel(1, {0.2, 0.6, 0.5, opacity})).item<double>();
  };
  EXPECT_NEAR(at(0.65, 0.75, 0.25), 0.1 * 0.7 / 3, 1e-8);
  EXPECT_EQ(at(0.75, 0.75, 0.25), 0);
  EXPECT_EQ(at(0.5, 1, 0), 0) << "no occluder, no colour";
  EXPECT_EQ(at(0.5, 0, 0.25), 0) << "seen through, yet no face: beside the face";
  EXPECT_NEAR(at(0.5, 0, 1), 0.5 * 0.7 / 3, 1e-8) << "hidden";
}

// The pictures themselves, composited pixel by pixel.
TEST(Composition, ComparesCompositedPictures) {
  torch::manual_seed(5);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const auto clean = torch::rand({2, 3, 3, 6, 7}, options), alpha = torch::rand({2, 3, 1, 6, 7}, options);
  auto occluder = torch::rand({2, 3, 4, 6, 7}, options);
  occluder.narrow(2, 3, 1).narrow(3, 0, 2).zero_();  // rows without occluder
  occluder.narrow(2, 3, 1).narrow(3, 2, 1).fill_(1);
  auto face = torch::ones({2, 3, 1, 6, 7}, options);
  face.narrow(4, 0, 2).zero_();  // columns beside the face
  const auto target = face * (1 - occluder.narrow(2, 3, 1));
  double sum = 0;
  int count = 0;
  for (int b = 0; b < 2; ++b)
    for (int t = 0; t < 3; ++t)
      for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 7; ++x) {
          const auto at = [&](const torch::Tensor& v, int c) { return v.index({b, t, c, y, x}).item<double>(); };
          const double opacity = at(occluder, 3), p = at(alpha, 0);
          if (opacity == 0 || (x < 2 && opacity < 1)) continue;
          for (int c = 0; c < 3; ++c, ++count) {
            const double frame = opacity * at(occluder, c) + (1 - opacity) * at(clean, c);
            sum += std::abs(p * at(clean, c) + (1 - p) * at(occluder, c) - frame);
          }
        }
  EXPECT_NEAR(composition_loss(alpha, target, clean, occluder).item<double>(), sum / count, 1e-9);
  EXPECT_EQ(composition_loss(alpha, target, clean, torch::zeros_like(occluder)).item<double>(), 0) << "no occluder at all";
}

TEST(Segmentation, ByHandAndStable) {
  const auto at = [](double logit, double target) { return segmentation_loss(row({logit}), row({target})).item<double>(); };
  EXPECT_NEAR(at(0, 1), std::log(2), 1e-12);
  EXPECT_NEAR(at(std::log(3), 1), -std::log(0.75), 1e-12);  // sigmoid(ln 3) = 3/4
  EXPECT_NEAR(at(std::log(3), 0.25), -0.25 * std::log(0.75) - 0.75 * std::log(0.25), 1e-12);
  EXPECT_NEAR(at(1000, 0), 1000, 1e-9);
  EXPECT_NEAR(at(-1000, 0), 0, 1e-12);
}

}  // namespace
}  // namespace facemat
