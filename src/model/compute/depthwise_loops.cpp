#include "src/model/compute/depthwise_loops.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "src/core/vector_units.h"
#include "src/model/compute/shares.h"

namespace facemat {
namespace {

// Calls body(first channel, count as a constant) for groups of channels small enough to stay in registers.
template <typename Body>
inline __attribute__((always_inline)) void for_channel_groups(int64_t channels, const Body& body) {
  int64_t c = 0;
  for (; c + 16 <= channels; c += 16) body(c, std::integral_constant<int, 16>());
  for (; c + 8 <= channels; c += 8) body(c, std::integral_constant<int, 8>());
  for (; c < channels; ++c) body(c, std::integral_constant<int, 1>());
}

// Where an input sample's gradient comes from: an output sample and the tap that led there, as offsets of their channels.
struct Source {
  int64_t output, tap;
};

// The output samples of a line that see input sample `at`, with their taps.
template <typename Body>
void for_outputs(int64_t at, int64_t outputs, const DepthwiseShape& s, const Body& body) {
  for (int64_t tap = 0; tap < s.kernel; ++tap) {
    const int64_t start = at + s.padding - tap * s.dilation;
    if (start >= 0 && start % s.stride == 0 && start / s.stride < outputs) body(start / s.stride, tap);
  }
}

template <typename T>
FACEMAT_CLONES void gather(const T* __restrict dy, const Computed<T>* __restrict weight, const std::vector<Source>& sources,
                           int64_t channels, T* __restrict dx) {
  for_channel_groups(channels, [&](int64_t c, auto count) {
    Computed<T> sum[count.value] = {};
    for (const Source& source : sources)
      for (int k = 0; k < count.value; ++k) sum[k] += load(dy[source.output + c + k]) * weight[source.tap + c + k];
    for (int k = 0; k < count.value; ++k) store(sum[k], dx[c + k]);
  });
}

// What output lines `first` .. `last` - 1 (of all maps) add to the weight's gradient, for `count` channels from c.
template <int count, typename T>
FACEMAT_CLONES void depthwise_weight_gradient_lines(const T* __restrict dy, const T* __restrict x, int64_t first, int64_t last,
                                                    int64_t c, const DepthwiseShape& s, double* __restrict sums) {
  for (int64_t line = first; line < last; ++line)
    for (int64_t i = 0; i < s.kernel; ++i) {
      const int64_t y = line % s.out_height * s.stride - s.padding + i * s.dilation;
      if (y < 0 || y >= s.height) continue;
      const T* from = x + (line / s.out_height * s.height + y) * s.width * s.channels + c;
      for (int64_t j = 0; j < s.kernel; ++j) {
        Computed<T> sum[count] = {};
        for (int64_t o = 0; o < s.out_width; ++o) {
          const int64_t at = o * s.stride - s.padding + j * s.dilation;
          if (at < 0 || at >= s.width) continue;
          const T *g = dy + (line * s.out_width + o) * s.channels + c, *value = from + at * s.channels;
          for (int k = 0; k < count; ++k) sum[k] += load(g[k]) * load(value[k]);
        }
        for (int k = 0; k < count; ++k) sums[(i * s.kernel + j) * s.channels + c + k] += sum[k];
      }
    }
}

}  // namespace

template <typename T>
void depthwise_input_gradient(const T* dy, const Computed<T>* weight, const DepthwiseShape& s, T* dx) {
  for_shares(s.maps * s.height, [&](int64_t, int64_t first, int64_t last) {
    std::vector<Source> sources;
    for (int64_t row = first; row < last; ++row)
      for (int64_t x = 0; x < s.width; ++x) {
        sources.clear();
        for_outputs(row % s.height, s.out_height, s, [&](int64_t out_y, int64_t i) {
          for_outputs(x, s.out_width, s, [&](int64_t out_x, int64_t j) {
            sources.push_back({(out_y * s.out_width + out_x) * s.channels, (i * s.kernel + j) * s.channels});
          });
        });
        gather(dy + row / s.height * s.out_height * s.out_width * s.channels, weight, sources, s.channels,
               dx + (row * s.width + x) * s.channels);
      }
  });
}

// Shared by groups of channels, and by lines where these are few: then each share sums by itself.
template <typename T>
void depthwise_weight_gradient(const T* dy, const T* x, const DepthwiseShape& s, double* sums) {
  constexpr int64_t kGroup = 16;
  const int64_t lines = s.maps * s.out_height, groups = (s.channels + kGroup - 1) / kGroup;
  const int64_t parts = std::clamp<int64_t>(kShares / groups, 1, lines), size = s.kernel * s.kernel * s.channels;
  std::vector<double> partial(static_cast<size_t>(parts * size), 0.0);
  at::parallel_for(0, groups * parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t part = task / groups, first = task % groups * kGroup;
      for_channel_groups(std::min(kGroup, s.channels - first), [&](int64_t c, auto count) {
        depthwise_weight_gradient_lines<count.value>(dy, x, part * lines / parts, (part + 1) * lines / parts, first + c, s,
                                                     partial.data() + part * size);
      });
    }
  });
  std::copy_n(partial.begin(), size, sums);
  for (int64_t i = size; i < parts * size; ++i) sums[i % size] += partial[static_cast<size_t>(i)];
}

#define FACEMAT_INSTANTIATE(T, C)                                                        \
  template void depthwise_input_gradient(const T*, const C*, const DepthwiseShape&, T*); \
  template void depthwise_weight_gradient(const T*, const T*, const DepthwiseShape&, double*);
FACEMAT_INSTANTIATE(float, float)
FACEMAT_INSTANTIATE(double, double)
FACEMAT_INSTANTIATE(Bf16, float)
#undef FACEMAT_INSTANTIATE

}  // namespace facemat
