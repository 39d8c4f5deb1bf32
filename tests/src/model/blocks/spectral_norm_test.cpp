#include "src/model/blocks/spectral_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "src/model/weights/weights.h"
#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

// A parameter or a buffer.
torch::Tensor part(const torch::nn::Module& module, const std::string& name) { return named_weights(module).at(name); }

// Takes the place of what a part holds.
void set(const torch::nn::Module& module, const std::string& name, const torch::Tensor& value) {
  torch::Tensor held = part(module, name);
  held.set_data(value);
}

// A matrix with singular values 3 and 1: its largest is found by the power iteration, and divided by.
TEST(SpectralWeight, HasALargestSingularValueOfOne) {
  SpectralWeight weight(std::vector<int64_t>{2, 2, 1, 1});
  set(*weight, "weight_bar", torch::tensor({0.f, 1.f, 3.f, 0.f}).view({2, 2, 1, 1}));
  weight->train();
  for (int i = 0; i < 30; ++i) weight->forward();
  const auto found = weight->forward().view({2, 2});
  EXPECT_LT(worst_difference(found, torch::tensor({0.f, 1 / 3.f, 1.f, 0.f}).view({2, 2})), 1e-6);
  EXPECT_NEAR(part(*weight, "weight_u").norm().item<float>(), 1, 1e-6);
  EXPECT_NEAR(part(*weight, "weight_v").norm().item<float>(), 1, 1e-6);
}

// One step from u: v = W^T u / |W^T u|, u' = W v / |W v|, sigma = u' . W v.
TEST(SpectralWeight, TakesOneStepAForwardInTraining) {
  SpectralWeight weight(std::vector<int64_t>{2, 2, 1, 1});
  set(*weight, "weight_bar", torch::tensor({1.f, 2.f, 0.f, 2.f}).view({2, 2, 1, 1}));
  set(*weight, "weight_u", torch::tensor({1.f, 0.f}));
  weight->train();
  const auto found = weight->forward();
  const double root5 = std::sqrt(5), sigma = std::sqrt(25 + 16) / root5;  // v = (1,2) / root5, W v = (5,4) / root5
  EXPECT_LT(worst_difference(part(*weight, "weight_v"), torch::tensor({1 / root5, 2 / root5})), 1e-6);
  EXPECT_LT(worst_difference(part(*weight, "weight_u"), torch::tensor({5.0, 4.0}) / std::sqrt(41.0)), 1e-6);
  EXPECT_LT(worst_difference(found.flatten(), torch::tensor({1.0, 2.0, 0.0, 2.0}) / sigma), 1e-6);
  weight->eval();
  const auto u = part(*weight, "weight_u").clone();
  EXPECT_TRUE(torch::equal(weight->forward(), weight->forward()));
  EXPECT_TRUE(torch::equal(part(*weight, "weight_u"), u));
}

// d (sum R W / sigma) / dW = R / sigma - (sum R W) u v^T / sigma^2.
TEST(SpectralWeight, LetsTheGradientThroughSigma) {
  SpectralWeight weight(std::vector<int64_t>{3, 2, 2, 2});
  weight->to(torch::kFloat64);
  weight->eval();
  const auto r = torch::randn({3, 2, 2, 2}, torch::kFloat64);
  (weight->forward() * r).sum().backward();
  const auto w = part(*weight, "weight_bar").detach(), u = part(*weight, "weight_u"), v = part(*weight, "weight_v");
  const auto sigma = torch::dot(u, torch::mv(w.flatten(1), v));
  const auto expected = r / sigma - (r * w).sum() * torch::outer(u, v).view_as(r) / (sigma * sigma);
  EXPECT_LT(worst_difference(part(*weight, "weight_bar").grad(), expected), 1e-10);
}

// What a forward needs for its backward pass is not changed by the next one.
TEST(SpectralWeight, GoesForwardTwiceBeforeItGoesBack) {
  SpectralConv conv(SpectralConvOptions{2, 3, 3, 1, 1});
  conv->train();
  const auto x = torch::rand({1, 2, 4, 4});
  const auto first = conv(x), second = conv(x);
  (first.sum() + second.sum()).backward();
  EXPECT_TRUE(part(*conv, "module.weight_bar").grad().isfinite().all().item<bool>());
}

TEST(SpectralConv, ConvolvesAndTransposes) {
  const auto x = torch::rand({2, 4, 5, 7});
  SpectralConv down(SpectralConvOptions{4, 6, 3, 2, 1}), up(SpectralConvOptions{4, 6, 4, 2, 1, /*transposed=*/true});
  down->eval(), up->eval();
  const auto sigma_of = [](const torch::nn::Module& conv) {
    return torch::dot(part(conv, "module.weight_u"),
                      torch::mv(part(conv, "module.weight_bar").flatten(1), part(conv, "module.weight_v")));
  };
  EXPECT_EQ(part(*up, "module.weight_bar").sizes().vec(), (std::vector<int64_t>{4, 6, 4, 4}));
  EXPECT_EQ(part(*up, "module.weight_v").numel(), 6 * 16);
  const auto smaller = torch::conv2d(x, part(*down, "module.weight_bar"), {}, 2, 1) / sigma_of(*down);
  const auto larger = torch::conv_transpose2d(x, part(*up, "module.weight_bar"), {}, 2, 1) / sigma_of(*up);
  EXPECT_TRUE(torch::allclose(down(x), smaller, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(up(x), larger, 1e-4, 1e-5));
  EXPECT_EQ(larger.sizes().vec(), (std::vector<int64_t>{2, 6, 10, 14}));
}

}  // namespace
}  // namespace facemat
