#include "src/model/compute/traced_ops.h"

#include <torch/library.h>

#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

torch::Tensor crop_like_parts(const torch::Tensor& x, const torch::Tensor& ref) {
  return x.slice(-2, 0, ref.size(-2)).slice(-1, 0, ref.size(-1));
}

torch::Tensor state_like_parts(const torch::Tensor& state, const torch::Tensor& x) { return state.expand_as(x); }

torch::Tensor resize_like_parts(const torch::Tensor& x, const torch::Tensor& ref) {
  return torch::upsample_bilinear2d(x, {ref.size(-2), ref.size(-1)}, /*align_corners=*/false);
}

torch::Tensor resize_by_parts(const torch::Tensor& x, const torch::Tensor& ratio) {
  const float factor = ratio.item<float>();
  const auto scaled = [&](int64_t size) { return static_cast<int64_t>(std::floor(static_cast<float>(size) * factor)); };
  const int64_t height = scaled(x.size(-2)), width = scaled(x.size(-1));
  require(height > 0 && width > 0, "a ratio of {} leaves nothing of {}x{} pixels", factor, x.size(-1), x.size(-2));
  return torch::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false, factor, factor);
}

TORCH_LIBRARY(facemat, library) {
  library.def("crop_like(Tensor x, Tensor ref) -> Tensor", crop_like_parts);
  library.def("state_like(Tensor state, Tensor x) -> Tensor", state_like_parts);
  library.def("resize_like(Tensor x, Tensor ref) -> Tensor", resize_like_parts);
  library.def("resize_by(Tensor x, Tensor ratio) -> Tensor", resize_by_parts);
}

using Binary = torch::Tensor(const torch::Tensor&, const torch::Tensor&);

torch::Tensor call(const char* name, const torch::Tensor& a, const torch::Tensor& b) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Binary>().call(a, b);
}

}  // namespace

torch::Tensor crop_like(const torch::Tensor& x, const torch::Tensor& ref) { return call("facemat::crop_like", x, ref); }

torch::Tensor state_like(const torch::Tensor& state, const torch::Tensor& x) { return call("facemat::state_like", state, x); }

torch::Tensor resize_like(const torch::Tensor& x, const torch::Tensor& ref) { return call("facemat::resize_like", x, ref); }

torch::Tensor resize_by(const torch::Tensor& x, const torch::Tensor& ratio) { return call("facemat::resize_by", x, ratio); }

}  // namespace facemat
