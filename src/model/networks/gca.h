#pragma once
// GCA matting: "Natural image matting via guided contextual attention" (Li & Lu, AAAI 2020). ResNet34-D with [3,4,4,2] blocks
// and spectral norm, a head for low-level guidance, guided contextual attention at 1/8 in encoder and decoder, and shortcuts
// that are added in the decoder. At width 1 it has the published 25,164,529 parameters and their names ("encoder.*",
// "decoder.*"), 25,269,144 numbers with the singular vectors of the spectral norms.
//
// It is given a trimap, and sees the RGB with ImageNet's mean and deviation taken out beside one channel each for background,
// unknown and face. In evaluation mode alpha is the trimap's where that is known, as the system is tested.
//
// Chosen here, where descriptions leave it open: the skip of 128 channels starts after the encoder's attention; sides are
// padded to multiples of 32 by repeating the last row and column (published: mirrored); all convolutions are drawn as Glorot &
// Bengio do. A decoder block's last norm starts at 0 as an encoder block's does. There are no weights of ImageNet with spectral
// norm to start from, so runs start from random ones. `Execution::recompute` changes nothing here: a power iteration must not
// run twice.

#include <torch/torch.h>

#include <vector>

#include "src/model/blocks/guided_attention.h"
#include "src/model/blocks/spectral_norm.h"
#include "src/model/compute/norm.h"
#include "src/model/networks/still.h"

namespace facemat {

// Channels at a width.
struct GcaChannels {
  explicit GcaChannels(double width);
  std::vector<int64_t> maps;      // at 1/2, 1/4, .. 1/32: 32, 64, 128, 256, 512
  std::vector<int64_t> guidance;  // at 1/2, 1/4, 1/8: 16, 32, 128
};

// What the encoder hands on.
struct GcaFeatures {
  torch::Tensor deep;                // [N,512,H/32,W/32]
  std::vector<torch::Tensor> skips;  // [N,32,H,W], [N,32,H/2,W/2], [N,64,H/4,W/4], [N,128,H/8,W/8], [N,256,H/16,W/16]
  torch::Tensor guidance;            // [N,128,H/8,W/8]
  torch::Tensor unknown;             // [N,1,H/8,W/8] 0 or 1
};

// Two convolutions beside the identity or, with a stride, the mean of 2x2 places and a 1x1 convolution.
class GcaDownBlockImpl : public torch::nn::Module {
 public:
  GcaDownBlockImpl(int64_t in, int64_t out, int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  SpectralConv conv1_, conv2_;
  Norm bn1_, bn2_;
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(GcaDownBlock);

// The same upwards: `enlarges`: a transposed convolution first, beside repeated places and a 1x1 convolution.
class GcaUpBlockImpl : public torch::nn::Module {
 public:
  GcaUpBlockImpl(int64_t in, int64_t out, bool enlarges);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  SpectralConv conv1_, conv2_;
  Norm bn1_, bn2_;
  torch::nn::Sequential upsample_{nullptr};
};
TORCH_MODULE(GcaUpBlock);

class GcaEncoderImpl : public torch::nn::Module {
 public:
  explicit GcaEncoderImpl(const GcaChannels& channels);
  // rgb [N,3,H,W] normalised, classes [N,3,H,W] of 0 and 1: background, unknown, face; H and W multiples of 32.
  GcaFeatures forward(const torch::Tensor& rgb, const torch::Tensor& classes);

 private:
  SpectralConv conv1_, conv2_, conv3_;
  Norm bn1_, bn2_, bn3_;
  torch::nn::Sequential layer1_, layer2_, layer3_, bottleneck_, guidance_head_;
  std::vector<torch::nn::Sequential> shortcuts_;
  GuidedAttention gca_;
};
TORCH_MODULE(GcaEncoder);

class GcaDecoderImpl : public torch::nn::Module {
 public:
  explicit GcaDecoderImpl(const GcaChannels& channels);
  torch::Tensor forward(const GcaFeatures& features);  // -> alpha [N,1,H,W] within 0..1

 private:
  torch::nn::Sequential layer1_, layer2_, layer3_, layer4_;
  SpectralConv conv1_;
  Norm bn1_;
  torch::nn::Conv2d conv2_;
  GuidedAttention gca_;
};
TORCH_MODULE(GcaDecoder);

class GcaNetwork : public StillNetwork {
 public:
  explicit GcaNetwork(const ModelConfig& config);

 protected:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

 private:
  GcaEncoder encoder_{nullptr};
  GcaDecoder decoder_{nullptr};
};

}  // namespace facemat
