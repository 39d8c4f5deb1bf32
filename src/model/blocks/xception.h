#pragma once
// Xception-65 (Chollet, CVPR 2017, as DeepLabv3+ changed it: Chen et al., ECCV 2018), an encoder of depthwise separable
// convolutions with a norm after each half.

#include <torch/torch.h>

#include <vector>

#include "src/model/compute/depthwise.h"
#include "src/model/compute/norm.h"

namespace facemat {

struct SeparableConvOptions {
  int64_t in, out;
  int64_t stride = 1, dilation = 1;
  bool activated = true;  // a ReLU after each half; else one before both
  double eps = 1e-5;      // of the norms
};

// A depthwise 3x3 convolution and a 1x1 convolution: "depthwise", "depthwise_norm", "pointwise", "pointwise_norm". The size is
// kept, or divided by the stride and rounded up.
class SeparableConvImpl : public torch::nn::Module {
 public:
  explicit SeparableConvImpl(const SeparableConvOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  bool activated_;
  DepthwiseConv depthwise_;
  torch::nn::Conv2d pointwise_;
  Norm depthwise_norm_, pointwise_norm_;
};
TORCH_MODULE(SeparableConv);

// What a block adds to its three separable convolutions.
enum class XceptionSkip { kConv, kSum, kNone };

struct XceptionBlockOptions {
  int64_t in;
  std::vector<int64_t> out;                 // of the three convolutions
  int64_t stride = 1, dilation = 1;         // the stride is the last one's
  XceptionSkip skip = XceptionSkip::kConv;  // a 1x1 convolution of the input, the input, or nothing (then activated within)
};

struct XceptionMaps {
  torch::Tensor out;
  torch::Tensor second;  // after the second convolution: as large as the input
};

// "separable1".."separable3", "shortcut".
class XceptionBlockImpl : public torch::nn::Module {
 public:
  explicit XceptionBlockImpl(const XceptionBlockOptions& options);
  XceptionMaps forward(const torch::Tensor& x);

 private:
  XceptionSkip skip_;
  SeparableConv first_, second_, third_;
  torch::nn::Sequential shortcut_{nullptr};
};
TORCH_MODULE(XceptionBlock);

struct XceptionFeatures {
  std::vector<torch::Tensor> entry;  // of each entry block, after its second convolution: 128, 256, 728 channels
  torch::Tensor deep;                // 2048 channels at the output stride
};

// "conv1", "conv2", three "entry" blocks with strides, sixteen of "middle", two of "exit". Once the output stride is reached, a
// block keeps the size and what follows is dilated by its stride instead. The entry maps lie at 1/2, 1/4 and 1/8, or at the
// output stride where that is finer. Sides are rounded up at each stride.
class XceptionImpl : public torch::nn::Module {
 public:
  XceptionImpl(int64_t in, int64_t output_stride, double width);
  // x [N,in,H,W]. recompute: compute the maps inside the blocks again for the backward pass (recompute.h).
  XceptionFeatures forward(const torch::Tensor& x, bool recompute = false);

 private:
  torch::nn::Sequential conv1_, conv2_;
  std::vector<XceptionBlock> entry_, middle_, exit_;
};
TORCH_MODULE(Xception);

}  // namespace facemat
