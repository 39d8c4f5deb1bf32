#pragma once
// What the passes over feature maps on the CPU have in common (norm_loops.h, join_loops.h, depthwise_loops.h, gru_loops.h).
// A map [N,C,H,W] lies in memory in channels-last order, as rows (pixels) of C numbers. Each pass reads and writes every number
// once; LibTorch's own operators for the same need several passes, and are slow in this layout. No autograd here: norm.cpp,
// join.cpp, depthwise.cpp and conv_gru.cpp say what is differentiated by what.
//
// All passes share the work by fixed shares, so results do not depend on the number of threads. Instantiated for the
// types of numbers.h. Their sources are compiled with -O3 (CMakeLists.txt): the loops are written to be vectorised.

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace facemat {

inline constexpr int64_t kShares = 64;  // of the rows, so that sums do not depend on the number of threads

// body(share, first row, last row), the shares in parallel.
template <typename Body>
void for_shares(int64_t rows, const Body& body) {
  const int64_t size = (rows + kShares - 1) / kShares;
  at::parallel_for(0, (rows + size - 1) / size, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) body(i, i * size, std::min(rows, (i + 1) * size));
  });
}

// Sums that each share makes by itself, added in order.
template <typename Body>
void shared_sums(int64_t rows, int64_t count, double* sums, const Body& body) {
  std::vector<double> partial(static_cast<size_t>(kShares * count), 0.0);
  for_shares(rows, [&](int64_t share, int64_t first, int64_t last) { body(first, last, partial.data() + share * count); });
  std::fill(sums, sums + count, 0.0);
  for (int64_t share = 0; share < kShares; ++share)
    for (int64_t i = 0; i < count; ++i) sums[i] += partial[static_cast<size_t>(share * count + i)];
}

}  // namespace facemat
