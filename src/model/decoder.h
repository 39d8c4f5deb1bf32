#pragma once
// RVM's recurrent decoder (Lin et al., WACV 2022, section 3): at each scale half of the channels pass a ConvGRU. Block and
// parameter names equal those of the published weights. Sequences are [B,T,C,H,W], single frames [B,C,H,W]; time is folded into
// the batch except inside the GRUs. On single frames no size is read in C++, so that a traced graph stays valid for any size.

#include <torch/torch.h>

#include <utility>
#include <vector>

namespace facemat {

// A sequence of feature maps and the recurrent state after its last frame.
struct Recurrent {
  torch::Tensor sequence;  // as the input: [B,T,C,H,W] or [B,C,H,W]
  torch::Tensor state;     // [B,C,H,W]
};

// h' = (1 - z) h + z c with [r, z] = sigmoid(conv([x, h])), c = tanh(conv([x, r h])), 3x3 convolutions with bias.
class ConvGruImpl : public torch::nn::Module {
 public:
  explicit ConvGruImpl(int64_t channels);
  // state: [B,C,H,W], or [1,1,1,1] zeros at the start of a clip.
  Recurrent forward(const torch::Tensor& x, const torch::Tensor& state);

 private:
  torch::Tensor step(const torch::Tensor& x, const torch::Tensor& h);

  int64_t channels_;
  torch::nn::Sequential ih_, hh_;
};
TORCH_MODULE(ConvGru);

// decode4: the lowest scale; no convolution, GRU on the second half of the channels.
class BottleneckBlockImpl : public torch::nn::Module {
 public:
  explicit BottleneckBlockImpl(int64_t channels);
  Recurrent forward(const torch::Tensor& x, const torch::Tensor& state);

 private:
  int64_t half_;
  ConvGru gru_;
};
TORCH_MODULE(BottleneckBlock);

// decode3..1: upsample x2, crop to the skip's size, join with the encoder feature and the small RGB, convolve, GRU on one half.
class UpsamplingBlockImpl : public torch::nn::Module {
 public:
  UpsamplingBlockImpl(int64_t in, int64_t skip, int64_t out);
  // x [..,in,h,w], feature [..,skip,H,W], rgb [..,3,H,W].
  Recurrent forward(const torch::Tensor& x, const torch::Tensor& feature, const torch::Tensor& rgb, const torch::Tensor& state);

 private:
  int64_t half_;
  torch::nn::Sequential conv_;
  ConvGru gru_;
};
TORCH_MODULE(UpsamplingBlock);

// decode0: upsample to full size, join with the RGB, two convolutions, no recurrence.
class OutputBlockImpl : public torch::nn::Module {
 public:
  OutputBlockImpl(int64_t in, int64_t out);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& rgb);  // -> [..,out,H,W]

 private:
  torch::nn::Sequential conv_;
};
TORCH_MODULE(OutputBlock);

struct DecoderOutput {
  torch::Tensor hidden;               // [..,16,H,W]
  std::vector<torch::Tensor> states;  // r1..r4, finest first: [B,C,H/2,W/2] .. [B,C,H/16,W/16]
};

class RecurrentDecoderImpl : public torch::nn::Module {
 public:
  // features: channels of f1, f2, f3 and the ASPP output; decoder: channels of decode3, 2, 1, 0 (80, 40, 32, 16 in RVM).
  RecurrentDecoderImpl(const std::vector<int64_t>& features, const std::vector<int64_t>& decoder);
  // rgb [..,3,H,W]; features: f1, f2, f3 and the ASPP output; states r1..r4.
  DecoderOutput forward(const torch::Tensor& rgb, const std::vector<torch::Tensor>& features,
                        const std::vector<torch::Tensor>& states);

 private:
  BottleneckBlock decode4_;
  UpsamplingBlock decode3_, decode2_, decode1_;
  OutputBlock decode0_;
};
TORCH_MODULE(RecurrentDecoder);

// [B,T,C,H,W] -> [B*T,C,H,W], and back to the B and T of `like`. Single frames pass as they are.
torch::Tensor fold_time(const torch::Tensor& x);
torch::Tensor unfold_time(const torch::Tensor& x, const torch::Tensor& like);

}  // namespace facemat
