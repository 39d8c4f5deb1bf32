#pragma once
// Frames that models are compared and calibrated on.

#include <torch/torch.h>

#include <vector>

#include "export/config.h"
#include "src/core/random.h"

namespace facemat {

// Frame `t` of `batch` clips, [batch,3,H,W] RGB 0..1: a soft disc that wanders over a drifting pattern, with noise; each clip
// has its own path and phase. Deterministic in its arguments.
torch::Tensor drawn_frame(FrameSize size, int64_t batch, int t, const Rng& rng);

// Frames [1,3,h,w] of one size to calibrate on: pictures of config.dataset (its sub-folders too; where these are called
// "image", as in datasets of facemat-data, only what they hold), evenly spread over the sorted names, scaled and cropped to the
// first one's size; without a dataset a drawn clip. `fixed`: that size, where the model is frozen to one. Throws Error naming
// the folder if it has no pictures, or the picture that cannot be read.
std::vector<torch::Tensor> calibration_frames(const CalibrationConfig& config, FrameSize fixed, uint64_t seed);

}  // namespace facemat
