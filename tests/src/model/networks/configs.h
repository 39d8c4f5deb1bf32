#pragma once
// Networks that many tests take.

#include <algorithm>
#include <string>
#include <vector>

#include "src/model/networks/models.h"

namespace facemat {

// Quick to run.
inline ModelConfig quarter() {
  ModelConfig config;
  config.width = 0.25;
  return config;
}

// With all that RVM's published networks have.
inline ModelConfig published(double width = 1) {
  ModelConfig config;
  config.width = width;
  config.foreground = config.segmentation = config.refiner = true;
  return config;
}

// Something for each of `names` (the guide table's), of the size of `frames`: random, a trimap of its three values.
inline Guides guides_for(const std::vector<std::string>& names, const torch::Tensor& frames) {
  Guides guides;
  for (const GuideEntry& entry : guide_table()) {
    if (std::count(names.begin(), names.end(), entry.name) == 0) continue;
    std::vector<int64_t> sizes = frames.sizes().vec();
    sizes[sizes.size() - 3] = entry.channels();
    const auto values = torch::rand(sizes, frames.options());
    entry.of(guides) = entry.kind == GuideKind::kTrimap ? (values * 2).round() / 2 : values;
  }
  return guides;
}

// Those of frame `index` of clips [B,T,C,H,W].
inline Guides guides_at(const Guides& guides, int64_t index) {
  Guides one;
  for (const GuideEntry& entry : guide_table())
    if (entry.of(guides).defined()) entry.of(one) = entry.of(guides).select(1, index);
  return one;
}

}  // namespace facemat
