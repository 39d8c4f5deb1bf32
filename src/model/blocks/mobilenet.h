#pragma once
// MobileNetV3-Large encoder with output stride 16 (Howard et al., ICCV 2019; dilated last stage as used by Robust Video
// Matting, Lin et al., WACV 2022). Submodule names equal torchvision's, so that ImageNet and RVM weights load by name.

#include <torch/torch.h>

#include <vector>

namespace facemat {

// `channels * width`, rounded to a multiple of 8 (at least 8) without losing more than 10 % (the MobileNet papers' rule).
int64_t scaled_channels(int64_t channels, double width);

// frames [N,3,H,W] RGB 0..1 with the mean of ImageNet's pictures taken away and divided by their deviation.
torch::Tensor imagenet_normalised(const torch::Tensor& frames);

struct EncoderFeatures {
  torch::Tensor f1, f2, f3, f4;  // [N,C,H/2,W/2] .. [N,C,H/16,W/16]; sides are rounded up at each level
};

// Squeeze and excitation: x * hardsigmoid(fc2(relu(fc1(mean(x))))).
class SqueezeExcitationImpl : public torch::nn::Module {
 public:
  SqueezeExcitationImpl(int64_t channels, int64_t squeeze);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Conv2d fc1_, fc2_;
};
TORCH_MODULE(SqueezeExcitation);

struct BottleneckSpec {
  int64_t in, kernel, expanded, out;
  bool squeeze, hard_swish;
  int64_t stride, dilation;  // as configured: a dilated block runs with stride 1
};

// Inverted residual: expand 1x1, depthwise, squeeze-excite, project 1x1; adds the input when shape allows.
class BottleneckImpl : public torch::nn::Module {
 public:
  explicit BottleneckImpl(const BottleneckSpec& spec);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Sequential block_;
  bool residual_;
};
TORCH_MODULE(Bottleneck);

class MobileNetEncoderImpl : public torch::nn::Module {
 public:
  explicit MobileNetEncoderImpl(double width = 1);
  // frames [N,3,H,W], RGB 0..1; ImageNet normalisation happens inside. recompute: compute the maps inside the layers again for
  // the backward pass (recompute.h).
  EncoderFeatures forward(const torch::Tensor& frames, bool recompute = false);
  // Channels of f1..f4: 16, 24, 40, 960 at width 1.
  const std::vector<int64_t>& channels() const { return channels_; }

 private:
  torch::nn::Sequential features_;
  std::vector<int64_t> channels_;
};
TORCH_MODULE(MobileNetEncoder);

}  // namespace facemat
