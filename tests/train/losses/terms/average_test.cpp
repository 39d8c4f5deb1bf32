// Means over what can be believed, by hand.
#include "train/losses/terms/average.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/losses/loss_inputs.h"
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

constexpr double kClose = 1e-7;  // 1e-8 in denominators of about 1

Average trusting(const torch::Tensor& trust) { return {trust, {}}; }

TEST(Average, WithoutTrustIsThePlainMean) {
  const auto errors = torch::rand({2, 3, 1, 5, 7});
  EXPECT_TRUE(torch::equal(Average().of(errors), errors.mean()));
  EXPECT_TRUE(torch::equal(Average().of_filtered(errors), errors.mean()));
  EXPECT_TRUE(torch::equal(Average().of_changes().of(errors), errors.mean()));
  EXPECT_TRUE(Average().believed(errors).is_same(errors));
  const auto region = (torch::rand({2, 3, 1, 5, 7}) > 0.5).to(torch::kFloat32);
  EXPECT_TRUE(torch::equal(Average().in_region(errors * region, region), (errors * region).sum() / (region.sum() + 1e-8)));
}

TEST(Average, CountsByTrust) {
  const Average average = trusting(row({1, 0.5, 0}));
  EXPECT_NEAR(average.of(row({0.25, 0.5, 9})).item<double>(), (0.25 + 0.25) / 1.5, kClose);
  EXPECT_NEAR(average.in_region(row({0.25, 0, 9}), row({1, 0, 1})).item<double>(), 0.25, kClose);
  EXPECT_NEAR(average.in_region(row({0.25, 0.5, 9}), row({1, 1, 1}) > 0).item<double>(), 0.5 / 1.5, kClose);
  EXPECT_NEAR(average.of_filtered(row({0.25, 0.5, 0})).item<double>(), 0.75 / 3 / 0.5, kClose);
  EXPECT_EQ(trusting(row({0, 0})).of(row({1, 2})).item<double>(), 0) << "nothing is known";
  EXPECT_TRUE(torch::equal(average.believed(row({2, 2, 2})), row({2, 1, 0})));
  // Three channels and one trust.
  EXPECT_NEAR(trusting(pixel(2, {1, 0})).of(pixel(2, {0.1, 0.2, 0.3, 7, 8, 9})).item<double>(), 0.2, kClose);
}

TEST(Average, AChangeIsTrustedAsItsLessTrustedFrame) {
  const auto changes = pixel(2, {0.4, 0.8});
  EXPECT_NEAR(trusting(pixel(3, {1, 1, 0})).of_changes().of(changes).item<double>(), 0.4, kClose);
  EXPECT_NEAR(trusting(pixel(3, {1, 0.5, 0.25})).of_changes().of(changes).item<double>(), (0.2 + 0.2) / 0.75, kClose);
}

// The processes' results together are what one process with all clips would get.
TEST(Average, IsOverAllProcesses) {
  const auto a = row({1, 5}), b = row({0.5, 0.25}), trust_a = row({1, 0}), trust_b = row({1, 1});
  const auto mean_size = [](const torch::Tensor&) { return torch::tensor(1.5, torch::kFloat64); };  // of 1 and 2
  const double together = (1 + 0.5 + 0.25) / 3;
  EXPECT_NEAR((Average(trust_a, mean_size).of(a) + Average(trust_b, mean_size).of(b)).item<double>() / 2, together, kClose);
}

