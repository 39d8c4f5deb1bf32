#pragma once
// Processes that average over LibTorch's own process groups (c10d): Gloo over TCP, or NCCL where LibTorch has it and the device
// is CUDA. Sums are made in one order, so they are the same bits in all processes and in every run with as many processes.

#include <torch/torch.h>

#include <chrono>
#include <memory>
#include <optional>

#include "train/parallel/processes.h"
#include "train/parallel/rendezvous.h"

namespace facemat {

struct ProcessTimeouts {
  std::chrono::milliseconds join = std::chrono::minutes(5);         // until all have come
  std::chrono::milliseconds collective = std::chrono::minutes(30);  // until the last takes part in what the first has begun
};

// Waits until all processes of the run have come. Without a rendezvous, or with one of size 1: single_process().
// `device` is that of the tensors. Gloo listens on the address from which MASTER_ADDR is reached, or on the network interfaces
// that GLOO_SOCKET_IFNAME names (comma-separated).
// Throws Error: MASTER_PORT in use, MASTER_ADDR unknown or silent, a rank missing, twice there or of another WORLD_SIZE, or a
// LibTorch without Gloo.
std::unique_ptr<Processes> join_processes(const std::optional<Rendezvous>& rendezvous, const torch::Device& device,
                                          const ProcessTimeouts& timeouts = {});

}  // namespace facemat
