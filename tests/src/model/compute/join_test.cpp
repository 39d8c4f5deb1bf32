// The pass against LibTorch's operators, and its gradients against finite differences.

#include "src/model/compute/join.h"

#include <gtest/gtest.h>

#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

TEST(Join, EqualsUpsamplingCuttingAndJoining) {
  torch::manual_seed(1);
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{6, 8}, {5, 7}, {2, 2}, {1, 2}, {2, 1}, {1, 1}}) {
    const auto x = random_map({3, 5, (h + 1) / 2, (w + 1) / 2}), skip = random_map({3, 2, h, w}),
               rgb = random_map({3, 3, h, w});
    const auto joined = join_upsampled(x, {skip, rgb});
    const auto plain = join_upsampled(x.contiguous().requires_grad_(true), {skip.contiguous(), rgb.contiguous()});
    EXPECT_LT(worst_difference(joined, plain), 1e-14) << h << "x" << w;
    EXPECT_EQ(joined.size(1), 10);
  }
}

TEST(Join, UpsamplesByQuarters) {
  const auto x = torch::tensor({0.0, 4.0, 8.0}, torch::kFloat64).view({1, 1, 1, 3});
  const auto joined = join_upsampled(x, {torch::zeros({1, 1, 1, 6}, torch::kFloat64)});
  EXPECT_TRUE(torch::equal(joined[0][0][0], torch::tensor({0.0, 1.0, 3.0, 5.0, 7.0, 8.0}, torch::kFloat64)));
}

TEST(Join, GradientsEqualFiniteDifferences) {
  torch::manual_seed(2);
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{6, 4}, {5, 3}, {1, 2}})
    expect_gradients(
        [](const Tensors& in) {
          return join_upsampled(in[0], {in[1], in[2]});
        },
        {random_map({2, 3, (h + 1) / 2, (w + 1) / 2}), random_map({2, 2, h, w}), random_map({2, 1, h, w})});
}

}  // namespace
}  // namespace facemat
