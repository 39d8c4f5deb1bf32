#pragma once
// Robust Video Matting (Lin et al., WACV 2022) with the heads FaceMat needs (Cho & Lee, ACM MM 2025): an encoder, LR-ASPP,
// recurrent decoder, 1x1 heads. With foreground, segmentation and refiner at width 1 it has the parameters of RVM's published
// networks and their names: 3,748,633 with MobileNetV3-Large, 26,890,461 with ResNet-50.

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <vector>

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

// What differs between RVM's networks.
struct RvmParts {
  std::shared_ptr<torch::nn::Module> encoder;
  // f1..f4 of frames [N,3,H,W] RGB 0..1; recompute: compute the maps inside again for the backward pass (recompute.h).
  std::function<EncoderFeatures(const torch::Tensor& frames, bool recompute)> features;
  std::vector<int64_t> channels;  // of f1, f2, f3, f4, and of what LR-ASPP makes of f4
  std::vector<int64_t> decoder;   // of decode3, 2, 1, 0
};

// MobileNetV3-Large (mobilenet.h), which normalises its frames as ImageNet's.
RvmParts rvm_mobilenetv3(double width);

// ResNet-50 of output stride 16 (resnet.h): f1 after the first convolution, f2, f3 and f4 after layer1, layer2 and layer4. Its
// frames stay 0..1: RVM publishes this network without ImageNet's normalisation.
RvmParts rvm_resnet50(double width);

class RvmNetwork : public MattingNetwork {
 public:
  RvmNetwork(const ModelConfig& config, RvmParts parts);
  using MattingNetwork::forward;
  Prediction forward(const torch::Tensor& frames, const Guides& guides, const States& states, double ratio) override;
  Prediction forward_scaled(const torch::Tensor& frames, const Guides& guides, const States& states,
                            const torch::Tensor& ratio) override;

 private:
  // Of frames whose size was reduced by `reduce`, and refined if that did anything.
  Prediction predict(const torch::Tensor& frames, const States& states, bool refine,
                     const std::function<torch::Tensor(const torch::Tensor&)>& reduce);

  RvmParts parts_;
  LrAspp aspp_;
  RecurrentDecoder decoder_;
  Projection project_mat_;
  Projection project_seg_{nullptr};
  DeepGuidedFilter refiner_{nullptr};
  UncertaintyHead uncertainty_{nullptr};
  bool detached_uncertainty_;
};

}  // namespace facemat
