#pragma once
// Errors of the colours of what lies in front and behind, predicted together (FBA, "F, B, Alpha Matting", Forte & Pitié 2020):
// its terms over the whole picture, which worked best there.
//
// F, B: [B,T,3,H,W] predicted; true_foreground [B,T,3,H,W]; true_background [B,T,4,H,W]: colour, and 1 where it is known
// (background_behind in composition.h), else 0: nothing is asked there. Results are scalars; each is the sum of the term for F
// and for B.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean |F - F*| + the mean of |B - B*| over what is known.
torch::Tensor colours_l1_loss(const torch::Tensor& foreground, const torch::Tensor& background,
                              const torch::Tensor& true_foreground, const torch::Tensor& true_background,
                              const Average& average = {});

// laplacian_loss (laplacian.h) of F and of B, where B is not known as if it were right.
torch::Tensor colours_laplacian_loss(const torch::Tensor& foreground, const torch::Tensor& background,
                                     const torch::Tensor& true_foreground, const torch::Tensor& true_background, int levels,
                                     const Average& average = {});

// mean |(a F + (1 - a) B) - (a F* + (1 - a) B*)|, a the true alpha [B,T,1,H,W]. Where B* is not known a must be 1, as
// background_behind has it: 1 - a counts it 0 times.
torch::Tensor colours_composition_loss(const torch::Tensor& foreground, const torch::Tensor& background,
                                       const torch::Tensor& true_foreground, const torch::Tensor& true_background,
                                       const torch::Tensor& target, const Average& average = {});

// mean |dx F| |dx B| + mean |dy F| |dy B|, d the difference of neighbours, each channel with its own: an edge belongs to one of
// the two (Zhang et al., "Single image reflection separation with perceptual losses", CVPR 2018, at one scale). It asks no
// label. At least 2x2 pixels.
torch::Tensor exclusion_loss(const torch::Tensor& foreground, const torch::Tensor& background);

}  // namespace facemat
