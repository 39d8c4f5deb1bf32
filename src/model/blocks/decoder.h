#pragma once
// RVM's recurrent decoder (Lin et al., WACV 2022, section 3): at each scale half of the channels pass a ConvGRU. Block and
// parameter names equal those of the published weights. Maps of a clip are [T*B,C,H,W], time first (conv_gru.h). On single
// frames no size is read in C++, so that a traced graph stays valid for any size.

#include <torch/torch.h>

#include <vector>

#include "src/model/blocks/conv_gru.h"
#include "src/model/compute/norm.h"

namespace facemat {

// How a clip passes through the decoder.
struct DecoderPass {
  int64_t frames = 1;
  bool recompute = false;  // compute the maps inside the blocks again for the backward pass (recompute.h)
};

// decode4: the lowest scale; no convolution, GRU on the second half of the channels.
class BottleneckBlockImpl : public torch::nn::Module {
 public:
  explicit BottleneckBlockImpl(int64_t channels);
  Recurrent forward(const torch::Tensor& x, const torch::Tensor& state, const DecoderPass& pass);

 private:
  ConvGru gru_;
};
TORCH_MODULE(BottleneckBlock);

// decode3..1: upsample x2, crop to the skip's size, join with the encoder feature and the small RGB, convolve, GRU on one half.
class UpsamplingBlockImpl : public torch::nn::Module {
 public:
  UpsamplingBlockImpl(int64_t in, int64_t skip, int64_t out);
  // x [N,in,h,w], feature [N,skip,H,W], rgb [N,3,H,W].
  Recurrent forward(const torch::Tensor& x, const torch::Tensor& feature, const torch::Tensor& rgb, const torch::Tensor& state,
                    const DecoderPass& pass);

 private:
  torch::nn::Sequential conv_;
  ConvGru gru_;
};
TORCH_MODULE(UpsamplingBlock);

// decode0: upsample to full size, join with the RGB, two convolutions, no recurrence.
class OutputBlockImpl : public torch::nn::Module {
 public:
  OutputBlockImpl(int64_t in, int64_t out);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& rgb, const DecoderPass& pass);  // -> [N,out,H,W]

 private:
  torch::nn::Conv2d first_, second_;
  Norm first_norm_, second_norm_;
};
TORCH_MODULE(OutputBlock);

struct DecoderOutput {
  torch::Tensor hidden;               // [N,16,H,W]
  std::vector<torch::Tensor> states;  // r1..r4, finest first: [B,C,H/2,W/2] .. [B,C,H/16,W/16]
};

class RecurrentDecoderImpl : public torch::nn::Module {
 public:
  // features: channels of f1, f2, f3 and the ASPP output; decoder: channels of decode3, 2, 1, 0 (80, 40, 32, 16 in RVM).
  RecurrentDecoderImpl(const std::vector<int64_t>& features, const std::vector<int64_t>& decoder);
  // rgb [N,3,H,W], N = pass.frames * B; features: f1, f2, f3 and the ASPP output; states r1..r4.
  DecoderOutput forward(const torch::Tensor& rgb, const std::vector<torch::Tensor>& features,
                        const std::vector<torch::Tensor>& states, const DecoderPass& pass);

 private:
  BottleneckBlock decode4_;
  UpsamplingBlock decode3_, decode2_, decode1_;
  OutputBlock decode0_;
};
TORCH_MODULE(RecurrentDecoder);

}  // namespace facemat
