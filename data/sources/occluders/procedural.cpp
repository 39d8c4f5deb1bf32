#include "data/procedural/occluders/occluders.h"
#include "data/scene/patch.h"
#include "data/sources/occluders/occluders.h"
#include "src/core/text.h"

namespace facemat {
namespace {

std::vector<ProceduralOccluder> chosen(const std::vector<std::string>& names) {
  const auto& table = procedural_occluders();
  if (names.empty()) return table;
  std::vector<ProceduralOccluder> objects;
  for (const std::string& name : names)
    objects.push_back(find_entry(table, &ProceduralOccluder::name, name, "occluders: unknown object"));
  return objects;
}

class ProceduralOccluders : public OccluderSource {
 public:
  explicit ProceduralOccluders(const std::vector<std::string>& names) : objects_(chosen(names)) {}
  int64_t size() const override { return static_cast<int64_t>(objects_.size()); }
  Item item(int64_t index) const override { return {objects_[index].name, {}, objects_[index].occluder_class}; }
  Occluder take(int64_t index, const Rng& look) const override {
    return Drawing([draw = objects_[index].draw, look](const Scene& scene) { return trimmed(draw(look, scene)); });
  }

 private:
  std::vector<ProceduralOccluder> objects_;
};

}  // namespace

std::unique_ptr<OccluderSource> open_procedural_occluders(const OccluderSourceConfig& config) {
  return std::make_unique<ProceduralOccluders>(config.objects);
}

}  // namespace facemat
