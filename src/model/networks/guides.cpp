#include "src/model/networks/guides.h"

#include <algorithm>

#include "src/core/error.h"

namespace facemat {

std::vector<std::string> in_table_order(const std::vector<std::string>& names) {
  std::vector<std::string> ordered;
  for (const GuideEntry& entry : guide_table())
    if (std::count(names.begin(), names.end(), entry.name) > 0) ordered.emplace_back(entry.name);
  return ordered;
}

void check_guides(const Guides& guides, const std::vector<std::string>& needed, const torch::Tensor& frames) {
  for (const std::string& name : needed) {
    const GuideEntry& entry = find_guide(name);
    const torch::Tensor& guide = entry.of(guides);
    require(guide.defined(), "the network needs a {} ({}) beside each frame", entry.name, entry.about);
    std::vector<int64_t> expected = frames.sizes().vec();
    expected[expected.size() - 3] = entry.channels();
    require(guide.sizes() == torch::IntArrayRef(expected), "a {} has {} channels and the frames' size", entry.name,
            entry.channels());
  }
}

}  // namespace facemat
