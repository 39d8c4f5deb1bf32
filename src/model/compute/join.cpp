#include "src/model/compute/join.h"

#include <algorithm>
#include <numeric>

#include "src/model/compute/join_loops.h"
#include "src/model/compute/layout.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct JoinFunction : torch::autograd::Function<JoinFunction> {
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, torch::TensorList sides) {
    std::vector<int64_t> channels{x.size(1)};
    for (const auto& side : sides) channels.push_back(side.size(1));
    ctx->saved_data["channels"] = channels;
    ctx->saved_data["low"] = std::vector<int64_t>{x.size(2), x.size(3)};
    const int64_t total = std::accumulate(channels.begin(), channels.end(), int64_t{0});
    const auto out = empty_map(x, x.size(0), total, sides[0].size(2), sides[0].size(3));
    with_type(x, [&](auto zero) {
      using T = decltype(zero);
      const UpsampleShape shape{x.size(0), x.size(1), x.size(2), x.size(3), out.size(2), out.size(3)};
      upsample_twice(read<T>(x), shape, write_channels<T>(out, 0));
      int64_t offset = channels[0];
      for (const auto& side : sides) {
        copy_channels(read_channels<T>(side, 0), write_channels<T>(out, offset), row_count(out), side.size(1));
        offset += side.size(1);
      }
    });
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto g = channels_last(gradients[0]);
    const auto channels = ctx->saved_data["channels"].toIntVector(), low = ctx->saved_data["low"].toIntVector();
    variable_list parts(channels.size());
    with_type(g, [&](auto zero) {
      using T = decltype(zero);
      if (ctx->needs_input_grad(0)) {
        parts[0] = empty_map(g, g.size(0), channels[0], low[0], low[1]);
        const UpsampleShape shape{g.size(0), channels[0], low[0], low[1], g.size(2), g.size(3)};
        upsample_twice_gradient(read_channels<T>(g, 0), shape, write<T>(parts[0]));
      }
      int64_t offset = channels[0];
      for (size_t i = 1; i < parts.size(); offset += channels[i++]) {
        if (!ctx->needs_input_grad(i)) continue;
        parts[i] = empty_map(g, g.size(0), channels[i], g.size(2), g.size(3));
        copy_channels(read_channels<T>(g, offset), write_channels<T>(parts[i], 0), row_count(g), channels[i]);
      }
    });
    return parts;
  }
};

}  // namespace

torch::Tensor join_upsampled(const torch::Tensor& x, const std::vector<torch::Tensor>& sides) {
  if (has_channels_last_rows(x) && std::all_of(sides.begin(), sides.end(), has_channels_last_rows)) {
    std::vector<torch::Tensor> of_one_type;  // frames may be float beside maps of bfloat16
    for (const auto& side : sides) of_one_type.push_back(side.to(x.scalar_type()));
    return JoinFunction::apply(x, torch::TensorList(of_one_type));
  }
  std::vector<torch::Tensor> parts{crop_like(resize_by(x, 2), sides[0])};
  parts.insert(parts.end(), sides.begin(), sides.end());
  return torch::cat(parts, 1);
}

}  // namespace facemat
