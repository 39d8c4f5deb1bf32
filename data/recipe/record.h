#pragma once
// A sample as a line of text: what a dataset's manifest.jsonl holds of it.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/recipe/recipe.h"

namespace facemat {

// Draws that were not used, and why.
struct Rejections {
  std::map<std::string, int64_t> reasons;  // "covers less than least_covered": 3, ...
  std::vector<std::string> bad_files;      // messages, with bad_source: replace
};

// One line of manifest.jsonl: what it takes to make the sample again, and what it became.
struct SampleRecord {
  Recipe recipe;
  Measured measured;
  Rejections rejections;
  std::vector<std::string> hashes;  // of the encoded files, frame by frame
};
std::string record_to_json(const SampleRecord& record);
// Throws Error, prefixed by `where`, on a malformed line.
SampleRecord record_from_json(const std::string& line, const std::string& where);

}  // namespace facemat
