#include "src/model/networks/modnet.h"

#include <vector>

#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/join.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kMultiple = 32, kReduction = 4;

// A half of the channels is normalised over the batch, the other map by map, both with a ReLU behind.
class HalfNormImpl : public nn::Module {
 public:
  explicit HalfNormImpl(int64_t channels)
      : half_(channels / 2), bnorm_(register_module("bnorm", Norm(channels / 2, Activation::kRelu))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    const auto half = [&](int64_t offset) { return laid_out_as(x.narrow(1, offset, half_), x); };
    return torch::cat({bnorm_(half(0)), instance_norm(half(half_), Activation::kRelu)}, 1);
  }

 private:
  int64_t half_;
  Norm bnorm_;
};
TORCH_MODULE(HalfNorm);

// A convolution with bias and, but for the last of a head, the norm of halves.
class ModnetLayerImpl : public nn::Module {
 public:
  ModnetLayerImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, bool normed = true) {
    layers_->push_back(nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2)));
    if (normed) layers_->push_back(HalfNorm(out));
    register_module("layers", layers_);
  }
  torch::Tensor forward(const torch::Tensor& x) { return layers_->forward(x); }

 private:
  nn::Sequential layers_;
};
TORCH_MODULE(ModnetLayer);

// A head's last convolution in float, squashed.
torch::Tensor squashed(nn::Sequential& head, const torch::Tensor& x) {
  auto& layers = *head;
  const auto hidden = layers[0]->as<ModnetLayer>()->forward(x);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return torch::sigmoid(layers[1]->as<ModnetLayer>()->forward(widened(hidden)));
}

// x sigmoid(fc(relu(fc(mean(x))))). The weights are those of linear layers; as convolutions of one pixel they need no reshaping
// of maps, whose number a traced graph does not know.
class ModnetSqueezeImpl : public nn::Module {
 public:
  explicit ModnetSqueezeImpl(int64_t channels) {
    const auto linear = [](int64_t in, int64_t out) { return nn::Linear(nn::LinearOptions(in, out).bias(false)); };
    first_ = linear(channels, channels / kReduction), second_ = linear(channels / kReduction, channels);
    nn::Sequential layers;
    layers->push_back("0", first_);
    layers->push_back("2", second_);
    register_module("fc", layers);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const auto apply = [](const nn::Linear& linear, const torch::Tensor& pixel) {
      return torch::conv2d(pixel, linear->weight.unsqueeze(2).unsqueeze(3));
    };
    return x * torch::sigmoid(apply(second_, torch::relu(apply(first_, torch::adaptive_avg_pool2d(x, {1, 1})))));
  }

 private:
  nn::Linear first_{nullptr}, second_{nullptr};
};
TORCH_MODULE(ModnetSqueeze);

}  // namespace

// Channels of the encoder's maps, finest first, and of what the high branch makes of them.
struct ModnetChannels {
  std::vector<int64_t> encoder;
  int64_t high;
};

class ModnetLowImpl : public nn::Module {
 public:
  explicit ModnetLowImpl(const ModnetChannels& c)
      : squeeze_(register_module("se_block", ModnetSqueeze(c.encoder[4]))),
        sixteenth_(register_module("conv_lr16x", ModnetLayer(c.encoder[4], c.encoder[3], 5))),
        eighth_(register_module("conv_lr8x", ModnetLayer(c.encoder[3], c.encoder[2], 5))),
        semantic_(register_module("conv_lr", ModnetLayer(c.encoder[2], 1, 3, 2, false))) {}

  torch::Tensor forward(const torch::Tensor& x32) {  // [N,_,H/32,W/32] -> [N,_,H/8,W/8]
    return eighth_(resize_by(sixteenth_(resize_by(squeeze_(x32), 2)), 2));
  }
  torch::Tensor semantic(const torch::Tensor& x8) {  // -> [N,1,H/16,W/16]
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    return torch::sigmoid(semantic_(widened(x8)));
  }

 private:
  ModnetSqueeze squeeze_;
  ModnetLayer sixteenth_, eighth_, semantic_;
};

