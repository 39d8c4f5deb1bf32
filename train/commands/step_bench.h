#pragma once
// How fast a training step is here, against a plain implementation of the same network and against what the machine can do.
// Figures for people; no test asserts them.

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "src/core/progress.h"
#include "train/config.h"

namespace facemat {

struct StepBenchOptions {
  int batch = 1, frames = 4, size = 512;  // clips a step, frames a clip, side of the square frames
  int steps = 5;                          // measured of each way to compute, after one that is not
  int threads = 1;
};

// Seconds of one step's parts.
struct StepTimes {
  double forward = 0, loss = 0, backward = 0, optimizer = 0;
  double processor = 0;  // processor time of all threads; less disturbed by other programs if waiting threads sleep
  double total() const { return forward + loss + backward + optimizer; }
};

// One way to compute: "plain" (LibTorch's operators one by one on contiguous maps, LibTorch's Adam, memory as the C library
// gives it: a straightforward port of the published network), "fused" (as facemat train computes), "recomputed" (likewise,
// with maps recomputed and freed memory given back), "fused, bf16" (the fused one with precision: bf16).
struct StepBench {
  std::string name;
  std::vector<StepTimes> steps;
  double peak_mib = 0;  // largest resident memory of its process
};

// Steps on random frames with the losses of `config`, the ways in turns: a disturbance of the machine meets all of them. Each
// runs in its own process. To be called before LibTorch has started threads. Throws Error if a process ends early.
std::vector<StepBench> bench_steps(const TrainConfig& config, const StepBenchOptions& options, Progress& progress);

// Convolution operations (a multiplication and an addition count two) of one step, in 10^9: the forward pass's shapes, three
// times.
double convolution_gflop(const TrainConfig& config, const StepBenchOptions& options);

// The most a large dense convolution reaches on this machine, in 10^9 operations a second.
double convolution_peak(const StepBenchOptions& options);

// Frames a second read (or made) from a dataset and put into batches, by one thread.
double bench_loader(const std::filesystem::path& dataset, const TrainConfig& config, const StepBenchOptions& options);

}  // namespace facemat
