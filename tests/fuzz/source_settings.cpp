// An alpha source.

#include "src/runtime/sources/alpha_settings.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() { return yaml_seeds(config_to_yaml(AlphaSourceConfig{})); }

void read(const std::string& bytes) { check(config_from_yaml<AlphaSourceConfig>(bytes, "settings")); }

}  // namespace

FuzzTarget source_settings_target() { return {"source_settings", "src/runtime/sources/alpha_settings.h", 4096, seeds, read}; }

}  // namespace facemat
