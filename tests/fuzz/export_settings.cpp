// Settings of an export.

#include "export/config.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() { return yaml_seeds(config_to_yaml(ExportConfig{})); }

void read(const std::string& bytes) { check(config_from_yaml<ExportConfig>(bytes, "settings")); }

}  // namespace

FuzzTarget export_settings_target() { return {"export_settings", "export/config.h", 4096, seeds, read}; }

}  // namespace facemat
