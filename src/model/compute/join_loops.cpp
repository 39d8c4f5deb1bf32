#include "src/model/compute/join_loops.h"

#include <algorithm>
#include <vector>

#include "src/core/vector_units.h"
#include "src/model/compute/numbers.h"
#include "src/model/compute/shares.h"

namespace facemat {
namespace {

template <typename From, typename To>
FACEMAT_CLONES void blend(const From* __restrict a, const From* __restrict b, Computed<To> weight_a, Computed<To> weight_b,
                          int64_t count, To* __restrict out) {
  for (int64_t i = 0; i < count; ++i) store(weight_a * load(a[i]) + weight_b * load(b[i]), out[i]);
}

template <typename T>
FACEMAT_CLONES void add_scaled(const T* __restrict from, Computed<T> weight, int64_t count, Computed<T>* __restrict to) {
  for (int64_t i = 0; i < count; ++i) to[i] += weight * load(from[i]);
}

template <typename T>
FACEMAT_CLONES void store_all(const Computed<T>* __restrict from, int64_t count, T* __restrict to) {
  for (int64_t i = 0; i < count; ++i) store(from[i], to[i]);
}

// Sample o of an upsampled line takes 3/4 of its nearest low sample and 1/4 of the next one on its side; the line's ends take
// the whole of theirs.
int64_t nearest(int64_t o) { return o / 2; }
int64_t second_nearest(int64_t o, int64_t low) { return std::clamp<int64_t>(o % 2 == 0 ? o / 2 - 1 : o / 2 + 1, 0, low - 1); }

// Low sample i's shares in the upsampled samples 2i - 1 .. 2i + 2 (as far as they lie within 0 .. count - 1).
struct Shares {
  int64_t first, last;  // last excluded
  double weight[4];     // of sample first, first + 1, ...
};

Shares shares_of(int64_t i, int64_t low, int64_t count) {
  Shares shares{std::max<int64_t>(0, 2 * i - 1), std::min<int64_t>(count, 2 * i + 3), {}};
  for (int64_t o = shares.first; o < shares.last; ++o)
    shares.weight[o - shares.first] = (nearest(o) == i ? 0.75 : 0) + (second_nearest(o, low) == i ? 0.25 : 0);
  return shares;
}

}  // namespace

template <typename T>
void copy_channels(Channels<const T> from, Channels<T> to, int64_t rows, int64_t channels) {
  for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row)
      std::copy_n(from.first + row * from.stride, channels, to.first + row * to.stride);
  });
}

template <typename T>
void upsample_twice(const T* low, const UpsampleShape& s, Channels<T> up) {
  using C = Computed<T>;
  const int64_t line = s.low_width * s.channels;
  for_shares(s.maps * s.height, [&](int64_t, int64_t first, int64_t last) {
    std::vector<C> between(static_cast<size_t>(line));  // the low lines' blend
    for (int64_t row = first; row < last; ++row) {
      const int64_t y = row % s.height;
      const T* map = low + row / s.height * s.low_height * line;
      blend(map + nearest(y) * line, map + second_nearest(y, s.low_height) * line, C(0.75), C(0.25), line, between.data());
      T* out = up.first + row * s.width * up.stride;
      for (int64_t x = 0; x < s.width; ++x, out += up.stride)
        blend(between.data() + nearest(x) * s.channels, between.data() + second_nearest(x, s.low_width) * s.channels, C(0.75),
              C(0.25), s.channels, out);
    }
  });
}

template <typename T>
void upsample_twice_gradient(Channels<const T> up, const UpsampleShape& s, T* low) {
  using C = Computed<T>;
  for_shares(s.maps * s.low_height, [&](int64_t, int64_t first, int64_t last) {
    std::vector<C> sum(static_cast<size_t>(s.channels));
    for (int64_t row = first; row < last; ++row) {
      const Shares lines = shares_of(row % s.low_height, s.low_height, s.height);
      const int64_t map = row / s.low_height;
      for (int64_t i = 0; i < s.low_width; ++i) {
        std::fill(sum.begin(), sum.end(), C(0));
        const Shares pixels = shares_of(i, s.low_width, s.width);
        for (int64_t y = lines.first; y < lines.last; ++y)
          for (int64_t x = pixels.first; x < pixels.last; ++x)
            add_scaled(up.first + ((map * s.height + y) * s.width + x) * up.stride,
                       C(lines.weight[y - lines.first] * pixels.weight[x - pixels.first]), s.channels, sum.data());
        store_all(sum.data(), s.channels, low + (row * s.low_width + i) * s.channels);
      }
    }
  });
}

#define FACEMAT_INSTANTIATE(T)                                                   \
  template void copy_channels(Channels<const T>, Channels<T>, int64_t, int64_t); \
  template void upsample_twice(const T*, const UpsampleShape&, Channels<T>);     \
  template void upsample_twice_gradient(Channels<const T>, const UpsampleShape&, T*);
FACEMAT_INSTANTIATE(float)
FACEMAT_INSTANTIATE(double)
FACEMAT_INSTANTIATE(Bf16)
#undef FACEMAT_INSTANTIATE

}  // namespace facemat
