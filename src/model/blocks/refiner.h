#pragma once
// Deep guided filter (Wu et al., CVPR 2018, as used by RVM): brings outputs of a reduced frame back to full size, guided by the
// full-size image. For each output channel y with guide x: y = A x + b per 3x3 window, A predicted by a small network from
// covariance, variance and the decoder's hidden features.

#include <torch/torch.h>

namespace facemat {

class DeepGuidedFilterImpl : public torch::nn::Module {
 public:
  // channels 4: foreground residual and alpha, guided by R, G, B and grey (RVM). channels 1: alpha, guided by grey.
  DeepGuidedFilterImpl(int64_t channels, int64_t hidden);
  // fine_rgb [N,3,H,W]; small_rgb [N,3,h,w]; small_out [N,channels,h,w]; hidden [N,hidden,h,w] -> [N,channels,H,W].
  torch::Tensor forward(const torch::Tensor& fine_rgb, const torch::Tensor& small_rgb, const torch::Tensor& small_out,
                        const torch::Tensor& hidden);

 private:
  torch::Tensor guide(const torch::Tensor& rgb) const;

  int64_t channels_;
  torch::nn::Conv2d box_filter_;
  torch::nn::Sequential conv_;
};
TORCH_MODULE(DeepGuidedFilter);

}  // namespace facemat
