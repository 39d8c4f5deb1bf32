#pragma once
// The occluder source table. A source is a numbered collection of things that can cover a face.

#include <memory>
#include <string>
#include <vector>

#include "data/config.h"
#include "data/scene.h"

namespace facemat {

class OccluderSource {
 public:
  virtual ~OccluderSource() = default;
  virtual int64_t size() const = 0;
  // Occluder `index` over the scene: a premultiplied layer CV_32FC4 of scene.size. `rng` makes its look, place and path; the
  // same `rng` at another scene.time is the same thing, moved.
  virtual cv::Mat layer(int64_t index, const Rng& rng, const Scene& scene) const = 0;
  virtual std::string item(int64_t index) const = 0;            // file or name, for the manifest
  virtual std::string occluder_class(int64_t index) const = 0;  // hand, hair, glasses, ...
};

// What all cut-outs of one build share.
struct Placement {
  double least_area = 0.3, most_area = 0.7;  // area as a share of the face's box
};

struct OccluderSourceEntry {
  const char* kind;
  const char* about;
  std::unique_ptr<OccluderSource> (*open)(const OccluderSourceConfig& config, const Placement& placement);
};
const std::vector<OccluderSourceEntry>& occluder_source_table();

// Throws Error for an unknown kind, listing the known ones, and for folders that are missing, empty, or do not fit.
std::unique_ptr<OccluderSource> open_occluder_source(const OccluderSourceConfig& config, const Placement& placement);

// --- the kinds
// ------------------------------------------------------------------------------------------------------------------
std::unique_ptr<OccluderSource> open_procedural_occluders(const OccluderSourceConfig& config, const Placement& placement);
std::unique_ptr<OccluderSource> open_cutouts(const OccluderSourceConfig& config, const Placement& placement);
std::unique_ptr<OccluderSource> open_sprites(const OccluderSourceConfig& config, const Placement& placement);

}  // namespace facemat
