#include "src/model/blocks/spectral_norm.h"

namespace facemat {
namespace {

constexpr double kLeastNorm = 1e-12;

torch::Tensor unit(const torch::Tensor& vector) { return vector / (vector.norm() + kLeastNorm); }

std::vector<int64_t> weight_shape(const SpectralConvOptions& o) {
  return o.transposed ? std::vector<int64_t>{o.in, o.out, o.kernel, o.kernel}
                      : std::vector<int64_t>{o.out, o.in, o.kernel, o.kernel};
}

}  // namespace

SpectralWeightImpl::SpectralWeightImpl(torch::IntArrayRef shape)
    : weight_bar_(register_parameter("weight_bar", torch::nn::init::xavier_uniform_(torch::empty(shape)))),
      weight_u_(register_buffer("weight_u", unit(torch::randn({shape[0]})))),
      weight_v_(register_buffer("weight_v", unit(torch::randn({weight_bar_.numel() / shape[0]})))) {}

torch::Tensor SpectralWeightImpl::forward() {
  // Not in few bits, whatever the maps are; and what depends on weights alone is a constant of a traced graph.
  const c10::impl::ExcludeDispatchKeyGuard plain(c10::autocast_dispatch_keyset | c10::DispatchKeySet(c10::DispatchKey::Tracer));
  const auto matrix = weight_bar_.flatten(1);
  if (is_training()) {
    const torch::NoGradGuard no_grad;
    weight_v_.copy_(unit(torch::mv(matrix.t(), weight_u_)));
    weight_u_.copy_(unit(torch::mv(matrix, weight_v_)));
  }
  // Copies, since the next forward changes the buffers in place while this one's backward pass may still need them.
  const auto sigma = torch::dot(weight_u_.clone(), torch::mv(matrix, weight_v_.clone()));
  return weight_bar_ / sigma;
}

SpectralConvImpl::SpectralConvImpl(const SpectralConvOptions& options)
    : options_(options), weight_(register_module("module", SpectralWeight(weight_shape(options)))) {}

torch::Tensor SpectralConvImpl::forward(const torch::Tensor& x) {
  const auto weight = weight_->forward();
  return options_.transposed ? torch::conv_transpose2d(x, weight, {}, options_.stride, options_.padding)
                             : torch::conv2d(x, weight, {}, options_.stride, options_.padding);
}

}  // namespace facemat
