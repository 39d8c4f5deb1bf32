#include "train/feed/guides.h"

#include "src/core/error.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "train/feed/planes.h"

namespace facemat {
namespace {

PlaneKind planes_of(const GuideEntry& entry) {
  if (entry.kind == GuideKind::kColours) return colour_planes();
  return entry.kind == GuideKind::kTrimap ? trimap_plane() : value_plane();
}

// One guide of all clips.
torch::Tensor stacked_guides(const std::vector<ClipGuides>& guides, const std::vector<Clip>& clips, const GuideEntry& entry) {
  std::vector<NamedFrames> layers;
  for (size_t i = 0; i < guides.size(); ++i) layers.push_back({&clips[i].name, &entry.of(guides[i])});
  return stacked(layers, clips[0].images[0].size(), planes_of(entry));
}

}  // namespace

GuidePlan guide_plan(const TrainConfig& config, const TrainPass& pass) {
  std::vector<std::string> given = guides_of(config, pass);
  if (asks_teacher(pass))
    for (const std::string& guide : find_model(load_model(pass.teacher).config.network).guides) given.push_back(guide);
  return {in_table_order(given), config.guides, /*judging=*/false};
}

GuidePlan judging_guide_plan(const TrainConfig& config) { return {guides_of(config), config.guides, /*judging=*/true}; }

Guides collate_guides(const std::vector<ClipGuides>& guides, const std::vector<Clip>& clips) {
  require(!guides.empty() && guides.size() == clips.size(), "guides of {} clips for a batch of {}", guides.size(),
          clips.size());
  Guides out;
  for (const GuideEntry& entry : guide_table()) entry.of(out) = stacked_guides(guides, clips, entry);
  return out;
}

}  // namespace facemat
