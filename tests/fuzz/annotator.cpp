// An annotator file.

#include "data/annotate/annotator_config.h"

#include "src/core/config.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/yaml_tricks.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() { return yaml_seeds(config_to_yaml(AnnotatorConfig{})); }

void read(const std::string& bytes) { config_from_yaml<AnnotatorConfig>(bytes, "settings"); }

}  // namespace

FuzzTarget annotator_target() { return {"annotator", "data/annotate/annotator_config.h", 4096, seeds, read}; }

}  // namespace facemat
