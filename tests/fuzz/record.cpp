// Lines of a dataset's manifest.

#include "data/recipe/record.h"

#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  SampleRecord record;
  Recipe& r = record.recipe;
  r.split = "train", r.name = "000012", r.index = 12, r.frames = 2, r.still = false;
  r.face.from = {"faces", 3, "anna.jpg", "00000000000000aa", "CC0-1.0", ""};
  r.occluders.resize(1);
  r.occluders[0].from = {"hands", 0, "fist.png", "", "MIT", "hand"};
  record.rejections = {{{"covers too little", 2}}, {"a.png: truncated"}};
  record.hashes = {"0000000000000001", "0000000000000002"};
  std::vector<FuzzSeed> out = {{"whole", record_to_json(record)}};
  r.name = "../../000012";
  out.push_back({"name_that_leads_out", record_to_json(record), true});
  add_json_tricks(out, "index");
  return out;
}

void read(const std::string& bytes) { record_to_json(record_from_json(bytes, "manifest.jsonl:1")); }

}  // namespace

FuzzTarget record_target() { return {"record", "data/recipe/record.h", 8192, seeds, read}; }

}  // namespace facemat
