#include "src/model/operators/traced_ops.h"

#include <torch/library.h>

#include <cmath>
#include <tuple>
#include <type_traits>
#include <vector>

#include "src/core/error.h"

namespace facemat {
namespace {

torch::Tensor crop_like_parts(const torch::Tensor& x, const torch::Tensor& ref) {
  return x.slice(-2, 0, ref.size(-2)).slice(-1, 0, ref.size(-1));
}

torch::Tensor state_like_parts(const torch::Tensor& state, const torch::Tensor& x) { return state.expand_as(x); }

torch::Tensor resize_like_parts(const torch::Tensor& x, const torch::Tensor& ref, bool align_corners) {
  return torch::upsample_bilinear2d(x, {ref.size(-2), ref.size(-1)}, align_corners);
}

torch::Tensor resize_by_parts(const torch::Tensor& x, const torch::Tensor& ratio) {
  const float factor = ratio.item<float>();
  const auto scaled = [&](int64_t size) { return static_cast<int64_t>(std::floor(static_cast<float>(size) * factor)); };
  const int64_t height = scaled(x.size(-2)), width = scaled(x.size(-1));
  require(height > 0 && width > 0, "a ratio of {} leaves nothing of {}x{} pixels", factor, x.size(-1), x.size(-2));
  return torch::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false, factor, factor);
}

torch::Tensor pad_to_multiple_parts(const torch::Tensor& x, int64_t multiple) {
  const auto missing = [&](int64_t size) { return (multiple - size % multiple) % multiple; };
  const int64_t down = missing(x.size(-2)), right = missing(x.size(-1));
  // Not x itself: the tracer knows tensors by what they are, and would take x for this operator's result from here on.
  return down == 0 && right == 0 ? x.alias() : torch::replication_pad2d(x, {0, right, 0, down});
}

// LibTorch has no loop for short types on the CPU.
torch::Tensor unpool_like_parts(const torch::Tensor& x, const torch::Tensor& map) {
  require(map.size(-2) == 2 * x.size(-2) && map.size(-1) == 2 * x.size(-1), "{}x{} values cannot be laid out on a map of {}x{}",
          x.size(-1), x.size(-2), map.size(-1), map.size(-2));
  const torch::Tensor places = std::get<1>(torch::max_pool2d_with_indices(map.detach(), 2));
  const bool is_short = x.scalar_type() == torch::kBFloat16 || x.scalar_type() == torch::kHalf;
  const torch::Tensor wide = is_short ? x.to(torch::kFloat32) : x;
  return torch::max_unpool2d(wide, places, {map.size(-2), map.size(-1)}).to(x.scalar_type());
}

torch::Tensor fold_like_parts(const torch::Tensor& columns, const torch::Tensor& grid, int64_t side, int64_t stride,
                              int64_t padding) {
  const auto length = [&](int64_t places) { return (places - 1) * stride + side - 2 * padding; };
  return torch::col2im(columns, {length(grid.size(-2)), length(grid.size(-1))}, {side, side}, {1, 1}, {padding, padding},
                       {stride, stride});
}

torch::Tensor add_to_diagonal_parts(const torch::Tensor& x, const torch::Tensor& d) {
  return x + torch::diag_embed(d.squeeze(1));
}

TORCH_LIBRARY(facemat, library) {
  library.def("crop_like(Tensor x, Tensor ref) -> Tensor", crop_like_parts);
  library.def("state_like(Tensor state, Tensor x) -> Tensor", state_like_parts);
  library.def("resize_like(Tensor x, Tensor ref, bool align_corners) -> Tensor", resize_like_parts);
  library.def("resize_by(Tensor x, Tensor ratio) -> Tensor", resize_by_parts);
  library.def("pad_to_multiple(Tensor x, int multiple) -> Tensor", pad_to_multiple_parts);
  library.def("unpool_like(Tensor x, Tensor map) -> Tensor", unpool_like_parts);
  library.def("fold_like(Tensor columns, Tensor grid, int side, int stride, int padding) -> Tensor", fold_like_parts);
  library.def("add_to_diagonal(Tensor x, Tensor d) -> Tensor", add_to_diagonal_parts);
}

// As operators are declared above: tensors by reference, numbers by value.
template <typename T>
using Declared = std::conditional_t<std::is_same_v<T, torch::Tensor>, const torch::Tensor&, T>;

template <typename... T>
torch::Tensor call(const char* name, const T&... arguments) {
  const c10::OperatorHandle schema = c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
  return schema.typed<torch::Tensor(Declared<T>...)>().call(arguments...);
}

}  // namespace

torch::Tensor crop_like(const torch::Tensor& x, const torch::Tensor& ref) { return call("facemat::crop_like", x, ref); }

torch::Tensor state_like(const torch::Tensor& state, const torch::Tensor& x) { return call("facemat::state_like", state, x); }

torch::Tensor resize_like(const torch::Tensor& x, const torch::Tensor& ref, bool align_corners) {
  return call("facemat::resize_like", x, ref, align_corners);
}

torch::Tensor resize_by(const torch::Tensor& x, const torch::Tensor& ratio) { return call("facemat::resize_by", x, ratio); }

torch::Tensor resize_by(const torch::Tensor& x, double factor) {
  namespace F = torch::nn::functional;
  return F::interpolate(x, F::InterpolateFuncOptions()
                               .scale_factor(std::vector<double>{factor, factor})
                               .mode(torch::kBilinear)
                               .align_corners(false)
                               .recompute_scale_factor(false));
}

torch::Tensor pad_to_multiple(const torch::Tensor& x, int64_t multiple) {
  return call("facemat::pad_to_multiple", x, multiple);
}

torch::Tensor unpool_like(const torch::Tensor& x, const torch::Tensor& map) { return call("facemat::unpool_like", x, map); }

torch::Tensor fold_like(const torch::Tensor& columns, const torch::Tensor& grid, int64_t side, int64_t stride,
                        int64_t padding) {
  return call("facemat::fold_like", columns, grid, side, stride, padding);
}

torch::Tensor add_to_diagonal(const torch::Tensor& x, const torch::Tensor& d) { return call("facemat::add_to_diagonal", x, d); }

}  // namespace facemat
