#include "export/operators/translators.h"

namespace facemat {
namespace {

// Sizes from `first` up to `last` of `x`, as a vector.
std::string sizes_of(const Call& call, OnnxWriter& onnx, const std::string& x, int64_t first, int64_t last,
                     const std::string& name) {
  onnx.node("Shape", {x}, {call.inner(name)}, {{"start", first}, {"end", last}});
  return call.inner(name);
}

// error [N,1,h,w] -> [N,h w].
std::string flat_error(const Call& call, OnnxWriter& onnx) {
  onnx.node("Reshape", {call.tensor("error"), onnx.integers({0, -1})}, {call.inner("flat")});
  return call.inner("flat");
}

// floor(h w share) in float32, at least 1.
std::string cell_count(const Call& call, OnnxWriter& onnx, const std::string& flat) {
  onnx.node("Cast", {sizes_of(call, onnx, flat, 1, 2, "all")}, {call.inner("all_float")}, {{"to", kFloatType}});
  onnx.node("Mul", {call.inner("all_float"), onnx.scalar(call.number("share"))}, {call.inner("part")});
  onnx.node("Floor", {call.inner("part")}, {call.inner("whole")});
  onnx.node("Max", {call.inner("whole"), onnx.scalar(1)}, {call.inner("some")});
  onnx.node("Cast", {call.inner("some")}, {call.inner("count")}, {{"to", kIntegerType}});
  return call.inner("count");
}

// The number of each one's map, for `numbers` [N,k] of cells.
std::string map_numbers(const Call& call, OnnxWriter& onnx, const std::string& numbers) {
  const std::string maps = sizes_of(call, onnx, call.tensor("error"), 0, 1, "maps");
  onnx.node("Reshape", {maps, onnx.integers({})}, {call.inner("map_count")});
  onnx.node("Range", {onnx.integer(0), call.inner("map_count"), onnx.integer(1)}, {call.inner("each_map")});
  onnx.node("Reshape", {call.inner("each_map"), onnx.integers({-1, 1})}, {call.inner("map_column")});
  onnx.node("Shape", {numbers}, {call.inner("numbers_size")});
  onnx.node("Expand", {call.inner("map_column"), call.inner("numbers_size")}, {call.inner("map")});
  return call.inner("map");
}

}  // namespace

void translate_largest_cells(const Call& call, OnnxWriter& onnx) {
  const std::string flat = flat_error(call, onnx), count = cell_count(call, onnx, flat), numbers = call.inner("numbers");
  onnx.node("TopK", {flat, count}, {call.inner("largest"), numbers},
            {{"axis", int64_t{1}}, {"largest", int64_t{1}}, {"sorted", int64_t{1}}});
  // A width is never 0, but whoever runs the graph has to see that (check_divisions in src/runtime/onnx/divisions.h).
  const std::string width = call.inner("across");
  onnx.node("Max", {sizes_of(call, onnx, call.tensor("error"), 3, 4, "width"), onnx.integers({1})}, {width});
  onnx.node("Div", {numbers, width}, {call.inner("row")});
  onnx.node("Mod", {numbers, width}, {call.inner("column")});
  std::vector<std::string> parts;
  for (const std::string& part : {map_numbers(call, onnx, numbers), call.inner("row"), call.inner("column")}) {
    onnx.node("Reshape", {part, onnx.integers({-1, 1})}, {part + "_of_cell"});
    parts.push_back(part + "_of_cell");
  }
  onnx.node("Concat", parts, {call.result()}, {{"axis", int64_t{1}}});
}

void translate_cells_above(const Call& call, OnnxWriter& onnx) {
  const std::string flat = flat_error(call, onnx), first = call.inner("first"), error = call.tensor("error");
  onnx.node("Greater", {flat, onnx.scalar(call.number("threshold"))}, {call.inner("above")});
  onnx.node("Cast", {call.inner("above")}, {call.inner("chosen")}, {{"to", kIntegerType}});
  onnx.node("ArgMax", {flat}, {first}, {{"axis", int64_t{1}}, {"keepdims", int64_t{1}}});
  onnx.node("Shape", {first}, {call.inner("first_size")});
  onnx.node("Expand", {onnx.integers({1}), call.inner("first_size")}, {call.inner("ones")});
  onnx.node("ScatterElements", {call.inner("chosen"), first, call.inner("ones")}, {call.inner("all")}, {{"axis", int64_t{1}}});
  onnx.node("Concat", {sizes_of(call, onnx, error, 0, 1, "maps"), sizes_of(call, onnx, error, 2, 4, "grid")},
            {call.inner("grids")}, {{"axis", int64_t{0}}});
  onnx.node("Reshape", {call.inner("all"), call.inner("grids")}, {call.inner("on_grid")});
  onnx.node("NonZero", {call.inner("on_grid")}, {call.inner("columns")});
  onnx.node("Transpose", {call.inner("columns")}, {call.result()}, {{"perm", std::vector<int64_t>{1, 0}}});
}

// Pixel by pixel, all channels of one at once: each is named by its map, its row and its column.
void translate_patches_at(const Call& call, OnnxWriter& onnx) {
  const int64_t side = call.integer("side"), padding = call.integer("padding"), whole = side + 2 * padding;
  const auto offsets = torch::zeros({whole, whole, 3}, torch::kInt64), along = torch::arange(whole, torch::kInt64);
  offsets.select(2, 1).copy_(along.view({whole, 1}).expand({whole, whole}));
  offsets.select(2, 2).copy_(along.view({1, whole}).expand({whole, whole}));
  onnx.node("Pad", {call.tensor("x"), onnx.integers({0, 0, padding, padding, 0, 0, padding, padding})}, {call.inner("padded")});
  onnx.node("Transpose", {call.inner("padded")}, {call.inner("pixels")}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}});
  onnx.node("Mul", {call.tensor("cells"), onnx.integers({1, side, side})}, {call.inner("corners")});
  onnx.node("Reshape", {call.inner("corners"), onnx.integers({-1, 1, 1, 3})}, {call.inner("corner")});
  onnx.node("Add", {call.inner("corner"), onnx.constant("/offsets/" + std::to_string(whole), offsets)}, {call.inner("places")});
  onnx.node("GatherND", {call.inner("pixels"), call.inner("places")}, {call.inner("gathered")});
  onnx.node("Transpose", {call.inner("gathered")}, {call.result()}, {{"perm", std::vector<int64_t>{0, 3, 1, 2}}});
}

