#include "src/model/compute/depthwise.h"

#include "src/model/compute/depthwise_loops.h"
#include "src/model/compute/layout.h"

namespace facemat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Geometry {
  int64_t stride, padding, dilation;
};

DepthwiseShape shape_of(const torch::Tensor& x, const torch::Tensor& y, int64_t kernel, const Geometry& g) {
  return {x.size(0), x.size(1), x.size(2), x.size(3), y.size(2), y.size(3), kernel, g.stride, g.padding, g.dilation};
}

struct DepthwiseFunction : torch::autograd::Function<DepthwiseFunction> {
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& weight,
                               const Geometry& geometry) {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    ctx->save_for_backward({x, weight});
    ctx->saved_data["geometry"] = std::vector<int64_t>{geometry.stride, geometry.padding, geometry.dilation};
    return torch::conv2d(x, weight.to(x.scalar_type()), {}, geometry.stride, geometry.padding, geometry.dilation, x.size(1));
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];
    const auto numbers = ctx->saved_data["geometry"].toIntVector();
    const auto dy = channels_last(gradients[0]);
    const int64_t channels = x.size(1), kernel = weight.size(2), taps = kernel * kernel;
    const auto shape = shape_of(x, dy, kernel, {numbers[0], numbers[1], numbers[2]});
    const auto by_tap = weight.to(computed_in(x.scalar_type())).reshape({channels, taps}).t().contiguous();
    const auto sums = torch::empty({taps, channels}, torch::kFloat64);
    torch::Tensor dx;
    with_type(x, [&](auto zero) {
      using T = decltype(zero);
      depthwise_weight_gradient(read<T>(dy), read<T>(x), shape, write<double>(sums));
      if (!ctx->needs_input_grad(0)) return;
      dx = torch::empty_like(x);
      depthwise_input_gradient(read<T>(dy), read<Computed<T>>(by_tap), shape, write<T>(dx));
    });
    return {dx, sums.t().reshape(weight.sizes()).to(weight.scalar_type()), {}};
  }
};

torch::nn::Conv2dOptions options_of(int64_t channels, int64_t kernel, int64_t stride, int64_t dilation) {
  return torch::nn::Conv2dOptions(channels, channels, kernel)
      .stride(stride)
      .padding((kernel - 1) / 2 * dilation)
      .dilation(dilation)
      .groups(channels)
      .bias(false);
}

}  // namespace

DepthwiseConvImpl::DepthwiseConvImpl(int64_t channels, int64_t kernel, int64_t stride, int64_t dilation)
    : Conv2dImpl(options_of(channels, kernel, stride, dilation)) {}

torch::Tensor DepthwiseConvImpl::forward(const torch::Tensor& x) {
  if (!has_channels_last_rows(x) || computed_in(x.scalar_type()) != weight.scalar_type()) return Conv2dImpl::forward(x);
  const int64_t kernel = options.kernel_size()->at(0), stride = options.stride()->at(0), dilation = options.dilation()->at(0);
  return DepthwiseFunction::apply(x, weight, Geometry{stride, (kernel - 1) / 2 * dilation, dilation});
}

}  // namespace facemat
