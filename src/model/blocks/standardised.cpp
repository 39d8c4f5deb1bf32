#include "src/model/blocks/standardised.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"

namespace facemat {
namespace {

constexpr int64_t kGroups = 32;

// Weights have the same sizes whatever the frames are, so reading them here is no fault in a traced forward: the exporter
// folds all of this into one constant.
torch::Tensor standardised(const torch::Tensor& weight) {
  constexpr double kVarianceFloor = 1e-12, kDeviationFloor = 1e-5;
  const std::vector<int64_t> all_but_outputs{1, 2, 3};
  const auto degrees = static_cast<double>(weight.numel() / weight.size(0) - 1);
  const auto centred = weight - weight.mean(all_but_outputs, /*keepdim=*/true);
  const auto variance = (centred * centred).sum(all_but_outputs, /*keepdim=*/true) / degrees;
  return centred / ((variance + kVarianceFloor).sqrt() + kDeviationFloor);
}

}  // namespace

torch::Tensor StandardisedConvImpl::forward(const torch::Tensor& x) { return _conv_forward(x, standardised(weight)); }

int64_t groups_at(double width) { return std::max<int64_t>(1, std::llround(kGroups * width)); }

GroupedNormImpl::GroupedNormImpl(int64_t channels, int64_t groups, Activation activation)
    : GroupNormImpl(torch::nn::GroupNormOptions(std::gcd(groups, channels), channels)), activation_(activation) {}

torch::Tensor GroupedNormImpl::forward(const torch::Tensor& x) {
  return activate(GroupNormImpl::forward(widened(x)), activation_);
}

}  // namespace facemat
