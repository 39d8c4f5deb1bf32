#pragma once
// What a run learns from and is judged on, as RUN/data.yaml keeps it: best checkpoints, figures and licences belong to it.

#include <filesystem>
#include <string>
#include <vector>

#include "train/feed/feed.h"
#include "train/run/validation.h"

namespace facemat {

namespace fs = std::filesystem;

struct RunDataset {
  std::string use;       // train or valid
  std::string given;     // what a pass or a set of the settings calls it; empty: the run's own
  std::string name;      // of its folder or settings
  std::string identity;  // Dataset::identity
  std::string licence;
};
void fields(FieldVisitor& visit, RunDataset& dataset);

struct RunData {
  std::vector<RunDataset> datasets;
};
void fields(FieldVisitor& visit, RunData& data);

RunData run_data(const Feed& feed, const HeldOut& held_out);

// Throws Error naming the first dataset that is another one than `file`, which an earlier call wrote, says. Names, places and
// whether it is packed do not matter. Without the file nothing is known: runs from before there was one go on.
void require_same_data(const fs::path& file, const RunData& now);

}  // namespace facemat
