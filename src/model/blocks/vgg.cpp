#include "src/model/blocks/vgg.h"

#include <string>

#include "src/core/error.h"
#include "src/model/blocks/mobilenet.h"
#include "src/model/compute/recompute.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

// Channels and convolutions of each stage: configuration D of the paper.
struct Stage {
  int64_t channels;
  int convolutions;
};
constexpr Stage kConfiguration[Vgg16Impl::kStages] = {{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};

}  // namespace

Vgg16Impl::Vgg16Impl(const VggOptions& options) {
  nn::Sequential features;
  int index = 0;  // torchvision's, which counts ReLUs and poolings, too
  int64_t in = options.inputs;
  for (const Stage& stage : kConfiguration) {
    const int64_t out = scaled_channels(stage.channels, options.width);
    std::vector<Layer> layers(static_cast<size_t>(stage.convolutions));
    for (Layer& layer : layers) {
      layer.conv = nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1));
      nn::init::kaiming_normal_(layer.conv->weight, 0, torch::kFanOut);  // as torchvision does
      nn::init::zeros_(layer.conv->bias);
      features->push_back(std::to_string(index++), layer.conv);
      if (options.norm) {
        layer.norm = Norm(out, Activation::kRelu);
        features->push_back(std::to_string(index++), layer.norm);
      }
      ++index;  // the ReLU
      in = out;
    }
    ++index;  // the pooling
    stages_.push_back(layers);
    channels_.push_back(out);
  }
  register_module("features", features);
}

std::vector<torch::Tensor> Vgg16Impl::forward(const torch::Tensor& x, size_t stages, bool recompute) {
  require(stages <= kStages, "VGG16 has {} stages, asked for {}", kStages, stages);
  std::vector<torch::Tensor> maps;
  for (size_t i = 0; i < stages; ++i) {
    const Segment stage = [layers = stages_[i], pools = i > 0](const Maps& in) mutable -> Maps {
      torch::Tensor y = pools ? torch::max_pool2d(in[0], 2) : in[0];
      for (Layer& layer : layers) y = layer.norm.is_empty() ? torch::relu(layer.conv(y)) : layer.norm(layer.conv(y));
      return {y};
    };
    maps.push_back(run_segment(recompute, *this, {i > 0 ? maps.back() : x}, stage)[0]);
  }
  return maps;
}

}  // namespace facemat