class ModnetHighImpl : public nn::Module {
 public:
  explicit ModnetHighImpl(const ModnetChannels& c)
      : of_half_(register_module("tohr_enc2x", ModnetLayer(c.encoder[0], c.high, 1))),
        down_(register_module("conv_enc2x", ModnetLayer(c.high + 3, c.high, 3, 2))),
        of_quarter_(register_module("tohr_enc4x", ModnetLayer(c.encoder[1], c.high, 1))),
        joined_(register_module("conv_enc4x", ModnetLayer(2 * c.high, 2 * c.high, 3))),
        quarter_(register_module("conv_hr4x",
                                 nn::Sequential(ModnetLayer(2 * c.high + c.encoder[2] + 3, 2 * c.high, 3),
                                                ModnetLayer(2 * c.high, 2 * c.high, 3), ModnetLayer(2 * c.high, c.high, 3)))),
        half_(register_module("conv_hr2x",
                              nn::Sequential(ModnetLayer(2 * c.high, 2 * c.high, 3), ModnetLayer(2 * c.high, c.high, 3),
                                             ModnetLayer(c.high, c.high, 3), ModnetLayer(c.high, c.high, 3)))),
        detail_(register_module("conv_hr",
                                nn::Sequential(ModnetLayer(c.high + 3, c.high, 3), ModnetLayer(c.high, 1, 1, 1, false)))) {}

  // image [N,3,H,W], the encoder's maps at H/2 and H/4, the low branch's at H/8 -> [N,_,H/2,W/2].
  torch::Tensor forward(const torch::Tensor& image, const torch::Tensor& x2, const torch::Tensor& x4, const torch::Tensor& x8) {
    const auto of_half = of_half_(x2);
    auto x = down_(torch::cat({resize_by(image, 0.5), of_half}, 1));
    x = joined_(torch::cat({x, of_quarter_(x4)}, 1));
    x = quarter_->forward(torch::cat({x, resize_by(x8, 2), resize_by(image, 0.25)}, 1));
    return half_->forward(join_upsampled(x, {of_half}));
  }
  torch::Tensor detail(const torch::Tensor& half, const torch::Tensor& image) {  // -> [N,1,H,W]
    return squashed(detail_, join_upsampled(half, {image}));
  }

 private:
  ModnetLayer of_half_, down_, of_quarter_, joined_;
  nn::Sequential quarter_, half_, detail_;
};

class ModnetFusionImpl : public nn::Module {
 public:
  explicit ModnetFusionImpl(const ModnetChannels& c)
      : quarter_(register_module("conv_lr4x", ModnetLayer(c.encoder[2], c.high, 5))),
        half_(register_module("conv_f2x", ModnetLayer(2 * c.high, c.high, 3))),
        alpha_(register_module(
            "conv_f", nn::Sequential(ModnetLayer(c.high + 3, c.high / 2, 3), ModnetLayer(c.high / 2, 1, 1, 1, false)))) {}

  // image [N,3,H,W], the low branch's map at H/8, the high branch's at H/2 -> [N,1,H,W].
  torch::Tensor forward(const torch::Tensor& image, const torch::Tensor& x8, const torch::Tensor& high) {
    const auto half = half_(join_upsampled(quarter_(resize_by(x8, 2)), {high}));
    return squashed(alpha_, join_upsampled(half, {image}));
  }

 private:
  ModnetLayer quarter_, half_;
  nn::Sequential alpha_;
};

namespace {

MobileNetV2Encoder encoder_of(double width) {
  MobileNetV2Options options;
  options.width = width;
  options.names = MobileNetV2Names::kFlat;
  return MobileNetV2Encoder(options);
}

}  // namespace

ModnetNetwork::ModnetNetwork(const ModelConfig& config) : StillNetwork({}, kMultiple) {
  encoder_ = encoder_of(config.width);
  const auto backbone = register_module("backbone", std::make_shared<nn::Module>());
  backbone->register_module("model", encoder_);
  const ModnetChannels channels{encoder_->channels(), scaled_channels(32, config.width)};
  low_ = register_module("lr_branch", std::make_shared<ModnetLowImpl>(channels));
  high_ = register_module("hr_branch", std::make_shared<ModnetHighImpl>(channels));
  fusion_ = register_module("f_branch", std::make_shared<ModnetFusionImpl>(channels));
  for (const auto& module : modules(false))
    if (auto* conv = module->as<nn::Conv2d>()) {
      nn::init::kaiming_uniform_(conv->weight);
      if (conv->bias.defined()) nn::init::zeros_(conv->bias);
    }
}

Prediction ModnetNetwork::predict(const torch::Tensor& frames, const Guides&) {
  const auto image = frames * 2 - 1;
  const auto maps = encoder_->forward(image, execution_.recompute);
  const auto x8 = low_->forward(maps[4]);
  const auto half = high_->forward(image, maps[0], maps[1], x8);
  Prediction prediction;
  prediction.alpha = fusion_->forward(image, x8, half);
  if (is_training()) prediction.parts = {{"semantic", low_->semantic(x8)}, {"detail", high_->detail(half, image)}};
  return prediction;
}

}  // namespace facemat
