#pragma once
// Differences of image gradients: edges of alpha where and as steep as the truth's. alpha, target [B,T,1,H,W]; results are
// scalars.
//
// S are the 3x3 Sobel kernels divided by 8 (so that a ramp of slope 1 per pixel has gradient 1), borders replicated. Matting
// systems differ: BGM takes Sobel as it is, 8 times ours; BGMv2 the magnitude of ours.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean |Sx alpha - Sx target| + mean |Sy alpha - Sy target|. Kernel and norm are our choice.
torch::Tensor gradient_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average = {});

// The same over the unknown region M [B,T,1,H,W] (1 inside): sum(M (|..| + |..|)) / (sum(M) + 1e-8); 0 if M is empty.
torch::Tensor gradient_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                                    const Average& average = {});

// mean |G alpha - G target|, G x = sqrt((Sx x)^2 + (Sy x)^2 + 1e-6), the magnitude (BGMv2, Lin et al., CVPR 2021). It is not
// linear in the image, so what is compared is G(trust alpha) and G(trust target) (average.h).
torch::Tensor gradient_magnitude_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average = {});

}  // namespace facemat
