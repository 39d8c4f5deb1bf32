#pragma once
// Context-aware matting ("Context-aware image matting for simultaneous foreground and alpha estimation", Hou & Liu, ICCV 2019):
// an encoder for context with output stride 16, one for detail with output stride 4, both Xception-65 with an atrous pyramid,
// and a decoder each for alpha and for the foreground's colour on what both found.
//
// It is given a trimap as the fourth channel; all four are taken to -1..1. In evaluation mode alpha is the trimap's where that
// is known and the foreground is clipped to 0..1; in training mode the foreground is not. `model.foreground` adds the second
// decoder. With it the network has 83,107,652 parameters at width 1, without it 82,531,825.
//
// The published system shows the context encoder the whole picture at a reduced size and the other one a crop at full size.
// Here a sample is one crop of one face, so both see the same frame, and the context's features lie at the detail's size as
// they are. The release is for inference with TensorFlow and tells no names that could be kept; these are ours. Our choices,
// too, where descriptions are silent: the entry blocks are tapped after their second convolution, as DeepLabv3+ does; the
// pyramids' atrous convolutions and the context's decoder (256 channels wide, on the second entry block) are separable, those
// of the other two decoders are not; a norm and a ReLU follow all of them; weights are drawn as He et al. do. What the
// published pyramids drop in training (a tenth) is kept: a run that is resumed could not drop the same again.

#include <torch/torch.h>

#include <vector>

#include "src/model/blocks/xception.h"
#include "src/model/networks/still.h"

namespace facemat {

// Atrous spatial pyramid pooling (Chen et al., 2017): the mean of the map ("image"), a 1x1 convolution ("point"), separable
// convolutions with dilations 3, 6 and 9 ("atrous"), joined by a 1x1 convolution ("join").
class AtrousPyramidImpl : public torch::nn::Module {
 public:
  AtrousPyramidImpl(int64_t in, int64_t out);
  torch::Tensor forward(const torch::Tensor& x);  // [N,in,h,w] -> [N,out,h,w]

 private:
  torch::nn::Sequential image_, point_, join_;
  std::vector<SeparableConv> atrous_;
};
TORCH_MODULE(AtrousPyramid);

// "encoder", "aspp", "side", "refine", "out".
class ContextBranchImpl : public torch::nn::Module {
 public:
  explicit ContextBranchImpl(double width);
  torch::Tensor forward(const torch::Tensor& x, bool recompute);  // [N,4,H,W] -> [N,8,H/4,W/4], sides rounded up

 private:
  Xception encoder_;
  AtrousPyramid aspp_;
  torch::nn::Sequential side_, refine_, out_;
};
TORCH_MODULE(ContextBranch);

struct MattingFeatures {
  torch::Tensor deep;                // [N,256,H/4,W/4]
  std::vector<torch::Tensor> entry;  // of the encoder (xception.h): [N,128,H/2,W/2], [N,256,H/4,W/4], [N,728,H/4,W/4]
};

// "encoder", "aspp".
class MattingBranchImpl : public torch::nn::Module {
 public:
  explicit MattingBranchImpl(double width);
  MattingFeatures forward(const torch::Tensor& x, bool recompute);

 private:
  Xception encoder_;
  AtrousPyramid aspp_;
};
TORCH_MODULE(MattingBranch);

// One level of a decoder: what came before, brought to the size of a side by its corners, joined with 48 channels of that, and
// two convolutions: "side", "conv1", "conv2".
class DecoderLevelImpl : public torch::nn::Module {
 public:
  DecoderLevelImpl(int64_t in, int64_t side, double width);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& side);  // -> [N,64,..] of the side's size

 private:
  torch::nn::Sequential side_, conv1_, conv2_;
};
TORCH_MODULE(DecoderLevel);

// Four "levels" and a 1x1 convolution, the "head".
class LevelDecoderImpl : public torch::nn::Module {
 public:
  LevelDecoderImpl(int64_t in, int64_t out, double width);
  // sides: the third, second and first entry map, and the picture -> [N,out,H,W].
  torch::Tensor forward(const torch::Tensor& x, const std::vector<torch::Tensor>& sides);

 private:
  std::vector<DecoderLevel> levels_;
  torch::nn::Conv2d head_;
};
TORCH_MODULE(LevelDecoder);

class ContextAwareNetwork : public StillNetwork {
 public:
  explicit ContextAwareNetwork(const ModelConfig& config);

 protected:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

 private:
  ContextBranch context_{nullptr};
  MattingBranch matting_{nullptr};
  LevelDecoder alpha_decoder_{nullptr}, foreground_decoder_{nullptr};
};

}  // namespace facemat
