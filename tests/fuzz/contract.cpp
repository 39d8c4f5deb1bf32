// What a model file promises: the JSON in its metadata.

#include "src/core/contract.h"

#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  ModelContract contract;
  contract.network = "tiny";
  contract.states = {{"r1i", "r1o"}, {"r2i", "r2o"}};
  contract.train_size = 512;
  ModelContract given = contract;
  given.states.clear();
  given.guides = {{"trimap", "trimap"}, {"background", "clean"}};
  return {{"whole", contract_to_json(contract)},
          {"given", contract_to_json(given)},
          {"empty", "{}", true},
          {"deep", "{\"version\":" + std::string(200'000, '['), true},
          {"huge_version", "{\"version\":1e300}", true}};
}

void read(const std::string& bytes) { contract_to_json(contract_from_json(bytes, "contract")); }

}  // namespace

FuzzTarget contract_target() { return {"contract", "src/core/contract.h", 4096, seeds, read}; }

}  // namespace facemat
