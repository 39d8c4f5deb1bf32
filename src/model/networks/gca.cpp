#include "src/model/networks/gca.h"

#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/layout.h"
#include "src/model/networks/trimaps.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kMultiple = 32;  // of the encoder's smallest map
constexpr double kSlope = 0.2;     // of the decoder's leaky ReLUs

SpectralConv conv(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1) {
  return SpectralConv(SpectralConvOptions{in, out, kernel, stride, kernel / 2});
}

SpectralConv twice_as_large(int64_t channels) {
  return SpectralConv(SpectralConvOptions{channels, channels, 4, 2, 1, /*transposed=*/true});
}

torch::Tensor leaky(const torch::Tensor& x) { return torch::leaky_relu(x, kSlope); }

// A residual branch that starts as nothing.
Norm silent_norm(int64_t channels) {
  Norm norm(channels);
  nn::init::zeros_(norm->named_parameters()["weight"]);
  return norm;
}

nn::Sequential down_layer(int64_t in, int64_t out, int blocks, int64_t stride) {
  nn::Sequential layer;
  layer->push_back(GcaDownBlock(in, out, stride));
  for (int i = 1; i < blocks; ++i) layer->push_back(GcaDownBlock(out, out, 1));
  return layer;
}

nn::Sequential up_layer(int64_t in, int64_t out, int blocks) {
  nn::Sequential layer;
  layer->push_back(GcaUpBlock(in, out, true));
  for (int i = 1; i < blocks; ++i) layer->push_back(GcaUpBlock(out, out, false));
  return layer;
}

nn::Sequential shortcut(int64_t in, int64_t out) {
  return nn::Sequential(conv(in, out, 3), nn::ReLU(), Norm(out), conv(out, out, 3), nn::ReLU(), Norm(out));
}

// A mirrored border of one place.
struct MirroredBorderImpl : nn::Module {
  torch::Tensor forward(const torch::Tensor& x) { return torch::reflection_pad2d(x, {1, 1, 1, 1}); }
};
TORCH_MODULE(MirroredBorder);

nn::Sequential guidance_head(const std::vector<int64_t>& channels) {
  nn::Sequential head;
  int64_t in = 3;
  for (const int64_t out : channels) {
    head->push_back(MirroredBorder());
    head->push_back(SpectralConv(SpectralConvOptions{in, out, 3, 2}));
    head->push_back(nn::ReLU());
    head->push_back(Norm(out));
    in = out;
  }
  return head;
}

}  // namespace

GcaChannels::GcaChannels(double width) {
  for (const int64_t c : {32, 64, 128, 256, 512}) maps.push_back(scaled_channels(c, width));
  for (const int64_t c : {16, 32, 128}) guidance.push_back(scaled_channels(c, width));
}

GcaDownBlockImpl::GcaDownBlockImpl(int64_t in, int64_t out, int64_t stride)
    : conv1_(register_module("conv1", conv(in, out, 3, stride))),
      conv2_(register_module("conv2", conv(out, out, 3))),
      bn1_(register_module("bn1", Norm(out, Activation::kRelu))),
      bn2_(register_module("bn2", silent_norm(out))) {
  if (stride > 1) downsample_ = register_module("downsample", nn::Sequential(nn::AvgPool2d(2), conv(in, out, 1), Norm(out)));
}

torch::Tensor GcaDownBlockImpl::forward(const torch::Tensor& x) {
  const auto y = bn2_(conv2_(bn1_(conv1_(x))));
  return torch::relu(y + (downsample_.is_empty() ? x : downsample_->forward(x)));
}

GcaUpBlockImpl::GcaUpBlockImpl(int64_t in, int64_t out, bool enlarges)
    : conv1_(register_module("conv1", enlarges ? twice_as_large(in) : conv(in, in, 3))),
      conv2_(register_module("conv2", conv(in, out, 3))),
      bn1_(register_module("bn1", Norm(in))),
      bn2_(register_module("bn2", silent_norm(out))) {
  if (!enlarges) return;
  const auto repeated = nn::UpsampleOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kNearest);
  upsample_ = register_module("upsample", nn::Sequential(nn::Upsample(repeated), conv(in, out, 1), Norm(out)));
}

torch::Tensor GcaUpBlockImpl::forward(const torch::Tensor& x) {
  const auto y = bn2_(conv2_(leaky(bn1_(conv1_(x)))));
  return leaky(y + (upsample_.is_empty() ? x : upsample_->forward(x)));
}

