// The fused steps against LibTorch's operators, and its gradients against finite differences.

#include "src/model/blocks/conv_gru.h"

#include <gtest/gtest.h>

#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

ConvGru double_gru(int64_t channels) {
  ConvGru gru(channels);
  gru->to(torch::kFloat64);
  return gru;
}

// The equations in double: in float not every build of LibTorch is right (networks/convolution_check.h).
TEST(ConvGru, EqualsItsEquationsInValueAndGradients) {
  torch::manual_seed(5);
  for (const int64_t batch : {1, 2})
    for (const int64_t frames : {1, 3})
      for (const bool given : {false, true})
        for (const auto dtype : {torch::kFloat64, torch::kFloat32}) {
          ConvGru gru(4);
          const auto given_x = random_map({frames * batch, 8, 5, 6}, dtype);
          const auto given_state = given ? random_map({batch, 4, 5, 6}, dtype) : torch::zeros({1, 1, 1, 1}, dtype);
          const auto run = [&](torch::Tensor x, torch::Dtype type) {
            gru->to(type);
            x = x.detach().requires_grad_(true);
            const auto state = given_state.to(type).detach().requires_grad_(given);
            const Recurrent out = gru->forward(x, state, frames);
            Tensors inputs = gru->parameters();
            inputs.push_back(x);
            if (given) inputs.push_back(state);
            torch::manual_seed(6);
            const auto weights = torch::randn(out.maps.sizes(), torch::kFloat64).to(type);
            Tensors results = torch::autograd::grad({(out.maps * weights).sum() + out.state.pow(2).sum()}, inputs);
            results.insert(results.end(), {out.maps.detach(), out.state.detach()});
            return results;
          };
          const auto fast = run(given_x, dtype), plain = run(given_x.to(torch::kFloat64).contiguous(), torch::kFloat64);
          for (size_t i = 0; i < fast.size(); ++i)
            EXPECT_LT(worst_difference(fast[i], plain[i]), dtype == torch::kFloat64 ? 1e-12 : 2e-4) << "result " << i;
        }
}

TEST(ConvGru, GradientsEqualFiniteDifferences) {
  torch::manual_seed(7);
  ConvGru gru = double_gru(2);
  Tensors inputs{random_map({4, 4, 2, 3}), random_map({2, 2, 2, 3})};
  for (const auto& parameter : gru->parameters()) inputs.push_back(parameter);
  expect_gradients([&](const Tensors& in) { return gru->forward(in[0], in[1], 2).maps; }, inputs);
}

TEST(ConvGru, GatesSaturateAtTheirLimits) {
  const torch::NoGradGuard no_grad;
  ConvGru gru(1);
  for (auto& parameter : gru->parameters()) parameter.fill_(0);
  gru->named_parameters()["ih.0.bias"].fill_(200);  // r = z = 1
  gru->named_parameters()["hh.0.bias"].fill_(-200);
  const auto out = gru->forward(random_map({2, 2, 2, 3}, torch::kFloat32), torch::zeros({1, 1, 1, 1}), 2);
  EXPECT_LT(worst_difference(out.state, -torch::ones({1, 1, 2, 3})), 1e-6);
}

}  // namespace
}  // namespace facemat
