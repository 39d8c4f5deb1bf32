#pragma once
// Segmentation of the visible face.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// Binary cross-entropy of the segmentation head: mean of -t ln(sigmoid x) - (1 - t) ln(1 - sigmoid x), computed from the logits
// as max(x, 0) - x t + ln(1 + exp(-|x|)), which is finite for every x (RVM trains its project_seg so). logits, target:
// [B,T,1,H,W]; the target is the true alpha: soft edges ask for soft answers. -> scalar
torch::Tensor segmentation_loss(const torch::Tensor& logits, const torch::Tensor& target, const Average& average = {});

}  // namespace facemat
