#include "src/model/blocks/xception.h"

#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/recompute.h"
#include "src/model/compute/strided.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr double kEps = 1e-3;  // of all norms here
constexpr int kMiddleBlocks = 16;

nn::Sequential conv_norm(int64_t in, int64_t out, int64_t kernel, int64_t stride, Activation activation) {
  const auto options = nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false);
  return nn::Sequential(StridedConv(options), Norm(out, activation, kEps));
}

// Makes blocks one after the other, and turns strides into dilations once the output stride is reached.
class XceptionFlow {
 public:
  XceptionFlow(int64_t stride, int64_t output_stride, double width)
      : stride_(stride), output_stride_(output_stride), width_(width) {}

  XceptionBlock block(int64_t in, const std::vector<int64_t>& out, int64_t stride, XceptionSkip skip) {
    const bool reached = stride_ * stride > output_stride_;
    XceptionBlockOptions options{scaled_channels(in, width_), {}, reached ? 1 : stride, dilation_, skip};
    for (const int64_t channels : out) options.out.push_back(scaled_channels(channels, width_));
    (reached ? dilation_ : stride_) *= stride;
    return XceptionBlock(options);
  }

 private:
  int64_t stride_, output_stride_, dilation_ = 1;
  double width_;
};

nn::ModuleList list_of(const std::vector<XceptionBlock>& blocks) {
  nn::ModuleList list;
  for (const XceptionBlock& block : blocks) list->push_back(block);
  return list;
}

XceptionMaps through(XceptionBlock block, const torch::Tensor& x, bool recompute) {
  const auto maps = run_segment(recompute, *block, {x}, [block](const Maps& in) mutable -> Maps {
    const XceptionMaps found = block->forward(in[0]);
    return {found.out, found.second};
  });
  return {maps[0], maps[1]};
}

}  // namespace

SeparableConvImpl::SeparableConvImpl(const SeparableConvOptions& o)
    : activated_(o.activated),
      depthwise_(register_module("depthwise", DepthwiseConv(o.in, 3, o.stride, o.dilation))),
      pointwise_(register_module("pointwise", nn::Conv2d(nn::Conv2dOptions(o.in, o.out, 1).bias(false)))),
      depthwise_norm_(
          register_module("depthwise_norm", Norm(o.in, o.activated ? Activation::kRelu : Activation::kNone, o.eps))),
      pointwise_norm_(
          register_module("pointwise_norm", Norm(o.out, o.activated ? Activation::kRelu : Activation::kNone, o.eps))) {}

torch::Tensor SeparableConvImpl::forward(const torch::Tensor& x) {
  const auto rows = depthwise_norm_(depthwise_(activated_ ? x : torch::relu(x)));
  return pointwise_norm_(pointwise_(rows));
}

XceptionBlockImpl::XceptionBlockImpl(const XceptionBlockOptions& o)
    : skip_(o.skip),
      first_(register_module("separable1", SeparableConv(SeparableConvOptions{o.in, o.out.at(0), 1, o.dilation,
                                                                              o.skip == XceptionSkip::kNone, kEps}))),
      second_(register_module("separable2", SeparableConv(SeparableConvOptions{o.out.at(0), o.out.at(1), 1, o.dilation,
                                                                               o.skip == XceptionSkip::kNone, kEps}))),
      third_(register_module("separable3", SeparableConv(SeparableConvOptions{o.out.at(1), o.out.at(2), o.stride, o.dilation,
                                                                              o.skip == XceptionSkip::kNone, kEps}))) {
  if (o.skip == XceptionSkip::kConv)
    shortcut_ = register_module("shortcut", conv_norm(o.in, o.out.at(2), 1, o.stride, Activation::kNone));
}

XceptionMaps XceptionBlockImpl::forward(const torch::Tensor& x) {
  const auto second = second_(first_(x));
  const auto third = third_(second);
  if (skip_ == XceptionSkip::kNone) return {third, second};
  return {third + (skip_ == XceptionSkip::kConv ? shortcut_->forward(x) : x), second};
}

XceptionImpl::XceptionImpl(int64_t in, int64_t output_stride, double width)
    : conv1_(register_module("conv1", conv_norm(in, scaled_channels(32, width), 3, 2, Activation::kRelu))),
      conv2_(register_module("conv2",
                             conv_norm(scaled_channels(32, width), scaled_channels(64, width), 3, 1, Activation::kRelu))) {
  XceptionFlow flow(2, output_stride, width);
  entry_ = {flow.block(64, {128, 128, 128}, 2, XceptionSkip::kConv), flow.block(128, {256, 256, 256}, 2, XceptionSkip::kConv),
            flow.block(256, {728, 728, 728}, 2, XceptionSkip::kConv)};
  for (int i = 0; i < kMiddleBlocks; ++i) middle_.push_back(flow.block(728, {728, 728, 728}, 1, XceptionSkip::kSum));
  exit_ = {flow.block(728, {728, 1024, 1024}, 2, XceptionSkip::kConv),
           flow.block(1024, {1536, 1536, 2048}, 1, XceptionSkip::kNone)};
  register_module("entry", list_of(entry_));
  register_module("middle", list_of(middle_));
  register_module("exit", list_of(exit_));
}

XceptionFeatures XceptionImpl::forward(const torch::Tensor& given, bool recompute) {
  XceptionFeatures features;
  torch::Tensor x = conv2_->forward(conv1_->forward(given));
  for (const XceptionBlock& block : entry_) {
    const XceptionMaps maps = through(block, x, recompute);
    features.entry.push_back(maps.second);
    x = maps.out;
  }
  for (const auto* blocks : {&middle_, &exit_})
    for (const XceptionBlock& block : *blocks) x = through(block, x, recompute).out;
  features.deep = x;
  return features;
}

}  // namespace facemat
