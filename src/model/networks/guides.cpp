#include "src/model/networks/guides.h"

#include "src/core/error.h"

namespace facemat {

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
