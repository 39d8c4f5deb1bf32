#pragma once
// Patches of maps: which cells of a grid deserve one, taking them out with what lies around them, putting them back. Registered
// as the operators of traced_ops.h are, so that a traced graph chooses anew for every frame; the exporter writes them with
// TopK, NonZero, GatherND and ScatterND.
//
// A grid of h x w square cells lies over each of N maps. `cells` [P,3] int64 names some of them, each once: its map, its row,
// its column.

#include <torch/torch.h>

namespace facemat {

// The cells of error [N,1,h,w] with the largest values: of each map floor(h w share) of them (in float32; at least one, at most
// all), the largest first; of equal ones those that come first. share: 0..1; h w below 2^24. Nothing is differentiated.
torch::Tensor largest_cells(const torch::Tensor& error, double share);

// The cells of error [N,1,h,w] above `threshold` in the order of the maps, and of each map the first of its largest in any
// case: there is always something to compute with.
torch::Tensor cells_above(const torch::Tensor& error, double threshold);

// What x [N,C,h side,w side] has at `cells` and `padding` pixels around them, zeros beyond its borders: [P,C,s,s], s = side +
// 2 padding. 2 padding is a multiple of side. The gradient is summed in one order whatever the number of threads.
torch::Tensor patches_at(const torch::Tensor& x, const torch::Tensor& cells, int64_t side, int64_t padding);

// x [N,C,h side,w side] with `patches` [P,C,side,side] at `cells`.
torch::Tensor with_patches(const torch::Tensor& x, const torch::Tensor& patches, const torch::Tensor& cells, int64_t side);

}  // namespace facemat
