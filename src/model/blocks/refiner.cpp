#include "src/model/blocks/refiner.h"

#include "src/model/compute/norm.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

nn::Conv2d conv1x1(int64_t in, int64_t out, bool bias) { return nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(bias)); }

}  // namespace

DeepGuidedFilterImpl::DeepGuidedFilterImpl(int64_t channels, int64_t hidden)
    : channels_(channels),
      box_filter_(register_module(
          "box_filter", nn::Conv2d(nn::Conv2dOptions(channels, channels, 3).padding(1).groups(channels).bias(false)))),
      conv_(register_module("conv", nn::Sequential({{"0", conv1x1(2 * channels + hidden, hidden, false)},
                                                    {"1", Norm(hidden, Activation::kRelu)},
                                                    {"3", conv1x1(hidden, hidden, false)},
                                                    {"4", Norm(hidden, Activation::kRelu)},
                                                    {"6", conv1x1(hidden, channels, true)}}))) {
  nn::init::constant_(box_filter_->weight, 1.0 / 9);
}

torch::Tensor DeepGuidedFilterImpl::guide(const torch::Tensor& rgb) const {
  const auto grey = rgb.mean(1, /*keepdim=*/true);
  return channels_ == 1 ? grey : torch::cat({rgb, grey}, 1);
}

torch::Tensor DeepGuidedFilterImpl::forward(const torch::Tensor& fine_rgb, const torch::Tensor& small_rgb,
                                            const torch::Tensor& small_out, const torch::Tensor& hidden) {
  const auto fine_x = guide(fine_rgb), x = guide(small_rgb), &y = small_out;
  const auto mean_x = box_filter_(x), mean_y = box_filter_(y);
  const auto covariance = box_filter_(x * y) - mean_x * mean_y;
  const auto variance = box_filter_(x * x) - mean_x * mean_x;
  const auto a = conv_->forward(torch::cat({covariance, variance, hidden}, 1));
  const auto b = mean_y - a * mean_x;
  return resize_like(a, fine_rgb) * fine_x + resize_like(b, fine_rgb);
}

}  // namespace facemat
