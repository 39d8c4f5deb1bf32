// A run's log.jsonl, as a run that goes on reads it: what cannot be read is dropped, nothing is refused but a file too large.

#include "train/run/run_log.h"

#include <stdexcept>

#include "src/core/error.h"
#include "src/core/file.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  return {{"lines", "{\"step\":10,\"loss\":0.5}\n{\"step\":20,\"valid\":{\"sad\":1.5}}\n"},
          {"torn", "{\"step\":10}\n{\"st", true},
          {"step_that_is_a_word", "{\"step\":\"ten\"}\n", true},
          {"deep", std::string(100'000, '[') + "\n", true}};
}

void read(const std::string& bytes) {
  const fs::path file = as_file("log.jsonl", bytes);
  { const RunLog log(file, 20); }
  const std::string kept = read_file(file);
  if (bytes.compare(0, kept.size(), kept) != 0) throw std::logic_error("lines that were not there");
  require(kept.size() == bytes.size(), "lines were dropped");  // that a run goes on without them is no fault
}

}  // namespace

FuzzTarget run_log_target() { return {"run_log", "train/run/run_log.h", 1024, seeds, read}; }

}  // namespace facemat
