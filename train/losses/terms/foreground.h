#pragma once
// Errors of the predicted colour of the face, counted where any face is: m = [target > 0] (RVM, training loss).
//
// foreground, true_foreground: [B,T,3,H,W] RGB 0..1, the second the face without what covers it; target: [B,T,1,H,W] true
// alpha. Unless stated, means are over all trusted elements, those outside m included; results are scalars.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// mean |m foreground - m true_foreground|
torch::Tensor foreground_l1_loss(const torch::Tensor& foreground, const torch::Tensor& true_foreground,
                                 const torch::Tensor& target, const Average& average = {});

// The same divided by m's pixels alone: sum |..| / (3 sum(m) + 1e-8); 0 if there are none (CAM, Hou & Liu, ICCV 2019; BGM).
torch::Tensor foreground_l1_normalised_loss(const torch::Tensor& foreground, const torch::Tensor& true_foreground,
                                            const torch::Tensor& target, const Average& average = {});

// Mean squared difference of the frame-to-frame changes of m foreground and m true_foreground; T >= 2 (RVM weights it by 5).
torch::Tensor foreground_coherence_loss(const torch::Tensor& foreground, const torch::Tensor& true_foreground,
                                        const torch::Tensor& target, const Average& average = {});

}  // namespace facemat
