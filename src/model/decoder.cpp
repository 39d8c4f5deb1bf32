#include "src/model/decoder.h"

#include "src/model/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kChannel = -3;  // the channel dimension of sequences and of single frames

nn::Conv2d conv3x3(int64_t in, int64_t out, bool bias) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1).bias(bias));
}

torch::Tensor upsample(const torch::Tensor& x) {
  namespace F = torch::nn::functional;
  return F::interpolate(x, F::InterpolateFuncOptions()
                               .scale_factor(std::vector<double>{2, 2})
                               .mode(torch::kBilinear)
                               .align_corners(false)
                               .recompute_scale_factor(false));
}

// Half the size, odd sides rounded up, the border averaged over what is there.
torch::Tensor half_size(const torch::Tensor& x) {
  return torch::avg_pool2d(x, 2, 2, 0, /*ceil_mode=*/true, /*count_include_pad=*/false);
}

torch::Tensor first_part(const torch::Tensor& x, int64_t half) { return x.narrow(kChannel, 0, half); }
torch::Tensor second_part(const torch::Tensor& x, int64_t half) { return x.narrow(kChannel, half, half); }

// The first half of the channels passes, the second goes through the GRU.
Recurrent through_gru(ConvGru& gru, const torch::Tensor& x, int64_t half, const torch::Tensor& state) {
  const Recurrent b = gru->forward(second_part(x, half), state);
  return {torch::cat({first_part(x, half), b.sequence}, kChannel), b.state};
}

}  // namespace

torch::Tensor fold_time(const torch::Tensor& x) { return x.dim() == 5 ? x.flatten(0, 1) : x; }

torch::Tensor unfold_time(const torch::Tensor& x, const torch::Tensor& like) {
  return like.dim() == 5 ? x.reshape({like.size(0), like.size(1), x.size(1), x.size(2), x.size(3)}) : x;
}

ConvGruImpl::ConvGruImpl(int64_t channels)
    : channels_(channels),
      ih_(register_module("ih", nn::Sequential(conv3x3(2 * channels, 2 * channels, true), nn::Sigmoid()))),
      hh_(register_module("hh", nn::Sequential(conv3x3(2 * channels, channels, true), nn::Tanh()))) {}

torch::Tensor ConvGruImpl::step(const torch::Tensor& x, const torch::Tensor& h) {
  const auto gates = ih_->forward(torch::cat({x, h}, 1));
  const auto r = gates.narrow(1, 0, channels_), z = gates.narrow(1, channels_, channels_);
  const auto c = hh_->forward(torch::cat({x, r * h}, 1));
  return (1 - z) * h + z * c;
}

Recurrent ConvGruImpl::forward(const torch::Tensor& x, const torch::Tensor& state) {
  if (x.dim() == 4) {
    const auto h = step(x, state_like(state, x));
    return {h, h};
  }
  std::vector<torch::Tensor> steps;
  auto h = state_like(state, x.select(1, 0));
  for (const auto& frame : x.unbind(1)) steps.push_back(h = step(frame, h));
  return {torch::stack(steps, 1), h};
}

BottleneckBlockImpl::BottleneckBlockImpl(int64_t channels)
    : half_(channels / 2), gru_(register_module("gru", ConvGru(channels / 2))) {}

Recurrent BottleneckBlockImpl::forward(const torch::Tensor& x, const torch::Tensor& state) {
  return through_gru(gru_, x, half_, state);
}

UpsamplingBlockImpl::UpsamplingBlockImpl(int64_t in, int64_t skip, int64_t out)
    : half_(out / 2),
      conv_(register_module("conv", nn::Sequential(conv3x3(in + skip + 3, out, false), nn::BatchNorm2d(out), nn::ReLU()))),
      gru_(register_module("gru", ConvGru(out / 2))) {}

Recurrent UpsamplingBlockImpl::forward(const torch::Tensor& x, const torch::Tensor& feature, const torch::Tensor& rgb,
                                       const torch::Tensor& state) {
  const auto skip = fold_time(feature), side = fold_time(rgb);
  const auto up = crop_like(upsample(fold_time(x)), side);
  const auto out = conv_->forward(torch::cat({up, skip, side}, 1));
  return through_gru(gru_, unfold_time(out, x), half_, state);
}

OutputBlockImpl::OutputBlockImpl(int64_t in, int64_t out)
    : conv_(register_module("conv", nn::Sequential(conv3x3(in + 3, out, false), nn::BatchNorm2d(out), nn::ReLU(),
                                                   conv3x3(out, out, false), nn::BatchNorm2d(out), nn::ReLU()))) {}

torch::Tensor OutputBlockImpl::forward(const torch::Tensor& x, const torch::Tensor& rgb) {
  const auto side = fold_time(rgb);
  const auto up = crop_like(upsample(fold_time(x)), side);
  return unfold_time(conv_->forward(torch::cat({up, side}, 1)), x);
}

RecurrentDecoderImpl::RecurrentDecoderImpl(const std::vector<int64_t>& features, const std::vector<int64_t>& decoder)
    : decode4_(register_module("decode4", BottleneckBlock(features[3]))),
      decode3_(register_module("decode3", UpsamplingBlock(features[3], features[2], decoder[0]))),
      decode2_(register_module("decode2", UpsamplingBlock(decoder[0], features[1], decoder[1]))),
      decode1_(register_module("decode1", UpsamplingBlock(decoder[1], features[0], decoder[2]))),
      decode0_(register_module("decode0", OutputBlock(decoder[2], decoder[3]))) {}

DecoderOutput RecurrentDecoderImpl::forward(const torch::Tensor& rgb, const std::vector<torch::Tensor>& features,
                                            const std::vector<torch::Tensor>& states) {
  const auto s1 = half_size(fold_time(rgb)), s2 = half_size(s1), s3 = half_size(s2);
  const auto x4 = decode4_->forward(features[3], states[3]);
  const auto x3 = decode3_->forward(x4.sequence, features[2], s3, states[2]);
  const auto x2 = decode2_->forward(x3.sequence, features[1], s2, states[1]);
  const auto x1 = decode1_->forward(x2.sequence, features[0], s1, states[0]);
  return {decode0_->forward(x1.sequence, rgb), {x1.state, x2.state, x3.state, x4.state}};
}

}  // namespace facemat
