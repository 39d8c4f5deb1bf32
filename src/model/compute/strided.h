#pragma once
// A strided convolution that stays within its memory: for maps in channels-last order the oneDNN 2.6 of LibTorch 1.13 writes
// past a buffer of its own in the weights' gradient of 1x1 convolutions with a stride and fewer than 16 channels, where three
// threads or more compute. Networks of the published widths have none; narrow ones do.

#include <torch/torch.h>

namespace facemat {

// torch::nn::Conv2d; such a convolution takes its maps in contiguous order, and gives them back in theirs.
class StridedConvImpl : public torch::nn::Conv2dImpl {
 public:
  using Conv2dImpl::Conv2dImpl;
  torch::Tensor forward(const torch::Tensor& x);  // [N,C,H,W]
};
TORCH_MODULE(StridedConv);

}  // namespace facemat
