#pragma once
// What a network is given beside the frame (the guide table of src/core/contract.h), as tensors.

#include <torch/torch.h>

#include <string>
#include <vector>

#include "src/core/contract.h"

namespace facemat {

// Of the frames' size and leading dimensions ([B,T,C,H,W] or [B,C,H,W]), float; undefined where it is not given. Trimaps hold
// 0, 0.5 (unknown) and 1, the others 0..1; networks encode them as they like (trimaps.h).
using Guides = GuideSet<torch::Tensor>;

// `names` of the guide table in its order, each once.
std::vector<std::string> in_table_order(const std::vector<std::string>& names);

// Throws Error naming the first of `needed` (names of the table) that `guides` does not hold, and one that is not of the size
// of `frames` ([B,T,3,H,W] or [B,3,H,W]) or has other channels.
void check_guides(const Guides& guides, const std::vector<std::string>& needed, const torch::Tensor& frames);

}  // namespace facemat
