#pragma once
// What a dataset on disk says about itself, and where in it a frame's files lie.

#include <filesystem>
#include <string>

#include "data/recipe/config.h"
#include "data/recipe/recipe.h"

namespace facemat {

namespace fs = std::filesystem;

// dataset.yaml
struct DatasetInfo {
  int layout = 2;
  std::string version;  // of the toolkit
  std::string alpha_convention = "visible_face";
  std::string licence;  // roll-up of the sources' licences
  int samples = 0, frames = 0;
  std::string contents;            // hash of manifest.jsonl; empty in datasets from before it was noted
  int rejected = 0, replaced = 0;  // draws outside the rules; draws with a file that could not be used
  DataConfig config;               // resolved
};
void fields(FieldVisitor& visit, DatasetInfo& info);

// Paths inside a dataset. kind: image, alpha, trust, trimap, occluder, clean, background.
fs::path frame_path(const fs::path& root, const Recipe& sample, const std::string& kind, int frame,
                    const std::string& extension);

}  // namespace facemat
