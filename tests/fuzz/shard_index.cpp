// Lines of the index of packed samples.

#include "data/store/shards.h"
#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  PackedSample sample;
  sample.shard = "train-000000.tar", sample.split = "train", sample.name = "000013", sample.still = false;
  sample.classes = {"hand"}, sample.covered = 0.31, sample.files["000013.0000.alpha.png"] = {512, 1234};
  std::vector<FuzzSeed> out = {{"whole", packed_to_json(sample)}};
  add_json_tricks(out, "frames");
  sample.shard = "../train-000000.tar";
  out.push_back({"shard_that_leads_out", packed_to_json(sample), true});
  sample.shard = "train-000000.tar", sample.name = "../000013";
  out.push_back({"name_that_leads_out", packed_to_json(sample), true});
  return out;
}

void read(const std::string& bytes) { packed_from_json(bytes, "index.jsonl:1"); }

}  // namespace

FuzzTarget shard_index_target() { return {"shard_index", "data/store/shards.h", 4096, seeds, read}; }

}  // namespace facemat
