#pragma once
// Temporal coherence. alpha, target [B,T,1,H,W], T >= 2; results are scalars. A change is trusted as the less trusted of its
// frames.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// Mean squared difference of the frame-to-frame changes (RVM, training loss; RVM weights it by 5).
torch::Tensor coherence_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average = {});

// The same of w alpha and w target, w [B,T,1,H,W]; the mean is over all pixels (the first author's public code for video, 2023,
// with w = 1 in the unknown region, else 0). Where w itself changes, the error of the one frame it counts in remains.
torch::Tensor coherence_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                      const Average& average = {});

}  // namespace facemat
