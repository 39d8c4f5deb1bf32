#pragma once
// Background Matting (Sengupta et al., CVPR 2020): matting with a picture of the scene without its foreground and a soft
// segmentation, on one picture at a time.
//
//   encoders    of the frame, the background, the segmentation and the motion: 7x7 -> 64, 3x3 stride 2 -> 128, 3x3 stride 2 ->
//               256, each with batch norm and ReLU
//   switching   the frame's map joined with that of each other cue, 1x1 -> 64; all three with the frame's, 1x1 -> 256: so the
//               network can lean on the cues that are right
//   trunks      7 residual blocks, then 3 for alpha and 3 for the foreground's colour
//   decoders    twice: bilinear x2 (corners aligned) and 3x3, to 128 and 64 channels; 7x7 -> tanh -> alpha, and 7x7 -> colour,
//               without an end; that of the colour joins the frame's map of 128 channels at 1/2
//
// Convolutions of 7x7 and of the residual blocks reflect their borders, others pad with zeros. Inside, values are -1..1.
//
// Motion: four grey frames, two before and two after; on single pictures the frame's own grey (0.299 R + 0.587 G + 0.114 B)
// four times. Here it is always that: the network looks at one picture, in clips too. In the published forward pass the
// motion's 1x1 convolution is given the background's map by mistake, so that the motion does nothing; here it is given the
// motion's. Weights trained with the mistake would have to be trained on. All names are our choice.
//
// 17,908,420 parameters at width 1 with model.foreground; without it the colour's trunk and decoder are left out: 13,912,513.
// alpha is in 0..1 while training, too; the foreground is clamped in evaluation only. The second, adversarial stage of the
// paper on pictures without mattes is not part of the toolkit (train/README.md).

#include <torch/torch.h>

#include <cstdint>

#include "src/model/networks/still.h"

namespace facemat {

// Maps of one cue, at a half and at a quarter of the frame's size.
struct CueMaps {
  torch::Tensor half, quarter;  // [N,128,H/2,W/2], [N,256,H/4,W/4]
};

class CueEncoderImpl : public torch::nn::Module {
 public:
  CueEncoderImpl(int64_t inputs, double width);
  CueMaps forward(const torch::Tensor& cue, bool recompute);  // [N,inputs,H,W], -1..1

 private:
  torch::nn::AnyModule layer1_, layer2_, layer3_;
};
TORCH_MODULE(CueEncoder);

// From the trunk's maps to full size.
class CueDecoderImpl : public torch::nn::Module {
 public:
  // side: channels of what is joined at a half of the size; 0: nothing is.
  CueDecoderImpl(int64_t outputs, int64_t side, double width);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& side,
                        bool recompute);  // [N,256,H/4,W/4] -> [N,outputs,H,W]

 private:
  torch::nn::AnyModule layer1_, layer2_;
  torch::nn::Conv2d prediction_{nullptr};
};
TORCH_MODULE(CueDecoder);

class BackgroundMattingNetwork : public StillNetwork {
 public:
  explicit BackgroundMattingNetwork(const ModelConfig& config);

 protected:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

 private:
  CueEncoder frame_encoder_, background_encoder_, segmentation_encoder_, motion_encoder_;
  torch::nn::Sequential with_background_, with_segmentation_, with_motion_, switching_;
  torch::nn::Sequential trunk_, alpha_trunk_, foreground_trunk_{nullptr};
  CueDecoder alpha_decoder_, foreground_decoder_{nullptr};
};

}  // namespace facemat
