#include "src/model/networks/rvm.h"

#include <utility>

#include "src/core/error.h"
#include "src/model/blocks/resnet.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr double kLeastVariance = 1e-6;
constexpr double kStartBias = -3;  // softplus(-3) = 0.05: a teacher that starts neither sure nor lost

std::vector<int64_t> scaled_all(std::vector<int64_t> channels, double width) {
  for (int64_t& c : channels) c = scaled_channels(c, width);
  return channels;
}

// Of f1, f2, f3 and the ASPP's output.
std::vector<int64_t> decoder_inputs(const std::vector<int64_t>& channels) {
  return {channels[0], channels[1], channels[2], channels[4]};
}

// [B,T,C,H,W] -> [T*B,C,H,W], and back to the B and T of `like`. Single frames pass as they are.
torch::Tensor time_first(const torch::Tensor& x) { return x.dim() == 5 ? x.transpose(0, 1).flatten(0, 1) : x; }
torch::Tensor batch_first(const torch::Tensor& x, const torch::Tensor& like) {
  return like.dim() == 5 ? x.unflatten(0, {like.size(1), like.size(0)}).transpose(0, 1) : x;
}

}  // namespace

ProjectionImpl::ProjectionImpl(int64_t in, int64_t out)
    : conv_(register_module("conv", nn::Conv2d(nn::Conv2dOptions(in, out, 1)))) {}

torch::Tensor ProjectionImpl::forward(const torch::Tensor& x) { return conv_(x); }

UncertaintyHeadImpl::UncertaintyHeadImpl(int64_t channels)
    : conv_(register_module("conv",
                            nn::Sequential({{"0", nn::Conv2d(nn::Conv2dOptions(channels, channels, 3).padding(1).bias(false))},
                                            {"1", Norm(channels, Activation::kRelu)},
                                            {"3", nn::Conv2d(nn::Conv2dOptions(channels, 1, 1))}}))) {
  nn::init::constant_(conv_->ptr<nn::Conv2dImpl>(2)->bias, kStartBias);
}

torch::Tensor UncertaintyHeadImpl::forward(const torch::Tensor& hidden) {
  return (torch::softplus(conv_->forward(hidden)) + kLeastVariance).clamp(kLeastVariance, 1);
}

RvmParts rvm_mobilenetv3(double width) {
  const MobileNetEncoder encoder(width);
  std::vector<int64_t> channels = encoder->channels();
  channels.push_back(scaled_channels(128, width));
  const auto features = [encoder = encoder.ptr()](const torch::Tensor& frames, bool recompute) {
    return encoder->forward(frames, recompute);
  };
  return {encoder.ptr(), features, channels, scaled_all({80, 40, 32, 16}, width)};
}

RvmParts rvm_resnet50(double width) {
  ResNetOptions options;
  options.width = width;
  options.output_stride = 16;
  const ResNetEncoder encoder(options);
  const std::vector<int64_t>& maps = encoder->channels();
  const auto features = [encoder = encoder.ptr()](const torch::Tensor& frames, bool recompute) -> EncoderFeatures {
    const auto x = encoder->forward(frames, recompute);
    return {x[0], x[1], x[2], x[4]};
  };
  return {encoder.ptr(),
          features,
          {maps[0], maps[1], maps[2], maps[4], scaled_channels(256, width)},
          scaled_all({128, 64, 32, 16}, width)};
}

RvmNetwork::RvmNetwork(const ModelConfig& config, RvmParts parts)
    : parts_(std::move(parts)),
      aspp_(LrAspp(parts_.channels[3], parts_.channels[4])),
      decoder_(RecurrentDecoder(decoder_inputs(parts_.channels), parts_.decoder)),
      project_mat_(Projection(parts_.decoder[3], config.foreground ? 4 : 1)),
      detached_uncertainty_(config.detached_uncertainty) {
  register_module("backbone", parts_.encoder);
  register_module("aspp", aspp_);
  register_module("decoder", decoder_);
  register_module("project_mat", project_mat_);
  const int64_t hidden = parts_.decoder[3];
  if (config.segmentation) project_seg_ = register_module("project_seg", Projection(hidden, 1));
  if (config.refiner) refiner_ = register_module("refiner", DeepGuidedFilter(config.foreground ? 4 : 1, hidden));
  if (config.uncertainty) uncertainty_ = register_module("project_uncertainty", UncertaintyHead(hidden));
}

Prediction RvmNetwork::forward(const torch::Tensor& frames, const Guides&, const States& states, double ratio) {
  require(ratio == 1 || !refiner_.is_empty(), "a ratio of {} needs a model with the refiner", ratio);
  const auto reduce = [ratio](const torch::Tensor& x) { return ratio == 1 ? x : resize_by(x, ratio); };
  return predict(frames, states, ratio != 1, reduce);
}

Prediction RvmNetwork::forward_scaled(const torch::Tensor& frames, const Guides&, const States& states,
                                      const torch::Tensor& ratio) {
  require(!refiner_.is_empty(), "a ratio given as a tensor needs a model with the refiner");
  return predict(frames, states, true, [&ratio](const torch::Tensor& x) { return resize_by(x, ratio); });
}

Prediction RvmNetwork::predict(const torch::Tensor& given_frames, const States& given_states, bool refine,
                               const std::function<torch::Tensor(const torch::Tensor&)>& reduce) {
  check_frames(given_frames);
  require(given_states.empty() || given_states.size() == 4, "a network has 4 recurrent states, got {}", given_states.size());
  const States states = given_states.empty() ? States(4, torch::zeros({1, 1, 1, 1}, given_frames.options())) : given_states;
  const int64_t count = given_frames.dim() == 5 ? given_frames.size(1) : 1;

  const auto frames = execution_.channels_last ? laid_out(time_first(given_frames)) : time_first(given_frames);
  const auto small = reduce(frames);
  const EncoderFeatures f = parts_.features(small, execution_.recompute);
  const DecoderOutput decoded =
      decoder_->forward(small, {f.f1, f.f2, f.f3, aspp_->forward(f.f4)}, states, {count, execution_.recompute});

  // The heads compute in float whatever the maps are: the eight bits of bfloat16 are too few for an alpha.
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const auto hidden = widened(decoded.hidden);
  Prediction prediction;
  prediction.states = decoded.states;
  const auto as_given = [&](const torch::Tensor& x) { return batch_first(x, given_frames); };
  auto out = project_mat_->forward(hidden);
  if (refine) out = refiner_->forward(frames, small, out, hidden);
  const int64_t residual = out.size(1) - 1;  // 0 or 3 channels before alpha
  const auto alpha = residual == 0 ? out : out.narrow(1, residual, 1);
  prediction.alpha = as_given(is_training() ? alpha : alpha.clamp(0, 1));
  if (residual == 3) prediction.foreground = as_given((out.narrow(1, 0, 3) + frames).clamp(0, 1));
  if (!project_seg_.is_empty()) prediction.logits = as_given(project_seg_->forward(hidden));
  if (!uncertainty_.is_empty()) {
    const auto variance = uncertainty_->forward(is_training() && detached_uncertainty_ ? hidden.detach() : hidden);
    prediction.variance = as_given(refine ? resize_like(variance, frames) : variance);
  }
  return prediction;
}

}  // namespace facemat
