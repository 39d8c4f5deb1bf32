#include "src/model/networks/rvm.h"

#include <torch/csrc/jit/frontend/tracer.h>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/compute/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr double kLeastVariance = 1e-6;
constexpr double kStartBias = -3;  // softplus(-3) = 0.05: a teacher that starts neither sure nor lost

std::vector<int64_t> decoder_channels(double width) {
  std::vector<int64_t> channels{80, 40, 32, 16};
  for (int64_t& c : channels) c = scaled_channels(c, width);
  return channels;
}

std::vector<int64_t> feature_channels(const std::vector<int64_t>& encoder, double width) {
  return {encoder[0], encoder[1], encoder[2], scaled_channels(128, width)};
}

// [B,T,C,H,W] -> [T*B,C,H,W], and back to the B and T of `like`. Single frames pass as they are.
torch::Tensor time_first(const torch::Tensor& x) { return x.dim() == 5 ? x.transpose(0, 1).flatten(0, 1) : x; }
torch::Tensor batch_first(const torch::Tensor& x, const torch::Tensor& like) {
  return like.dim() == 5 ? x.unflatten(0, {like.size(1), like.size(0)}).transpose(0, 1) : x;
}

// In the layout the CPU computes fastest in. A traced graph and other devices keep theirs.
torch::Tensor laid_out(const torch::Tensor& x) {
  return x.device().is_cpu() && !torch::jit::tracer::isTracing() ? channels_last(x) : x;
}

// Maps of a short type as float; others as they are.
torch::Tensor widened(const torch::Tensor& x) {
  const bool is_short = x.scalar_type() == torch::kBFloat16 || x.scalar_type() == torch::kHalf;
  return is_short ? x.to(torch::kFloat32) : x;
}

torch::Tensor reduced(const torch::Tensor& frames, double ratio) {
  namespace F = torch::nn::functional;
  // The sampling grid uses the given ratio, not the rounded output size (RVM, section 3.5 of its supplement).
  return F::interpolate(frames, F::InterpolateFuncOptions()
                                    .scale_factor(std::vector<double>{ratio, ratio})
                                    .mode(torch::kBilinear)
                                    .align_corners(false)
                                    .recompute_scale_factor(false));
}

void check_frames(const torch::Tensor& frames) {
  const bool shaped = (frames.dim() == 4 || frames.dim() == 5) && frames.size(-3) == 3;
  require(shaped, "frames must be [B,T,3,H,W] or [B,3,H,W], got {} dimensions", frames.dim());
  require(frames.size(-1) >= 1 && frames.size(-2) >= 1, "frames must be at least 1x1 pixels, got {}x{}", frames.size(-1),
          frames.size(-2));
}

}  // namespace

void fields(FieldVisitor& visit, ModelConfig& c) {
  visit("network", c.network, "network, a name in the model table");
  visit("width", c.width, "multiplies every channel count; 1 is the published network", {0.1, 4});
  visit("foreground", c.foreground, "also predict the foreground colour");
  visit("uncertainty", c.uncertainty, "also predict the variance of alpha (the teacher needs it)");
  visit("detached_uncertainty", c.detached_uncertainty,
        "the head of the variance learns by itself: its gradient does not reach the rest of the network");
  visit("segmentation", c.segmentation, "add the segmentation head");
  visit("refiner", c.refiner, "add the deep guided filter for frames processed at reduced size");
}

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

RvmNetwork::RvmNetwork(const ModelConfig& config)
    : backbone_(register_module("backbone", MobileNetEncoder(config.width))),
      aspp_(register_module("aspp", LrAspp(backbone_->channels()[3], scaled_channels(128, config.width)))),
      decoder_(register_module(
          "decoder", RecurrentDecoder(feature_channels(backbone_->channels(), config.width), decoder_channels(config.width)))),
      project_mat_(register_module("project_mat", Projection(decoder_channels(config.width)[3], config.foreground ? 4 : 1))),
      detached_uncertainty_(config.detached_uncertainty) {
  const int64_t hidden = decoder_channels(config.width)[3];
  if (config.segmentation) project_seg_ = register_module("project_seg", Projection(hidden, 1));
  if (config.refiner) refiner_ = register_module("refiner", DeepGuidedFilter(config.foreground ? 4 : 1, hidden));
  if (config.uncertainty) uncertainty_ = register_module("project_uncertainty", UncertaintyHead(hidden));
}

Prediction RvmNetwork::forward(const torch::Tensor& frames, const States& states, double ratio) {
  require(ratio == 1 || !refiner_.is_empty(), "a ratio of {} needs a model with the refiner", ratio);
  const auto reduce = [ratio](const torch::Tensor& x) { return ratio == 1 ? x : reduced(x, ratio); };
  return predict(frames, states, ratio != 1, reduce);
}

Prediction RvmNetwork::forward_scaled(const torch::Tensor& frames, const States& states, const torch::Tensor& ratio) {
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
  const EncoderFeatures f = backbone_->forward(small, execution_.recompute);
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
