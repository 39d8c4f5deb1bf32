// However a network computes, it computes the same: channels-last with fused passes, LibTorch's operators one by one, and with
// maps recomputed in the backward pass.

#include <gtest/gtest.h>

#include "src/model/compute/norm.h"
#include "src/model/compute/recompute.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

ModelConfig everything() {
  ModelConfig config;
  config.width = 0.25;
  config.foreground = config.uncertainty = config.segmentation = config.refiner = true;
  return config;
}

struct Outcome {
  std::map<std::string, torch::Tensor> values;  // outputs, gradients "d NAME", buffers
};

struct Input {
  torch::Tensor frames;
  States states;
  double ratio = 1;
  bool training = true;
};

// The gradients of a weighted sum of `outputs`, beside them.
Outcome learned(const std::map<std::string, torch::Tensor>& outputs, const MattingNetwork& network,
                const torch::Tensor& frames) {
  torch::manual_seed(9);
  auto loss = torch::zeros({}, frames.options());
  for (const auto& [name, value] : outputs) loss = loss + (value * torch::randn(value.sizes(), frames.options())).sum();
  loss.backward();
  Outcome outcome;
  auto& values = outcome.values;
  for (const auto& [name, value] : outputs) values[name] = value.detach();
  values["d frames"] = frames.grad();
  for (const auto& item : network.named_parameters())
    values["d " + item.key()] = item.value().grad().defined() ? item.value().grad() : torch::zeros_like(item.value());
  for (const auto& item : network.named_buffers()) values[item.key()] = item.value();
  return outcome;
}

Outcome run(const Input& input, const Execution& execution, torch::Dtype dtype) {
  const auto network = make_model(everything(), Rng(4));
  network->to(dtype);
  network->train(input.training);
  network->set_execution(execution);
  States states;
  for (const auto& state : input.states) states.push_back(state.to(dtype));
  const auto frames = input.frames.to(dtype).clone().requires_grad_(true);
  const Prediction p = network->forward(frames, states, input.ratio);
  std::map<std::string, torch::Tensor> outputs = {
      {"alpha", p.alpha}, {"variance", p.variance}, {"foreground", p.foreground}, {"logits", p.logits}};
  for (size_t i = 0; i < 4; ++i) outputs["r" + std::to_string(i + 1)] = p.states[i];
  return learned(outputs, *network, frames);
}

// A network of single frames in double precision and training mode.
Outcome run_still(const std::string& name, const Execution& execution) {
  ModelConfig config;
  config.network = name;
  config.width = 0.25;
  if (name != "modnet") config.patches.scale = 0.5;
  const auto network = make_model(config, Rng(4));
  network->to(torch::kFloat64);
  network->set_execution(execution);
  torch::manual_seed(8);
  const auto frames = torch::rand({2, 3, 90, 96}, torch::kFloat64).requires_grad_(true);
  Guides guides;
  guides.background = torch::rand({2, 3, 90, 96}, torch::kFloat64);
  const Prediction p = network->forward(frames, guides, {}, 1);
  std::map<std::string, torch::Tensor> outputs = p.parts;
  outputs["alpha"] = p.alpha;
  return learned(outputs, *network, frames);
}

void expect_equal(const Outcome& a, const Outcome& b, double tolerance) {
  ASSERT_EQ(a.values.size(), b.values.size());
  for (const auto& [name, value] : a.values) {
    const auto& other = b.values.at(name);
    ASSERT_EQ(value.sizes(), other.sizes()) << name;
    const double scale = std::max(1.0, other.to(torch::kFloat64).abs().max().item<double>());
    EXPECT_LE(worst_difference(value, other), tolerance * scale) << name;
  }
}

