#include "src/model/networks/fba.h"

#include "src/model/blocks/mobilenet.h"
#include "src/model/blocks/standardised.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/recompute.h"
#include "src/model/networks/trimaps.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kOutputStride = 8;
constexpr int64_t kClasses = 2, kDistances = 6, kColours = 3;

ResNetOptions encoder_options(double width) {
  ResNetOptions options;
  options.inputs = kColours + kDistances + kClasses;
  options.width = width;
  options.norm = NormKind::kGroup;
  options.output_stride = kOutputStride;
  return options;
}

// Square, of odd side, keeping the size.
nn::Conv2dOptions same_size(int64_t in, int64_t out, int64_t kernel) {
  return nn::Conv2dOptions(in, out, kernel).padding(kernel / 2);
}

// Convolution, norm, activation, one after the other under the next three numbers.
void add_layer(nn::Sequential& layers, const nn::Conv2dOptions& convolution, int64_t groups) {
  layers->push_back(StandardisedConv(convolution));
  layers->push_back(GroupedNorm(convolution.out_channels(), groups));
  layers->push_back(nn::LeakyReLU());
}

torch::Tensor joined(nn::Sequential& layers, const Maps& parts, bool recompute) {
  return run_segment(recompute, *layers, parts,
                     [layers](const Maps& in) mutable -> Maps { return {layers->forward(torch::cat(in, 1))}; })[0];
}

}  // namespace

MatteLayers fused_layers(const MatteLayers& layers, const torch::Tensor& frames) {
  constexpr double kInertia = 0.1 / kColours;  // of alpha; a third, as means over the colours stand for their sums
  const auto &a = layers.alpha, &b = layers.background;
  const auto rest = 1 - a;
  const auto foreground = layers.foreground + a * (frames - a * layers.foreground - rest * b);
  const auto background = (b + rest * (frames - a * foreground - rest * b)).clamp(0, 1);
  const auto bounded = foreground.clamp(0, 1), contrast = bounded - background;
  const auto along = ((frames - background) * contrast).mean(1, /*keepdim=*/true);
  const auto alpha = (a * kInertia + along) / ((contrast * contrast).mean(1, /*keepdim=*/true) + kInertia);
  return {alpha.clamp(0, 1), bounded, background};
}

FbaDecoderImpl::FbaDecoderImpl(const std::vector<int64_t>& encoder, int64_t guide, double width) {
  const int64_t wide = scaled_channels(256, width), narrow = scaled_channels(64, width);
  const int64_t full = scaled_channels(32, width), last = scaled_channels(16, width);
  const int64_t groups = groups_at(width), sides[] = {1, 2, 3, 6};
  nn::ModuleList levels;
  for (const int64_t side : sides) {
    nn::Sequential level;
    level->push_back(nn::AdaptiveAvgPool2d(side));
    add_layer(level, same_size(encoder[4], wide, 1), groups);
    levels->push_back(level.ptr());
    pyramid_.push_back(level);
  }
  add_layer(conv_up1_, same_size(encoder[4] + static_cast<int64_t>(pyramid_.size()) * wide, wide, 3), groups);
  add_layer(conv_up1_, same_size(wide, wide, 3), groups);
  add_layer(conv_up2_, same_size(wide + encoder[1], wide, 3), groups);
  add_layer(conv_up3_, same_size(wide + encoder[0], narrow, 3), groups);
  conv_up4_->push_back(nn::Conv2d(same_size(narrow + guide, full, 3)));
  conv_up4_->push_back(nn::LeakyReLU());
  conv_up4_->push_back(nn::Conv2d(same_size(full, last, 3)));
  conv_up4_->push_back(nn::LeakyReLU());
  conv_up4_->push_back(nn::Conv2d(same_size(last, 1 + 2 * kColours, 1)));
  register_module("ppm", levels);
  register_module("conv_up1", conv_up1_);
  register_module("conv_up2", conv_up2_);
  register_module("conv_up3", conv_up3_);
  register_module("conv_up4", conv_up4_);
}

torch::Tensor FbaDecoderImpl::forward(const std::vector<torch::Tensor>& maps, const torch::Tensor& guide, bool recompute) {
  Maps pooled = {maps[4]};
  for (nn::Sequential& level : pyramid_) pooled.push_back(resize_like(level->forward(maps[4]), maps[4]));
  auto x = joined(conv_up1_, pooled, recompute);
  x = joined(conv_up2_, {resize_like(x, maps[1]), maps[1]}, recompute);
  x = joined(conv_up3_, {resize_like(x, maps[0]), maps[0]}, recompute);
  // In float whatever the maps are: the eight bits of bfloat16 are too few for an alpha.
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return joined(conv_up4_, {resize_like(widened(x), guide), guide}, recompute);
}

FbaNetwork::FbaNetwork(const ModelConfig& config)
    : StillNetwork({"trimap"}, kOutputStride),
      encoder_(encoder_options(config.width)),
      decoder_(encoder_->channels(), 2 * kColours + kClasses, config.width),
      tells_layers_(config.foreground) {
  register_module("encoder", encoder_);
  register_module("decoder", decoder_);
}

Prediction FbaNetwork::predict(const torch::Tensor& frames, const Guides& guides) {
  const auto colours = imagenet_normalised(frames), known = laid_out_as(known_classes(guides.trimap), frames);
  const auto distances = laid_out_as(distance_channels(known), frames);
  const auto maps = encoder_->forward(torch::cat({colours, distances, known}, 1), execution_.recompute);
  const auto out = decoder_->forward(maps, torch::cat({colours, frames, known}, 1), execution_.recompute);
  MatteLayers layers{out.narrow(1, 0, 1), out.narrow(1, 1, kColours).sigmoid(),
                     out.narrow(1, 1 + kColours, kColours).sigmoid()};
  if (!is_training()) layers = fused_layers({layers.alpha.clamp(0, 1), layers.foreground, layers.background}, frames);
  Prediction prediction;
  prediction.alpha = layers.alpha;
  if (tells_layers_) prediction.foreground = layers.foreground, prediction.background = layers.background;
  return prediction;
}

}  // namespace facemat
