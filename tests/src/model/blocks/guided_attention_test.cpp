#include "src/model/blocks/guided_attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/model/compute/norm.h"
#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

// In evaluation mode, and with a way back that changes nothing but a norm's 1 / sqrt(1 + eps).
GuidedAttention open_attention(int64_t channels, int64_t guidance) {
  GuidedAttention attention(channels, guidance);
  attention->eval();
  for (auto& item : attention->named_parameters()) {
    torch::Tensor held = item.value();
    if (item.key() == "W.0.weight") held.set_data(torch::eye(channels).view({channels, channels, 1, 1}));
    if (item.key() == "W.1.weight") held.set_data(torch::ones({channels}));
  }
  return attention;
}

const double kThrough = 1 / std::sqrt(1 + 1e-5);

TEST(GuidedAttention, StartsAsNearlyNothing) {
  GuidedAttention attention(8, 4);
  attention->eval();
  const auto alpha = torch::rand({2, 8, 8, 12});
  const auto out = attention(alpha, torch::rand({2, 4, 8, 12}), (torch::rand({2, 1, 8, 12}) > 0.5).to(torch::kFloat32));
  const double moved = worst_difference(out, alpha);
  EXPECT_GT(moved, 0);
  EXPECT_LT(moved, 0.02);  // 0.001 times a few features
}

// Where all patches are alike it does not matter who looks where: each place gets the sum of the patches that cover it, four of
// them inside, two at the borders, one in the corners, a quarter each.
TEST(GuidedAttention, AddsUpPatchesThatOverlap) {
  auto attention = open_attention(3, 4);
  const auto alpha = torch::full({2, 3, 6, 8}, 0.5), guidance = torch::full({2, 4, 6, 8}, 0.25);
  const auto rows = torch::tensor({1.f, 2.f, 2.f, 2.f, 2.f, 1.f});
  const auto columns = torch::tensor({1.f, 2.f, 2.f, 2.f, 2.f, 2.f, 2.f, 1.f});
  const auto expected = 0.5 + 0.5 * torch::outer(rows, columns) / 4 * kThrough;
  for (const float unknown : {0.f, 1.f}) {
    const auto out = attention(alpha, guidance, torch::full({2, 1, 6, 8}, unknown));
    EXPECT_LT(worst_difference(out, expected.expand({2, 3, 6, 8})), 1e-5) << unknown;
  }
}

// The guidance tells all places apart. Where everything is known, each is most like itself, and the patches go back to where
// they came from; where it is unknown, none may look at itself, and they all go elsewhere.
TEST(GuidedAttention, LetsNoUnknownPlaceLookAtItself) {
  auto attention = open_attention(2, 4);
  torch::manual_seed(3);
  const auto alpha = torch::rand({1, 2, 8, 8}), guidance = 20 * torch::randn({1, 4, 8, 8});
  const auto patches = torch::im2col(torch::reflection_pad2d(alpha, {1, 1, 1, 1}), {4, 4}, {1, 1}, {0, 0}, {2, 2});
  const auto back = torch::col2im(patches, {8, 8}, {4, 4}, {1, 1}, {1, 1}, {2, 2}) / 4;
  const auto known = attention(alpha, guidance, torch::zeros({1, 1, 8, 8})) - alpha;
  EXPECT_LT(worst_difference(known, back * kThrough), 1e-4);
  const auto unknown = attention(alpha, guidance, torch::ones({1, 1, 8, 8})) - alpha;
  EXPECT_GT((unknown - back * kThrough).abs().mean().item<float>(), 0.02);
}

TEST(GuidedAttention, TakesEachSampleByItself) {
  auto attention = open_attention(4, 8);
  const auto alpha = torch::rand({3, 4, 4, 10}), guidance = torch::randn({3, 8, 4, 10});
  auto unknown = (torch::rand({3, 1, 4, 10}) > 0.6).to(torch::kFloat32);
  unknown[1].fill_(1), unknown[2].fill_(0);
  const auto all = attention(alpha, guidance, unknown);
  for (int64_t i = 0; i < 3; ++i) {
    const auto one = attention(alpha.narrow(0, i, 1), guidance.narrow(0, i, 1), unknown.narrow(0, i, 1));
    EXPECT_LT(worst_difference(one, all.narrow(0, i, 1)), 1e-5) << i;
  }
}

// Black guidance has patches without a length, and all or nothing may be unknown: no division comes to nothing.
TEST(GuidedAttention, HasFiniteGradientsEverywhere) {
  GuidedAttention attention(4, 4);
  for (const float unknown : {0.f, 1.f}) {
    const auto alpha = torch::rand({2, 4, 4, 4}).requires_grad_(true),
               guidance = torch::zeros({2, 4, 4, 4}).requires_grad_(true);
    attention->zero_grad();
    for (auto& item : attention->named_parameters()) {
      torch::Tensor held = item.value();
      if (item.key().rfind("guidance_conv", 0) == 0) held.set_data(torch::zeros_like(held));
    }
    attention(alpha, guidance, torch::full({2, 1, 4, 4}, unknown)).square().sum().backward();
    EXPECT_TRUE(alpha.grad().isfinite().all().item<bool>());
    EXPECT_TRUE(guidance.grad().isfinite().all().item<bool>());
    for (const auto& item : attention->named_parameters())
      EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
  }
}

}  // namespace
}  // namespace facemat
