#include "src/model/operators/traced_ops.h"

#include <gtest/gtest.h>

#include "src/core/error.h"

namespace facemat {
namespace {

TEST(TracedOps, CropKeepsTheTopLeft) {
  const auto x = torch::arange(12).view({1, 1, 3, 4});
  EXPECT_TRUE(torch::equal(crop_like(x, torch::zeros({5, 7, 2, 3})), torch::tensor({0, 1, 2, 4, 5, 6}).view({1, 1, 2, 3})));
}

TEST(TracedOps, StateTakesTheShapeOfX) {
  const auto x = torch::rand({2, 3, 4, 5});
  EXPECT_TRUE(torch::equal(state_like(torch::zeros({1, 1, 1, 1}), x), torch::zeros({2, 3, 4, 5})));
  EXPECT_TRUE(torch::equal(state_like(x, x), x));
}

TEST(TracedOps, ResizeByCornersKeepsThem) {
  const auto x = torch::tensor({0.f, 1.f}).view({1, 1, 1, 2});
  const auto expected = torch::tensor({0.f, 0.25f, 0.5f, 0.75f, 1.f}).view({1, 1, 1, 5});
  EXPECT_TRUE(torch::allclose(resize_like(x, torch::zeros({1, 1, 1, 5}), /*align_corners=*/true), expected));
}

// Patches of 4x4 ones, two places apart, on 2x2 places: where they meet their numbers add up, and one place at each border is
// cut off.
TEST(TracedOps, FoldingAddsUpWhatOverlaps) {
  const auto folded = fold_like(torch::ones({2, 3 * 16, 4}), torch::zeros({2, 1, 2, 2}), 4, 2, 1);
  const auto row = torch::tensor({1.f, 2.f, 2.f, 1.f});
  EXPECT_TRUE(torch::equal(folded, torch::outer(row, row).expand({2, 3, 4, 4})));
}

TEST(TracedOps, FoldingUndoesTakingPatchesWhereNoneOverlap) {
  const auto x = torch::rand({2, 3, 6, 9});
  const auto columns = torch::im2col(x, {3, 3}, {1, 1}, {0, 0}, {3, 3});
  EXPECT_TRUE(torch::equal(fold_like(columns, torch::zeros({2, 1, 2, 3}), 3, 3, 0), x));
}

TEST(TracedOps, DiagonalsGetTheirOwnSummands) {
  const auto x = torch::zeros({2, 2, 2}), d = torch::tensor({1.f, 2.f, 3.f, 4.f}).view({2, 1, 2});
  const auto expected = torch::tensor({1.f, 0.f, 0.f, 2.f, 3.f, 0.f, 0.f, 4.f}).view({2, 2, 2});
  EXPECT_TRUE(torch::equal(add_to_diagonal(x, d), expected));
}

TEST(TracedOps, ResizeUsesPixelCentres) {
  const auto x = torch::tensor({0.f, 1.f}).view({1, 1, 1, 2});
  const auto expected = torch::tensor({0.f, 0.25f, 0.75f, 1.f}).view({1, 1, 1, 4});
  EXPECT_TRUE(torch::allclose(resize_like(x, torch::zeros({1, 1, 1, 4})), expected));
}

TEST(TracedOps, UnpoolingPutsValuesWhereTheLargestLay) {
  const auto map = torch::tensor({0.f, 0.f, 1.f, 2.f,   //
                                  0.f, 0.f, 3.f, -1.f,  //
                                  5.f, 5.f, 0.f, 0.f,   //
                                  4.f, 5.f, 0.f, 7.f})
                       .view({1, 1, 4, 4});
  const auto x = torch::tensor({1.f, -2.f, 3.f, 4.f}).view({1, 1, 2, 2});
  const auto expected = torch::tensor({1.f, 0.f, 0.f, 0.f,   //
                                       0.f, 0.f, -2.f, 0.f,  //
                                       3.f, 0.f, 0.f, 0.f,   //
                                       0.f, 0.f, 0.f, 4.f})
                            .view({1, 1, 4, 4});
  EXPECT_TRUE(torch::equal(unpool_like(x, map), expected));
  EXPECT_TRUE(torch::equal(unpool_like(x.to(torch::kBFloat16), map), expected.to(torch::kBFloat16)));
  // Maps that lie in channels-last order, with several channels.
  const auto wide = torch::relu(torch::randn({2, 5, 6, 8}));
  const auto values = torch::randn({2, 5, 3, 4});
  const auto last = [](const torch::Tensor& t) { return t.contiguous(torch::MemoryFormat::ChannelsLast); };
  EXPECT_TRUE(torch::equal(unpool_like(last(values), last(wide)), unpool_like(values, wide)));
  const auto pooled = torch::max_pool2d(wide, 2);
  EXPECT_TRUE(torch::equal(torch::max_pool2d(unpool_like(pooled, wide), 2), pooled));
  EXPECT_THROW(unpool_like(x, torch::zeros({1, 1, 5, 4})), Error);
}

TEST(TracedOps, Differentiate) {
  auto x = torch::ones({1, 1, 4, 4}, torch::requires_grad());
  crop_like(x, torch::zeros({1, 1, 2, 3})).sum().backward();
  EXPECT_EQ(x.grad().sum().item<float>(), 6);
  EXPECT_EQ(x.grad()[0][0][3][3].item<float>(), 0);
  auto state = torch::zeros({1, 1, 1, 1}, torch::requires_grad());
  state_like(state, x).sum().backward();
  EXPECT_EQ(state.grad().item<float>(), 16);
  auto small = torch::ones({1, 1, 2, 2}, torch::requires_grad());
  resize_like(small, x).sum().backward();
  EXPECT_TRUE(torch::allclose(small.grad(), torch::full({1, 1, 2, 2}, 4.f)));
  auto pooled = torch::ones({1, 1, 2, 2}, torch::requires_grad());
  auto map = torch::arange(16.f).view({1, 1, 4, 4}).requires_grad_(true);
  (unpool_like(pooled, map) * map.detach()).sum().backward();
  EXPECT_TRUE(torch::equal(pooled.grad(), torch::tensor({5.f, 7.f, 13.f, 15.f}).view({1, 1, 2, 2})));
  EXPECT_FALSE(map.grad().defined());
}

}  // namespace
}  // namespace facemat