std::vector<Input> inputs() {
  torch::manual_seed(8);
  const torch::NoGradGuard no_grad;
  const States states = make_model(everything(), Rng(5))->forward(torch::rand({2, 3, 48, 33})).states;
  return {{torch::rand({2, 3, 3, 48, 33}), {}},       {torch::rand({2, 2, 3, 48, 33}), states},
          {torch::rand({1, 1, 3, 64, 64}), {}},       {torch::rand({2, 3, 48, 33}), states},
          {torch::rand({1, 2, 3, 70, 94}), {}, 0.5},  {torch::rand({2, 2, 3, 37, 50}), {}, 1, /*training=*/false},
          {torch::rand({1, 3, 37, 50}), {}, 1, false}};
}

constexpr Execution kPlain{/*channels_last=*/false, /*recompute=*/false}, kFused{true, false}, kLean{true, true};

// In double the two differ by rounding alone, which the deep network's many small variances enlarge.
TEST(Execution, FusedEqualsPlainInDouble) {
  for (const Input& input : inputs())
    expect_equal(run(input, kFused, torch::kFloat64), run(input, kPlain, torch::kFloat64), 1e-8);
}

// These join halves and patches of maps, which must not lose their order on the way.
TEST(Execution, NetworksOfSingleFramesToo) {
  for (const char* name : {"modnet", "bgmv2_mobilenetv2"}) {
    SCOPED_TRACE(name);
    const Outcome plain = run_still(name, kPlain), fused = run_still(name, kFused);
    expect_equal(fused, plain, 1e-8);
    expect_equal(run_still(name, kLean), fused, 0);
  }
}

// What float makes of the fused network is held to the plain one in double. Outputs only: in float the gradients of so small
// batches differ more by rounding than by anything worth a test.
TEST(Execution, FusedInFloatEqualsPlainInDouble) {
  const torch::NoGradGuard no_grad;
  for (const Input& input : inputs()) {
    const auto network = make_model(everything(), Rng(4));
    network->train(input.training);
    const auto alpha = network->forward(input.frames, input.states, input.ratio).alpha;
    network->to(torch::kFloat64);
    network->set_execution(kPlain);
    States states;
    for (const auto& state : input.states) states.push_back(state.to(torch::kFloat64));
    const auto plain = network->forward(input.frames.to(torch::kFloat64), states, input.ratio).alpha;
    EXPECT_LT(worst_difference(alpha, plain), 2e-4);
  }
}

// The same operations on the same numbers in the same order: bit for bit. Plain in double, where every LibTorch is right.
TEST(Execution, CheckpointingChangesNothing) {
  for (const Input& input : inputs()) {
    expect_equal(run(input, kLean, torch::kFloat32), run(input, kFused, torch::kFloat32), 0);
    expect_equal(run(input, {false, true}, torch::kFloat64), run(input, kPlain, torch::kFloat64), 0);
  }
}

TEST(Execution, WeightsAreStoredTheSame) {
  const auto network = make_model(everything(), Rng(4));
  const auto before = encode_model(*network, everything(), {});
  network->set_execution(kLean);
  network->eval();
  network->forward(torch::rand({1, 2, 3, 32, 32}));
  EXPECT_EQ(encode_model(*network, everything(), {}), before);
}

TEST(RunSegment, RunsAgainInTheBackwardPassOnly) {
  torch::nn::Conv2d conv(1, 1, 1);
  int runs = 0;
  const Segment segment = [&](const Maps& in) -> Maps {
    ++runs;
    return {conv(in[0]), in[1] * 2};
  };
  const auto x = torch::rand({1, 1, 2, 2}).requires_grad_(true), unused = torch::rand({1}).requires_grad_(true);
  const auto out = run_segment(true, *conv, {x, unused}, segment);
  EXPECT_EQ(runs, 1);
  out[0].sum().backward();
  EXPECT_EQ(runs, 2);
  EXPECT_LT(worst_difference(x.grad(), conv->weight.expand_as(x)), 1e-7);
  EXPECT_LT(worst_difference(conv->weight.grad().sum(), x.sum()), 1e-6);
  EXPECT_EQ(conv->bias.grad().item<float>(), 4);
  const torch::NoGradGuard no_grad;
  run_segment(true, *conv, {x, unused}, segment);
  EXPECT_EQ(runs, 3);
}

}  // namespace
}  // namespace facemat
