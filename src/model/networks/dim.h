#pragma once
// Deep Image Matting (Xu et al., CVPR 2017): VGG16 over the frame and its trimap, a decoder that lays its maps out where the
// encoder's poolings found their largest values, and a small second stage that refines the alpha of the first.
//
//   encoder  "backbone.features": VGG16 (vgg.h) of four channels, the frame normalised as ImageNet's and the trimap as it is:
//            0, 0.5 for unknown (public code has 128 / 255), 1
//   decoder  "decoder": conv6 3x3, deconv6 1x1, then deconv5 .. deconv1: unpooling (unpool_like in traced_ops.h) and a 5x5
//            convolution to 512, 256, 128, 64 and 64 channels; each with a ReLU; "prediction" 5x5 -> logits of alpha
//   refiner  "refiner" (model.refiner): three 3x3 convolutions of 64 channels with ReLU over the normalised frame and the
//            first stage's alpha; a fourth gives what is added to the logits
//
// 28,297,153 parameters at width 1, the refiner 76,801 more. The paper's own code is not public, and what followed it differs.
// Our choices: no 7x7 convolution of 4096 channels between encoder and decoder, no sums of encoder's and decoder's maps, the
// refiner's residual on the logits instead of on alpha, and names: the encoder has those of ImageNet's weights. `dim_bn` has a
// batch norm behind each convolution but the two predictions ("decoder.conv6.norm"), as several public trainings do: it learns
// from batches, where `dim` wants one clip a step and a small rate.
//
// alpha is a sigmoid's, in 0..1 while training, too. Training mode: with the refiner, parts["coarse_alpha"] [N,1,H,W] is the
// first stage's alpha, of the frames padded to multiples of 32. Evaluation: where the trimap is 0 or 1, so is alpha, since
// losses of the unknown region teach nothing about the rest.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "src/model/blocks/vgg.h"
#include "src/model/networks/still.h"

namespace facemat {

class DimDecoderImpl : public torch::nn::Module {
 public:
  // `channels`: of the encoder's five maps.
  DimDecoderImpl(const std::vector<int64_t>& channels, bool norm);
  // maps: the encoder's, [N,C,H,W] .. [N,C,H/16,W/16] -> logits of alpha [N,1,H,W]
  torch::Tensor forward(const std::vector<torch::Tensor>& maps, bool recompute);

 private:
  std::vector<torch::nn::AnyModule> layers_;  // conv6, deconv6, deconv5 .. deconv1
  torch::nn::Conv2d prediction_;
};
TORCH_MODULE(DimDecoder);

class DimRefinerImpl : public torch::nn::Module {
 public:
  DimRefinerImpl(int64_t channels, bool norm);
  torch::Tensor forward(const torch::Tensor& x);  // normalised frame and alpha [N,4,H,W] -> [N,1,H,W], to add to the logits

 private:
  std::vector<torch::nn::AnyModule> layers_;
  torch::nn::Conv2d prediction_;
};
TORCH_MODULE(DimRefiner);

class DimNetwork : public StillNetwork {
 public:
  DimNetwork(const ModelConfig& config, bool norm);

 protected:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

 private:
  Vgg16 backbone_;
  DimDecoder decoder_;
  DimRefiner refiner_{nullptr};
};

}  // namespace facemat
