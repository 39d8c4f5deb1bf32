#include "src/model/blocks/resnet.h"

#include <string>

#include "src/core/error.h"
#include "src/model/blocks/mobilenet.h"
#include "src/model/blocks/standardised.h"
#include "src/model/compute/norm.h"
#include "src/model/compute/recompute.h"
#include "src/model/compute/strided.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr size_t kStages = 4;
constexpr int64_t kExpansion = 4;  // a bottleneck gives four times its planes

struct ConvGeometry {
  int64_t kernel, stride, dilation;
};

// groups: of the norms; 0: they are batch norms.
nn::AnyModule convolution(int64_t groups, int64_t in, int64_t out, const ConvGeometry& g) {
  const auto options = nn::Conv2dOptions(in, out, g.kernel)
                           .stride(g.stride)
                           .padding((g.kernel - 1) / 2 * g.dilation)
                           .dilation(g.dilation)
                           .bias(false);
  return groups > 0 ? nn::AnyModule(StandardisedConv(options)) : nn::AnyModule(StridedConv(options));
}

nn::AnyModule norm_of(int64_t groups, int64_t channels, Activation activation) {
  return groups > 0 ? nn::AnyModule(GroupedNorm(channels, groups, activation)) : nn::AnyModule(Norm(channels, activation));
}

struct ResNetBlockSpec {
  ResidualKind kind;
  int64_t groups, in, planes, stride, dilation;
};

int64_t outputs_of(ResidualKind kind, int64_t planes) {
  return kind == ResidualKind::kBottleneck ? kExpansion * planes : planes;
}

// relu(branch(x) + shortcut(x)): either kind of block.
class ResNetBlockImpl : public nn::Module {
 public:
  explicit ResNetBlockImpl(const ResNetBlockSpec& spec) {
    const int64_t out = outputs_of(spec.kind, spec.planes);
    const ConvGeometry strided{3, spec.stride, spec.dilation};
    if (spec.kind == ResidualKind::kBottleneck) {
      add(spec, spec.in, spec.planes, {1, 1, 1}, Activation::kRelu);
      add(spec, spec.planes, spec.planes, strided, Activation::kRelu);
      add(spec, spec.planes, out, {1, 1, 1}, Activation::kNone);
    } else {
      add(spec, spec.in, spec.planes, strided, Activation::kRelu);
      add(spec, spec.planes, out, {3, 1, spec.dilation}, Activation::kNone);
    }
    if (spec.stride == 1 && spec.in == out) return;
    shortcut_ = nn::Sequential();
    shortcut_->push_back(convolution(spec.groups, spec.in, out, {1, spec.stride, 1}));
    shortcut_->push_back(norm_of(spec.groups, out, Activation::kNone));
    register_module("downsample", shortcut_);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = x;
    for (Step& step : branch_) y = step.norm.forward(step.conv.forward(y));
    return torch::relu(y + (shortcut_.is_empty() ? x : shortcut_->forward(x)));
  }

 private:
  struct Step {
    nn::AnyModule conv, norm;
  };

  void add(const ResNetBlockSpec& spec, int64_t in, int64_t out, const ConvGeometry& geometry, Activation activation) {
    branch_.push_back({convolution(spec.groups, in, out, geometry), norm_of(spec.groups, out, activation)});
    const std::string number = std::to_string(branch_.size());
    register_module("conv" + number, branch_.back().conv.ptr());
    register_module("bn" + number, branch_.back().norm.ptr());
  }

  std::vector<Step> branch_;
  nn::Sequential shortcut_{nullptr};
};
TORCH_MODULE(ResNetBlock);

}  // namespace

ResNetEncoderImpl::ResNetEncoderImpl(const ResNetOptions& options) {
  require(options.blocks.size() == kStages, "a residual network has 4 stages, got {}", options.blocks.size());
  const int64_t wanted = options.output_stride;
  require(wanted == 4 || wanted == 8 || wanted == 16 || wanted == 32, "output stride is {} (4, 8, 16 and 32 are allowed)",
          wanted);
  const int64_t groups = options.norm == NormKind::kGroup ? groups_at(options.width) : 0;
  int64_t in = scaled_channels(64, options.width);
  conv1_ = convolution(groups, options.inputs, in, {7, 2, 1});
  bn1_ = norm_of(groups, in, Activation::kRelu);
  register_module("conv1", conv1_.ptr());
  register_module("bn1", bn1_.ptr());
  channels_ = {in};
  int64_t reached = 4, dilation = 1;  // after conv1 and the pooling
  for (size_t stage = 0; stage < kStages; ++stage) {
    const int64_t planes = scaled_channels(int64_t{64} << stage, options.width);
    const bool halves = stage > 0 && reached < wanted;
    const bool dilates = stage > 0 && !halves;
    nn::Sequential layer;
    for (int64_t i = 0; i < options.blocks[stage]; ++i) {
      const int64_t own_dilation = dilates && i > 0 ? 2 * dilation : dilation;
      layer->push_back(ResNetBlock(ResNetBlockSpec{options.block, groups, in, planes, halves && i == 0 ? 2 : 1, own_dilation}));
      in = outputs_of(options.block, planes);
    }
    if (halves) reached *= 2;
    if (dilates) dilation *= 2;
    register_module("layer" + std::to_string(stage + 1), layer);
    layers_.push_back(layer);
    channels_.push_back(in);
  }
  for (const auto& module : modules(false))  // He et al. 2015, as torchvision initialises this network
    if (auto* conv = module->as<nn::Conv2d>()) nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut);
}

std::vector<torch::Tensor> ResNetEncoderImpl::forward(const torch::Tensor& x, bool recompute) {
  std::vector<torch::Tensor> maps = {bn1_.forward(conv1_.forward(x))};
  torch::Tensor y = torch::max_pool2d(maps[0], 3, 2, 1);
  for (nn::Sequential& layer : layers_) {
    for (nn::AnyModule& block : *layer) {
      const auto once = [block](const Maps& in) mutable -> Maps { return {block.forward(in[0])}; };
      y = run_segment(recompute, *block.ptr(), {y}, once)[0];
    }
    maps.push_back(y);
  }
  return maps;
}

}  // namespace facemat
