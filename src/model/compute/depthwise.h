#pragma once
// Depthwise convolution with a backward pass that is fast for every kernel: oneDNN 2.6's is not for 5x5 kernels, least of all
// for dilated ones, which MobileNetV3 has where it is widest.

#include <torch/torch.h>

namespace facemat {

// torch::nn::Conv2d with a group for each channel: a square kernel of odd side, no bias, padded so that stride 1 keeps the
// size. On channels-last maps on the CPU the gradients are loops of our own (depthwise_loops.h), elsewhere LibTorch's.
class DepthwiseConvImpl : public torch::nn::Conv2dImpl {
 public:
  DepthwiseConvImpl(int64_t channels, int64_t kernel, int64_t stride, int64_t dilation);
  torch::Tensor forward(const torch::Tensor& x);  // [N,C,H,W]
};
TORCH_MODULE(DepthwiseConv);

}  // namespace facemat
