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

// The background B with which the clean frame as foreground makes the frame under the true alpha a, a C + (1 - a) B = I:
//
//   B = (O Occ + R C) / (O + R)        R = max(0, 1 - O - a)
//
// R is the share of the pixel in which C shows and is no face, so inside the face B is Occ, outside (a = 0) the frame itself,
// at the soft rim a mixture. O + R is 1 - a; written so, what 8 bits round is not blown up where a is almost 1. Where O + R is
// 0 nothing is seen of it: black, and not known. -> [B,T,4,H,W]: RGB, and 1 where it is known, else 0. Shapes as above.
torch::Tensor background_behind(const torch::Tensor& alpha, const torch::Tensor& clean, const torch::Tensor& occluder);

// The same where what lies behind a foreground is known by itself, as over a matte: `background` [B,T,3,H,W] takes the clean
// frame's place, and is known where the foreground hides it, too.
torch::Tensor covered_background(const torch::Tensor& alpha, const torch::Tensor& background, const torch::Tensor& occluder);

// The compositional loss as Deep Image Matting has it: with true foreground F and background B, over the unknown region M where
// B is known,
//
//   sum over M and colours of sqrt(((p - a) (F - B))^2 + epsilon^2) / (3 |M| + 1e-8)
//
// true_foreground [B,T,3,H,W]; true_background [B,T,4,H,W] as background_behind has it; unknown [B,T,1,H,W], 1 inside. 0 if M
// is empty.
torch::Tensor composition_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target,
                                       const torch::Tensor& true_foreground, const torch::Tensor& true_background,
                                       const torch::Tensor& unknown, double epsilon, const Average& average = {});

// How far the frame is from the picture that predictions alone make of it, over the whole picture (BGM, Sengupta et al., CVPR
// 2020): mean |I - p F - (1 - p) B|, F the predicted colour [B,T,3,H,W], and I itself where p > 0.95, where it is hardly told
// apart. B [B,T,3,H,W] is the true background (BGM's first stage), or the one the network was given (its second, which has no
// labels: none is asked).
torch::Tensor composition_predicted_loss(const torch::Tensor& frames, const torch::Tensor& alpha,
                                         const torch::Tensor& foreground, const torch::Tensor& background);

}  // namespace facemat
