// bfloat16: its numbers, and every pass over maps of it beside the same pass in float.

#include "src/model/compute/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/model/blocks/conv_gru.h"
#include "src/model/compute/depthwise.h"
#include "src/model/compute/join.h"
#include "src/model/compute/norm.h"
#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

uint16_t stored(float value) {
  Bf16 number;
  store(value, number);
  return number.bits;
}

TEST(Bf16, IsWhatLibTorchStores) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const Bf16 ours{static_cast<uint16_t>(bits)};
    const float value = load(ours), theirs = static_cast<float>(c10::BFloat16(ours.bits, c10::BFloat16::from_bits()));
    if (std::isnan(theirs)) {
      EXPECT_TRUE(std::isnan(value)) << bits;
      EXPECT_EQ(stored(value) & 0x7f80, 0x7f80) << bits;
    } else {
      EXPECT_EQ(value, theirs) << bits;
      EXPECT_EQ(stored(value), bits);
    }
  }
}

TEST(Bf16, RoundsAsLibTorchDoes) {
  torch::manual_seed(1);
  const auto values = torch::randn({4096}) * torch::randn({4096}).mul(20).exp();
  const auto theirs = values.to(torch::kBFloat16);
  for (int64_t i = 0; i < values.numel(); ++i)
    EXPECT_EQ(stored(values[i].item<float>()), theirs[i].item<at::BFloat16>().x) << values[i].item<float>();
  EXPECT_EQ(stored(1 + 1 / 256.f), 0x3f80) << "a tie goes to the even neighbour";
  EXPECT_EQ(stored(1 + 3 / 256.f), 0x3f82) << "a tie goes to the even neighbour";
  EXPECT_EQ(stored(std::numeric_limits<float>::infinity()), 0x7f80);
  EXPECT_EQ(stored(std::numeric_limits<float>::max()), 0x7f80);
}

torch::Tensor rounded(const torch::Tensor& x) { return x.to(torch::kBFloat16).to(torch::kFloat32); }

// Expects that `pass`, over maps rounded to bfloat16, gives in bfloat16 what it gives in float, in value and in the gradients
// of the maps and of `parameters`, within a few roundings of each one's largest number.
void expect_like_float(const std::function<torch::Tensor(const Tensors&)>& pass, const Tensors& maps, const Tensors& parameters,
                       double tolerance = 0.02) {
  torch::Tensor weights;
  const auto run = [&](torch::Dtype type) {
    Tensors inputs;
    for (const auto& map : maps)
      inputs.push_back(rounded(map).contiguous(torch::MemoryFormat::ChannelsLast).to(type).requires_grad_(true));
    const auto y = pass(inputs);
    EXPECT_EQ(y.scalar_type(), type);
    if (!weights.defined()) weights = rounded(torch::randn_like(y.detach().to(torch::kFloat32)));
    Tensors all = inputs;
    all.insert(all.end(), parameters.begin(), parameters.end());
    Tensors results = torch::autograd::grad({(y.to(torch::kFloat32) * weights).sum()}, all);
    for (size_t i = 0; i < maps.size(); ++i) EXPECT_EQ(results[i].scalar_type(), type);
    for (size_t i = 0; i < parameters.size(); ++i) EXPECT_EQ(results[maps.size() + i].scalar_type(), torch::kFloat32);
    results.insert(results.begin(), y.detach());
    return results;
  };
  const Tensors wide = run(torch::kFloat32), narrow = run(torch::kBFloat16);
  for (size_t i = 0; i < wide.size(); ++i)
    EXPECT_LT(worst_difference(wide[i], narrow[i]), tolerance * wide[i].abs().max().item<double>()) << "result " << i;
}

TEST(Bf16, NormIsThatOfFloat) {
  torch::manual_seed(2);
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6, Activation::kHardSwish})
    for (const bool training : {true, false}) {
      Norm norm(24, activation);
      {
        const torch::NoGradGuard no_grad;
        norm->named_parameters()["weight"].uniform_(0.5, 2);
        norm->named_parameters()["bias"].normal_();
      }
      norm->train(training);
      expect_like_float([&](const Tensors& in) { return norm(in[0]); }, {random_map({2, 24, 9, 7}, torch::kFloat32)},
                        {norm->named_parameters()["weight"], norm->named_parameters()["bias"]});
    }
}

TEST(Bf16, NormStatisticsAreThoseOfTheNumbersInFloat) {
  torch::manual_seed(3);
  Norm wide(8), narrow(8);
  const auto x = rounded(random_map({4, 8, 16, 16}, torch::kFloat32) + 3).contiguous(torch::MemoryFormat::ChannelsLast);
  wide(x), narrow(x.to(torch::kBFloat16));
  for (const char* name : {"running_mean", "running_var"})
    EXPECT_LT(worst_difference(wide->named_buffers()[name], narrow->named_buffers()[name]), 1e-6) << name;
}

TEST(Bf16, JoinIsThatOfFloatAndTakesFloatSides) {
  torch::manual_seed(4);
  const auto frame = torch::rand({2, 3, 9, 8}).contiguous(torch::MemoryFormat::ChannelsLast);
  expect_like_float(
      [&](const Tensors& in) {
        return join_upsampled(in[0], {in[1], frame});
      },
      {random_map({2, 20, 5, 4}, torch::kFloat32), random_map({2, 6, 9, 8}, torch::kFloat32)}, {});
}

TEST(Bf16, DepthwiseConvolutionIsThatOfFloat) {
  torch::manual_seed(5);
  for (const int64_t stride : {1, 2}) {
    DepthwiseConv conv(24, 5, stride, stride == 1 ? 2 : 1);
    expect_like_float([&](const Tensors& in) { return conv(in[0]); }, {random_map({2, 24, 12, 11}, torch::kFloat32)},
                      {conv->weight});
  }
}

TEST(Bf16, ConvGruIsThatOfFloat) {
  torch::manual_seed(6);
  ConvGru gru(8);
  const auto state = torch::zeros({1, 1, 1, 1});
  expect_like_float([&](const Tensors& in) { return gru->forward(in[0], state, 3).maps; },
                    {random_map({6, 16, 6, 5}, torch::kFloat32)}, gru->parameters(), 0.05);
}

}  // namespace
}  // namespace facemat
