// MODNet's losses by hand.
#include "train/losses/systems/modnet.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/losses/loss_inputs.h"

namespace facemat {
namespace {

const double kBeside = std::exp(-1 / 1.28), kSum = 1 + 2 * kBeside;  // of a Gaussian of sigma 0.8, by its middle

TEST(SemanticMap, IsAGaussianOfThreePixels) {
  auto x = torch::zeros({1, 1, 1, 5, 5}, torch::kFloat64);
  x[0][0][0][2][2] = 1;
  const auto map = semantic_map(x)[0][0][0];
  EXPECT_NEAR(map[2][2].item<double>(), 1 / (kSum * kSum), 1e-12);
  EXPECT_NEAR(map[2][1].item<double>(), kBeside / (kSum * kSum), 1e-12);
  EXPECT_NEAR(map[3][3].item<double>(), kBeside * kBeside / (kSum * kSum), 1e-12);
  EXPECT_EQ(map[2][4].item<double>(), 0);
  EXPECT_TRUE(torch::allclose(semantic_map(torch::ones_like(x)), torch::ones_like(x))) << "borders are replicated";
}

TEST(SemanticMap, DoesNotMixInWhatCannotBeBelieved) {
  const auto map = semantic_map(row({1, 0.9, 0}), row({1, 0, 1}));
  EXPECT_TRUE(torch::allclose(map, row({1, 0.5, 0})));
  EXPECT_TRUE(torch::equal(semantic_map(row({1, 1}), row({0, 0})), row({0, 0}))) << "nothing is known";
}

TEST(ModnetSemantic, ComparesWithTheMap) {
  const auto target = row({0.5, 0.5, 0.5});
  EXPECT_NEAR(modnet_semantic_loss(row({0.5, 0.75, 0.5}), target, {}).item<double>(), 0.0625 / 3, 1e-12);
}

TEST(ModnetDetail, CountsAtTheBoundary) {
  EXPECT_NEAR(modnet_detail_loss(row({9, 0.5, 0.25}), row({0, 0.25, 0.25}), row({0, 1, 1})).item<double>(), 0.25 / 3, 1e-12);
}

TEST(ModnetFusion, CountsTheBoundaryFiveTimes) {
  // Brightness 1, 0 and 1 of the first pixel's normalised colours; the second is grey, which cuts out nothing.
  const auto frames = torch::tensor({1.0, 0.5, 0.5, 0.5, 0.0, 0.5}, torch::kFloat64).view({1, 1, 3, 1, 2});
  const double expected = (5 * 0.5 * (1 + 2. / 3) + 0.25) / 2;
  EXPECT_NEAR(modnet_fusion_loss(row({0.5, 0.75}), row({0, 1}), frames, row({1, 0})).item<double>(), expected, 1e-12);
}

TEST(ModnetConsistency, BothBranchesHaveToAgree) {
  const auto semantic = torch::full({1, 1, 1, 3, 3}, 0.3, torch::kFloat64);
  auto alpha = torch::full({1, 1, 1, 3, 3}, 0.5, torch::kFloat64).requires_grad_(true);
  const auto loss = modnet_consistency_loss(semantic, alpha);
  EXPECT_NEAR(loss.item<double>(), 0.04, 1e-12);
  loss.backward();
  EXPECT_GT(alpha.grad().min().item<double>(), 0);
  EXPECT_NEAR(modnet_consistency_loss(semantic, torch::full_like(semantic, 0.005)).item<double>(), 0.09, 1e-12)
      << "less than 0.01 is nothing";
}

}  // namespace
}  // namespace facemat
