#pragma once
// What a network is made of, in figures that can be compared with what was published; and whether it can learn at all.

#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/core/hash.h"
#include "src/model/networks/network.h"
#include "src/model/weights/weights.h"

namespace facemat {

inline int64_t parameter_count(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

// Multiplications of all convolutions, each at `pixels(name)` places: in units of 10^9.
inline double giga_macs(const torch::nn::Module& module, const std::function<int64_t(const std::string& name)>& pixels) {
  double macs = 0;
  for (const auto& item : module.named_modules("", /*include_self=*/false))
    if (const auto* conv = item.value()->as<torch::nn::Conv2d>())
      macs += static_cast<double>(conv->weight.numel()) * static_cast<double>(pixels(item.key()));
  return macs / 1e9;
}

// Of the list of a network's parameters and buffers, sorted, as lines "NAME 64,3,3,3".
struct Inventory {
  size_t count;
  std::string first, last, hash;
};

inline Inventory inventory_of(const torch::nn::Module& module) {
  const auto weights = named_weights(module);
  uint64_t hash = kHashStart;
  for (const auto& [name, tensor] : weights) {
    std::string line = name + " ";
    for (int64_t d = 0; d < tensor.dim(); ++d) line += (d > 0 ? "," : "") + std::to_string(tensor.size(d));
    hash = hash_bytes(line + "\n", hash);
  }
  return {weights.size(), weights.begin()->first, weights.rbegin()->first, hash_text(hash)};
}

// Two discs with soft edges over smooth pictures, and every guide for them.
struct SmallScene {
  torch::Tensor frames, alpha;  // [2,3,S,S], [2,1,S,S]
  Guides guides;
};

// What is given of the scene's alpha and of what is behind it: the trimap, a rough mask, or the background.
inline torch::Tensor scene_guide(GuideKind kind, const torch::Tensor& alpha, const torch::Tensor& background) {
  if (kind == GuideKind::kColours) return background;
  if (kind == GuideKind::kShare) return (alpha > 0.3).to(torch::kFloat32);
  const auto unknown = (alpha > 0) & (alpha < 1);
  return torch::where(unknown, torch::full_like(alpha, 0.5), alpha);
}

inline SmallScene small_scene(int64_t side) {
  torch::manual_seed(4);
  const auto smooth = [side] {
    return torch::upsample_bilinear2d(torch::rand({2, 3, 5, 5}), {side, side}, /*align_corners=*/false);
  };
  const double s = static_cast<double>(side);
  const auto row = torch::arange(side, torch::kFloat32).view({1, 1, 1, side}), column = row.transpose(2, 3);
  const auto centre = torch::tensor({0.375 * s, 0.5625 * s}, torch::kFloat32).view({2, 1, 1, 1});
  const auto distance = ((row - centre).pow(2) + (column - centre).pow(2)).sqrt();
  SmallScene scene;
  scene.alpha = ((0.3125 * s - distance) / 4 + 0.5).clamp(0, 1);
  const auto foreground = smooth(), background = smooth();
  scene.frames = scene.alpha * foreground + (1 - scene.alpha) * background;
  for (const GuideEntry& entry : guide_table()) entry.of(scene.guides) = scene_guide(entry.kind, scene.alpha, background);
  return scene;
}

struct Learned {
  double first, last;  // mean absolute error of alpha at the first and at the last step
};

// Teaches `network` the scene with Adam, in training mode.
inline Learned overfit(MattingNetwork& network, const SmallScene& scene, int steps, double rate) {
  network.train();
  torch::optim::Adam optimizer(network.parameters(), torch::optim::AdamOptions(rate));
  Learned learned{};
  for (int step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    const auto loss = (network.forward(scene.frames, scene.guides, {}, 1).alpha - scene.alpha).abs().mean();
    loss.backward();
    optimizer.step();
    learned.last = loss.item<double>();
    if (step == 0) learned.first = learned.last;
  }
  return learned;
}

}  // namespace facemat
