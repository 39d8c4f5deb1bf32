#include "src/model/networks/iamalpha.h"

#include <string>

#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/join.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/compute/recompute.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kMultiple = 32;      // five halvings
constexpr double kEncoderWidth = 0.5;  // of ResNet-50
constexpr int64_t kTrimapScale = 16;   // the trimap decoder's maps are the frame's size divided by it
constexpr int64_t kClasses = 3;        // background, unknown, foreground

nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).padding(kernel / 2).bias(false));
}

// relu(branch(x) + shortcut(x)), the branch of half as many channels as it gives: 1x1, 3x3, 1x1. Names as a ResNet's.
class HalfResidualImpl : public nn::Module {
 public:
  HalfResidualImpl(int64_t in, int64_t out)
      : conv1_(register_module("conv1", convolution(in, out / 2, 1))),
        conv2_(register_module("conv2", convolution(out / 2, out / 2, 3))),
        conv3_(register_module("conv3", convolution(out / 2, out, 1))),
        bn1_(register_module("bn1", Norm(out / 2, Activation::kRelu))),
        bn2_(register_module("bn2", Norm(out / 2, Activation::kRelu))),
        bn3_(register_module("bn3", Norm(out))) {
    if (in == out) return;
    shortcut_ = register_module("downsample", nn::Sequential(convolution(in, out, 1), Norm(out)));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const auto y = bn3_(conv3_(bn2_(conv2_(bn1_(conv1_(x))))));
    return torch::relu(y + (shortcut_.is_empty() ? x : shortcut_->forward(x)));
  }

 private:
  nn::Conv2d conv1_, conv2_, conv3_;
  Norm bn1_, bn2_, bn3_;
  nn::Sequential shortcut_{nullptr};
};
TORCH_MODULE(HalfResidual);

nn::Sequential residuals(int64_t in, int64_t out, int count = 1) {
  nn::Sequential blocks;
  for (int i = 0; i < count; ++i) blocks->push_back(HalfResidual(i == 0 ? in : out, out));
  return blocks;
}

// As He et al. (2015) initialise residual networks.
void initialise(nn::Module& decoder) {
  for (const auto& module : decoder.modules(false))
    if (auto* conv = module->as<nn::Conv2d>()) nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut);
}

ResNetOptions encoder_options(const ModelConfig& config) {
  ResNetOptions options;
  options.inputs = 4;
  options.width = kEncoderWidth * config.width;
  return options;
}

}  // namespace

IamAlphaDecoderImpl::IamAlphaDecoderImpl(const std::vector<int64_t>& features, double width)
    : bottom_(register_module("bottom", residuals(features[4], scaled_channels(1024, width), 2))) {
  const std::vector<int64_t> outputs = {512, 128, 64, 32, 16};  // at 1/16, 1/8, 1/4, 1/2 and 1
  const std::vector<int64_t> joined = {0, features[2], features[1], features[0], 3};
  int64_t in = scaled_channels(1024, width);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const int64_t out = scaled_channels(outputs[i], width);
    levels_.push_back(register_module("level" + std::to_string(4 - i), residuals(in + joined[i], out)));
    in = out;
  }
  prediction_ = register_module("prediction", nn::Conv2d(nn::Conv2dOptions(in, 1, 3).padding(1)));
  initialise(*this);
}

torch::Tensor IamAlphaDecoderImpl::forward(const std::vector<torch::Tensor>& maps, const torch::Tensor& picture,
                                           bool recompute) {
  const std::vector<torch::Tensor> sides = {torch::Tensor(), maps[2], maps[1], maps[0], picture};
  torch::Tensor x = bottom_->forward(maps[4]);
  for (size_t i = 0; i < levels_.size(); ++i) {
    const bool joins = sides[i].defined();
    const Segment level = [blocks = levels_[i], joins](const Maps& in) mutable -> Maps {
      return {blocks->forward(joins ? join_upsampled(in[0], {in[1]}) : resize_by(in[0], 2))};
    };
    x = run_segment(recompute, *levels_[i], joins ? Maps{x, sides[i]} : Maps{x}, level)[0];
  }
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);  // an alpha needs more than bfloat16
  return prediction_(widened(x));
}

IamAlphaTrimapDecoderImpl::IamAlphaTrimapDecoderImpl(const std::vector<int64_t>& features, double width)
    : bottom_(register_module("bottom", residuals(features[4], scaled_channels(256, width)))),
      level_(register_module("level4", residuals(scaled_channels(256, width) + features[3], scaled_channels(128, width)))),
      prediction_(register_module("prediction", nn::Conv2d(nn::Conv2dOptions(scaled_channels(128, width), kClasses, 1)))) {
  initialise(*this);
}

torch::Tensor IamAlphaTrimapDecoderImpl::forward(const std::vector<torch::Tensor>& maps) {
  const auto x = level_->forward(join_upsampled(bottom_->forward(maps[4]), {maps[3]}));
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return prediction_(widened(x));
}

IamAlphaNetwork::IamAlphaNetwork(const ModelConfig& config)
    : StillNetwork({"trimap"}, kMultiple),
      backbone_(register_module("backbone", ResNetEncoder(encoder_options(config)))),
      decoder_(register_module("decoder", IamAlphaDecoder(backbone_->channels(), config.width))),
      trimap_decoder_(register_module("trimap_decoder", IamAlphaTrimapDecoder(backbone_->channels(), config.width))) {}

Prediction IamAlphaNetwork::predict(const torch::Tensor& frames, const Guides& guides) {
  const torch::Tensor picture = imagenet_normalised(frames);
  const auto maps = backbone_->forward(laid_out_as(torch::cat({picture, guides.trimap}, 1), frames), execution_.recompute);
  Prediction prediction;
  prediction.alpha = torch::sigmoid(decoder_->forward(maps, picture, execution_.recompute));
  if (is_training()) prediction.parts["trimap_logits"] = resize_by(trimap_decoder_->forward(maps), kTrimapScale);
  return prediction;
}

}  // namespace facemat
