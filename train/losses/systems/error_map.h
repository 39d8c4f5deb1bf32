#pragma once
// Networks that say where they are wrong.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean (error - |alpha - target|)^2 with alpha detached: the error map learns how wrong alpha is, alpha nothing (BGMv2, Lin et
// al., CVPR 2021, where it says which patches are refined). All [B,T,1,h,w] -> scalar.
torch::Tensor error_map_loss(const torch::Tensor& error, const torch::Tensor& alpha, const torch::Tensor& target,
                             const Average& average = {});

}  // namespace facemat
