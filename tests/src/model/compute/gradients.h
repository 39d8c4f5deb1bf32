#pragma once
// Gradients from autograd against finite differences.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <vector>

namespace facemat {

using Tensors = std::vector<torch::Tensor>;

// Expects that autograd's gradients of sum(function(inputs) * r), r fixed random numbers, equal central differences, in every
// element of every input. The inputs are double, and all need gradients.
inline void expect_gradients(const std::function<torch::Tensor(const Tensors&)>& function, Tensors inputs) {
  constexpr double kStep = 1e-6;
  for (auto& input : inputs) input.requires_grad_(true);
  const auto weights = torch::randn_like(function(inputs).detach());
  const auto gradients = torch::autograd::grad({(function(inputs) * weights).sum()}, inputs);
  const torch::NoGradGuard no_grad;
  const auto value = [&] { return (function(inputs) * weights).sum().item<double>(); };
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto numbers = inputs[i].as_strided({inputs[i].numel()}, {1});  // in memory order
    const auto found = torch::empty_like(inputs[i]).copy_(gradients[i]).as_strided({inputs[i].numel()}, {1});
    for (int64_t k = 0; k < numbers.numel(); ++k) {
      const double before = numbers[k].item<double>();
      numbers[k] = before + kStep;
      const double above = value();
      numbers[k] = before - kStep;
      const double below = value();
      numbers[k] = before;
      ASSERT_NEAR(found[k].item<double>(), (above - below) / (2 * kStep), 2e-6) << "input " << i << ", element " << k;
    }
  }
}

// Random numbers in channels-last order.
inline torch::Tensor random_map(std::vector<int64_t> shape, torch::Dtype dtype = torch::kFloat64) {
  return torch::randn(shape, dtype).contiguous(torch::MemoryFormat::ChannelsLast);
}

inline double worst_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

}  // namespace facemat
