// An alpha source.

#include "src/runtime/sources/alpha_settings.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  AlphaSourceConfig prompted;
  prompted.kind = "segment_anything";
  prompted.prompts.from = "listed";
  prompted.prompts.points = {{12, 34.5, "unwanted", 1}};
  prompted.prompts.boxes = {{-5, 6, 70, 80, 1}};
  AlphaSourceConfig twice = prompted;
  twice.prompts.boxes.push_back({0, 0, 1, 1, 1});
  std::vector<FuzzSeed> out = yaml_seeds(config_to_yaml(AlphaSourceConfig{}));
  out.push_back({"prompts", config_to_yaml(prompted)});
  out.push_back({"second_box_of_an_object", config_to_yaml(twice), true});
  return out;
}

void read(const std::string& bytes) { check(config_from_yaml<AlphaSourceConfig>(bytes, "settings")); }

}  // namespace

FuzzTarget source_settings_target() { return {"source_settings", "src/runtime/sources/alpha_settings.h", 4096, seeds, read}; }

}  // namespace facemat
