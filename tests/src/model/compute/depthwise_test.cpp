// The convolution against LibTorch's operators, and its gradients against finite differences.

#include "src/model/compute/depthwise.h"

#include <gtest/gtest.h>

#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

// LibTorch's gradients in double: in float not every build of it is right (networks/convolution_check.h).
TEST(DepthwiseConv, EqualsLibTorchsGradients) {
  torch::manual_seed(3);
  struct Case {
    int64_t channels, kernel, stride, dilation, height, width;
  };
  for (const Case& c :
       {Case{27, 3, 1, 1, 7, 6}, {16, 5, 1, 2, 5, 9}, {8, 5, 2, 1, 9, 8}, {3, 3, 2, 1, 4, 5}, {1, 5, 1, 2, 2, 1}})
    for (const auto dtype : {torch::kFloat64, torch::kFloat32}) {
      DepthwiseConv conv(c.channels, c.kernel, c.stride, c.dilation);
      conv->to(dtype);
      const auto x = random_map({2, c.channels, c.height, c.width}, dtype).requires_grad_(true);
      const auto wide = [](const torch::Tensor& values) { return values.detach().to(torch::kFloat64).requires_grad_(true); };
      const auto wide_x = wide(x), wide_weight = wide(conv->weight);
      const auto y = conv(x);
      const auto expected = torch::conv2d(wide_x, wide_weight, {}, c.stride, c.kernel / 2 * c.dilation, c.dilation, c.channels);
      const auto weights = torch::randn_like(y);
      const auto mine = torch::autograd::grad({(y * weights).sum()}, {x, conv->weight});
      const auto theirs = torch::autograd::grad({(expected * weights).sum()}, {wide_x, wide_weight});
      const double tolerance = dtype == torch::kFloat64 ? 1e-12 : 1e-4;
      EXPECT_LT(worst_difference(y, expected), tolerance) << c.channels << " channels";
      for (int i = 0; i < 2; ++i) EXPECT_LT(worst_difference(mine[i], theirs[i]), tolerance) << c.channels << " channels";
    }
}

TEST(DepthwiseConv, GradientsEqualFiniteDifferences) {
  torch::manual_seed(4);
  DepthwiseConv conv(2, 3, 2, 1);
  conv->to(torch::kFloat64);
  expect_gradients([&](const Tensors& in) { return conv(in[0]); }, {random_map({2, 2, 5, 4}), conv->weight});
}

}  // namespace
}  // namespace facemat