// x [N,C,h side,w side] as [N,h,w,C,side,side], where a cell is one entry.
void translate_with_patches(const Call& call, OnnxWriter& onnx) {
  const std::string x = call.tensor("x"), side = onnx.integers({call.integer("side")});
  onnx.node("Div", {sizes_of(call, onnx, x, 2, 3, "height"), side}, {call.inner("rows")});
  onnx.node("Div", {sizes_of(call, onnx, x, 3, 4, "width"), side}, {call.inner("columns")});
  onnx.node("Concat", {sizes_of(call, onnx, x, 0, 2, "maps"), call.inner("rows"), side, call.inner("columns"), side},
            {call.inner("split_size")}, {{"axis", int64_t{0}}});
  onnx.node("Reshape", {x, call.inner("split_size")}, {call.inner("split")});
  onnx.node("Transpose", {call.inner("split")}, {call.inner("grid")}, {{"perm", std::vector<int64_t>{0, 2, 4, 1, 3, 5}}});
  onnx.node("ScatterND", {call.inner("grid"), call.tensor("cells"), call.tensor("patches")}, {call.inner("filled")});
  onnx.node("Transpose", {call.inner("filled")}, {call.inner("joined")}, {{"perm", std::vector<int64_t>{0, 3, 1, 4, 2, 5}}});
  onnx.node("Shape", {x}, {call.inner("size")});
  onnx.node("Reshape", {call.inner("joined"), call.inner("size")}, {call.result()});
}

}  // namespace facemat
