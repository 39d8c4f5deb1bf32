#pragma once
// Makes a dataset on disk. Layout: data/README.md.
//
// A build works in OUT.partial and renames it to OUT when every sample of every shard is there. Each finished sample is a line
// of a journal, so a build that was stopped, killed or ran out of space goes on with `resume`, and several processes, also on
// several machines with one file system, can each make a shard. Equal settings give equal bytes, however they were made.

#include <filesystem>
#include <optional>
#include <string>

#include "data/recipe/config.h"
#include "data/recipe/record.h"
#include "data/store/info.h"
#include "src/core/progress.h"

namespace facemat {

struct BuildOptions {
  int workers = 1;
  int shard = 1, shards = 1;  // this process makes the samples of block `shard` of `shards`
  bool resume = false;        // go on with OUT.partial if it is there
};

// The finished dataset, or nothing if other shards are still missing. Throws Error if `out` exists; if OUT.partial exists and
// `resume` is false, or was begun with other settings or another number of shards; on a source or file that cannot be used;
// when writing fails. What was finished stays in OUT.partial; if nothing was, nothing is left.
std::optional<DatasetInfo> build_dataset(const DataConfig& config, const fs::path& out, const BuildOptions& options,
                                         Progress& progress);

// Makes one sample of a finished dataset again from its manifest line, in `out` (a folder that does not exist), laid out as in
// the dataset. `id` is "train/000012". Throws Error if there is no such sample, if a source has changed, or if the bytes are
// not those of the manifest.
void rebuild_sample(const fs::path& dataset, const std::string& id, const fs::path& out);

}  // namespace facemat
