#include "src/model/compute/strided.h"

#include <gtest/gtest.h>

#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

// With as many threads as break LibTorch's own: then the heap is damaged, and the process ends.
TEST(StridedConv, EqualsLibTorchsWithSeveralThreads) {
  const int before = torch::get_num_threads();
  torch::set_num_threads(4);
  torch::manual_seed(3);
  for (const auto layout : {torch::MemoryFormat::ChannelsLast, torch::MemoryFormat::Contiguous})
    for (const auto& [in, out] : {std::pair<int64_t, int64_t>{8, 8}, {8, 24}, {24, 8}}) {
      StridedConv conv(torch::nn::Conv2dOptions(in, out, 1).stride(2).bias(false));
      const auto x = torch::randn({2, in, 16, 15}).contiguous(layout).requires_grad_(true);
      const auto wide_x = x.detach().to(torch::kFloat64).requires_grad_(true);
      const auto wide_weight = conv->weight.detach().to(torch::kFloat64).requires_grad_(true);
      const auto expected = torch::conv2d(wide_x, wide_weight, {}, 2);
      for (int i = 0; i < 30; ++i) {
        const auto y = conv->forward(x);
        const auto weights = torch::randn(y.sizes()).contiguous(layout);
        EXPECT_TRUE(y.is_contiguous(layout));
        EXPECT_LT(worst_difference(y, expected), 1e-5);
        const auto mine = torch::autograd::grad({(y * weights).sum()}, {x, conv->weight});
        const auto theirs =
            torch::autograd::grad({(expected * weights).sum()}, {wide_x, wide_weight}, {}, /*retain_graph=*/true);
        for (int k = 0; k < 2; ++k) EXPECT_LT(worst_difference(mine[k], theirs[k]), 1e-4);
      }
    }
  torch::set_num_threads(before);
}

// Other convolutions are LibTorch's.
TEST(StridedConv, TakesAnyKernel) {
  torch::manual_seed(3);
  StridedConv conv(torch::nn::Conv2dOptions(8, 8, 3).stride(2).padding(1));
  const auto x = torch::randn({1, 8, 9, 7}).contiguous(torch::MemoryFormat::ChannelsLast);
  EXPECT_LT(worst_difference(conv->forward(x), torch::conv2d(x, conv->weight, conv->bias, 2, 1)), 1e-6);
}

}  // namespace
}  // namespace facemat
