#include "train/optim/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

using testing::HasSubstr;

// Two parts with a different learning rate each: a vector (as of a batch norm) and a matrix (as of a convolution).
struct TwoParts {
  torch::Tensor norm = torch::ones({2}, torch::dtype(torch::kFloat64).requires_grad(true));
  torch::Tensor conv = torch::ones({2, 2}, torch::dtype(torch::kFloat64).requires_grad(true));

  NamedTensors parameters() const { return {{"backbone.norm", norm}, {"project_mat.conv", conv}}; }
  torch::Tensor loss() const { return 3 * norm[0] + 4 * conv[0][0]; }
};

LearningRates rates() {
  LearningRates r;
  r.backbone = 0.1, r.decoder = 0.01;
  r.schedule.name = "constant", r.schedule.warmup = 0;
  return r;
}

OptimizerConfig kind(const std::string& name) {
  OptimizerConfig config;
  config.name = name;
  return config;
}

TEST(Parts, FollowFromNames) {
  EXPECT_EQ(part_of("backbone.features.0.0.weight"), "backbone");
  EXPECT_EQ(part_of("aspp.aspp1.0.weight"), "aspp");
  EXPECT_EQ(part_of("refiner.box_filter.weight"), "refiner");
  EXPECT_EQ(part_of("losses.l1"), "losses");
  EXPECT_EQ(part_of("decoder.decode4.gru.ih.0.weight"), "decoder");
  EXPECT_EQ(part_of("project_mat.conv.bias"), "decoder");
}

TEST(PartOptimizer, TakesAdamsFirstStepWithEachPartsRate) {
  TwoParts net;
  PartOptimizer optimizer(net.parameters(), kind("adam"), rates(), 10);
  optimizer.zero_gradients();
  net.loss().backward();
  EXPECT_NEAR(optimizer.clip_gradients(0), 5, 1e-9);  // norm of (3, 4)
  optimizer.step(0);
  // Adam's first step is rate * g / (|g| + eps), whatever the gradient's size.
  EXPECT_NEAR(net.norm[0].item<double>(), 1 - 0.1, 1e-6);
  EXPECT_NEAR(net.conv[0][0].item<double>(), 1 - 0.01, 1e-6);
  EXPECT_EQ(net.norm[1].item<double>(), 1);
}

TEST(PartOptimizer, SgdKeepsMomentum) {
  TwoParts net;
  PartOptimizer optimizer(net.parameters(), kind("sgd"), rates(), 10);
  double expected = 1, velocity = 0;
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_gradients();
    net.loss().backward();
    optimizer.step(step);
    velocity = 0.9 * velocity + 3;
    expected -= 0.1 * velocity;
  }
  EXPECT_NEAR(net.norm[0].item<double>(), expected, 1e-12);
}

TEST(PartOptimizer, DecaysConvolutionsAlone) {
  TwoParts net;
  OptimizerConfig config = kind("adamw");
  config.weight_decay = 0.5;
  PartOptimizer optimizer(net.parameters(), config, rates(), 10);
  optimizer.zero_gradients();
  net.loss().backward();
  optimizer.step(0);
  EXPECT_EQ(net.norm[1].item<double>(), 1);                           // no gradient, no decay
  EXPECT_NEAR(net.conv[1][1].item<double>(), 1 - 0.01 * 0.5, 1e-12);  // decoupled: weight - rate * decay * weight
}

TEST(PartOptimizer, ClipsTheWholeGradient) {
  TwoParts net;
  PartOptimizer optimizer(net.parameters(), kind("sgd"), rates(), 10);
  optimizer.zero_gradients();
  net.loss().backward();
  optimizer.clip_gradients(1);
  EXPECT_NEAR(net.norm.grad()[0].item<double>(), 0.6, 1e-5);
  EXPECT_NEAR(net.conv.grad()[0][0].item<double>(), 0.8, 1e-5);
  optimizer.scale_gradients(2);
  EXPECT_NEAR(net.norm.grad()[0].item<double>(), 1.2, 1e-5);
}

TEST(PartOptimizer, DoesNotMoveWhatGotNoGradient) {
  TwoParts net;
  PartOptimizer optimizer(net.parameters(), kind("adam"), rates(), 10);
  for (int step = 0; step < 2; ++step) {
    optimizer.zero_gradients();
    if (step == 0) net.loss().backward();
    if (step == 1) (3 * net.norm[0]).backward();  // as a pass whose losses do not look at every head
    optimizer.step(step);
  }
  EXPECT_NEAR(net.conv[0][0].item<double>(), 1 - 0.01, 1e-6);  // one step, and no push from its momentum
}

class EveryOptimizer : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, EveryOptimizer, testing::Values("adam", "adamw", "sgd"));

TEST_P(EveryOptimizer, ContinuesBitForBitFromItsState) {
  const auto steps = [](TwoParts& net, PartOptimizer& optimizer, int from, int to) {
    for (int i = from; i < to; ++i) {
      optimizer.zero_gradients();
      (net.loss() * (i + 1) + net.norm.square().sum()).backward();
      optimizer.clip_gradients(1);
      optimizer.step(i);
    }
  };
  TwoParts whole, first, second;
  OptimizerConfig config = kind(GetParam());
  config.weight_decay = 0.01;
  PartOptimizer a(whole.parameters(), config, rates(), 10), b(first.parameters(), config, rates(), 10),
      c(second.parameters(), config, rates(), 10);
  steps(whole, a, 0, 6);
  steps(first, b, 0, 3);
  {
    const torch::NoGradGuard no_grad;
    second.norm.copy_(first.norm);
    second.conv.copy_(first.conv);
  }
  c.restore(b.state(), "test");
  steps(second, c, 3, 6);
  EXPECT_TRUE(torch::equal(whole.norm, second.norm));
  EXPECT_TRUE(torch::equal(whole.conv, second.conv));
}

TEST_P(EveryOptimizer, RefusesAStateThatDoesNotFit) {
  TwoParts net;
  PartOptimizer optimizer(net.parameters(), kind(GetParam()), rates(), 10);
  optimizer.zero_gradients();
  net.loss().backward();
  optimizer.step(0);
  NamedTensors state = optimizer.state();
  const auto message = [&](const NamedTensors& bad) {
    try {
      optimizer.restore(bad, "file");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  NamedTensors stranger = state;
  stranger["stranger.exp_avg"] = torch::zeros({1});
  EXPECT_THAT(message(stranger), HasSubstr("file"));
  NamedTensors misshapen = state;
  for (auto& [name, tensor] : misshapen) tensor = torch::zeros({7, 7});
  EXPECT_THAT(message(misshapen), HasSubstr("does not fit"));
}

}  // namespace
}  // namespace facemat
