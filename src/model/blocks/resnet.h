#pragma once
// Residual networks (He et al., CVPR 2016) as encoders. Names equal torchvision's (conv1, bn1, layer1.0.conv1,
// layer1.0.downsample.0, ...; strides in the 3x3 convolutions), so that ImageNet weights and those of networks built on them
// load by name; the group-normalised form keeps the names bn1 .. bn3, as FBA Matting does. No size is read in C++, so that a
// traced graph stays valid for any size.

#include <torch/torch.h>

#include <vector>

namespace facemat {

enum class ResidualKind {
  kBasic,      // 3x3, 3x3; a stage gives what its planes are: 64, 128, 256, 512
  kBottleneck  // 1x1, 3x3, 1x1; a stage gives four times its planes: 256, 512, 1024, 2048
};

enum class NormKind {
  kBatch,  // batch norm (norm.h)
  kGroup   // group norm (groups_at the width), and standardised weights in every convolution (standardised.h)
};

// As it stands: ResNet-50. ResNet-18 is {kBasic, {2, 2, 2, 2}}, ResNet-34 {kBasic, {3, 4, 6, 3}}, ResNet-101 {kBottleneck,
// {3, 4, 23, 3}}.
struct ResNetOptions {
  ResidualKind block = ResidualKind::kBottleneck;
  std::vector<int64_t> blocks = {3, 4, 6, 3};  // in layer1 .. layer4
  int64_t inputs = 3;                          // channels of the frames and of what comes with them
  double width = 1;                            // multiplies every channel count (scaled_channels)
  NormKind norm = NormKind::kBatch;
  // 32, 16, 8 or 4: the size of the last maps is the frame's divided by that. Below 32 the last stages trade their stride for
  // dilation, each twice as much as the one before (DeepLab, Chen et al., 2017): with 16 layer4, with 8 layer3 and layer4 ...
  // A stage's first block keeps the dilation of the stage before, as torchvision does (replace_stride_with_dilation).
  int64_t output_stride = 32;
};

class ResNetEncoderImpl : public torch::nn::Module {
 public:
  // Throws Error for another number of stages than four, or another output stride than those.
  explicit ResNetEncoderImpl(const ResNetOptions& options = {});

  // x [N,inputs,H,W] -> five maps: after conv1, bn1 and ReLU (H/2), and after layer1 (H/4) .. layer4 (H/output_stride); sides
  // are rounded up at each halving. The input is taken as it is: networks normalise. recompute: compute the maps inside the
  // blocks again for the backward pass (recompute.h).
  std::vector<torch::Tensor> forward(const torch::Tensor& x, bool recompute = false);

  // Channels of these five maps: 64, 256, 512, 1024, 2048 for ResNet-50 at width 1.
  const std::vector<int64_t>& channels() const { return channels_; }

 private:
  torch::nn::AnyModule conv1_, bn1_;
  std::vector<torch::nn::Sequential> layers_;
  std::vector<int64_t> channels_;
};
TORCH_MODULE(ResNetEncoder);

}  // namespace facemat
