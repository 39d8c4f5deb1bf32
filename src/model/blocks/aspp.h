#pragma once
// Lite reduced ASPP (MobileNetV3 paper, as simplified by RVM): a 1x1 projection gated by the global mean.

#include <torch/torch.h>

namespace facemat {

class LrAsppImpl : public torch::nn::Module {
 public:
  LrAsppImpl(int64_t in, int64_t out);
  torch::Tensor forward(const torch::Tensor& x);  // [N,in,h,w] -> [N,out,h,w]

 private:
  torch::nn::Sequential aspp1_, aspp2_;
};
TORCH_MODULE(LrAspp);

}  // namespace facemat
