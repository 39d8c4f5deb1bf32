#include "src/model/blocks/standardised.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

// One filter of two channels, 1x1: weights 1 and 5, mean 3, unbiased variance (4 + 4) / 1 = 8. Standardised: -2 / sqrt(8) and
// 2 / sqrt(8), but for the floor of 1e-5.
TEST(Standardised, ByHand) {
  StandardisedConv conv(torch::nn::Conv2dOptions(2, 1, 1));
  const torch::NoGradGuard no_grad;
  conv->weight.copy_(torch::tensor({1.f, 5.f}).view({1, 2, 1, 1}));
  conv->bias.fill_(0.5);
  const auto y = conv->forward(torch::tensor({1.f, 4.f}).view({1, 2, 1, 1}));
  EXPECT_NEAR(y.item<float>(), 3 * 2 / std::sqrt(8.) + 0.5, 2e-5);
}

// A filter's offset and scale are nothing to it, whatever its size, and a filter of equal weights becomes 0.
TEST(Standardised, LosesOffsetAndScale) {
  StandardisedConv conv(torch::nn::Conv2dOptions(3, 4, 3).padding(2).dilation(2).stride(2).bias(false));
  const torch::NoGradGuard no_grad;
  const auto x = torch::rand({1, 3, 9, 8});
  const auto y = conv->forward(x);
  EXPECT_EQ(y.sizes().vec(), (std::vector<int64_t>{1, 4, 5, 4}));
  conv->weight.mul_(4).add_(2);
  EXPECT_LT(worst_difference(conv->forward(x), y), 1e-3);
  conv->weight.fill_(0.25);
  EXPECT_EQ(worst_difference(conv->forward(x), torch::zeros_like(y)), 0);
}

TEST(Standardised, GradientsPassThrough) {
  StandardisedConv conv(torch::nn::Conv2dOptions(2, 3, 3).padding(1).bias(false));
  const auto weight = conv->weight.detach().to(torch::kFloat64);
  expect_gradients(
      [&](const Tensors& in) {
        conv->weight = in[1];
        return conv->forward(in[0]);
      },
      {torch::randn({1, 2, 4, 5}, torch::kFloat64), weight.clone()});
}

// Two channels in one group: mean 2, variance 1 -> -1 and 1.
TEST(Standardised, GroupedNormByHand) {
  EXPECT_EQ(groups_at(1), 32);
  EXPECT_EQ(groups_at(0.25), 8);
  EXPECT_EQ(groups_at(0.01), 1);
  EXPECT_EQ(GroupedNorm(64, 32)->options.num_groups(), 32);
  EXPECT_EQ(GroupedNorm(48, 32)->options.num_groups(), 16);
  GroupedNorm plain(64, 32), rectified(64, 32, Activation::kRelu);
  auto x = torch::zeros({1, 64, 1, 1});
  x[0][2] = 1;
  x[0][3] = 3;
  const auto y = plain->forward(x), z = rectified->forward(x);
  EXPECT_NEAR(y[0][2].item<float>(), -1, 1e-5);  // eps takes away 5e-6
  EXPECT_NEAR(y[0][3].item<float>(), 1, 1e-5);
  EXPECT_EQ(y[0][0].item<float>(), 0);
  EXPECT_EQ(z[0][2].item<float>(), 0);
  EXPECT_NEAR(z[0][3].item<float>(), 1, 1e-5);
}

TEST(Standardised, GroupedNormTakesShortMaps) {
  GroupedNorm norm(8, 4, Activation::kRelu);
  const auto x = torch::randn({2, 8, 4, 4}).to(torch::kBFloat16).requires_grad_(true);
  const auto y = norm->forward(x);
  EXPECT_TRUE(torch::equal(y, norm->forward(x.to(torch::kFloat32))));
  y.sum().backward();
  EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
}

}  // namespace
}  // namespace facemat
