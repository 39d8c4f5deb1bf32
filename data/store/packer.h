#pragma once
// A built dataset as WebDataset shards: plain tar files that any training code can stream in order, with an index by which ours
// (Dataset::open) reads samples in any order.
//
// A sample's files share the part of their name before the first dot, its key, and lie beside each other:
//
//   SPLIT-000000.tar:  000012.alpha.png  000012.image.jpg  ...  000012.json      stills
//                      000013.0000.alpha.png  ...  000013.0003.image.jpg  ...  000013.json      clips, four frames
//   dataset.yaml       as in the dataset
//   index.jsonl        where in which shard each file lies (shards.h); readers that stream do without
//
// The json is the sample's line of manifest.jsonl. Format: ustar (POSIX 1003.1-1988), files in order of sample and name, mode
// 0644, time 0, owner 0: equal datasets give equal bytes.

#include <cstdint>
#include <filesystem>

#include "src/core/progress.h"

namespace facemat {

namespace fs = std::filesystem;

struct PackReport {
  int64_t shards = 0, samples = 0;
  int64_t files = 0;  // in the shards
  int64_t bytes = 0;  // of those files
};

// Writes the shards of all splits, `per_shard` samples each (the last of a split has the rest), in `out`, which appears whole
// or not at all. Holds one sample in memory. Throws Error if `out` exists, per_shard is below 1, a file is missing or is not
// the one that was built, or when writing fails.
PackReport pack_dataset(const fs::path& dataset, const fs::path& out, int64_t per_shard, Progress& progress);

}  // namespace facemat
