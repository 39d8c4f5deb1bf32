// Settings of a run of training.

#include "train/config.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() { return yaml_seeds(config_to_yaml(TrainConfig{})); }

void read(const std::string& bytes) { check(config_from_yaml<TrainConfig>(bytes, "settings")); }

}  // namespace

FuzzTarget train_settings_target() { return {"train_settings", "train/config.h", 4096, seeds, read}; }

}  // namespace facemat
