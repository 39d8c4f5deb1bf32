#include "src/model/networks/background_matting.h"

#include <vector>

#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/compute/recompute.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

// Two halvings; and residual blocks reflect a border, for which a quarter of the side must be two at least.
constexpr int64_t kMultiple = 8;
constexpr int kSharedBlocks = 7, kOwnBlocks = 3;
constexpr int64_t kMotionFrames = 4;

enum class Border { kZeros, kReflected };

torch::Tensor reflected(const torch::Tensor& x, int64_t width) {
  return laid_out_as(torch::reflection_pad2d(x, {width, width, width, width}), x);
}

// Convolution, batch norm and what follows it; the sides are kept at stride 1 and halved at 2.
class CueLayerImpl : public nn::Module {
 public:
  CueLayerImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride, Border border, Activation activation)
      : reflects_(border == Border::kReflected ? kernel / 2 : 0),
        conv_(register_module(
            "conv",
            nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(border == Border::kZeros ? kernel / 2 : 0)))),
        norm_(register_module("norm", Norm(out, activation))) {}
  torch::Tensor forward(const torch::Tensor& x) { return norm_(conv_(reflects_ > 0 ? reflected(x, reflects_) : x)); }

 private:
  int64_t reflects_;
  nn::Conv2d conv_;
  Norm norm_;
};
TORCH_MODULE(CueLayer);

// x + branch(x): no ReLU behind the sum.
class CueBlockImpl : public nn::Module {
 public:
  explicit CueBlockImpl(int64_t channels)
      : layer1_(register_module("layer1", CueLayer(channels, channels, 3, 1, Border::kReflected, Activation::kRelu))),
        layer2_(register_module("layer2", CueLayer(channels, channels, 3, 1, Border::kReflected, Activation::kNone))) {}
  torch::Tensor forward(const torch::Tensor& x) { return x + layer2_(layer1_(x)); }

 private:
  CueLayer layer1_, layer2_;
};
TORCH_MODULE(CueBlock);

nn::Sequential cue_blocks(int count, double width) {
  nn::Sequential blocks;
  for (int i = 0; i < count; ++i) blocks->push_back(CueBlock(scaled_channels(256, width)));
  return blocks;
}

nn::Sequential joint(int64_t in, int64_t out) {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false)), Norm(out, Activation::kRelu));
}

torch::Tensor through(nn::AnyModule layer, const torch::Tensor& x, bool recompute) {
  const Segment once = [layer](const Maps& in) mutable -> Maps { return {layer.forward(in[0])}; };
  return run_segment(recompute, *layer.ptr(), {x}, once)[0];
}

torch::Tensor through(nn::Sequential& blocks, torch::Tensor x, bool recompute) {
  for (nn::AnyModule& block : *blocks) x = through(block, x, recompute);
  return x;
}

torch::Tensor twice(const torch::Tensor& x) {
  namespace F = torch::nn::functional;
  return F::interpolate(x, F::InterpolateFuncOptions()
                               .scale_factor(std::vector<double>{2, 2})
                               .mode(torch::kBilinear)
                               .align_corners(true)
                               .recompute_scale_factor(false));
}

// Maps side by side, in the order of the first.
torch::Tensor joined(const std::vector<torch::Tensor>& maps) { return laid_out_as(torch::cat(maps, 1), maps[0]); }

// Luma of RGB (ITU-R BT.601).
torch::Tensor grey(const torch::Tensor& rgb) {
  return 0.299 * rgb.narrow(1, 0, 1) + 0.587 * rgb.narrow(1, 1, 1) + 0.114 * rgb.narrow(1, 2, 1);
}

// 0..1 to -1..1, and back.
torch::Tensor centred(const torch::Tensor& x) { return 2 * x - 1; }
torch::Tensor uncentred(const torch::Tensor& x) { return 0.5 * x + 0.5; }

}  // namespace

CueEncoderImpl::CueEncoderImpl(int64_t inputs, double width) {
  const int64_t c1 = scaled_channels(64, width), c2 = scaled_channels(128, width), c3 = scaled_channels(256, width);
  layer1_ = nn::AnyModule(CueLayer(inputs, c1, 7, 1, Border::kReflected, Activation::kRelu));
  layer2_ = nn::AnyModule(CueLayer(c1, c2, 3, 2, Border::kZeros, Activation::kRelu));
  layer3_ = nn::AnyModule(CueLayer(c2, c3, 3, 2, Border::kZeros, Activation::kRelu));
  register_module("layer1", layer1_.ptr());
  register_module("layer2", layer2_.ptr());
  register_module("layer3", layer3_.ptr());
}

