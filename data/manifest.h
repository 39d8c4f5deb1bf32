#pragma once
// What a dataset says about itself: dataset.json-like facts in dataset.yaml, and one line a sample in manifest.jsonl.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/config.h"

namespace facemat {

namespace fs = std::filesystem;

// dataset.yaml
struct DatasetInfo {
  int layout = 1;
  std::string version;  // of the toolkit
  std::string alpha_convention = "visible_face";
  std::string licence;  // roll-up of the sources' licences
  int samples = 0, frames = 0;
  DataConfig config;  // resolved
};
void fields(FieldVisitor& visit, DatasetInfo& info);

// One source that went into a sample.
struct Ingredient {
  std::string source;  // name in the config's list
  std::string item;    // file or number within the source
  std::string licence;
  std::string occluder_class;  // empty for faces
};

// One line of manifest.jsonl. Enough, with dataset.yaml, to make the sample again.
struct SampleRecord {
  std::string split, name;
  int64_t index = 0;
  int frames = 1;
  bool still = true;
  Ingredient face;
  std::vector<Ingredient> occluders;
  std::string degradation;          // what was done to the picture last; empty: nothing
  double face_share = 0;            // mean of S
  double covered_share = 0;         // share of the face that is covered
  double soft_share = 0;            // share of pixels with 0 < alpha < 1, as 8 bits show it
  double recomposition = 0;         // largest |I - (O Occ + (1 - O) clean)| before encoding
  std::vector<std::string> hashes;  // of the encoded image and alpha files, frame by frame
};
std::string record_to_json(const SampleRecord& record);
// Throws Error, prefixed by `where`, on a malformed line.
SampleRecord record_from_json(const std::string& line, const std::string& where);

// Paths inside a dataset. kind: image, alpha, trimap, occluder, clean.
fs::path frame_path(const fs::path& root, const SampleRecord& record, const std::string& kind, int frame,
                    const std::string& extension);

}  // namespace facemat
