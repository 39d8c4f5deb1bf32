#pragma once
// The losses of MODNet (Ke et al., "MODNet: Real-time trimap-free portrait matting via objective decomposition", AAAI 2022):
// one for what each of its branches says. alpha, target, boundary [B,T,1,h,w]; results are scalars, without MODNet's weights
// (10 for semantic and detail).
//
// MODNet's trimaps come with its data; here the boundary is made from the true alpha (boundary_of in boundary.h), and where the
// alpha is 0 or 1 outside of it, the trimap says the same.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// x blurred by a Gaussian of 3x3 pixels and sigma 0.8, borders replicated (our choice); with `trust` premultiplied by it, so
// that nothing of what cannot be believed is mixed in.
torch::Tensor semantic_map(const torch::Tensor& x, const torch::Tensor& trust = {});

// mean (semantic - semantic_map(target))^2: where the portrait is, roughly. All at the size of the branch (1/16 of the frames);
// the target is reduced to it by area averages, which is our choice.
torch::Tensor modnet_semantic_loss(const torch::Tensor& semantic, const torch::Tensor& target, const torch::Tensor& trust,
                                   const Average& average = {});

// mean boundary |detail - target|, over all pixels: known ones are replaced by the trimap on both sides, so they have no error.
torch::Tensor modnet_detail_loss(const torch::Tensor& detail, const torch::Tensor& target, const torch::Tensor& boundary,
                                 const Average& average = {});

// mean (1 + 4 boundary) |alpha - target| (1 + |I|): the error of alpha, and that of the frame I cut out by it, each counted
// four times more in the boundary (as MODNet's terms with known pixels replaced by the trimap come out). |I| is the mean over
// the colours of the normalised frame's magnitude, |2 frame - 1|; frames: [B,T,3,h,w] RGB 0..1.
torch::Tensor modnet_fusion_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& frames,
                                 const torch::Tensor& boundary, const Average& average = {});

// mean (semantic - q)^2, q = semantic_map(alpha) with values below 0.01 set to 0: two branches that have to agree, for pictures
// without labels (MODNet's sub-objectives consistency; weight 100 there). alpha is the predicted one at the size of `semantic`.
// It asks no label.
torch::Tensor modnet_consistency_loss(const torch::Tensor& semantic, const torch::Tensor& alpha);

}  // namespace facemat
