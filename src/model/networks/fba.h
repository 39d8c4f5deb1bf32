#pragma once
// FBA Matting (Forte & Pitie, "F, B, Alpha Matting", 2020, arXiv 2003.07711): alpha, foreground and background at once, from a
// frame and its trimap. 34,693,031 parameters; 170.8 billion multiplications and additions at 512x512.
//
// The encoder is ResNet-50 of output stride 8 with group norms and standardised weights (resnet.h). It sees eleven channels:
// RGB normalised as ImageNet's, how near the trimap's classes are (distance_channels), and the trimap's two classes. The
// decoder pools the last maps to 1x1, 2x2, 3x3 and 6x6, then joins what it enlarges with layer1, with the first convolution,
// and with RGB (normalised, and as it is) and the trimap; its last convolutions have neither norm nor standardised weights. Of
// seven numbers for each pixel the first is alpha, clamped; foreground and background are sigmoids.
//
// Parameters have the names of the public weights: "encoder." with torchvision's names, "decoder.ppm.N.1" and ".2" (convolution
// and norm at each pooled size), "decoder.conv_up1" (0, 1, 3, 4), "conv_up2" and "conv_up3" (0, 1), "conv_up4" (0, 2, 4).
//
// What the sources leave open, or do otherwise:
//   - alpha is not clamped in training, and fusion (below) waits for evaluation, as later trainings of this network do it;
//   - frames that are no multiples of 8 are padded (still.h); the public program resizes them;
//   - what the trimap says is known is not written over the result: whoever judges it does that, or does not.
// ONNX: the trimap is the one input beside the frame. Distances are computed in the graph, exactly up to 255 pixels; what is
// farther has a nearness below 4e-6 and counts as 0 there (distances.h).

#include <torch/torch.h>

#include <vector>

#include "src/model/blocks/resnet.h"
#include "src/model/networks/still.h"

namespace facemat {

// alpha [N,1,H,W], foreground and background [N,3,H,W], all 0..1.
struct MatteLayers {
  torch::Tensor alpha, foreground, background;
};

// One step of FBA's fusion: what of frames C [N,3,H,W] alpha a, foreground F and background B do not explain is given to F,
// what is still left then to B, and alpha follows: a' = (0.1 a + (C - B) . (F - B)) / (0.1 + |F - B|^2), clamped, with the new
// F and B, which are clamped before. (The paper's equation takes the old F for B; the public program, the new one.)
MatteLayers fused_layers(const MatteLayers& layers, const torch::Tensor& frames);

class FbaDecoderImpl : public torch::nn::Module {
 public:
  // encoder: channels of the encoder's five maps; guide: of what joins last.
  FbaDecoderImpl(const std::vector<int64_t>& encoder, int64_t guide, double width);
  // maps: the encoder's; guide [N,guide,H,W] -> [N,7,H,W]. recompute: as ResNetEncoder.
  torch::Tensor forward(const std::vector<torch::Tensor>& maps, const torch::Tensor& guide, bool recompute);

 private:
  std::vector<torch::nn::Sequential> pyramid_;
  torch::nn::Sequential conv_up1_, conv_up2_, conv_up3_, conv_up4_;
};
TORCH_MODULE(FbaDecoder);

class FbaNetwork : public StillNetwork {
 public:
  // Without model.foreground foreground and background are computed all the same, and kept back.
  explicit FbaNetwork(const ModelConfig& config);

 private:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

  ResNetEncoder encoder_;
  FbaDecoder decoder_;
  bool tells_layers_;
};

}  // namespace facemat
