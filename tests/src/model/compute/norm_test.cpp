#include "src/model/compute/norm.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

constexpr Activation kActivations[] = {Activation::kNone, Activation::kRelu, Activation::kRelu6, Activation::kHardSwish};

Norm random_norm(int64_t channels, Activation activation, torch::Dtype dtype = torch::kFloat64) {
  Norm norm(channels, activation);
  norm->to(dtype);
  const torch::NoGradGuard no_grad;
  for (const char* name : {"weight", "bias"}) norm->named_parameters()[name].normal_();
  norm->named_buffers()["running_mean"].normal_();
  norm->named_buffers()["running_var"].uniform_(0.5, 2);
  return norm;
}

torch::Tensor gradient(const Norm& norm, const char* name) { return norm->named_parameters()[name].grad(); }

template <typename From, typename To>
void copy_weights(const From& from, To& to) {
  const torch::NoGradGuard no_grad;
  for (auto& item : to->named_parameters()) item.value().copy_(from->named_parameters()[item.key()]);
  for (auto& item : to->named_buffers()) item.value().copy_(from->named_buffers()[item.key()]);
}

Norm clone_of(const Norm& norm) {
  Norm copy = random_norm(5, Activation::kHardSwish);
  copy_weights(norm, copy);
  return copy;
}

// LibTorch's own norm and activation with the same weights.
torch::nn::BatchNorm2d copy_of(const Norm& norm, torch::Dtype dtype) {
  torch::nn::BatchNorm2d copy(norm->named_parameters()["weight"].size(0));
  copy->to(dtype);
  copy_weights(norm, copy);
  return copy;
}

// The activation as LibTorch's module.
torch::Tensor activated(const torch::Tensor& x, Activation activation) {
  return activation == Activation::kRelu        ? torch::nn::ReLU()(x)
         : activation == Activation::kRelu6     ? torch::nn::ReLU6()(x)
         : activation == Activation::kHardSwish ? torch::hardswish(x)
                                                : x;
}

TEST(Norm, EqualsLibTorchsInValueGradientsAndRunningStatistics) {
  torch::manual_seed(1);
  for (const auto dtype : {torch::kFloat64, torch::kFloat32})
    for (const Activation activation : kActivations)
      for (const bool training : {true, false}) {
        const double tolerance = dtype == torch::kFloat64 ? 1e-12 : 2e-5;
        Norm norm = random_norm(7, activation, dtype);
        auto reference = copy_of(norm, dtype);
        norm->train(training), reference->train(training);
        const auto x = random_map({3, 7, 5, 4}, dtype).mul(2).add(3).requires_grad_(true);
        const auto same = x.detach().contiguous().requires_grad_(true);
        ASSERT_TRUE(x.is_contiguous(torch::MemoryFormat::ChannelsLast));
        const auto weights = torch::randn({3, 7, 5, 4}, dtype);
        const auto y = norm(x), expected = activated(reference(same), activation);
        EXPECT_LT(worst_difference(y, expected), tolerance);
        (y * weights).sum().backward(), (expected * weights).sum().backward();
        EXPECT_LT(worst_difference(x.grad(), same.grad()), tolerance);
        for (const auto& item : reference->named_parameters())
          EXPECT_LT(worst_difference(norm->named_parameters()[item.key()].grad(), item.value().grad()), 10 * tolerance);
        for (const auto& item : reference->named_buffers())
          EXPECT_LT(worst_difference(norm->named_buffers()[item.key()], item.value()), tolerance) << item.key();
      }
}

TEST(Norm, GradientsEqualFiniteDifferences) {
  torch::manual_seed(2);
  for (const Activation activation : kActivations)
    for (const bool training : {true, false}) {
      Norm norm = random_norm(3, activation);
      norm->train(training);
      const auto through = [&](const std::vector<torch::Tensor>& in) { return norm(in[0]); };
      const RunningStatisticsGuard unchanged;
      expect_gradients(through,
                       {random_map({2, 3, 3, 2}), norm->named_parameters()["weight"], norm->named_parameters()["bias"]});
    }
}

TEST(Norm, SumsKeepTheirPrecisionFarFromZero) {
  Norm norm(1);
  const auto x = (torch::arange(64, torch::kFloat32).view({1, 1, 8, 8}) + 10000).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto y = norm(x);  // variance of 0..63: (64^2 - 1) / 12
  const double deviation = std::sqrt((64 * 64 - 1) / 12.0 + 1e-5);
  EXPECT_NEAR(y.max().item<double>(), 31.5 / deviation, 1e-3);
  EXPECT_NEAR(norm->named_buffers()["running_var"].item<double>(), 0.9 + 0.1 * 64 / 63 * (64 * 64 - 1) / 12.0, 1e-3);
}

// One value has no unbiased variance: 0 / 0 would stay in the running statistics for good.
TEST(Norm, ASingleValueLeavesTheRunningStatistics) {
  const auto x = torch::randn({1, 8, 1, 1}, torch::kFloat64);
  for (const auto& input : {x.narrow(1, 0, 4), x.slice(1, 0, 8, 2)}) {  // as rows and not
    Norm norm = random_norm(4, Activation::kRelu);
    const auto mean = norm->named_buffers()["running_mean"].clone(), var = norm->named_buffers()["running_var"].clone();
    const auto bias = torch::relu(norm->named_parameters()["bias"]).view({1, 4, 1, 1});
    EXPECT_LT(worst_difference(norm(input), bias), 1e-9);
    EXPECT_TRUE(torch::equal(norm->named_buffers()["running_mean"], mean));
    EXPECT_TRUE(torch::equal(norm->named_buffers()["running_var"], var));
  }
}

