#include "src/model/networks/bgmv2.h"

#include <utility>

#include "src/model/blocks/mobilenet.h"
#include "src/model/blocks/mobilenet_v2.h"
#include "src/model/blocks/resnet.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kInputs = 6, kColours = 3;
constexpr int64_t kPatchSide = 4;
constexpr double kPatchScale = 1.0 / kPatchSide;  // one value for each patch

// The network's multiple: patches fit, and at a small scale something is left.
int64_t multiple_of(double scale) { return scale < kPatchScale ? 2 * kPatchSide : kPatchSide; }

int64_t hidden_channels(double width) { return scaled_channels(32, width); }

// Of an encoder's five maps those that the decoder looks at.
template <typename Encoder>
Bgmv2Encoder four_maps_of(const Encoder& encoder) {
  const auto maps = [encoder = encoder.ptr()](const torch::Tensor& x, bool recompute) {
    const std::vector<torch::Tensor> all = encoder->forward(x, recompute);
    return std::vector<torch::Tensor>{all[0], all[1], all[2], all[4]};
  };
  const std::vector<int64_t>& channels = encoder->channels();
  return {encoder.ptr(), maps, {channels[0], channels[1], channels[2], channels[4]}};
}

}  // namespace

Bgmv2Encoder bgmv2_mobilenetv2(double width) {
  MobileNetV2Options options;
  options.inputs = kInputs;
  options.width = width;
  options.output_stride = 16;
  options.last = false;
  return four_maps_of(MobileNetV2Encoder(options));
}

Bgmv2Encoder bgmv2_resnet50(double width) {
  ResNetOptions options;
  options.inputs = kInputs;
  options.width = width;
  options.output_stride = 16;
  return four_maps_of(ResNetEncoder(options));
}

// Enlarges to the size of one map after the other, each joined with it and convolved.
class Bgmv2DecoderImpl : public nn::Module {
 public:
  // encoder: channels of its maps, finest first. Gives `out` channels.
  Bgmv2DecoderImpl(const std::vector<int64_t>& encoder, int64_t out, double width) {
    const std::vector<int64_t> widths = {scaled_channels(256, width), scaled_channels(128, width), scaled_channels(64, width),
                                         scaled_channels(48, width)};
    for (size_t i = 0; i < 3; ++i) {
      const std::string number = std::to_string(i + 1);
      const auto options = nn::Conv2dOptions(widths[i] + encoder[2 - i], widths[i + 1], 3).padding(1).bias(false);
      convs_.push_back(register_module("conv" + number, nn::Conv2d(options)));
      norms_.push_back(register_module("bn" + number, Norm(widths[i + 1], Activation::kRelu)));
    }
    last_ = register_module("conv4", nn::Conv2d(nn::Conv2dOptions(widths[3] + kInputs, out, 3).padding(1)));
  }

  // x4 [N,_,h/16,w/16] from the pyramid; the encoder's maps, finest first, and what it was given [N,6,h,w] -> [N,out,h,w]
  // float.
  torch::Tensor forward(const torch::Tensor& x4, const std::vector<torch::Tensor>& maps, const torch::Tensor& given) {
    torch::Tensor x = x4;
    for (size_t i = 0; i < 3; ++i) x = norms_[i](convs_[i](joined(x, maps[2 - i])));
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    return last_(joined(widened(x), given));
  }

 private:
  static torch::Tensor joined(const torch::Tensor& x, const torch::Tensor& skip) {
    return torch::cat({resize_like(x, skip), skip}, 1);
  }

  std::vector<nn::Conv2d> convs_;
  std::vector<Norm> norms_;
  nn::Conv2d last_{nullptr};
};

Bgmv2Network::Bgmv2Network(const ModelConfig& config, Bgmv2Encoder encoder)
    : StillNetwork({"background"}, multiple_of(config.patches.scale)),
      encoder_(std::move(encoder)),
      aspp_(Aspp(encoder_.channels[3], scaled_channels(256, config.width), std::vector<int64_t>{3, 6, 9})),
      decoder_(
          std::make_shared<Bgmv2DecoderImpl>(encoder_.channels, hidden_channels(config.width) + kColours + 2, config.width)),
      refiner_(PatchRefiner(hidden_channels(config.width))),
      patches_(config.patches),
      foreground_(config.foreground) {
  register_module("backbone", encoder_.module);
  register_module("aspp", aspp_);
  register_module("decoder", decoder_);
  register_module("refiner", refiner_);
}

Prediction Bgmv2Network::predict(const torch::Tensor& frames, const Guides& guides) {
  const auto fine = torch::cat({frames, guides.background}, 1);
  const auto small = patches_.scale == 1 ? fine : resize_by(fine, patches_.scale);
  const auto maps = encoder_.maps(small, execution_.recompute);
  const auto decoded = decoder_->forward(aspp_->forward(maps[3]), maps, small);

  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const auto alpha = decoded.narrow(1, 0, 1), residual = decoded.narrow(1, 1, kColours);
  const auto error = decoded.narrow(1, 1 + kColours, 1);
  const auto hidden = torch::relu(decoded.narrow(1, 2 + kColours, decoded.size(1) - 2 - kColours));
  const auto sure = alpha.clamp(0, 1);
  const auto joined = [&](const std::vector<torch::Tensor>& parts) { return laid_out_as(torch::cat(parts, 1), decoded); };
  const auto enlarged = resize_like(joined({is_training() ? alpha : sure, residual}), frames);
  const auto expected = error.detach().clamp(0, 1);
  const auto by_patch =
      patches_.scale == kPatchScale ? expected : resize_like(expected, resize_by(frames.narrow(1, 0, 1), kPatchScale));
  const auto refined = refiner_->forward(fine, joined({hidden, sure, residual}), enlarged, by_patch, patches_);

  const auto in_colour = [](const torch::Tensor& given_residual, const torch::Tensor& frame) {
    return (given_residual + frame).clamp(0, 1);
  };
  Prediction prediction;
  const auto found = refined.narrow(1, 0, 1);
  prediction.alpha = is_training() ? found : found.clamp(0, 1);
  if (foreground_) prediction.foreground = in_colour(refined.narrow(1, 1, kColours), frames);
  if (is_training())
    prediction.parts = {
        {"coarse_alpha", alpha}, {"error", error}, {"coarse_foreground", in_colour(residual, small.narrow(1, 0, kColours))}};
  return prediction;
}

}  // namespace facemat
