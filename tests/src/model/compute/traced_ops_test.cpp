#include "src/model/compute/traced_ops.h"

#include <gtest/gtest.h>

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

TEST(TracedOps, ResizeUsesPixelCentres) {
  const auto x = torch::tensor({0.f, 1.f}).view({1, 1, 1, 2});
  const auto expected = torch::tensor({0.f, 0.25f, 0.75f, 1.f}).view({1, 1, 1, 4});
  EXPECT_TRUE(torch::allclose(resize_like(x, torch::zeros({1, 1, 1, 4})), expected));
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
}

}  // namespace
}  // namespace facemat
