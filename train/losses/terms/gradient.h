#pragma once
// Differences of image gradients: edges of alpha where and as steep as the truth's.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean |Sx alpha - Sx target| + mean |Sy alpha - Sy target|, S the 3x3 Sobel kernels divided by 8 (so that a ramp of slope 1
// per pixel has gradient 1), borders replicated. [B,T,1,H,W] -> scalar. Kernel and norm are our choice; matting systems differ.
torch::Tensor gradient_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average = {});

}  // namespace facemat
