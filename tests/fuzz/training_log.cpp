// A run's log.jsonl, as reports read it.

#include "eval/results/result.h"
#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  std::vector<FuzzSeed> out = {
      {"whole", "{\"step\":10,\"loss\":0.5,\"terms\":{\"l1\":0.25}}\n{\"step\":20,\"valid\":{\"sad\":1.5}}\n"},
      {"nothing", ""}};
  add_json_tricks(out, "step");
  return out;
}

void read(const std::string& bytes) { read_training_log(as_file("log.jsonl", bytes)); }

}  // namespace

FuzzTarget training_log_target() { return {"training_log", "eval/results/result.h", 1024, seeds, read}; }

}  // namespace facemat
