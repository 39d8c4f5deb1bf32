#pragma once
// Which tensors the passes over rows (shares.h) can work on, and access to their rows.

#include <torch/torch.h>

#include "src/model/compute/join_loops.h"
#include "src/model/compute/numbers.h"

namespace facemat {

// Whether `x` is a feature map [N,C,H,W] of float, double or bfloat16 in channels-last order on the CPU. Never while a graph is
// traced: a traced graph consists of LibTorch's own operators.
bool has_channels_last_rows(const torch::Tensor& x);

// `x` in channels-last order.
torch::Tensor channels_last(const torch::Tensor& x);

// `x` in the order that the CPU computes fastest in, channels-last; a traced graph and other devices keep theirs.
torch::Tensor laid_out(const torch::Tensor& x);

// The same if the passes over rows take `like`, else `x` as it is. LibTorch joins maps of two orders in the other one.
torch::Tensor laid_out_as(const torch::Tensor& x, const torch::Tensor& like);

// A map of a short type as float, others as they are: alpha and what it is made of by heads is computed in float whatever the
// maps are, as the eight bits of bfloat16 are too few for it.
torch::Tensor widened(const torch::Tensor& x);

// An uninitialised map in channels-last order, of the type of `like`.
torch::Tensor empty_map(const torch::Tensor& like, int64_t maps, int64_t channels, int64_t height, int64_t width);

inline int64_t row_count(const torch::Tensor& map) { return map.size(0) * map.size(2) * map.size(3); }

template <typename T>
T* write(const torch::Tensor& tensor) {
  return tensor.data_ptr<T>();
}
template <>
inline Bf16* write<Bf16>(const torch::Tensor& tensor) {
  return reinterpret_cast<Bf16*>(tensor.data_ptr<at::BFloat16>());
}
template <typename T>
const T* read(const torch::Tensor& tensor) {
  return write<T>(tensor);
}

// Channels from `offset` on of a channels-last map's rows.
template <typename T>
Channels<const T> read_channels(const torch::Tensor& map, int64_t offset) {
  return {write<T>(map) + offset, map.size(1)};
}
template <typename T>
Channels<T> write_channels(const torch::Tensor& map, int64_t offset) {
  return {write<T>(map) + offset, map.size(1)};
}

// Calls `body` with a zero of the tensor's type: float, double or Bf16.
template <typename Body>
void with_type(const torch::Tensor& tensor, const Body& body) {
  switch (tensor.scalar_type()) {
    case torch::kFloat64:
      return body(double{});
    case torch::kBFloat16:
      return body(Bf16{});
    default:
      return body(float{});
  }
}

// What a map of `type` is computed in (numbers.h).
inline torch::ScalarType computed_in(torch::ScalarType type) { return type == torch::kBFloat16 ? torch::kFloat32 : type; }

}  // namespace facemat
