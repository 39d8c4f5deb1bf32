#pragma once
// Learning from the teacher's matte beside the truth, or without one. [B,T,1,H,W] -> scalar. Every pixel counts: how far the
// label can be believed says nothing of the teacher's word, which is all there is where it cannot.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean |alpha - teacher|, the frozen teacher's alpha. An option: FaceMat's student takes from its teacher the uncertainty;
// whether it also takes the matte is not known.
torch::Tensor distillation_loss(const torch::Tensor& alpha, const torch::Tensor& teacher);

// The same on a ring along the teacher's edge: sum(R |alpha - teacher|) / (sum(R) + 1e-8), R where the square of `radius`
// pixels holds both alphas below 1/2 and others; 0 if there is no edge. Of MODNet's adaptation to pictures without labels (Ke
// et al., AAAI 2022), where the teacher is the network as it was and the ring is 5 % of the mean side wide; how it finds the
// ring is our choice.
torch::Tensor distillation_boundary_loss(const torch::Tensor& alpha, const torch::Tensor& teacher, int64_t radius,
                                         const MeanOverProcesses& over_processes = {});

}  // namespace facemat
