#pragma once
// Compositing with the predicted alpha: how far the picture it makes is from the true one.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// A frame is I = O Occ + (1 - O) C: the occluder's colour Occ and opacity O over the clean frame C. The true alpha is
// a = S (1 - O), S the face's share of the pixel without the occluder. Inside the face (S = 1) that is I = a C + (1 - a) Occ,
// and a predicted alpha p makes the picture p C + (1 - p) Occ. The loss is the mean over the region R and the three colours of
//
//   |(p C + (1 - p) Occ) - (a C + (1 - a) Occ)| = |p - a| |C - Occ|
//
// so an error counts by the contrast of face and occluder: the compositional loss of Deep Image Matting (Xu et al., CVPR 2017,
// equation 2) with the clean frame as foreground and the occluder as background. Region and norm are our choice.
//
// R = [O > 0] and ([a > 0] or [O >= 1]):
// - Where O = 0 the occluder has no colour, so nothing can be composited.
// - Where 0 < O < 1, a = 0 tells that S = 0: the pixel is no face, whose picture does not follow from a, and it is left out. At
//   the soft rim of the face, 0 < S < 1, the exact picture is that of opacity 1 - p / S; its error is |p - a| |C - Occ| / S,
//   and the loss is that error weighted by S.
// - Where O = 1 (a = 0) nobody can tell S, and need not: the picture is Occ in or out of the face, and every p > 0 lets C
//   through where it is hidden.
//
// alpha, target: [B,T,1,H,W]; clean: [B,T,3,H,W] RGB 0..1; occluder: [B,T,4,H,W] straight (not premultiplied) RGBA 0..1. The
// result is a scalar: sum over R / (3 |R| + 1e-8), 0 if R is empty.
torch::Tensor composition_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& clean,
                               const torch::Tensor& occluder, const Average& average = {});

}  // namespace facemat
