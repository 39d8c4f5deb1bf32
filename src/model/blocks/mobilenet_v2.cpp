#include "src/model/blocks/mobilenet_v2.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/core/error.h"
#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/depthwise.h"
#include "src/model/compute/norm.h"
#include "src/model/compute/recompute.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

// Table 2 of the paper: expansion, channels, blocks, stride of the first one.
struct StageSpec {
  int64_t expansion, channels, blocks, stride;
};
constexpr StageSpec kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                 {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
constexpr int64_t kFirst = 32, kLast = 1280;
constexpr size_t kTaps[] = {1, 3, 6, 13};  // the last layers at H/2, H/4, H/8 and H/16

nn::Conv2dOptions without_bias(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1) {
  return nn::Conv2dOptions(in, out, kernel).stride(stride).padding((kernel - 1) / 2).bias(false);
}

// A convolution ("0") and its norm ("1") with what is behind it.
class ConvNormImpl : public nn::Module {
 public:
  ConvNormImpl(nn::AnyModule conv, int64_t out, Activation activation) : conv_(std::move(conv)), norm_(Norm(out, activation)) {
    register_module("0", conv_.ptr());
    register_module("1", norm_);
  }
  torch::Tensor forward(const torch::Tensor& x) { return norm_(conv_.forward(x)); }

 private:
  nn::AnyModule conv_;
  Norm norm_;
};
TORCH_MODULE(ConvNorm);

struct InvertedSpec {
  int64_t in, expansion, out, stride, dilation;
  MobileNetV2Names names;
};

// Expand 1x1, depthwise 3x3, project 1x1 without activation; adds the input where the shape allows.
class InvertedResidualImpl : public nn::Module {
 public:
  explicit InvertedResidualImpl(const InvertedSpec& spec)
      : names_(spec.names), residual_(spec.stride == 1 && spec.in == spec.out) {
    const int64_t hidden = spec.in * spec.expansion;
    if (spec.expansion > 1) add(nn::AnyModule(nn::Conv2d(without_bias(spec.in, hidden, 1))), hidden, Activation::kRelu6);
    add(nn::AnyModule(DepthwiseConv(hidden, 3, spec.stride, spec.dilation)), hidden, Activation::kRelu6);
    add(nn::AnyModule(nn::Conv2d(without_bias(hidden, spec.out, 1))), spec.out, Activation::kNone);
    register_module("conv", conv_);
  }

  torch::Tensor forward(const torch::Tensor& x) { return residual_ ? x + conv_->forward(x) : conv_->forward(x); }

 private:
  // Layers are numbered as they are in the files: an activation has a number of its own or none at all.
  void add(nn::AnyModule conv, int64_t out, Activation activation) {
    const bool active = activation != Activation::kNone;
    if (names_ == MobileNetV2Names::kTorchvision && active) {
      conv_->push_back(std::to_string(layers_++), ConvNorm(std::move(conv), out, activation));
      return;
    }
    conv_->push_back(std::to_string(layers_++), std::move(conv));
    conv_->push_back(std::to_string(layers_++), Norm(out, activation));
    if (active) ++layers_;
  }

  MobileNetV2Names names_;
  bool residual_;
  int layers_ = 0;
  nn::Sequential conv_;
};
TORCH_MODULE(InvertedResidual);

ConvNorm first_or_last(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return ConvNorm(nn::AnyModule(nn::Conv2d(without_bias(in, out, kernel, stride))), out, Activation::kRelu6);
}

}  // namespace

MobileNetV2EncoderImpl::MobileNetV2EncoderImpl(const MobileNetV2Options& options) {
  require(options.output_stride == 16 || options.output_stride == 32, "output stride is {} (16 and 32 are allowed)",
          options.output_stride);
  int64_t channels = scaled_channels(kFirst, options.width), reached = 2;
  features_->push_back(first_or_last(options.inputs, channels, 3, 2));
  int64_t dilation = 1;
  for (const StageSpec& stage : kStages) {
    const int64_t out = scaled_channels(stage.channels, options.width);
    const bool halves = stage.stride == 2 && reached < options.output_stride;
    const bool dilates = stage.stride == 2 && !halves;
    for (int64_t i = 0; i < stage.blocks; ++i) {
      features_->push_back(
          InvertedResidual(InvertedSpec{channels, stage.expansion, out, halves && i == 0 ? 2 : 1, dilation, options.names}));
      channels = out;
      if (std::find(std::begin(kTaps), std::end(kTaps), features_->size() - 1) != std::end(kTaps)) channels_.push_back(out);
      if (dilates) dilation = 2;
    }
    if (halves) reached *= 2;
  }
  if (options.last) features_->push_back(first_or_last(channels, scaled_channels(kLast, options.width), 1, 1));
  channels_.push_back(options.last ? scaled_channels(kLast, options.width) : channels);
  register_module("features", features_);
  for (const auto& module : modules(false))  // He et al. 2015, as torchvision initialises this network
    if (auto* conv = module->as<nn::Conv2d>()) nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut);
}

std::vector<torch::Tensor> MobileNetV2EncoderImpl::forward(const torch::Tensor& x, bool recompute) {
  std::vector<torch::Tensor> maps;
  torch::Tensor y = x;
  size_t index = 0;
  for (auto& layer : *features_) {
    const auto once = [layer](const Maps& in) mutable -> Maps { return {layer.forward(in[0])}; };
    y = run_segment(recompute, *layer.ptr(), {y}, once)[0];
    if (std::find(std::begin(kTaps), std::end(kTaps), index++) != std::end(kTaps)) maps.push_back(y);
  }
  maps.push_back(y);
  return maps;
}

}  // namespace facemat
