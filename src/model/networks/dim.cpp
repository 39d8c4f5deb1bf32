#include "src/model/networks/dim.h"

#include <string>

#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/compute/recompute.h"
#include "src/model/networks/trimaps.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kMultiple = 32;  // five poolings

nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel) {
  nn::Conv2d conv(nn::Conv2dOptions(in, out, kernel).padding(kernel / 2));
  nn::init::xavier_uniform_(conv->weight);
  nn::init::zeros_(conv->bias);
  return conv;
}

// Convolution, batch norm if wanted, ReLU.
class LayerImpl : public nn::Module {
 public:
  LayerImpl(int64_t in, int64_t out, int64_t kernel, bool norm) : conv_(convolution(in, out, kernel)) {
    register_module("conv", conv_);
    if (norm) norm_ = register_module("norm", Norm(out, Activation::kRelu));
  }
  torch::Tensor forward(const torch::Tensor& x) { return norm_.is_empty() ? torch::relu(conv_(x)) : norm_(conv_(x)); }

 private:
  nn::Conv2d conv_;
  Norm norm_{nullptr};
};
TORCH_MODULE(Layer);

VggOptions encoder_options(const ModelConfig& config, bool norm) {
  VggOptions options;
  options.inputs = 4;
  options.width = config.width;
  options.norm = norm;
  return options;
}

}  // namespace

DimDecoderImpl::DimDecoderImpl(const std::vector<int64_t>& channels, bool norm) : prediction_(nullptr) {
  const auto add = [&](const std::string& name, int64_t in, int64_t out, int64_t kernel) {
    layers_.emplace_back(Layer(in, out, kernel, norm));
    register_module(name, layers_.back().ptr());
  };
  int64_t in = channels.back();
  add("conv6", in, in, 3);
  add("deconv6", in, in, 1);
  for (size_t level = channels.size(); level > 0; --level) {
    const int64_t out = channels[level > 1 ? level - 2 : 0];
    add("deconv" + std::to_string(level), in, out, 5);
    in = out;
  }
  prediction_ = register_module("prediction", convolution(in, 1, 5));
}

torch::Tensor DimDecoderImpl::forward(const std::vector<torch::Tensor>& maps, bool recompute) {
  torch::Tensor x = torch::max_pool2d(maps.back(), 2);
  for (size_t i = 0; i < layers_.size(); ++i) {
    const bool unpools = i >= 2;  // deconv5 .. deconv1
    const Segment step = [layer = layers_[i], unpools](const Maps& in) mutable -> Maps {
      return {layer.forward(unpools ? unpool_like(in[0], in[1]) : in[0])};
    };
    const Maps inputs = unpools ? Maps{x, maps[maps.size() - 1 - (i - 2)]} : Maps{x};
    x = run_segment(recompute, *layers_[i].ptr(), inputs, step)[0];
  }
  // Heads compute in float whatever the maps are: the eight bits of bfloat16 are too few for an alpha.
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return prediction_(widened(x));
}

DimRefinerImpl::DimRefinerImpl(int64_t channels, bool norm) : prediction_(convolution(channels, 1, 3)) {
  for (const char* name : {"conv1", "conv2", "conv3"}) {
    layers_.emplace_back(Layer(layers_.empty() ? 4 : channels, channels, 3, norm));
    register_module(name, layers_.back().ptr());
  }
  register_module("prediction", prediction_);
}

torch::Tensor DimRefinerImpl::forward(const torch::Tensor& given) {
  torch::Tensor x = given;
  for (nn::AnyModule& layer : layers_) x = layer.forward(x);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return prediction_(widened(x));
}

DimNetwork::DimNetwork(const ModelConfig& config, bool norm)
    : StillNetwork({"trimap"}, kMultiple),
      backbone_(register_module("backbone", Vgg16(encoder_options(config, norm)))),
      decoder_(register_module("decoder", DimDecoder(backbone_->channels(), norm))) {
  if (config.refiner) refiner_ = register_module("refiner", DimRefiner(scaled_channels(64, config.width), norm));
}

Prediction DimNetwork::predict(const torch::Tensor& frames, const Guides& guides) {
  const torch::Tensor picture = imagenet_normalised(frames);
  const auto beside_picture = [&](const torch::Tensor& map) { return laid_out_as(torch::cat({picture, map}, 1), frames); };
  const auto maps = backbone_->forward(beside_picture(guides.trimap), Vgg16Impl::kStages, execution_.recompute);
  torch::Tensor logits = decoder_->forward(maps, execution_.recompute);
  Prediction prediction;
  if (!refiner_.is_empty()) {
    const torch::Tensor coarse = torch::sigmoid(logits);
    logits = logits + refiner_->forward(beside_picture(coarse));
    if (is_training()) prediction.parts["coarse_alpha"] = coarse;
  }
  const torch::Tensor alpha = torch::sigmoid(logits);
  prediction.alpha = is_training() ? alpha : known_kept(alpha, three_classes(guides.trimap));
  return prediction;
}

}  // namespace facemat