TEST(Trust, OfPixelErrorsByHand) {
  const auto alpha = row({0, 0.5, 1}), target = row({0.25, 0.75, 0.5}), trust = row({1, 0.5, 0});
  const Average average = trusting(trust);
  EXPECT_NEAR(l1_loss(alpha, target, average).item<double>(), (0.25 + 0.5 * 0.25) / 1.5, kClose);
  EXPECT_NEAR(l2_loss(alpha, target, average).item<double>(), (0.0625 + 0.5 * 0.0625) / 1.5, kClose);
  EXPECT_NEAR(charbonnier_loss(row({0.3, 0, 9}), row({0, 0.3, 0}), 0.4, average).item<double>(), 0.5, kClose);
  const auto unknown = row({0, 1, 1});
  EXPECT_NEAR(l1_unknown_loss(alpha, target, unknown, average).item<double>(), 0.25, kClose)
      << "the region counts by trust, too";
  EXPECT_NEAR(l2_unknown_loss(alpha, target, unknown, average).item<double>(), 0.0625, kClose);
  EXPECT_NEAR(l1_weighted_loss(alpha, target, row({2, 4, 8}), average).item<double>(), (0.5 + 0.5) / 1.5, kClose);
  EXPECT_NEAR(l2_weighted_loss(alpha, target, row({2, 4, 8}), average).item<double>(), (0.125 + 0.125) / 1.5, kClose);
  const auto weight = uncertainty_weight(row({0, 0.5, 1}), {"deviation", 1, 2, 3, true}, average);  // 2, 3.5, 5
  EXPECT_TRUE(torch::allclose(weight, row({2, 3.5, 5}) / ((2 + 0.5 * 3.5) / 1.5), 0, kClose));
  const double nll = 0.5 * (0.0625 / 0.04 + std::log(0.04));
  EXPECT_NEAR(nll_loss(alpha, target, row({0.04, 0.04, 1e-6}), average).item<double>(), nll, kClose);
  EXPECT_NEAR(nll_log_loss(alpha, target, row({0.04, 0.04, 1e-6}).log(), average).item<double>(), nll, kClose);
  EXPECT_NEAR(beta_nll_loss(alpha, target, row({0.04, 0.04, 1}), 0.5, average).item<double>(), 0.2 * nll, kClose);
  EXPECT_NEAR(segmentation_loss(row({0, 0, 99}), row({1, 1, 0}), average).item<double>(), std::log(2), kClose);
}

TEST(Trust, OfMotionAndColourByHand) {
  const auto alpha = pixel(3, {0, 0.5, 0.5}), target = pixel(3, {0, 0, 1});  // changes of the error: 0.5, -1
  EXPECT_NEAR(coherence_loss(alpha, target, trusting(pixel(3, {1, 1, 0}))).item<double>(), 0.25, kClose);
  EXPECT_NEAR(coherence_loss(alpha, target, trusting(pixel(3, {1, 0.5, 1}))).item<double>(), (0.125 + 0.5) / 1, kClose);
  EXPECT_EQ(coherence_loss(alpha, target, trusting(pixel(3, {1, 0, 1}))).item<double>(), 0) << "no two frames in a row";
  EXPECT_NEAR(coherence_weighted_loss(alpha, target, pixel(3, {1, 1, 1}), trusting(pixel(3, {0, 1, 1}))).item<double>(), 1,
              kClose);
  const auto colour = pixel(2, {0.6, 0.5, 0.4, 0.9, 0.5, 0.4}), truth = pixel(2, {0.5, 0.5, 0.6, 0.5, 0.5, 0.6});
  const auto face = pixel(2, {1, 1});
  EXPECT_NEAR(foreground_l1_loss(colour, truth, face, trusting(pixel(2, {1, 0}))).item<double>(), (0.1 + 0.2) / 3, kClose);
  EXPECT_EQ(foreground_coherence_loss(colour, truth, face, trusting(pixel(2, {1, 0}))).item<double>(), 0);
  // Two frames as Composition.ByHand has one: error 0.1 and contrast 0.7, error 0.25 and contrast 0.7.
  const auto clean = pixel(2, {0.8, 0.6, 0.4, 0.8, 0.6, 0.4});
  const auto occluder = pixel(2, {0.2, 0.6, 0.5, 0.25, 0.2, 0.6, 0.5, 0.25});
  const auto composed = [&](std::vector<double> trust) {
    return composition_loss(pixel(2, {0.65, 0.5}), pixel(2, {0.75, 0.75}), clean, occluder,
                            trusting(pixel(2, std::move(trust))))
        .item<double>();
  };
  EXPECT_NEAR(composed({1, 0}), 0.1 * 0.7 / 3, kClose);
  EXPECT_NEAR(composed({1, 0.5}), (0.1 + 0.5 * 0.25) * 0.7 / 3 / 1.5, kClose);
}

