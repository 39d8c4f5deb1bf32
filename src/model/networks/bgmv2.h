#pragma once
// BackgroundMattingV2 (Lin et al., CVPR 2021): frame and background at a fraction of their size pass through an encoder, a
// DeepLabV3 pyramid and a decoder, which give alpha, the foreground as a residual on the frame, and how wrong alpha will be;
// where that is much, a small network makes both anew at full size (patch_refiner.h). Names as in the published state dicts; at
// width 1 5,006,839 parameters with MobileNetV2 and 40,247,703 with ResNet-50.
//
// ModelConfig::patches says at which size it works and what it refines, ModelConfig::foreground whether it gives the foreground
// beside alpha. `width` scales all but the refiner's own 24, 16 and 12 channels.
//
// Parts for losses, of the coarse network's size: "coarse_alpha" [N,1,h,w], "error" [N,1,h,w], the expected |alpha -
// truth|, neither clamped, and "coarse_foreground" [N,3,h,w] 0..1. Frames are padded to multiples of 4 (8 for scales below
// 1/4).
//
// Our choices where the facts leave it open: "sampling" always refines as many patches, also such whose expected error is 0, so
// that graphs of a fixed size have fixed sizes throughout; "thresholding" refines one of each frame at least; "full" computes
// what patches would, enlarging by the nearest pixel between the two sizes (the authors' enlarges bilinearly there); the
// refiner sees alpha clamped in training, too; the pyramid drops nothing (aspp.h).

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <vector>

#include "src/model/blocks/aspp.h"
#include "src/model/blocks/patch_refiner.h"
#include "src/model/networks/still.h"

namespace facemat {

// What differs between the networks: an encoder of six channels whose last maps are a sixteenth of the size.
struct Bgmv2Encoder {
  std::shared_ptr<torch::nn::Module> module;
  // x [N,6,h,w] -> maps at h/2, h/4, h/8 and h/16; recompute: compute the maps inside again for the backward pass.
  std::function<std::vector<torch::Tensor>(const torch::Tensor& x, bool recompute)> maps;
  std::vector<int64_t> channels;  // of these maps
};
Bgmv2Encoder bgmv2_mobilenetv2(double width);
Bgmv2Encoder bgmv2_resnet50(double width);

class Bgmv2DecoderImpl;

class Bgmv2Network : public StillNetwork {
 public:
  Bgmv2Network(const ModelConfig& config, Bgmv2Encoder encoder);

 protected:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

 private:
  Bgmv2Encoder encoder_;
  Aspp aspp_;
  std::shared_ptr<Bgmv2DecoderImpl> decoder_;
  PatchRefiner refiner_;
  PatchSettings patches_;
  bool foreground_;
};

}  // namespace facemat
