// The passes over channels-last maps against LibTorch's operators, and their gradients against finite differences.

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "src/model/conv_gru.h"
#include "src/model/depthwise.h"
#include "src/model/join.h"
#include "src/model/norm.h"
#include "tests/model/gradients.h"

namespace facemat {
namespace {

using Tensors = std::vector<torch::Tensor>;

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
      const auto y = conv(x);
      const auto expected = torch::conv2d(x, conv->weight, {}, c.stride, c.kernel / 2 * c.dilation, c.dilation, c.channels);
      const auto weights = torch::randn_like(y);
      const auto mine = torch::autograd::grad({(y * weights).sum()}, {x, conv->weight});
      const auto theirs = torch::autograd::grad({(expected * weights).sum()}, {x, conv->weight});
      const double tolerance = dtype == torch::kFloat64 ? 1e-12 : 1e-4;
      for (int i = 0; i < 2; ++i) EXPECT_LT(worst_difference(mine[i], theirs[i]), tolerance) << c.channels << " channels";
    }
}

TEST(DepthwiseConv, GradientsEqualFiniteDifferences) {
  torch::manual_seed(4);
  DepthwiseConv conv(2, 3, 2, 1);
  conv->to(torch::kFloat64);
  expect_gradients([&](const Tensors& in) { return conv(in[0]); }, {random_map({2, 2, 5, 4}), conv->weight});
}

// LibTorch's parallel loops are templates, which one thread runs where OpenMP was off when they were compiled.
TEST(ParallelLoops, UseAllThreads) {
  const int before = torch::get_num_threads();
  torch::set_num_threads(2);
  std::set<std::thread::id> threads;
  std::mutex mutex;
  at::parallel_for(0, 2, 1, [&](int64_t, int64_t) {
    const std::lock_guard<std::mutex> lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  torch::set_num_threads(before);
  EXPECT_EQ(threads.size(), 2u);
}

// A network of one of each kind of pass: its output and gradients.
Tensors one_of_each(int threads) {
  torch::set_num_threads(threads);
  torch::manual_seed(8);
  Norm norm(48, Activation::kHardSwish);
  DepthwiseConv depthwise(48, 5, 1, 2);
  const auto x = random_map({2, 40, 9, 11}, torch::kFloat32).requires_grad_(true);
  const auto side = random_map({2, 8, 18, 21}, torch::kFloat32).requires_grad_(true);
  const auto y = norm(depthwise(join_upsampled(x, {side})));
  const auto gradients =
      torch::autograd::grad({y.pow(2).sum()}, {x, side, depthwise->weight, norm->named_parameters()["weight"]});
  Tensors all{y};
  all.insert(all.end(), gradients.begin(), gradients.end());
  return all;
}

TEST(ParallelLoops, GiveTheSameBitsForAnyNumberOfThreads) {
  const int before = torch::get_num_threads();
  const Tensors alone = one_of_each(1);
  for (const int threads : {2, 3, 5}) {
    const Tensors shared = one_of_each(threads);
    for (size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(torch::equal(alone[i], shared[i])) << threads << " threads, " << i;
  }
  torch::set_num_threads(before);
}

ConvGru double_gru(int64_t channels) {
  ConvGru gru(channels);
  gru->to(torch::kFloat64);
  return gru;
}

TEST(ConvGru, EqualsItsEquationsInValueAndGradients) {
  torch::manual_seed(5);
  for (const int64_t batch : {1, 2})
    for (const int64_t frames : {1, 3})
      for (const bool given : {false, true})
        for (const auto dtype : {torch::kFloat64, torch::kFloat32}) {
          ConvGru gru(4);
          gru->to(dtype);
          const auto x = random_map({frames * batch, 8, 5, 6}, dtype).requires_grad_(true);
          auto state = given ? random_map({batch, 4, 5, 6}, dtype) : torch::zeros({1, 1, 1, 1}, dtype);
          state.requires_grad_(given);
          const auto run = [&](const torch::Tensor& maps) {
            const Recurrent out = gru->forward(maps, state, frames);
            Tensors inputs = gru->parameters();
            inputs.push_back(x);
            if (given) inputs.push_back(state);
            torch::manual_seed(6);
            const auto loss = (out.maps * torch::randn(out.maps.sizes(), dtype)).sum() + out.state.pow(2).sum();
            Tensors results = torch::autograd::grad({loss}, inputs);
            results.insert(results.end(), {out.maps.detach(), out.state.detach()});
            return results;
          };
          const auto fast = run(x), plain = run(x.contiguous());
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
