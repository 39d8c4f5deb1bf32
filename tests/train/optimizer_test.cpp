#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

// Two parts with a different learning rate each.
struct TwoPartsImpl : torch::nn::Module {
  struct Part : torch::nn::Module {
    torch::Tensor weight = register_parameter("weight", torch::ones({1}, torch::kFloat64));
  };
  std::shared_ptr<Part> backbone = register_module("backbone", std::make_shared<Part>());
  std::shared_ptr<Part> project = register_module("project_mat", std::make_shared<Part>());
  torch::Tensor loss() { return 3 * backbone->weight.sum() + 4 * project->weight.sum(); }
};

LearningRates rates() {
  LearningRates r;
  r.backbone = 0.1, r.decoder = 0.01;
  return r;
}

TEST(PartOptimizer, TakesAdamsFirstStepWithEachPartsRate) {
  TwoPartsImpl net;
  PartOptimizer optimizer(net, rates(), 10);
  optimizer.zero_gradients();
  net.loss().backward();
  EXPECT_NEAR(optimizer.step(0, 0), 5, 1e-9);  // norm of (3, 4)
  // Adam's first step is rate * g / (|g| + eps), whatever the gradient's size.
  EXPECT_NEAR(net.backbone->weight.item<double>(), 1 - 0.1, 1e-6);
  EXPECT_NEAR(net.project->weight.item<double>(), 1 - 0.01, 1e-6);
}

TEST(PartOptimizer, ContinuesBitForBitFromItsState) {
  const auto steps = [](TwoPartsImpl& net, PartOptimizer& optimizer, int from, int to) {
    for (int i = from; i < to; ++i) {
      optimizer.zero_gradients();
      (net.loss() * (i + 1) + net.backbone->weight.square().sum()).backward();
      optimizer.step(i, 1);
    }
  };
  TwoPartsImpl whole, first, second;
  PartOptimizer a(whole, rates(), 10), b(first, rates(), 10), c(second, rates(), 10);
  steps(whole, a, 0, 6);
  steps(first, b, 0, 3);
  const torch::NoGradGuard no_grad;
  second.backbone->weight.copy_(first.backbone->weight);
  second.project->weight.copy_(first.project->weight);
  c.restore(b.state(), "test");
  torch::AutoGradMode grad(true);
  steps(second, c, 3, 6);
  EXPECT_TRUE(torch::equal(whole.backbone->weight, second.backbone->weight));
  EXPECT_TRUE(torch::equal(whole.project->weight, second.project->weight));
  EXPECT_EQ(c.state().at("backbone.weight.step").item<int64_t>(), 6);
}

TEST(PartOptimizer, RefusesAStateOfAnotherNetwork) {
  TwoPartsImpl net;
  PartOptimizer optimizer(net, rates(), 10);
  EXPECT_THROW(optimizer.restore({{"stranger.exp_avg", torch::zeros({1})}}, "test"), Error);
  EXPECT_THROW(optimizer.restore({{"backbone.weight.exp_avg", torch::zeros({1})}}, "test"), Error);
}

TEST(Schedule, WarmsUpAndFalls) {
  LearningRates r;
  r.warmup = 4, r.schedule = "cosine";
  EXPECT_DOUBLE_EQ(schedule_factor(r, 0, 104), 0.25);
  EXPECT_DOUBLE_EQ(schedule_factor(r, 3, 104), 1);
  EXPECT_DOUBLE_EQ(schedule_factor(r, 4, 104), 1);
  EXPECT_NEAR(schedule_factor(r, 54, 104), 0.5, 1e-12);
  EXPECT_NEAR(schedule_factor(r, 104, 104), 0, 1e-12);
  r.schedule = "constant";
  EXPECT_DOUBLE_EQ(schedule_factor(r, 90, 104), 1);
}

}  // namespace
}  // namespace facemat
