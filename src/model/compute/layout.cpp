#include "src/model/compute/layout.h"

#include <torch/csrc/jit/frontend/tracer.h>

namespace facemat {

bool has_channels_last_rows(const torch::Tensor& x) {
  const auto type = x.scalar_type();
  const bool number = type == torch::kFloat32 || type == torch::kFloat64 || type == torch::kBFloat16;
  return number && x.device().is_cpu() && x.dim() == 4 && x.numel() > 0 && !torch::jit::tracer::isTracing() &&
         x.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor channels_last(const torch::Tensor& x) { return x.contiguous(torch::MemoryFormat::ChannelsLast); }

torch::Tensor laid_out(const torch::Tensor& x) {
  return x.device().is_cpu() && !torch::jit::tracer::isTracing() ? channels_last(x) : x;
}

torch::Tensor laid_out_as(const torch::Tensor& x, const torch::Tensor& like) {
  return has_channels_last_rows(like) ? channels_last(x) : x;
}

torch::Tensor widened(const torch::Tensor& x) {
  const bool is_short = x.scalar_type() == torch::kBFloat16 || x.scalar_type() == torch::kHalf;
  return is_short ? x.to(torch::kFloat32) : x;
}

torch::Tensor empty_map(const torch::Tensor& like, int64_t maps, int64_t channels, int64_t height, int64_t width) {
  return torch::empty({maps, channels, height, width},
                      like.options().requires_grad(false).memory_format(torch::MemoryFormat::ChannelsLast));
}

}  // namespace facemat
