#pragma once
// How fast frames are composited here: each way of blending, and a whole job with its stages.

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

struct BenchCommand {
  int rounds = 15;
  bool pipeline = false;
  fs::path model, target;  // of a whole job; empty: a matte that stands still, a drawn film
  std::string faces;       // as in CompositeCommand
  int frames = 120, max_side = 0;
};

// Adds "bench" to the program's commands.
CLI::App* declare(CLI::App& app, BenchCommand& command);
void run_bench(const BenchCommand& command);

struct CompositeTime {
  std::string name;
  double milliseconds = 0;  // a frame; the median of the rounds
};

// Composites of drawn frames from a given matte (a face under hair and smoke), in one thread, each way of blending `rounds`
// times.
std::vector<CompositeTime> bench_composite(int width, int height, int rounds);

// The share of the drawn matte's pixels that are soft: what all but the plain blend depends on.
double soft_share(int width, int height);

}  // namespace facemat
