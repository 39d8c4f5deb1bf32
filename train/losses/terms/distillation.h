#pragma once
// Learning from the teacher's matte beside the truth.

#include <torch/torch.h>

namespace facemat {

// mean |alpha - teacher|, the frozen teacher's alpha. [B,T,1,H,W] -> scalar. An option: FaceMat's student takes from its
// teacher the uncertainty; whether it also takes the matte is not known. Every pixel counts: how far the label can be believed
// says nothing of the teacher's word, which is all there is where it cannot.
torch::Tensor distillation_loss(const torch::Tensor& alpha, const torch::Tensor& teacher);

}  // namespace facemat
