#pragma once
// Structural similarity (Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP
// 2004) as a loss, 1 - SSIM; IamAlpha names it without window or constants. Ours are those of the paper: a Gaussian of 11x11
// pixels and sigma 1.5, C1 = 0.01^2, C2 = 0.03^2 for values in 0..1; borders replicated, so that every pixel has a value.
//
//   SSIM = (2 m_a m_t + C1) (2 c + C2) / ((m_a^2 + m_t^2 + C1) (v_a + v_t + C2))
//
// with the windows' means m, variances v and covariance c. It is not linear in the image, so what is compared is trust alpha
// and trust target (average.h). alpha, target: [B,T,1,H,W]; results are scalars.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean (1 - SSIM); exactly 0 for equal images, at most 2.
torch::Tensor ssim_loss(const torch::Tensor& alpha, const torch::Tensor& target, const Average& average = {});

// The same over the unknown region M [B,T,1,H,W] (1 inside): sum(M (1 - SSIM)) / (sum(M) + 1e-8); 0 if M is empty. The windows
// look beyond M.
torch::Tensor ssim_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& unknown,
                                const Average& average = {});

}  // namespace facemat
