#include "data/sources/occluders.h"

#include "src/core/error.h"

namespace facemat {

const std::vector<OccluderSourceEntry>& occluder_source_table() {
  static const std::vector<OccluderSourceEntry> table = {
      {"procedural", "drawn hands, glasses, cups, smoke, ...", open_procedural_occluders},
      {"cutouts", "pictures with their own alpha", open_cutouts},
      {"sprites", "soft puffs, several laid over each other", open_sprites},
  };
  return table;
}

std::unique_ptr<OccluderSource> open_occluder_source(const OccluderSourceConfig& config, const Placement& placement) {
  std::string known;
  for (const OccluderSourceEntry& entry : occluder_source_table()) {
    if (config.kind == entry.kind) return entry.open(config, placement);
    known += (known.empty() ? "" : ", ") + std::string(entry.kind);
  }
  fail("occluders: unknown kind '{}' (known: {})", config.kind, known);
}

}  // namespace facemat
