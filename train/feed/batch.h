#pragma once
// From samples to tensors. Only here images become tensors. Which samples a step sees, and how they are augmented, is a
// function of (seed, step) alone: a resumed run draws what an uninterrupted one would.
//
// Nothing here starts threads (LibTorch's operators would, in each loader thread its own team), except Batch::to.

#include <torch/torch.h>

#include <mutex>
#include <string>
#include <vector>

#include "data/store/dataset.h"
#include "src/core/random.h"
#include "src/model/networks/guides.h"

namespace facemat {

// All tensors are float. Those after alpha are undefined where the clips do not have the layer (Layers in
// data/store/dataset.h).
struct Batch {
  torch::Tensor frames;      // [B,T,3,H,W] RGB 0..1
  torch::Tensor alpha;       // [B,T,1,H,W] 0..1, 1 = visible face
  torch::Tensor trust;       // [B,T,1,H,W] 1 where alpha can be believed, 0 where it cannot
  torch::Tensor unknown;     // [B,T,1,H,W] 1 where the trimap is unknown, else 0
  torch::Tensor clean;       // [B,T,3,H,W] RGB 0..1, the face without occluders
  torch::Tensor occluder;    // [B,T,4,H,W] RGBA 0..1, straight
  torch::Tensor background;  // [B,T,3,H,W] RGB 0..1, what lies behind a foreground that was cut out
  Guides guides;             // what the network is given beside the frames (guides.h)
  std::vector<std::string> names;

  // The batch on `device`. non_blocking: the copy may still be under way, which helps from pinned memory to a GPU.
  Batch to(const torch::Device& device, bool non_blocking = false) const;
  // A copy in page-locked memory, from which a GPU copies by itself. Throws Error where there is no CUDA device.
  Batch pinned() const;
};

// Joins clips of one length, size and layers into a batch, without guides. Throws Error naming the clip that differs.
Batch collate(const std::vector<Clip>& clips);

// Frame `t` of a clip as a still, image and alpha alone.
Clip still_of(const Clip& clip, size_t t);

// The clip mirrored left to right.
Clip mirrored(Clip clip);

// A random run of `frames` consecutive frames; the whole clip if it has no more.
Clip windowed(Clip clip, int frames, Rng rng);

// Every frame scaled to the square of `size`'s longer side, then the middle of it cut out; a square size is a plain resize.
// Image, alpha and the other layers by one filter, area average when shrinking and bilinear when growing, the occluder
// premultiplied on the way, and alpha by its trust; the trimap takes the nearest pixel. The frames must be square. Throws Error
// if they are not, or if size is empty.
Clip resized(const Clip& clip, cv::Size size);

// The size of RVM's random crop (RobustVideoMatting, train.py, random_crop): width and height drawn from side/2..side-1, each
// on its own. To be drawn once for all clips of a batch, and used with resized(). side >= 2.
cv::Size draw_crop(int side, Rng rng);

// The order in which a split is seen. Each epoch shuffles the clips and cuts them into batches of equal clip length; a length's
// last, smaller batch is filled from that length's start.
class BatchPlan {
 public:
  // `lengths[i]`: frames of clip i. `batch`: clips of a whole step, all processes and micro-batches together.
  BatchPlan(std::vector<int> lengths, int batch, const Rng& rng);
  int64_t batches_per_epoch() const { return batches_per_epoch_; }
  // Clip numbers of the batch that step number `step` (0-based) learns from, or part number `part` of `parts` equal ones, in
  // order. The parts together are the batch, so what a step learns from does not depend on how it is shared out:
  //   process `rank` of `world`:                            clips_of(step, rank, world)
  //   its micro-batch `m` of `accumulate`:                  clips_of(step, rank * accumulate + m, world * accumulate)
  // Clip i of a part is clip part * batch / parts + i of the whole: name its augmentation by that number, and it does not
  // depend on it either. Throws Error if the batch cannot be cut into `parts` equal parts. Several threads may ask at once.
  std::vector<int64_t> clips_of(int64_t step, int part = 0, int parts = 1) const;

 private:
  std::vector<std::vector<int64_t>> epoch_batches(int64_t epoch) const;

  std::vector<int> lengths_;
  int batch_;
  Rng rng_;
  int64_t batches_per_epoch_ = 0;
  mutable std::mutex mutex_;           // of the two below
  mutable int64_t cached_epoch_ = -1;  // the epoch of cached_, which only saves recomputing it
  mutable std::vector<std::vector<int64_t>> cached_;
};

}  // namespace facemat
