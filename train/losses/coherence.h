#pragma once
// Temporal coherence.

#include <torch/torch.h>

namespace facemat {

// Mean squared difference of the frame-to-frame changes (RVM, training loss; RVM weights it by 5). [B,T,1,H,W], T >= 2.
torch::Tensor coherence_loss(const torch::Tensor& alpha, const torch::Tensor& target);

}  // namespace facemat
