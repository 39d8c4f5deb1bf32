#pragma once
// From samples on disk to tensors. Only here images become tensors. Which samples a step sees, and how they are augmented, is a
// function of (seed, step) alone: a resumed run draws what an uninterrupted one would.

#include <torch/torch.h>

#include <string>
#include <vector>

#include "data/dataset.h"
#include "src/core/random.h"

namespace facemat {

struct Batch {
  torch::Tensor frames;   // [B,T,3,H,W] float, RGB 0..1
  torch::Tensor alpha;    // [B,T,1,H,W] float, 0..1, 1 = visible face
  torch::Tensor unknown;  // [B,T,1,H,W] float, 1 where the trimap is unknown
  std::vector<std::string> names;
};

// Joins clips of one length and size into a batch. Throws Error naming the clip that differs.
Batch collate(const std::vector<Clip>& clips);

// The clip mirrored left to right.
Clip mirrored(Clip clip);

// The order in which a split is seen. Each epoch shuffles the clips and cuts them into batches of equal clip length; a length's
// last, smaller batch is filled from that length's start.
class BatchPlan {
 public:
  // `lengths[i]`: frames of clip i. `batch`: clips a batch.
  BatchPlan(std::vector<int> lengths, int batch, const Rng& rng);
  int64_t batches_per_epoch() const { return batches_per_epoch_; }
  // Clip numbers of the batch that step number `step` (0-based) learns from.
  std::vector<int64_t> clips_of(int64_t step) const;

 private:
  std::vector<std::vector<int64_t>> epoch_batches(int64_t epoch) const;

  std::vector<int> lengths_;
  int batch_;
  Rng rng_;
  int64_t batches_per_epoch_ = 0;
  mutable int64_t cached_epoch_ = -1;  // the epoch of cached_, which only saves recomputing it
  mutable std::vector<std::vector<int64_t>> cached_;
};

}  // namespace facemat
