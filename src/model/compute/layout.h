#pragma once
// Which tensors the passes over rows (shares.h) can work on, and access to their rows.

#include <torch/torch.h>

#include "src/model/compute/join_loops.h"

namespace facemat {

// Whether `x` is a feature map [N,C,H,W] of float or double in channels-last order on the CPU. Never while a graph is traced:
// a traced graph consists of LibTorch's own operators.
bool has_channels_last_rows(const torch::Tensor& x);

// `x` in channels-last order.
torch::Tensor channels_last(const torch::Tensor& x);

// An uninitialised map in channels-last order, of the type of `like`.
torch::Tensor empty_map(const torch::Tensor& like, int64_t maps, int64_t channels, int64_t height, int64_t width);

inline int64_t row_count(const torch::Tensor& map) { return map.size(0) * map.size(2) * map.size(3); }

template <typename T>
const T* read(const torch::Tensor& tensor) {
  return tensor.data_ptr<T>();
}
template <typename T>
T* write(const torch::Tensor& tensor) {
  return tensor.data_ptr<T>();
}

// Channels from `offset` on of a channels-last map's rows.
template <typename T>
Channels<const T> read_channels(const torch::Tensor& map, int64_t offset) {
  return {map.data_ptr<T>() + offset, map.size(1)};
}
template <typename T>
Channels<T> write_channels(const torch::Tensor& map, int64_t offset) {
  return {map.data_ptr<T>() + offset, map.size(1)};
}

// Calls `body` with a zero of the tensor's type, float or double.
template <typename Body>
void with_type(const torch::Tensor& tensor, const Body& body) {
  tensor.scalar_type() == torch::kFloat64 ? body(double{}) : body(float{});
}

}  // namespace facemat
