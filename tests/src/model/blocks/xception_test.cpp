#include "src/model/blocks/xception.h"

#include <gtest/gtest.h>

#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

constexpr double kWidth = 0.05;  // 8 channels at first, 104 at the end

std::vector<int64_t> sides(const torch::Tensor& map) { return {map.size(2), map.size(3)}; }

TEST(Xception, KeepsTheSizeOnceTheOutputStrideIsReached) {
  const torch::NoGradGuard no_grad;
  const auto frames = torch::rand({1, 4, 37, 66});
  using Sides = std::vector<int64_t>;
  for (const int64_t stride : {4, 8, 16, 32}) {
    Xception encoder(4, stride, kWidth);
    encoder->eval();
    const XceptionFeatures features = encoder(frames);
    ASSERT_EQ(features.entry.size(), 3u);
    EXPECT_EQ(sides(features.entry[0]), (Sides{19, 33}));
    EXPECT_EQ(sides(features.entry[1]), (Sides{10, 17}));
    EXPECT_EQ(sides(features.entry[2]), (stride == 4 ? Sides{10, 17} : Sides{5, 9}));
    EXPECT_EQ(sides(features.deep), (stride == 4    ? Sides{10, 17}
                                     : stride == 8  ? Sides{5, 9}
                                     : stride == 16 ? Sides{3, 5}
                                                    : Sides{2, 3}));
    EXPECT_EQ(features.entry[0].size(1), 8);
    EXPECT_EQ(features.deep.size(1), 104);
  }
}

// How far a change in the middle of a map reaches.
TEST(Xception, DilatesSeparableConvolutions) {
  const auto x = torch::rand({1, 8, 11, 11});
  const auto reach = [&](int64_t dilation) {
    SeparableConv conv(SeparableConvOptions{8, 8, 1, dilation, /*activated=*/false});
    conv->eval();
    auto changed = x.clone();
    changed.select(3, 5).select(2, 5).add_(1);
    const auto rows = (conv(changed) - conv(x)).abs().amax(std::vector<int64_t>{0, 1, 3}).nonzero().flatten();
    return std::vector<int64_t>(rows.data_ptr<int64_t>(), rows.data_ptr<int64_t>() + rows.numel());
  };
  EXPECT_EQ(reach(1), (std::vector<int64_t>{4, 5, 6}));
  EXPECT_EQ(reach(5), (std::vector<int64_t>{0, 5, 10}));
}

TEST(Xception, ActivatesBeforeOrWithin) {
  SeparableConv before(SeparableConvOptions{8, 16, 1, 1, /*activated=*/false}), within(SeparableConvOptions{8, 16});
  before->eval(), within->eval();
  const auto x = torch::randn({1, 8, 6, 6});
  EXPECT_TRUE(torch::equal(before(x), before(torch::relu(x))));
  EXPECT_LT(before(x).min().item<float>(), 0);
  EXPECT_GE(within(x).min().item<float>(), 0);
  EXPECT_FALSE(torch::equal(within(x), within(torch::relu(x))));
}

TEST(Xception, RecomputesTheSame) {
  Xception encoder(3, 16, kWidth);
  encoder->to(torch::kFloat64);
  const auto frames = torch::rand({2, 3, 32, 40}, torch::kFloat64);
  std::vector<torch::Tensor> gradients;
  for (const bool recompute : {false, true}) {
    encoder->zero_grad();
    const auto x = frames.clone().requires_grad_(true);
    const XceptionFeatures features = encoder(x, recompute);
    (features.deep.square().mean() + features.entry[1].square().mean()).backward();
    gradients.push_back(x.grad());
  }
  EXPECT_GT(gradients[0].abs().max().item<double>(), 0);
  EXPECT_LT(worst_difference(gradients[0], gradients[1]), 1e-12);
}

}  // namespace
}  // namespace facemat
