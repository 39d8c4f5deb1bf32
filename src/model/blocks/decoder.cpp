#include "src/model/blocks/decoder.h"

#include "src/model/compute/join.h"
#include "src/model/compute/recompute.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

nn::Conv2d conv3x3(int64_t in, int64_t out) { return nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1).bias(false)); }

// Half the size, odd sides rounded up, the border averaged over what is there.
torch::Tensor half_size(const torch::Tensor& x) {
  return torch::avg_pool2d(x, 2, 2, 0, /*ceil_mode=*/true, /*count_include_pad=*/false);
}

Recurrent through_gru(ConvGru& gru, const torch::Tensor& x, const torch::Tensor& state, const DecoderPass& pass) {
  const auto out = run_segment(pass.recompute, *gru, {x, state}, [gru, frames = pass.frames](const Maps& in) mutable -> Maps {
    const Recurrent recurrent = gru->forward(in[0], in[1], frames);
    return {recurrent.maps, recurrent.state};
  });
  return {out[0], out[1]};
}

}  // namespace

BottleneckBlockImpl::BottleneckBlockImpl(int64_t channels) : gru_(register_module("gru", ConvGru(channels / 2))) {}

Recurrent BottleneckBlockImpl::forward(const torch::Tensor& x, const torch::Tensor& state, const DecoderPass& pass) {
  return through_gru(gru_, x, state, pass);
}

UpsamplingBlockImpl::UpsamplingBlockImpl(int64_t in, int64_t skip, int64_t out)
    : conv_(register_module("conv", nn::Sequential(conv3x3(in + skip + 3, out), Norm(out, Activation::kRelu)))),
      gru_(register_module("gru", ConvGru(out / 2))) {}

Recurrent UpsamplingBlockImpl::forward(const torch::Tensor& x, const torch::Tensor& feature, const torch::Tensor& rgb,
                                       const torch::Tensor& state, const DecoderPass& pass) {
  const auto out = run_segment(pass.recompute, *conv_, {x, feature, rgb}, [conv = conv_](const Maps& in) mutable -> Maps {
    return {conv->forward(join_upsampled(in[0], {in[1], in[2]}))};
  });
  return through_gru(gru_, out[0], state, pass);
}

OutputBlockImpl::OutputBlockImpl(int64_t in, int64_t out)
    : first_(conv3x3(in + 3, out)),
      second_(conv3x3(out, out)),
      first_norm_(out, Activation::kRelu),
      second_norm_(out, Activation::kRelu) {
  register_module("conv", nn::Sequential({{"0", first_}, {"1", first_norm_}, {"3", second_}, {"4", second_norm_}}));
}

// Two segments, since these are the largest maps of the network, cut where neither holds many of them.
torch::Tensor OutputBlockImpl::forward(const torch::Tensor& x, const torch::Tensor& rgb, const DecoderPass& pass) {
  const auto join = [conv = first_](const Maps& in) mutable -> Maps { return {conv(join_upsampled(in[0], {in[1]}))}; };
  const auto rest = [first = first_norm_, conv = second_, second = second_norm_](const Maps& in) mutable -> Maps {
    return {second(conv(first(in[0])))};
  };
  return run_segment(pass.recompute, *this, run_segment(pass.recompute, *this, {x, rgb}, join), rest)[0];
}

RecurrentDecoderImpl::RecurrentDecoderImpl(const std::vector<int64_t>& features, const std::vector<int64_t>& decoder)
    : decode4_(register_module("decode4", BottleneckBlock(features[3]))),
      decode3_(register_module("decode3", UpsamplingBlock(features[3], features[2], decoder[0]))),
      decode2_(register_module("decode2", UpsamplingBlock(decoder[0], features[1], decoder[1]))),
      decode1_(register_module("decode1", UpsamplingBlock(decoder[1], features[0], decoder[2]))),
      decode0_(register_module("decode0", OutputBlock(decoder[2], decoder[3]))) {}

DecoderOutput RecurrentDecoderImpl::forward(const torch::Tensor& rgb, const std::vector<torch::Tensor>& features,
                                            const std::vector<torch::Tensor>& states, const DecoderPass& pass) {
  const auto s1 = half_size(rgb), s2 = half_size(s1), s3 = half_size(s2);
  const auto x4 = decode4_->forward(features[3], states[3], pass);
  const auto x3 = decode3_->forward(x4.maps, features[2], s3, states[2], pass);
  const auto x2 = decode2_->forward(x3.maps, features[1], s2, states[1], pass);
  const auto x1 = decode1_->forward(x2.maps, features[0], s1, states[0], pass);
  return {decode0_->forward(x1.maps, rgb, pass), {x1.state, x2.state, x3.state, x4.state}};
}

}  // namespace facemat
