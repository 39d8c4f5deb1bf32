#pragma once
// Sizes of everything in a graph, as far as they can be known before it runs: numbers where inputs have fixed sizes, names
// elsewhere. Equal names mean equal sizes: "height_2" is half of "height", rounded up, "height_by_0.4" and "height_small" are
// what a resize by a fixed ratio and by one that is an input make of it, "height_padded" is a multiple of what the network
// takes.

#include "export/graph/graph.h"

namespace facemat {

struct Shapes {
  std::map<std::string, Dimensions> sizes;   // of every tensor whose rank is known
  std::map<std::string, Dimensions> values;  // of int64 vectors, such as what Shape gives
};

// Throws Error for operators whose inputs do not fit.
Shapes infer_shapes(const Graph& graph);

bool is_known(const Dimension& dimension);              // a number, or a name
bool same(const Dimension& a, const Dimension& b);      // known, and equal
bool same(const Dimensions& a, const Dimensions& b);    // known, and equal
bool is_fixed(const Dimensions& dimensions);            // numbers alone
std::vector<int64_t> fixed_sizes(const Dimensions& d);  // of fixed ones

// The channels of a map [N,C,H,W]; 0 if they are not known.
int64_t channels_of(const Shapes& shapes, const std::string& name);

}  // namespace facemat
