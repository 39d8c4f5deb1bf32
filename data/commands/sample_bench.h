#pragma once
// How fast samples are made, and how much memory that takes. Figures for people; no test asserts them.

#include <filesystem>
#include <string>
#include <vector>

#include "data/recipe/config.h"
#include "src/core/progress.h"

namespace facemat {

namespace fs = std::filesystem;

struct BenchOptions {
  int size = 512;
  int samples = 200;  // of each measurement
  int workers = 2;    // the larger number of workers to compare with 1
};

struct BenchResult {
  std::string what;
  int workers = 1;
  double samples_per_second = 0;
  double resident_mib = 0;  // of the process, afterwards
};

// Draws a small tree of sources into `folder`: `faces` faces as JPEG with PNG masks, `occluders` hands, objects and smoke as
// JPEG colour with PNG alpha, all of 512 x 512 pixels; returns settings over them without degradation.
DataConfig bench_sources(const fs::path& folder, int faces, int occluders);

// Samples generated in memory; written as JPEG picture and PNG alpha; written lossless: each with 1 worker and with more. Files
// are read again for every sample; nothing is cached but by the system.
std::vector<BenchResult> bench_samples(const DataConfig& config, const fs::path& work, const BenchOptions& options,
                                       Progress& progress);

// Milliseconds of one SOT colour transfer of a cut-out of size x size pixels, the mean of several.
double bench_sot(int size);

}  // namespace facemat
