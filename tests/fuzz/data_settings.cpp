// Settings of a dataset.

#include "data/recipe/config.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() { return yaml_seeds(config_to_yaml(DataConfig{})); }

void read(const std::string& bytes) { check(config_from_yaml<DataConfig>(bytes, "settings")); }

}  // namespace

FuzzTarget data_settings_target() { return {"data_settings", "data/recipe/config.h", 4096, seeds, read}; }

}  // namespace facemat
