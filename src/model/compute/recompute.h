#pragma once
// Activation checkpointing (Chen et al., 2016, arXiv 1604.06174): memory for time. A segment of the network keeps only its
// inputs for the backward pass, which runs it again to have the maps inside.

#include <torch/torch.h>

#include <functional>
#include <vector>

namespace facemat {

using Maps = std::vector<torch::Tensor>;
using Segment = std::function<Maps(const Maps& inputs)>;

// segment(inputs), differentiable in the inputs and in the parameters of `module`, the only others the segment may depend on.
// With `recompute` and while gradients are recorded, the maps in between are not kept; running statistics count a batch once
// all the same. `module` must live until the backward pass. The results are the same bit for bit.
Maps run_segment(bool recompute, torch::nn::Module& module, const Maps& inputs, const Segment& segment);

}  // namespace facemat