GcaEncoderImpl::GcaEncoderImpl(const GcaChannels& c)
    : conv1_(register_module("conv1", conv(6, c.maps[0], 3, 2))),
      conv2_(register_module("conv2", conv(c.maps[0], c.maps[0], 3))),
      conv3_(register_module("conv3", conv(c.maps[0], c.maps[1], 3, 2))),
      bn1_(register_module("bn1", Norm(c.maps[0], Activation::kRelu))),
      bn2_(register_module("bn2", Norm(c.maps[0], Activation::kRelu))),
      bn3_(register_module("bn3", Norm(c.maps[1], Activation::kRelu))),
      layer1_(register_module("layer1", down_layer(c.maps[1], c.maps[1], 3, 1))),
      layer2_(register_module("layer2", down_layer(c.maps[1], c.maps[2], 4, 2))),
      layer3_(register_module("layer3", down_layer(c.maps[2], c.maps[3], 4, 2))),
      bottleneck_(register_module("layer_bottleneck", down_layer(c.maps[3], c.maps[4], 2, 2))),
      guidance_head_(register_module("guidance_head", guidance_head(c.guidance))),
      shortcuts_({shortcut(6, c.maps[0]), shortcut(c.maps[0], c.maps[0]), shortcut(c.maps[1], c.maps[1]),
                  shortcut(c.maps[2], c.maps[2]), shortcut(c.maps[3], c.maps[3])}),
      gca_(register_module("gca", GuidedAttention(c.maps[2], c.guidance[2]))) {
  nn::ModuleList sides;
  for (const nn::Sequential& side : shortcuts_) sides->push_back(side);
  register_module("shortcut", sides);
  // The trimap has no say at first.
  const torch::NoGradGuard no_grad;
  conv1_->named_parameters()["module.weight_bar"].narrow(1, 3, 3).zero_();
}

GcaFeatures GcaEncoderImpl::forward(const torch::Tensor& rgb, const torch::Tensor& classes) {
  const auto x = torch::cat({rgb, classes}, 1);
  const auto unknown = classes.narrow(1, 1, 1).slice(2, 0, c10::nullopt, 8).slice(3, 0, c10::nullopt, 8);
  const auto guidance = guidance_head_->forward(rgb);
  const auto x1 = bn2_(conv2_(bn1_(conv1_(x))));
  const auto x2 = layer1_->forward(bn3_(conv3_(x1)));
  const auto x3 = gca_(layer2_->forward(x2), guidance, unknown);
  const auto x4 = layer3_->forward(x3);
  GcaFeatures features{bottleneck_->forward(x4), {}, guidance, unknown};
  size_t at = 0;
  for (const torch::Tensor& map : {x, x1, x2, x3, x4}) features.skips.push_back(shortcuts_[at++]->forward(map));
  return features;
}

GcaDecoderImpl::GcaDecoderImpl(const GcaChannels& c)
    : layer1_(register_module("layer1", up_layer(c.maps[4], c.maps[3], 2))),
      layer2_(register_module("layer2", up_layer(c.maps[3], c.maps[2], 3))),
      layer3_(register_module("layer3", up_layer(c.maps[2], c.maps[1], 3))),
      layer4_(register_module("layer4", up_layer(c.maps[1], c.maps[0], 2))),
      conv1_(register_module("conv1", twice_as_large(c.maps[0]))),
      bn1_(register_module("bn1", Norm(c.maps[0]))),
      conv2_(register_module("conv2", nn::Conv2d(nn::Conv2dOptions(c.maps[0], 1, 3).padding(1)))),
      gca_(register_module("gca", GuidedAttention(c.maps[2], c.guidance[2]))) {
  nn::init::xavier_uniform_(conv2_->weight);
}

torch::Tensor GcaDecoderImpl::forward(const GcaFeatures& features) {
  const auto& skips = features.skips;
  auto x = layer1_->forward(features.deep) + skips[4];
  x = gca_(layer2_->forward(x) + skips[3], features.guidance, features.unknown);
  x = layer3_->forward(x) + skips[2];
  x = layer4_->forward(x) + skips[1];
  x = leaky(bn1_(conv1_(x))) + skips[0];
  // Alpha is computed in float whatever the maps are.
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return (torch::tanh(conv2_(widened(x))) + 1) / 2;
}

GcaNetwork::GcaNetwork(const ModelConfig& config) : StillNetwork({"trimap"}, kMultiple) {
  const GcaChannels channels(config.width);
  encoder_ = register_module("encoder", GcaEncoder(channels));
  decoder_ = register_module("decoder", GcaDecoder(channels));
}

Prediction GcaNetwork::predict(const torch::Tensor& frames, const Guides& guides) {
  const auto classes = laid_out_as(three_classes(guides.trimap), frames);
  const auto alpha = decoder_->forward(encoder_->forward(imagenet_normalised(frames), classes));
  Prediction prediction;
  prediction.alpha = is_training() ? alpha : known_kept(alpha, classes);
  return prediction;
}

}  // namespace facemat
