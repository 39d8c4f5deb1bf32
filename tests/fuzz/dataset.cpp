// dataset.yaml: what a dataset says of itself.

#include "data/store/info.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() { return yaml_seeds(config_to_yaml(DatasetInfo{})); }

void read(const std::string& bytes) { check(config_from_yaml<DatasetInfo>(bytes, "settings").config); }

}  // namespace

FuzzTarget dataset_target() { return {"dataset", "data/store/info.h", 4096, seeds, read}; }

}  // namespace facemat
