#pragma once
// Robust Video Matting (Lin et al., WACV 2022) with the heads FaceMat needs (Cho & Lee, ACM MM 2025): MobileNetV3-Large
// encoder, LR-ASPP, recurrent decoder, 1x1 heads. With foreground, segmentation and refiner at width 1 it has RVM's 3,748,633
// parameters and their names.

#include <torch/torch.h>

#include <functional>

#include "src/model/blocks/aspp.h"
#include "src/model/blocks/decoder.h"
#include "src/model/blocks/mobilenet.h"
#include "src/model/blocks/refiner.h"
#include "src/model/networks/network.h"

namespace facemat {

// A 1x1 convolution; its parameters are named "conv" as in RVM.
class ProjectionImpl : public torch::nn::Module {
 public:
  ProjectionImpl(int64_t in, int64_t out);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Conv2d conv_;
};
TORCH_MODULE(Projection);

// Variance of alpha from the decoder's hidden map: 3x3 convolution, BN, ReLU, 1x1 convolution, softplus + 1e-6, at most 1. The
// paper does not specify this head; its form is our choice.
class UncertaintyHeadImpl : public torch::nn::Module {
 public:
  explicit UncertaintyHeadImpl(int64_t channels);
  torch::Tensor forward(const torch::Tensor& hidden);  // [N,C,H,W] -> [N,1,H,W]

 private:
  torch::nn::Sequential conv_;
};
TORCH_MODULE(UncertaintyHead);

class RvmNetwork : public MattingNetwork {
 public:
  explicit RvmNetwork(const ModelConfig& config);
  Prediction forward(const torch::Tensor& frames, const States& states, double ratio) override;
  Prediction forward_scaled(const torch::Tensor& frames, const States& states, const torch::Tensor& ratio) override;

 private:
  // Of frames whose size was reduced by `reduce`, and refined if that did anything.
  Prediction predict(const torch::Tensor& frames, const States& states, bool refine,
                     const std::function<torch::Tensor(const torch::Tensor&)>& reduce);

  MobileNetEncoder backbone_;
  LrAspp aspp_;
  RecurrentDecoder decoder_;
  Projection project_mat_;
  Projection project_seg_{nullptr};
  DeepGuidedFilter refiner_{nullptr};
  UncertaintyHead uncertainty_{nullptr};
  bool detached_uncertainty_;
};

}  // namespace facemat
