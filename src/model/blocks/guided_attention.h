#pragma once
// Guided contextual attention (Li & Lu, AAAI 2020): what is known of alpha moves to where it is unknown, between places whose
// low-level features look alike.

#include <torch/torch.h>

namespace facemat {

// Every place of the map at half size is a query and a key: the 3x3 patch of the guidance around it, a key's of length 1 (only
// the key's, as the published code has it; the paper's equation divides by both). Their products are weighed by how much of
// the picture is unknown, keys whose patch touches the unknown by sqrt(m / (1 - m)), others by its inverse, within 0.1..10; no
// unknown place looks at itself. A softmax over the keys then mixes the 4x4 patches of alpha's features, which overlap fourfold
// and are added up. A 1x1 convolution with a norm, whose scale starts at 0.001, brings the sum back into the features. No loop
// over samples and no size read in C++; computed in float whatever the maps are, since the softmax is steep.
class GuidedAttentionImpl : public torch::nn::Module {
 public:
  // guidance: channels of that, an even number.
  GuidedAttentionImpl(int64_t channels, int64_t guidance);
  // alpha [N,channels,h,w], guidance [N,guidance,h,w], unknown [N,1,h,w] 1 where alpha is unknown, else 0; h and w even and at
  // least 4 -> like alpha. Memory: two matrices of (h w / 4)^2 a sample.
  torch::Tensor forward(const torch::Tensor& alpha, const torch::Tensor& guidance, const torch::Tensor& unknown);

 private:
  torch::nn::Conv2d guidance_conv_;
  torch::nn::Sequential back_;
};
TORCH_MODULE(GuidedAttention);

}  // namespace facemat
