// Settings of the compositor.

#include "tools/composite/config.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() { return yaml_seeds(config_to_yaml(CompositeConfig{})); }

void read(const std::string& bytes) { config_from_yaml<CompositeConfig>(bytes, "settings"); }

}  // namespace

FuzzTarget composite_settings_target() { return {"composite_settings", "tools/composite/config.h", 4096, seeds, read}; }

}  // namespace facemat