TEST(Norm, ShortMapsHaveGradientsInEitherOrder) {
  torch::manual_seed(6);
  for (const Activation activation : kActivations)
    for (const bool rows : {true, false}) {
      Norm norm = random_norm(8, activation, torch::kFloat32);
      const auto map = torch::randn({2, 8, 5, 4}).to(torch::kBFloat16);
      const auto x = (rows ? map.contiguous(torch::MemoryFormat::ChannelsLast) : map).requires_grad_(true);
      const auto y = norm(x);
      EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
      y.to(torch::kFloat32).pow(3).sum().backward();
      EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
      EXPECT_GT(x.grad().abs().max().item<float>(), 0);
    }
}

TEST(InstanceNorm, EqualsLibTorchsInValueAndGradient) {
  torch::manual_seed(5);
  for (const auto dtype : {torch::kFloat64, torch::kFloat32})
    for (const Activation activation : kActivations) {
      const double tolerance = dtype == torch::kFloat64 ? 1e-12 : 2e-5;
      torch::nn::InstanceNorm2d reference(torch::nn::InstanceNorm2dOptions(7));
      const auto x = random_map({3, 7, 5, 4}, dtype).mul(2).add(3).requires_grad_(true);
      const auto same = x.detach().contiguous().requires_grad_(true), plain = x.detach().contiguous().requires_grad_(true);
      const auto weights = torch::randn({3, 7, 5, 4}, dtype);
      const auto expected = activated(reference(same), activation);
      (expected * weights).sum().backward();
      for (const auto& input : {x, plain}) {  // in channels-last order and not
        const auto y = instance_norm(input, activation);
        EXPECT_LT(worst_difference(y, expected), tolerance);
        (y * weights).sum().backward();
        EXPECT_LT(worst_difference(input.grad(), same.grad()), tolerance);
      }
    }
}

TEST(Norm, TheGuardKeepsRunningStatistics) {
  Norm norm = random_norm(4, Activation::kRelu);
  const auto before = norm->named_buffers()["running_mean"].clone();
  for (const auto& x : {random_map({2, 4, 3, 3}), torch::randn({2, 4, 3, 3}, torch::kFloat64)}) {
    const RunningStatisticsGuard unchanged;
    norm(x);
  }
  EXPECT_TRUE(torch::equal(norm->named_buffers()["running_mean"], before));
  EXPECT_EQ(norm->named_buffers()["num_batches_tracked"].item<int64_t>(), 0);
}

// Two threads that add up what each gives.
class Pair {
 public:
  torch::Tensor add(const torch::Tensor& mine) {
    std::unique_lock lock(mutex_);
    const int64_t round = given_ / 2;
    sum_ = given_++ % 2 == 0 ? mine.clone() : sum_ + mine;
    if (given_ % 2 == 0) result_ = sum_, arrived_.notify_all();
    arrived_.wait(lock, [&] { return given_ / 2 > round; });
    return result_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  int64_t given_ = 0;
  torch::Tensor sum_, result_;
};

struct PairReducer : NormReducer {
  explicit PairReducer(Pair& given) : pair(given) {}
  void sum(torch::Tensor& values) override { values.copy_(pair.add(values)); }
  Pair& pair;
};

TEST(Norm, TwoHalvesWithAReducerEqualTheWhole) {
  torch::manual_seed(3);
  for (const bool rows : {true, false}) {  // in channels-last order and not
    Norm whole = random_norm(5, Activation::kHardSwish);
    Norm halves[2] = {clone_of(whole), clone_of(whole)};
    const auto x = random_map({4, 5, 3, 3}).requires_grad_(true), weights = random_map({4, 5, 3, 3});
    const auto y = whole(x);
    (y * weights).sum().backward();
    Pair pair;
    torch::Tensor inputs[2], outputs[2];
    const auto run = [&](int i) {
      set_norm_reducer(*halves[i], std::make_shared<PairReducer>(pair));
      const auto part = x.detach().narrow(0, 2 * i, 2).clone();
      inputs[i] = (rows ? part : part.contiguous()).requires_grad_(true);
      outputs[i] = halves[i](inputs[i]);
      (outputs[i] * weights.narrow(0, 2 * i, 2)).sum().backward();
    };
    std::thread second(run, 1);
    run(0);
    second.join();
    for (int i = 0; i < 2; ++i) {
      EXPECT_LT(worst_difference(outputs[i], y.narrow(0, 2 * i, 2)), 1e-12);
      EXPECT_LT(worst_difference(inputs[i].grad(), x.grad().narrow(0, 2 * i, 2)), 1e-12);
      for (const auto& item : whole->named_buffers())
        EXPECT_LT(worst_difference(halves[i]->named_buffers()[item.key()], item.value()), 1e-12) << item.key();
    }
    for (const char* name : {"weight", "bias"})
      EXPECT_LT(worst_difference(gradient(halves[0], name) + gradient(halves[1], name), gradient(whole, name)), 1e-12) << name;
  }
}

}  // namespace
}  // namespace facemat
