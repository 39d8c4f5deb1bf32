#pragma once
// The occluder source table. A source is a numbered collection of things that can cover a face. Opening a source lists its
// items; pictures are read when one is taken.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/recipe/config.h"
#include "data/recipe/placement.h"
#include "data/scene/patch.h"
#include "data/scene/scene.h"
#include "data/sources/pictures/item.h"

namespace facemat {

// A picture to be placed by the rules of placement.h.
struct Cutout {
  cv::Mat layer;  // CV_32FC4 premultiplied, trimmed to its alpha plus a clear border of kCutoutBorder pixels
  Rule rule = Rule::kFree;
  std::optional<Limb> limb;  // of things that come from outside
};
inline constexpr int kCutoutBorder = 2;

// Something that draws itself into the scene, where it belongs; the same thing at another scene.time has moved.
using Drawing = std::function<Patch(const Scene& scene)>;

// What a source hands out; safe for several threads.
using Occluder = std::variant<Cutout, Drawing>;

class OccluderSource {
 public:
  virtual ~OccluderSource() = default;
  virtual int64_t size() const = 0;
  virtual Item item(int64_t index) const = 0;
  virtual std::string name(int64_t index) const { return item(index).name; }  // without asking for the files
  // Whether folders are drawn first, all alike, and then one of a folder's items; otherwise all items are alike.
  virtual bool by_folder() const { return false; }
  // Occluder `index`; `look` makes what the source draws by itself. Throws Error naming the file that cannot be used.
  virtual Occluder take(int64_t index, const Rng& look) const = 0;
  // What a person should look at before samples are made of it.
  virtual std::vector<std::string> warnings() const { return {}; }
};

struct OccluderSourceEntry {
  const char* kind;
  const char* about;
  std::unique_ptr<OccluderSource> (*open)(const OccluderSourceConfig& config);
};
const std::vector<OccluderSourceEntry>& occluder_source_table();

// Throws Error for an unknown kind, listing the known ones, and for folders that are missing, empty, or do not fit.
std::unique_ptr<OccluderSource> open_occluder_source(const OccluderSourceConfig& config);

// `picture` (premultiplied CV_32FC4) as a cut-out: trimmed, at most 1024 pixels on its longer side, with the rule the settings
// name. Throws Error naming `where` if it is fully transparent.
Cutout make_cutout(const cv::Mat& picture, const OccluderSourceConfig& config, const std::string& where);

// --- the kinds
std::unique_ptr<OccluderSource> open_procedural_occluders(const OccluderSourceConfig& config);
std::unique_ptr<OccluderSource> open_cutouts(const OccluderSourceConfig& config);
std::unique_ptr<OccluderSource> open_pairs(const OccluderSourceConfig& config);
std::unique_ptr<OccluderSource> open_shapes(const OccluderSourceConfig& config);
std::unique_ptr<OccluderSource> open_sprites(const OccluderSourceConfig& config);

}  // namespace facemat
