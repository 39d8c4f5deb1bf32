#pragma once
// Makes a dataset on disk, and checks and describes one that is there. Layout: data/README.md.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/config.h"
#include "data/manifest.h"
#include "src/core/progress.h"

namespace facemat {

// Builds into `out`, which must not exist; it appears whole or not at all. Equal configs give equal bytes for any number of
// workers. Throws Error on a source or file that cannot be used, and when writing fails.
DatasetInfo build_dataset(const DataConfig& config, const fs::path& out, int workers, Progress& progress);

// The records of manifest.jsonl, in order. Throws Error naming file and line.
std::vector<SampleRecord> read_manifest(const fs::path& dataset);

// Reads every file again; returns what is wrong, one line each: missing or damaged files, other sizes, other bytes than the
// manifest's hashes, alpha above the face mask's possible range, frames that do not recompose.
std::vector<std::string> check_dataset(const fs::path& dataset, Progress& progress);

// Licences of all ingredients with how many samples each is in, most first.
std::string licence_roll_up(const std::vector<SampleRecord>& records);

}  // namespace facemat
