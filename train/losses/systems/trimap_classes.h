#pragma once
// Networks that predict a trimap beside alpha, as IamAlpha (BMVC 2021) while it learns: classes 0 where the true alpha is 0, 2
// where it is 1, 1 (unknown) between.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// Cross-entropy: mean of -ln softmax(logits)[class of target]. logits [B,T,3,h,w], target [B,T,1,h,w] -> scalar.
torch::Tensor trimap_cross_entropy_loss(const torch::Tensor& logits, const torch::Tensor& target, const Average& average = {});

// Where the logits call a pixel unknown: 1, else 0, [B,T,1,H,W], each pixel taken from the nearest of the logits; in clips
// where none is called so, `otherwise` [B,T,1,H,W], from which the size is taken. No gradient.
torch::Tensor estimated_unknown(const torch::Tensor& logits, const torch::Tensor& otherwise);

}  // namespace facemat