// Filtered errors are those of trust times the error, over the mean trust.
TEST(Trust, OfFilteredErrorsIsWhatIsBelieved) {
  torch::manual_seed(8);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const auto alpha = torch::rand({2, 2, 1, 32, 40}, options), target = torch::rand({2, 2, 1, 32, 40}, options);
  const auto trust = (torch::rand({2, 2, 1, 32, 40}, options) * 2).clamp_max(1), nothing = torch::zeros_like(alpha);
  const auto believed = trust * (alpha - target);
  const double share = trust.mean().item<double>();
  const Average average = trusting(trust);
  EXPECT_NEAR(laplacian_loss(alpha, target, 3, average).item<double>(),
              laplacian_loss(believed, nothing, 3).item<double>() / share, kClose);
  EXPECT_NEAR(gradient_loss(alpha, target, average).item<double>(), gradient_loss(believed, nothing).item<double>() / share,
              kClose);
  const auto weight = torch::rand({2, 2, 1, 32, 40}, options);
  EXPECT_NEAR(laplacian_weighted_loss(alpha, target, weight, 3, average).item<double>(),
              laplacian_weighted_loss(believed, nothing, weight, 3).item<double>() / share, kClose);
  EXPECT_NEAR(laplacian_normalised_loss(alpha, target, weight, 3, average).item<double>(),
              laplacian_normalised_loss(believed, nothing, trust * weight, 3).item<double>(), kClose);
  const auto half = trusting(torch::full_like(alpha, 0.5));  // an even doubt is none
  EXPECT_NEAR(laplacian_loss(alpha, target, 3, half).item<double>(), laplacian_loss(alpha, target, 3).item<double>(), kClose);
  EXPECT_NEAR(gradient_loss(alpha, target, half).item<double>(), gradient_loss(alpha, target).item<double>(), kClose);
}

// Every level keeps pixels that count, though a rim of a few pixels is untrusted: what the least trust of what a level looks at
// would leave of the fifth is nothing.
TEST(Trust, LeavesTheCoarseLevelsTheirPixels) {
  auto trust = torch::ones({1, 1, 1, 128, 128}, torch::kFloat64);
  trust.narrow(-1, 60, 3).zero_();
  trust.narrow(-2, 60, 3).zero_();
  const auto alpha = torch::rand({1, 1, 1, 128, 128}, torch::kFloat64).requires_grad_(true);
  const auto errors = laplacian_pyramid(trusting(trust).believed(alpha).flatten(0, 1), 5);
  for (size_t k = 0; k < errors.size(); ++k) {
    const auto gradient = torch::autograd::grad({errors[k].abs().sum()}, {alpha}, {}, /*retain_graph=*/true)[0];
    EXPECT_EQ((gradient * (1 - trust)).abs().max().item<double>(), 0) << "level " << k;
    EXPECT_GT(((gradient != 0).sum() / trust.sum()).item<double>(), 0.5) << "level " << k;
  }
}

// Without trust the mean is LibTorch's own, and so is its gradient, to the last bit.
TEST(Segmentation, WithoutTrustIsLibTorchsOwn) {
  torch::manual_seed(2);
  auto logits = torch::randn({2, 3, 1, 16, 16}).requires_grad_(true), again = logits.detach().clone().requires_grad_(true);
  const auto target = torch::rand({2, 3, 1, 16, 16});
  const auto value = segmentation_loss(logits, target), expected = torch::binary_cross_entropy_with_logits(again, target);
  value.backward(), expected.backward();
  EXPECT_TRUE(torch::equal(value, expected));
  EXPECT_TRUE(torch::equal(logits.grad(), again.grad()));
}

}  // namespace
}  // namespace facemat
