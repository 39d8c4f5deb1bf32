#pragma once
// What looks around at the end of an encoder: pyramids of convolutions, or the mean of the map.

#include <torch/torch.h>

#include <vector>

namespace facemat {

// Lite reduced ASPP (MobileNetV3 paper, as simplified by RVM): a 1x1 projection gated by the global mean.
class LrAsppImpl : public torch::nn::Module {
 public:
  LrAsppImpl(int64_t in, int64_t out);
  torch::Tensor forward(const torch::Tensor& x);  // [N,in,h,w] -> [N,out,h,w]

 private:
  torch::nn::Sequential aspp1_, aspp2_;
};
TORCH_MODULE(LrAspp);

// Atrous spatial pyramid pooling (DeepLabV3, Chen et al., 2017, arXiv 1706.05587) under torchvision's names: a 1x1 convolution,
// a 3x3 one for each rate and the mean of the map, joined and projected. torchvision drops half of the result in training; here
// nothing is dropped, since a run that is resumed could not drop the same again.
class AsppImpl : public torch::nn::Module {
 public:
  AsppImpl(int64_t in, int64_t out, const std::vector<int64_t>& rates);
  torch::Tensor forward(const torch::Tensor& x);  // [N,in,h,w] -> [N,out,h,w]

 private:
  std::vector<torch::nn::Sequential> branches_;
  torch::nn::Sequential pooled_, project_;
};
TORCH_MODULE(Aspp);

}  // namespace facemat
