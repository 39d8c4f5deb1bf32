#pragma once
// How long judging takes on this machine.

#include <cstdint>
#include <string>
#include <vector>

#include "src/core/progress.h"

namespace facemat {

struct MetricTime {
  std::string metric;       // its title; "all, in all regions" at the end
  double milliseconds = 0;  // for one frame, whole image; median of `rounds`
};

// Every metric of the table on drawn mattes of this size, one thread; then all of them in all regions at once.
std::vector<MetricTime> bench_metrics(int width, int height, int rounds);

struct PairsTime {
  double seconds = 0;                          // from files to scores; making the files is not counted
  uint64_t memory_early = 0, memory_most = 0;  // bytes resident after a tenth of the pairs, and at most afterwards
};

// `count` drawn pairs with trimaps, `side` pixels square, as PNG files in a folder of the system's for temporary files (removed
// at the end), judged as `facemat eval --pred --gt --trimap` does.
PairsTime bench_pairs(int count, int side, int threads, Progress& progress);

}  // namespace facemat
