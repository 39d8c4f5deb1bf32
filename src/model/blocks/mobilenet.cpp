#include "src/model/blocks/mobilenet.h"

#include <algorithm>

#include "src/model/compute/depthwise.h"
#include "src/model/compute/norm.h"
#include "src/model/compute/recompute.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr double kBackboneEps = 1e-3, kBackboneMomentum = 0.01;

// nn::Sequential's forward is a template, so one cannot hold another; this one can be held.
struct StackImpl : nn::SequentialImpl {
  using nn::SequentialImpl::SequentialImpl;
  torch::Tensor forward(torch::Tensor x) { return nn::SequentialImpl::forward(x); }
};
TORCH_MODULE(Stack);

Norm backbone_norm(int64_t channels, Activation activation) {
  return Norm(channels, activation, kBackboneEps, kBackboneMomentum);
}

Stack conv_norm(int64_t in, int64_t out, int64_t kernel, int64_t stride, Activation activation) {
  const auto options = nn::Conv2dOptions(in, out, kernel).stride(stride).padding((kernel - 1) / 2).bias(false);
  return Stack(nn::Conv2d(options), backbone_norm(out, activation));
}

// Table 1 of the MobileNetV3 paper; the last three blocks trade their stride for dilation 2.
std::vector<BottleneckSpec> bottleneck_table(double width) {
  std::vector<BottleneckSpec> table = {
      {16, 3, 16, 16, false, false, 1, 1},  {16, 3, 64, 24, false, false, 2, 1},  {24, 3, 72, 24, false, false, 1, 1},
      {24, 5, 72, 40, true, false, 2, 1},   {40, 5, 120, 40, true, false, 1, 1},  {40, 5, 120, 40, true, false, 1, 1},
      {40, 3, 240, 80, false, true, 2, 1},  {80, 3, 200, 80, false, true, 1, 1},  {80, 3, 184, 80, false, true, 1, 1},
      {80, 3, 184, 80, false, true, 1, 1},  {80, 3, 480, 112, true, true, 1, 1},  {112, 3, 672, 112, true, true, 1, 1},
      {112, 5, 672, 160, true, true, 2, 2}, {160, 5, 960, 160, true, true, 1, 2}, {160, 5, 960, 160, true, true, 1, 2},
  };
  for (BottleneckSpec& spec : table) {
    spec.in = scaled_channels(spec.in, width);
    spec.expanded = scaled_channels(spec.expanded, width);
    spec.out = scaled_channels(spec.out, width);
  }
  return table;
}

}  // namespace

int64_t scaled_channels(int64_t channels, double width) {
  constexpr int64_t kMultiple = 8;
  const double wanted = static_cast<double>(channels) * width;
  const auto rounded = std::max<int64_t>(kMultiple, static_cast<int64_t>(wanted + kMultiple / 2.0) / kMultiple * kMultiple);
  return static_cast<double>(rounded) < 0.9 * wanted ? rounded + kMultiple : rounded;
}

torch::Tensor imagenet_normalised(const torch::Tensor& frames) {
  const auto options = frames.options().requires_grad(false);
  const auto mean = torch::tensor({0.485, 0.456, 0.406}, options).view({1, 3, 1, 1});
  const auto deviation = torch::tensor({0.229, 0.224, 0.225}, options).view({1, 3, 1, 1});
  return (frames - mean) / deviation;
}

SqueezeExcitationImpl::SqueezeExcitationImpl(int64_t channels, int64_t squeeze)
    : fc1_(register_module("fc1", nn::Conv2d(nn::Conv2dOptions(channels, squeeze, 1)))),
      fc2_(register_module("fc2", nn::Conv2d(nn::Conv2dOptions(squeeze, channels, 1)))) {}

torch::Tensor SqueezeExcitationImpl::forward(const torch::Tensor& x) {
  const auto mean = torch::adaptive_avg_pool2d(x, {1, 1});
  return x * torch::hardsigmoid(fc2_(torch::relu(fc1_(mean))));
}

BottleneckImpl::BottleneckImpl(const BottleneckSpec& spec) : residual_(spec.stride == 1 && spec.in == spec.out) {
  const Activation activation = spec.hard_swish ? Activation::kHardSwish : Activation::kRelu;
  if (spec.expanded != spec.in) block_->push_back(conv_norm(spec.in, spec.expanded, 1, 1, activation));
  const int64_t stride = spec.dilation > 1 ? 1 : spec.stride;
  block_->push_back(
      Stack(DepthwiseConv(spec.expanded, spec.kernel, stride, spec.dilation), backbone_norm(spec.expanded, activation)));
  if (spec.squeeze) block_->push_back(SqueezeExcitation(spec.expanded, scaled_channels(spec.expanded / 4, 1)));
  block_->push_back(conv_norm(spec.expanded, spec.out, 1, 1, Activation::kNone));
  register_module("block", block_);
}

torch::Tensor BottleneckImpl::forward(const torch::Tensor& x) {
  return residual_ ? x + block_->forward(x) : block_->forward(x);
}

MobileNetEncoderImpl::MobileNetEncoderImpl(double width) {
  features_->push_back(conv_norm(3, scaled_channels(16, width), 3, 2, Activation::kHardSwish));
  const auto table = bottleneck_table(width);
  for (const BottleneckSpec& spec : table) features_->push_back(Bottleneck(spec));
  const int64_t last = scaled_channels(960, width);
  features_->push_back(conv_norm(table.back().out, last, 1, 1, Activation::kHardSwish));
  register_module("features", features_);
  channels_ = {table[0].out, table[2].out, table[5].out, last};
  for (const auto& module : modules(false))  // He et al. 2015, as torchvision initialises this network
    if (auto* conv = module->as<nn::Conv2d>()) {
      nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut);
      if (conv->bias.defined()) nn::init::zeros_(conv->bias);
    }
}

EncoderFeatures MobileNetEncoderImpl::forward(const torch::Tensor& frames, bool recompute) {
  torch::Tensor x = imagenet_normalised(frames);
  EncoderFeatures out;
  int index = 0;
  for (auto& layer : *features_) {
    const auto once = [layer](const Maps& in) mutable -> Maps { return {layer.forward(in[0])}; };
    x = run_segment(recompute, *layer.ptr(), {x}, once)[0];
    if (index == 1) out.f1 = x;
    if (index == 3) out.f2 = x;
    if (index == 6) out.f3 = x;
    ++index;
  }
  out.f4 = x;
  return out;
}

}  // namespace facemat