CueMaps CueEncoderImpl::forward(const torch::Tensor& cue, bool recompute) {
  const auto half = through(layer2_, through(layer1_, cue, recompute), recompute);
  return {half, through(layer3_, half, recompute)};
}

CueDecoderImpl::CueDecoderImpl(int64_t outputs, int64_t side, double width) {
  const int64_t c1 = scaled_channels(64, width), c2 = scaled_channels(128, width), c3 = scaled_channels(256, width);
  layer1_ = nn::AnyModule(CueLayer(c3, c2, 3, 1, Border::kZeros, Activation::kRelu));
  layer2_ = nn::AnyModule(CueLayer(c2 + side, c1, 3, 1, Border::kZeros, Activation::kRelu));
  register_module("layer1", layer1_.ptr());
  register_module("layer2", layer2_.ptr());
  prediction_ = register_module("prediction", nn::Conv2d(nn::Conv2dOptions(c1, outputs, 7)));
}

torch::Tensor CueDecoderImpl::forward(const torch::Tensor& x, const torch::Tensor& side, bool recompute) {
  const auto half = through(layer1_, twice(x), recompute);
  const auto whole = through(layer2_, twice(side.defined() ? joined({half, side}) : half), recompute);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);  // an alpha needs more than bfloat16
  return prediction_(reflected(widened(whole), 3));
}

BackgroundMattingNetwork::BackgroundMattingNetwork(const ModelConfig& config)
    : StillNetwork({"background", "segmentation"}, kMultiple),
      frame_encoder_(register_module("frame_encoder", CueEncoder(3, config.width))),
      background_encoder_(register_module("background_encoder", CueEncoder(3, config.width))),
      segmentation_encoder_(register_module("segmentation_encoder", CueEncoder(1, config.width))),
      motion_encoder_(register_module("motion_encoder", CueEncoder(kMotionFrames, config.width))),
      trunk_(register_module("trunk", cue_blocks(kSharedBlocks, config.width))),
      alpha_trunk_(register_module("alpha_trunk", cue_blocks(kOwnBlocks, config.width))),
      alpha_decoder_(register_module("alpha_decoder", CueDecoder(1, 0, config.width))) {
  const int64_t few = scaled_channels(64, config.width), many = scaled_channels(256, config.width);
  with_background_ = register_module("with_background", joint(2 * many, few));
  with_segmentation_ = register_module("with_segmentation", joint(2 * many, few));
  with_motion_ = register_module("with_motion", joint(2 * many, few));
  switching_ = register_module("switching", joint(many + 3 * few, many));
  if (!config.foreground) return;
  foreground_trunk_ = register_module("foreground_trunk", cue_blocks(kOwnBlocks, config.width));
  foreground_decoder_ = register_module("foreground_decoder", CueDecoder(3, scaled_channels(128, config.width), config.width));
}

Prediction BackgroundMattingNetwork::predict(const torch::Tensor& frames, const Guides& guides) {
  const bool recompute = execution_.recompute;
  const torch::Tensor frame = centred(frames), luma = grey(frame);
  const torch::Tensor motion = laid_out_as(torch::cat(std::vector<torch::Tensor>(kMotionFrames, luma), 1), frame);
  const CueMaps own = frame_encoder_->forward(frame, recompute);
  const auto beside_own = [&](CueEncoder& encoder, nn::Sequential& with, const torch::Tensor& cue) {
    return with->forward(joined({own.quarter, encoder->forward(cue, recompute).quarter}));
  };
  const auto background = beside_own(background_encoder_, with_background_, centred(guides.background));
  const auto segmentation = beside_own(segmentation_encoder_, with_segmentation_, centred(guides.segmentation));
  const auto moved = beside_own(motion_encoder_, with_motion_, motion);
  const auto switched = switching_->forward(joined({own.quarter, background, segmentation, moved}));
  const auto x = through(trunk_, switched, recompute);

  Prediction prediction;
  prediction.alpha =
      uncentred(torch::tanh(alpha_decoder_->forward(through(alpha_trunk_, x, recompute), torch::Tensor(), recompute)));
  if (foreground_trunk_.is_empty()) return prediction;
  const auto colour = uncentred(foreground_decoder_->forward(through(foreground_trunk_, x, recompute), own.half, recompute));
  prediction.foreground = is_training() ? colour : colour.clamp(0, 1);
  return prediction;
}

}  // namespace facemat
