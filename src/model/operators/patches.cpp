#include "src/model/operators/patches.h"

#include <torch/library.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "src/core/error.h"

namespace facemat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [N,k] numbers of cells of maps that are `width` cells wide -> [N k,3].
torch::Tensor cells_of(const torch::Tensor& numbers, int64_t width) {
  const auto map = torch::arange(numbers.size(0), numbers.options()).unsqueeze(1).expand_as(numbers);
  return torch::stack({map, numbers.div(width, "floor"), numbers.remainder(width)}, 2).view({-1, 3});
}

torch::Tensor largest_cells_parts(const torch::Tensor& error, double share) {
  const auto flat = error.detach().flatten(1);
  const auto wanted = std::floor(static_cast<float>(flat.size(1)) * static_cast<float>(share));
  const auto count = std::clamp<int64_t>(static_cast<int64_t>(wanted), 1, flat.size(1));
  const auto order = std::get<1>(torch::sort(flat, /*stable=*/true, /*dim=*/1, /*descending=*/true));
  return cells_of(order.narrow(1, 0, count), error.size(3));
}

torch::Tensor cells_above_parts(const torch::Tensor& error, double threshold) {
  const auto flat = error.detach().flatten(1);
  const auto chosen = (flat > threshold).scatter(1, flat.argmax(1, /*keepdim=*/true), true);
  return chosen.view({error.size(0), error.size(2), error.size(3)}).nonzero().contiguous();
}

// Where the part `down`, `right` cells away from each cell lies, in a grid over a padded map.
std::array<torch::Tensor, 3> moved(const torch::Tensor& cells, int64_t down, int64_t right) {
  return {cells.select(1, 0), cells.select(1, 1) + down, cells.select(1, 2) + right};
}

// x [N,C,h side,w side] as [N,h,w,C,side,side], sharing its memory.
torch::Tensor as_grid(const torch::Tensor& x, int64_t side) {
  return x.unflatten(3, {x.size(3) / side, side}).unflatten(2, {x.size(2) / side, side}).permute({0, 2, 4, 1, 3, 5});
}

// Patches with their channels last: [P,s,s,C].
struct PatchesFunction : torch::autograd::Function<PatchesFunction> {
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& cells, int64_t side,
                               int64_t padding) {
    ctx->save_for_backward({cells});
    ctx->saved_data["sizes"] = x.sizes().vec();
    ctx->saved_data["side"] = side;
    ctx->saved_data["padding"] = padding;
    const int64_t whole = side + 2 * padding;
    const auto offset = torch::arange(whole, cells.options());
    const auto of_cell = [&](int64_t axis) { return cells.select(1, axis).contiguous().view({-1, 1, 1}); };
    const auto row = of_cell(1) * side + offset.view({1, whole, 1}), column = of_cell(2) * side + offset.view({1, 1, whole});
    const auto padded = torch::constant_pad_nd(x, {padding, padding, padding, padding});
    return padded.permute({0, 2, 3, 1}).index({of_cell(0), row, column});
  }

  // Patches of neighbours overlap. Their parts of one cell each do not as long as they are equally far from the patch's centre,
  // so one such layer after the other is added, each value to a place of its own.
  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto cells = ctx->get_saved_variables()[0];
    const auto sizes = ctx->saved_data["sizes"].toIntVector();
    const int64_t side = ctx->saved_data["side"].toInt(), padding = ctx->saved_data["padding"].toInt();
    const int64_t layers = 1 + 2 * padding / side;
    const auto padded =
        torch::zeros({sizes[0], sizes[1], sizes[2] + 2 * padding, sizes[3] + 2 * padding}, gradients[0].options());
    torch::Tensor grid = as_grid(padded, side);
    const auto dy = gradients[0].permute({0, 3, 1, 2});
    for (int64_t down = 0; down < layers; ++down)
      for (int64_t right = 0; right < layers; ++right) {
        const auto part = dy.narrow(2, down * side, side).narrow(3, right * side, side);
        const auto [map, row, column] = moved(cells, down, right);
        grid.index_put_({map, row, column}, grid.index({map, row, column}) + part);
      }
    return {padded.narrow(2, padding, sizes[2]).narrow(3, padding, sizes[3]), {}, {}, {}};
  }
};

torch::Tensor patches_at_parts(const torch::Tensor& x, const torch::Tensor& cells, int64_t side, int64_t padding) {
  require(side > 0 && padding >= 0 && 2 * padding % side == 0, "patches of cells of {} pixels have no {} around them", side,
          padding);
  return PatchesFunction::apply(x, cells, side, padding).permute({0, 3, 1, 2});
}

torch::Tensor with_patches_parts(const torch::Tensor& x, const torch::Tensor& patches, const torch::Tensor& cells,
                                 int64_t side) {
  const auto [map, row, column] = moved(cells, 0, 0);
  const auto whole = x.clone();
  torch::Tensor grid = as_grid(whole, side);
  grid.index_put_({map, row, column}, patches);
  return whole;
}

TORCH_LIBRARY_FRAGMENT(facemat, library) {
  library.def("largest_cells(Tensor error, float share) -> Tensor", largest_cells_parts);
  library.def("cells_above(Tensor error, float threshold) -> Tensor", cells_above_parts);
  library.def("patches_at(Tensor x, Tensor cells, int side, int padding) -> Tensor", patches_at_parts);
  library.def("with_patches(Tensor x, Tensor patches, Tensor cells, int side) -> Tensor", with_patches_parts);
}

template <typename Function, typename... Arguments>
torch::Tensor call(const char* name, const Arguments&... arguments) {
  const c10::OperatorHandle schema = c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
  return schema.typed<Function>().call(arguments...);
}

}  // namespace

torch::Tensor largest_cells(const torch::Tensor& error, double share) {
  return call<decltype(largest_cells_parts)>("facemat::largest_cells", error, share);
}

torch::Tensor cells_above(const torch::Tensor& error, double threshold) {
  return call<decltype(cells_above_parts)>("facemat::cells_above", error, threshold);
}

torch::Tensor patches_at(const torch::Tensor& x, const torch::Tensor& cells, int64_t side, int64_t padding) {
  return call<decltype(patches_at_parts)>("facemat::patches_at", x, cells, side, padding);
}

torch::Tensor with_patches(const torch::Tensor& x, const torch::Tensor& patches, const torch::Tensor& cells, int64_t side) {
  return call<decltype(with_patches_parts)>("facemat::with_patches", x, patches, cells, side);
}

}  // namespace facemat
