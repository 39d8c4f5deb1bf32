#pragma once
// What a dataset says about itself: facts in dataset.yaml, and one line a sample in manifest.jsonl.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/config.h"
#include "data/recipe.h"

namespace facemat {

namespace fs = std::filesystem;

// dataset.yaml
struct DatasetInfo {
  int layout = 2;
  std::string version;  // of the toolkit
  std::string alpha_convention = "visible_face";
  std::string licence;  // roll-up of the sources' licences
  int samples = 0, frames = 0;
  int rejected = 0, replaced = 0;  // draws outside the rules; draws with a file that could not be used
  DataConfig config;               // resolved
};
void fields(FieldVisitor& visit, DatasetInfo& info);

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

// Paths inside a dataset. kind: image, alpha, trimap, occluder, clean.
fs::path frame_path(const fs::path& root, const Recipe& sample, const std::string& kind, int frame,
                    const std::string& extension);

}  // namespace facemat
