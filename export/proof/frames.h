#pragma once
// Frames that models are compared and calibrated on, with what the models are given beside them.

#include <torch/torch.h>

#include <string>
#include <vector>

#include "export/config.h"
#include "src/core/random.h"
#include "src/model/networks/guides.h"

namespace facemat {

// Frame `t` of `batch` clips, [batch,3,H,W] RGB 0..1: a soft disc that wanders over a drifting pattern, with noise; each clip
// has its own path and phase. Deterministic in its arguments.
torch::Tensor drawn_frame(FrameSize size, int64_t batch, int t, const Rng& rng);

// What a model is shown at one time.
struct ShownFrames {
  torch::Tensor frames;  // [B,3,H,W]
  Guides guides;         // those that it needs, [B,C,H,W]
};

// Such a frame with `guides` (names of the guide table), as users would have them of its disc: a trimap whose unknown band is
// wide, masks with soft edges, the pattern without the disc.
ShownFrames drawn_frames(FrameSize size, int64_t batch, int t, const Rng& rng, const std::vector<std::string>& guides);

// All of it as float16 would hold it, in float32.
ShownFrames as_half(const ShownFrames& shown);

// Frames [1,3,h,w] of one size to calibrate on: pictures of config.dataset (its sub-folders too; where these are called
// "image", as in datasets of facemat-data, only what they hold), evenly spread over the sorted names, scaled and cropped to the
// first one's size; without a dataset a drawn clip. `fixed`: that size, where the model is frozen to one. `guides` are drawn in
// either case: the ranges of what is given do not depend on what a picture shows. Throws Error naming the folder if it has no
// pictures, or the picture that cannot be read.
std::vector<ShownFrames> calibration_frames(const CalibrationConfig& config, FrameSize fixed, uint64_t seed,
                                            const std::vector<std::string>& guides);

}  // namespace facemat
