#pragma once
// VGG16 (Simonyan & Zisserman, ICLR 2015) without its classifier: thirteen 3x3 convolutions with ReLU in five stages of 64,
// 128, 256, 512 and 512 channels, a 2x2 pooling between two stages. As an encoder, and as the judge of a feature loss. Names
// equal torchvision's ("features.0" .. "features.28"; with batch norms "features.0" .. "features.41"), so that ImageNet weights
// load by name. Where a pooling found its largest values is told by the map before it: unpool_like (traced_ops.h). No size is
// read in C++, so that a traced graph stays valid for any size.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "src/model/compute/norm.h"

namespace facemat {

struct VggOptions {
  int64_t inputs = 3;  // channels of the frames and of what comes with them
  double width = 1;    // multiplies every other channel count (scaled_channels)
  bool norm = false;   // a batch norm between each convolution and its ReLU
};

class Vgg16Impl : public torch::nn::Module {
 public:
  static constexpr size_t kStages = 5;

  explicit Vgg16Impl(const VggOptions& options = {});

  // x [N,inputs,H,W] -> the maps of the first `stages` stages, each after its last ReLU and before its pooling (conv1_2,
  // conv2_2, conv3_3, conv4_3, conv5_3): [N,64,H,W], [N,128,H/2,W/2] .. [N,512,H/16,W/16]; sides are rounded down at each
  // halving. The input is taken as it is: whoever asks normalises. recompute: compute the maps inside the stages again for the
  // backward pass (recompute.h).
  std::vector<torch::Tensor> forward(const torch::Tensor& x, size_t stages = kStages, bool recompute = false);

  // Channels of the five maps.
  const std::vector<int64_t>& channels() const { return channels_; }

 private:
  struct Layer {
    torch::nn::Conv2d conv{nullptr};
    Norm norm{nullptr};  // with its ReLU; empty without batch norms
  };

  std::vector<std::vector<Layer>> stages_;
  std::vector<int64_t> channels_;
};
TORCH_MODULE(Vgg16);

}  // namespace facemat
