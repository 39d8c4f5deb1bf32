#include "src/model/networks/context_aware.h"

#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/layout.h"
#include "src/model/networks/trimaps.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kInputs = 4;              // RGB and trimap
constexpr int64_t kDeep = 2048;             // channels of an encoder's last map
constexpr int64_t kPyramid = 256;           // of a pyramid, and of the context's decoder
constexpr int64_t kContext = 8;             // of what the context hands on
constexpr int64_t kSide = 48, kDepth = 64;  // of a side's projection, and of a decoder
constexpr int64_t kEntry[] = {128, 256, 728};

nn::Sequential conv_norm(int64_t in, int64_t out, int64_t kernel) {
  const auto options = nn::Conv2dOptions(in, out, kernel).padding(kernel / 2).bias(false);
  return nn::Sequential(nn::Conv2d(options), Norm(out, Activation::kRelu));
}

SeparableConv separable(int64_t in, int64_t out, int64_t dilation = 1) {
  return SeparableConv(SeparableConvOptions{in, out, 1, dilation});
}

// Those with a bias are heads: nothing that grows their results follows them.
void draw_weights(nn::Conv2dImpl& conv) {
  if (conv.bias.defined()) {
    nn::init::xavier_uniform_(conv.weight);
    nn::init::zeros_(conv.bias);
  } else {
    nn::init::kaiming_normal_(conv.weight, 0, torch::kFanOut);
  }
}

// x brought to the size of `side`, corners onto corners, and joined with what is made of that.
torch::Tensor joined(const torch::Tensor& x, const torch::Tensor& side, nn::Sequential& projection) {
  return torch::cat({resize_like(x, side, /*align_corners=*/true), projection->forward(side)}, 1);
}

}  // namespace

AtrousPyramidImpl::AtrousPyramidImpl(int64_t in, int64_t out)
    : image_(register_module("image", conv_norm(in, out, 1))),
      point_(register_module("point", conv_norm(in, out, 1))),
      join_(register_module("join", conv_norm(5 * out, out, 1))),
      atrous_({separable(in, out, 3), separable(in, out, 6), separable(in, out, 9)}) {
  nn::ModuleList branches;
  for (const SeparableConv& branch : atrous_) branches->push_back(branch);
  register_module("atrous", branches);
}

torch::Tensor AtrousPyramidImpl::forward(const torch::Tensor& x) {
  const auto point = point_->forward(x);
  const auto image = image_->forward(torch::adaptive_avg_pool2d(x, {1, 1})).expand_as(point);
  std::vector<torch::Tensor> parts = {laid_out_as(image, point), point};
  for (SeparableConv& branch : atrous_) parts.push_back(branch(x));
  return join_->forward(torch::cat(parts, 1));
}

ContextBranchImpl::ContextBranchImpl(double width)
    : encoder_(register_module("encoder", Xception(kInputs, 16, width))),
      aspp_(register_module("aspp", AtrousPyramid(scaled_channels(kDeep, width), scaled_channels(kPyramid, width)))),
      side_(register_module("side", conv_norm(scaled_channels(kEntry[1], width), scaled_channels(kSide, width), 1))) {
  const int64_t channels = scaled_channels(kPyramid, width);
  refine_ = register_module(
      "refine", nn::Sequential(separable(channels + scaled_channels(kSide, width), channels), separable(channels, channels)));
  out_ = register_module("out", conv_norm(channels, scaled_channels(kContext, width), 3));
}

torch::Tensor ContextBranchImpl::forward(const torch::Tensor& x, bool recompute) {
  const XceptionFeatures features = encoder_->forward(x, recompute);
  return out_->forward(refine_->forward(joined(aspp_(features.deep), features.entry[1], side_)));
}

MattingBranchImpl::MattingBranchImpl(double width)
    : encoder_(register_module("encoder", Xception(kInputs, 4, width))),
      aspp_(register_module("aspp", AtrousPyramid(scaled_channels(kDeep, width), scaled_channels(kPyramid, width)))) {}

MattingFeatures MattingBranchImpl::forward(const torch::Tensor& x, bool recompute) {
  const XceptionFeatures features = encoder_->forward(x, recompute);
  return {aspp_(features.deep), features.entry};
}

DecoderLevelImpl::DecoderLevelImpl(int64_t in, int64_t side, double width)
    : side_(register_module("side", conv_norm(side, scaled_channels(kSide, width), 1))),
      conv1_(register_module("conv1", conv_norm(in + scaled_channels(kSide, width), scaled_channels(kDepth, width), 3))),
      conv2_(register_module("conv2", conv_norm(scaled_channels(kDepth, width), scaled_channels(kDepth, width), 3))) {}

torch::Tensor DecoderLevelImpl::forward(const torch::Tensor& x, const torch::Tensor& side) {
  return conv2_->forward(conv1_->forward(joined(x, side, side_)));
}

LevelDecoderImpl::LevelDecoderImpl(int64_t in, int64_t out, double width)
    : head_(register_module("head", nn::Conv2d(nn::Conv2dOptions(scaled_channels(kDepth, width), out, 1)))) {
  const int64_t sides[] = {scaled_channels(kEntry[2], width), scaled_channels(kEntry[1], width),
                           scaled_channels(kEntry[0], width), 3};
  nn::ModuleList list;
  for (const int64_t side : sides) {
    levels_.push_back(DecoderLevel(levels_.empty() ? in : scaled_channels(kDepth, width), side, width));
    list->push_back(levels_.back());
  }
  register_module("levels", list);
}

torch::Tensor LevelDecoderImpl::forward(const torch::Tensor& given, const std::vector<torch::Tensor>& sides) {
  torch::Tensor x = given;
  for (size_t i = 0; i < levels_.size(); ++i) x = levels_[i](x, sides.at(i));
  // The head computes in float whatever the maps are.
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return head_(widened(x));
}

ContextAwareNetwork::ContextAwareNetwork(const ModelConfig& config) : StillNetwork({"trimap"}, 1) {
  const double width = config.width;
  const int64_t channels = scaled_channels(kPyramid, width) + scaled_channels(kContext, width);
  context_ = register_module("context", ContextBranch(width));
  matting_ = register_module("matting", MattingBranch(width));
  alpha_decoder_ = register_module("alpha_decoder", LevelDecoder(channels, 1, width));
  if (config.foreground) foreground_decoder_ = register_module("foreground_decoder", LevelDecoder(channels, 3, width));
  for (const auto& module : modules(/*include_self=*/false))
    if (auto* conv = module->as<nn::Conv2d>()) draw_weights(*conv);
}

Prediction ContextAwareNetwork::predict(const torch::Tensor& frames, const Guides& guides) {
  const auto picture = frames * 2 - 1;
  const auto x = laid_out_as(torch::cat({picture, guides.trimap * 2 - 1}, 1), picture);
  const auto context = context_(x, execution_.recompute);
  const MattingFeatures features = matting_(x, execution_.recompute);
  const auto found = torch::cat({features.deep, context}, 1);
  const std::vector<torch::Tensor> sides = {features.entry[2], features.entry[1], features.entry[0], picture};
  Prediction prediction;
  prediction.alpha = torch::sigmoid(alpha_decoder_(found, sides));
  if (!foreground_decoder_.is_empty()) prediction.foreground = foreground_decoder_(found, sides);
  if (is_training()) return prediction;
  prediction.alpha = known_kept(prediction.alpha, three_classes(guides.trimap));
  if (prediction.foreground.defined()) prediction.foreground = prediction.foreground.clamp(0, 1);
  return prediction;
}

}  // namespace facemat
