#pragma once
// The processes that train one network together (data parallel): each learns from its share of a step's clips, gradients and
// batch-norm statistics are averaged, so that all hold the same weights after every step. Rank 0 writes files and talks.

#include <torch/torch.h>

#include <memory>
#include <vector>

namespace facemat {

// Every call but rank() and size() is collective: all processes make it, in the same order. Each throws Error if another
// process has failed or left. After that nothing more can be exchanged.
// Destroying it leaves the run at once, without waiting for anybody. So a process that fails needs no farewell: its exception
// destroys this, all others get their Error, and every process ends with exit code 1 and one line. Nor does one that has made
// all its calls.
class Processes {
 public:
  virtual ~Processes() = default;
  virtual int rank() const = 0;  // 0..size()-1
  virtual int size() const = 0;
  // Replaces each tensor by its sum over all processes; all of one type and device, shapes equal everywhere.
  virtual void sum(const std::vector<torch::Tensor>& tensors) = 0;
  // Replaces each tensor by that of rank 0.
  virtual void broadcast(const std::vector<torch::Tensor>& tensors) = 0;
  // Returns when all have called it.
  virtual void barrier() = 0;

  bool first() const { return rank() == 0; }
};

// A process on its own: every call returns at once.
std::unique_ptr<Processes> single_process();

}  // namespace facemat
