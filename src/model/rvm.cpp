#include "src/model/rvm.h"

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/model/traced_ops.h"

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

torch::Tensor reduced(const torch::Tensor& frames, double ratio) {
  namespace F = torch::nn::functional;
  // The sampling grid uses the given ratio, not the rounded output size (RVM, section 3.5 of its supplement).
  const auto small = F::interpolate(fold_time(frames), F::InterpolateFuncOptions()
                                                           .scale_factor(std::vector<double>{ratio, ratio})
                                                           .mode(torch::kBilinear)
                                                           .align_corners(false)
                                                           .recompute_scale_factor(false));
  return unfold_time(small, frames);
}

void check_frames(const torch::Tensor& frames) {
  const bool shaped = (frames.dim() == 4 || frames.dim() == 5) && frames.size(-3) == 3;
  require(shaped, "frames must be [B,T,3,H,W] or [B,3,H,W], got {} dimensions", frames.dim());
  require(frames.size(-1) >= 16 && frames.size(-2) >= 16, "frames must be at least 16x16 pixels, got {}x{}", frames.size(-1),
          frames.size(-2));
}

}  // namespace

void fields(FieldVisitor& visit, ModelConfig& c) {
  visit("network", c.network, "network, a name in the model table");
  visit("width", c.width, "multiplies every channel count; 1 is the published network", {0.1, 4});
  visit("foreground", c.foreground, "also predict the foreground colour");
  visit("uncertainty", c.uncertainty, "also predict the variance of alpha (the teacher needs it)");
  visit("segmentation", c.segmentation, "add the segmentation head");
  visit("refiner", c.refiner, "add the deep guided filter for frames processed at reduced size");
}

ProjectionImpl::ProjectionImpl(int64_t in, int64_t out)
    : conv_(register_module("conv", nn::Conv2d(nn::Conv2dOptions(in, out, 1)))) {}

torch::Tensor ProjectionImpl::forward(const torch::Tensor& x) { return unfold_time(conv_(fold_time(x)), x); }

UncertaintyHeadImpl::UncertaintyHeadImpl(int64_t channels)
    : conv_(register_module(
          "conv", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(channels, channels, 3).padding(1).bias(false)),
                                 nn::BatchNorm2d(channels), nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(channels, 1, 1))))) {
  nn::init::constant_(conv_->ptr<nn::Conv2dImpl>(3)->bias, kStartBias);
}

torch::Tensor UncertaintyHeadImpl::forward(const torch::Tensor& hidden) {
  const auto variance = torch::softplus(conv_->forward(fold_time(hidden))) + kLeastVariance;
  return unfold_time(variance.clamp(kLeastVariance, 1), hidden);
}

RvmNetwork::RvmNetwork(const ModelConfig& config)
    : backbone_(register_module("backbone", MobileNetEncoder(config.width))),
      aspp_(register_module("aspp", LrAspp(backbone_->channels()[3], scaled_channels(128, config.width)))),
      decoder_(register_module(
          "decoder", RecurrentDecoder(feature_channels(backbone_->channels(), config.width), decoder_channels(config.width)))),
      project_mat_(register_module("project_mat", Projection(decoder_channels(config.width)[3], config.foreground ? 4 : 1))) {
  const int64_t hidden = decoder_channels(config.width)[3];
  if (config.segmentation) project_seg_ = register_module("project_seg", Projection(hidden, 1));
  if (config.refiner) refiner_ = register_module("refiner", DeepGuidedFilter(config.foreground ? 4 : 1, hidden));
  if (config.uncertainty) uncertainty_ = register_module("project_uncertainty", UncertaintyHead(hidden));
}

torch::Tensor RvmNetwork::refined(const torch::Tensor& frames, const torch::Tensor& small, const torch::Tensor& out,
                                  const torch::Tensor& hidden) {
  const auto fine = refiner_->forward(fold_time(frames), fold_time(small), fold_time(out), fold_time(hidden));
  return unfold_time(fine, frames);
}

Prediction RvmNetwork::forward(const torch::Tensor& frames, const States& given, double ratio) {
  check_frames(frames);
  require(given.empty() || given.size() == 4, "a network has 4 recurrent states, got {}", given.size());
  require(ratio == 1 || !refiner_.is_empty(), "a ratio of {} needs a model with the refiner", ratio);
  const States states = given.empty() ? States(4, torch::zeros({1, 1, 1, 1}, frames.options())) : given;

  const auto small = ratio == 1 ? frames : reduced(frames, ratio);
  const EncoderFeatures f = backbone_->forward(fold_time(small));
  const std::vector<torch::Tensor> features = {unfold_time(f.f1, small), unfold_time(f.f2, small), unfold_time(f.f3, small),
                                               unfold_time(aspp_->forward(f.f4), small)};
  const DecoderOutput decoded = decoder_->forward(small, features, states);

  Prediction prediction;
  prediction.states = decoded.states;
  auto out = project_mat_->forward(decoded.hidden);
  if (ratio != 1) out = refined(frames, small, out, decoded.hidden);
  const int64_t residual = out.size(-3) - 1;  // 0 or 3 channels before alpha
  prediction.alpha = residual == 0 ? out : out.narrow(-3, residual, 1);
  if (!is_training()) prediction.alpha = prediction.alpha.clamp(0, 1);
  if (residual == 3) prediction.foreground = (out.narrow(-3, 0, 3) + frames).clamp(0, 1);
  if (!project_seg_.is_empty()) prediction.logits = project_seg_->forward(decoded.hidden);
  if (!uncertainty_.is_empty()) {
    const auto variance = uncertainty_->forward(decoded.hidden);
    prediction.variance = ratio == 1 ? variance : unfold_time(resize_like(fold_time(variance), fold_time(frames)), frames);
  }
  return prediction;
}

}  // namespace facemat
