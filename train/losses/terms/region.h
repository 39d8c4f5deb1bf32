#pragma once
// Means over a region of the picture.

#include <torch/torch.h>

#include <functional>

namespace facemat {

// The mean, over the processes that train together, of a number each of them has; empty: one process.
using MeanOverProcesses = std::function<torch::Tensor(const torch::Tensor& number)>;

// sum / (size + 1e-8), `size` the region's size. Each process has the sum and the size of its own clips; dividing by the mean
// size makes the mean of the processes' results what one process with all clips would get.
inline torch::Tensor region_mean(const torch::Tensor& sum, const torch::Tensor& size, const MeanOverProcesses& over_processes) {
  constexpr double kAvoidZero = 1e-8;
  return sum / ((over_processes ? over_processes(size) : size) + kAvoidZero);
}

}  // namespace facemat
