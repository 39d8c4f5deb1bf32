#pragma once
// IamAlpha (BMVC 2021): matting by a trimap that need not be right, with the adaptation of the trimap as an auxiliary task.
//
//   encoder  "backbone": ResNet-50 at half width (resnet.h) of four channels, the frame normalised as ImageNet's and the
//            trimap (0, 0.5, 1); five halvings: maps of 32, 128, 256, 512 and 1024 channels
//   alpha    "decoder": from the encoder's last map up to full size by bilinear resizing and residual blocks of half width
//            (1x1 to half of what they give, 3x3, 1x1): two of 1024 channels at 1/32, then one each of 512, 128, 64, 32 and
//            16; the encoder's maps at 1/8, 1/4 and 1/2 and the frame are joined on the way; 3x3 -> sigmoid
//   trimap   "trimap_decoder": blocks of 256 channels at 1/32 and of 128 at 1/16, where the encoder's map there is joined;
//            1x1 -> three classes. Training mode alone: what is exported does not have it
//
// The paper states neither widths nor which maps are low and which high, and no code is public. That the alpha decoder uses
// low-level features only is read as: it stands on the whole encoder and joins the low maps (1/8 and finer), the trimap decoder
// the high ones (1/16, 1/32). So the paper's sizes are met: 14,467,449 parameters and 11.2 GMAC at 512x512 (paper: 14.72 M and
// 10.0 GMAC), 768,643 parameters more while training; without the maps beneath 1/8 there would be less than a million.
// Normalisation, sigmoid and all names are our choice. Alpha is not overwritten by the trimap, which may be wrong.
//
// alpha is in 0..1 while training, too. Training mode: parts["trimap_logits"] [N,3,H,W], logits of background, unknown and
// foreground, of the frames padded to multiples of 32.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "src/model/blocks/resnet.h"
#include "src/model/networks/still.h"

namespace facemat {

class IamAlphaDecoderImpl : public torch::nn::Module {
 public:
  // `features`: channels of the encoder's five maps.
  IamAlphaDecoderImpl(const std::vector<int64_t>& features, double width);
  // maps: the encoder's five; picture [N,3,H,W] -> logits of alpha [N,1,H,W]
  torch::Tensor forward(const std::vector<torch::Tensor>& maps, const torch::Tensor& picture, bool recompute);

 private:
  torch::nn::Sequential bottom_;
  std::vector<torch::nn::Sequential> levels_;  // at 1/16, 1/8, 1/4, 1/2 and 1
  torch::nn::Conv2d prediction_{nullptr};
};
TORCH_MODULE(IamAlphaDecoder);

class IamAlphaTrimapDecoderImpl : public torch::nn::Module {
 public:
  IamAlphaTrimapDecoderImpl(const std::vector<int64_t>& features, double width);
  torch::Tensor forward(const std::vector<torch::Tensor>& maps);  // the encoder's five -> logits [N,3,H/16,W/16]

 private:
  torch::nn::Sequential bottom_, level_;
  torch::nn::Conv2d prediction_{nullptr};
};
TORCH_MODULE(IamAlphaTrimapDecoder);

class IamAlphaNetwork : public StillNetwork {
 public:
  explicit IamAlphaNetwork(const ModelConfig& config);

 protected:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

 private:
  ResNetEncoder backbone_;
  IamAlphaDecoder decoder_;
  IamAlphaTrimapDecoder trimap_decoder_;
};

}  // namespace facemat
