#include "train/losses/systems/modnet.h"

#include <cmath>

namespace facemat {
namespace {

// [N,1,h,w] by the kernel's row along `dim`, of which one pixel of padding on each side is consumed.
torch::Tensor blurred_along(const torch::Tensor& padded, int dim) {
  static const double beside = std::exp(-1 / (2 * 0.8 * 0.8)), sum = 1 + 2 * beside;
  const int64_t n = padded.size(dim) - 2;
  return (padded.narrow(dim, 1, n) + beside * (padded.narrow(dim, 0, n) + padded.narrow(dim, 2, n))) / sum;
}

// [B,T,1,h,w] -> [B,T,1,h,w]
torch::Tensor blurred(const torch::Tensor& x) {
  const auto padded = torch::replication_pad2d(x.flatten(0, 1), {1, 1, 1, 1});
  return blurred_along(blurred_along(padded, 2), 3).view_as(x);
}

}  // namespace

torch::Tensor semantic_map(const torch::Tensor& x, const torch::Tensor& trust) {
  if (!trust.defined()) return blurred(x);
  const auto share = blurred(trust);
  return torch::where(share > 0, blurred(trust * x) / (share + (share <= 0).to(share.scalar_type())), torch::zeros_like(x));
}

torch::Tensor modnet_semantic_loss(const torch::Tensor& semantic, const torch::Tensor& target, const torch::Tensor& trust,
                                   const Average& average) {
  return average.of((semantic - semantic_map(target, trust)).square());
}

torch::Tensor modnet_detail_loss(const torch::Tensor& detail, const torch::Tensor& target, const torch::Tensor& boundary,
                                 const Average& average) {
  return average.of(boundary * (detail - target).abs());
}

torch::Tensor modnet_fusion_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& frames,
                                 const torch::Tensor& boundary, const Average& average) {
  const auto brightness = (2 * frames - 1).abs().mean(2, /*keepdim=*/true);
  return average.of((1 + 4 * boundary) * (alpha - target).abs() * (1 + brightness));
}

torch::Tensor modnet_consistency_loss(const torch::Tensor& semantic, const torch::Tensor& alpha) {
  constexpr double kNothing = 0.01;
  const auto map = semantic_map(alpha);
  return (semantic - torch::where(map < kNothing, torch::zeros_like(map), map)).square().mean();
}

}  // namespace facemat
