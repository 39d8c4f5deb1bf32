#include "src/model/kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "src/core/vector_units.h"

namespace facemat {
namespace {

constexpr int64_t kShares = 64;  // of the rows, so that sums do not depend on the number of threads

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

template <Activation activation, typename T>
inline T activated(T z) {
  if (activation == Activation::kRelu) return z > 0 ? z : 0;
  if (activation == Activation::kHardSwish) {
    const T gate = z + 3 < 0 ? 0 : z + 3 > 6 ? 6 : z + 3;
    return z * gate * T(1.0 / 6);
  }
  return z;
}

// The activation's derivative; at the kinks as LibTorch has it.
template <Activation activation, typename T>
inline T slope_at(T z) {
  if (activation == Activation::kRelu) return z > 0 ? 1 : 0;
  if (activation == Activation::kHardSwish) return z < -3 ? T(0) : z <= 3 ? z * T(1.0 / 3) + T(0.5) : T(1);
  return 1;
}

// Calls body with the activation as a compile-time constant.
template <typename Body>
void with_activation(Activation activation, const Body& body) {
  switch (activation) {
    case Activation::kNone:
      return body(std::integral_constant<Activation, Activation::kNone>());
    case Activation::kRelu:
      return body(std::integral_constant<Activation, Activation::kRelu>());
    case Activation::kHardSwish:
      return body(std::integral_constant<Activation, Activation::kHardSwish>());
  }
}

template <typename T>
FACEMAT_CLONES void channel_sums_rows(const T* __restrict x, int64_t rows, int64_t channels, double* __restrict sum,
                                      double* __restrict square) {
  for (; rows > 0; --rows, x += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const double value = x[c];
      sum[c] += value;
      square[c] += value * value;
    }
}

template <Activation activation, typename T>
FACEMAT_CLONES void scale_shift_rows(const T* __restrict x, const T* __restrict scale, const T* __restrict shift, int64_t rows,
                                     int64_t channels, T* __restrict y) {
  for (; rows > 0; --rows, x += channels, y += channels)
    for (int64_t c = 0; c < channels; ++c) y[c] = activated<activation>(x[c] * scale[c] + shift[c]);
}

template <Activation activation, typename T>
FACEMAT_CLONES void scale_shift_sums_rows(const T* __restrict dy, const T* __restrict x, const T* __restrict scale,
                                          const T* __restrict shift, const T* __restrict mean, int64_t rows, int64_t channels,
                                          double* __restrict sum, double* __restrict product) {
  for (; rows > 0; --rows, x += channels, dy += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const T dz = dy[c] * slope_at<activation>(x[c] * scale[c] + shift[c]);
      sum[c] += dz;
      product[c] += static_cast<double>(dz) * static_cast<double>(x[c] - mean[c]);
    }
}

template <Activation activation, typename T>
FACEMAT_CLONES void scale_shift_gradient_rows(const T* __restrict dy, const T* __restrict x, const T* __restrict scale,
                                              const T* __restrict shift, const T* __restrict slope, const T* __restrict offset,
                                              int64_t rows, int64_t channels, T* __restrict dx) {
  for (; rows > 0; --rows, x += channels, dy += channels, dx += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const T dz = dy[c] * slope_at<activation>(x[c] * scale[c] + shift[c]);
      dx[c] = scale[c] * dz + slope[c] * x[c] + offset[c];
    }
}

template <typename T>
FACEMAT_CLONES void blend(const T* __restrict a, const T* __restrict b, T weight_a, T weight_b, int64_t count,
                          T* __restrict out) {
  for (int64_t i = 0; i < count; ++i) out[i] = weight_a * a[i] + weight_b * b[i];
}

template <typename T>
FACEMAT_CLONES void add_scaled(const T* __restrict from, T weight, int64_t count, T* __restrict to) {
  for (int64_t i = 0; i < count; ++i) to[i] += weight * from[i];
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
FACEMAT_CLONES void gather(const T* __restrict dy, const T* __restrict weight, const std::vector<Source>& sources,
                           int64_t channels, T* __restrict dx) {
  for_channel_groups(channels, [&](int64_t c, auto count) {
    T sum[count.value] = {};
    for (const Source& source : sources)
      for (int k = 0; k < count.value; ++k) sum[k] += dy[source.output + c + k] * weight[source.tap + c + k];
    for (int k = 0; k < count.value; ++k) dx[c + k] = sum[k];
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
        T sum[count] = {};
        for (int64_t o = 0; o < s.out_width; ++o) {
          const int64_t at = o * s.stride - s.padding + j * s.dilation;
          if (at < 0 || at >= s.width) continue;
          const T *g = dy + (line * s.out_width + o) * s.channels + c, *value = from + at * s.channels;
          for (int k = 0; k < count; ++k) sum[k] += g[k] * value[k];
        }
        for (int k = 0; k < count; ++k) sums[(i * s.kernel + j) * s.channels + c + k] += sum[k];
      }
    }
}

// e^x by Cody and Waite's reduction and a polynomial, within 2 units of the last place; unlike the library's it can be computed
// for many numbers at once.
inline float exponential(float x) {
  x = x < -87 ? -87 : x > 88 ? 88 : x;
  const float shifted = x * 1.44269504f + 12582912.f;  // 1.5 * 2^23: adding it rounds to whole numbers
  const float k = shifted - 12582912.f;
  const float f = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * f * f + f + 1;
  const int32_t exponent = (static_cast<int32_t>(k) + 127) << 23;
  float power;
  std::memcpy(&power, &exponent, sizeof power);
  return p * power;
}
inline double exponential(double x) { return std::exp(x); }

template <typename T>
inline T sigmoid(T x) {
  return 1 / (1 + exponential(-x));
}
template <typename T>
inline T hyperbolic_tangent(T x) {
  return 2 / (1 + exponential(-2 * x)) - 1;
}

template <typename T>
FACEMAT_CLONES void gru_gates_rows(const T* __restrict recurrent, const T* __restrict h, int64_t rows, int64_t channels,
                                   T* __restrict gates, T* __restrict reset) {
  for (; rows > 0; --rows, recurrent += 2 * channels, gates += 2 * channels, h += channels, reset += channels) {
    for (int64_t c = 0; c < 2 * channels; ++c) gates[c] = sigmoid(gates[c] + recurrent[c]);
    for (int64_t c = 0; c < channels; ++c) reset[c] = gates[c] * h[c];
  }
}

template <typename T>
FACEMAT_CLONES void gru_update_rows(const T* __restrict recurrent, const T* __restrict gates, const T* __restrict h,
                                    int64_t rows, int64_t channels, T* __restrict candidate, T* __restrict next) {
  for (; rows > 0; --rows, recurrent += channels, gates += 2 * channels, h += channels, candidate += channels, next += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const T value = hyperbolic_tangent(candidate[c] + recurrent[c]);
      candidate[c] = value;
      next[c] = h[c] + gates[channels + c] * (value - h[c]);
    }
}

template <typename T>
FACEMAT_CLONES void gru_candidate_gradient_rows(const T* __restrict d_next, const T* __restrict gates,
                                                const T* __restrict candidate, int64_t rows, int64_t channels,
                                                T* __restrict d_candidate) {
  for (; rows > 0; --rows, d_next += channels, gates += 2 * channels, candidate += channels, d_candidate += channels)
    for (int64_t c = 0; c < channels; ++c) d_candidate[c] = d_next[c] * gates[channels + c] * (1 - candidate[c] * candidate[c]);
}

template <typename T>
FACEMAT_CLONES void gru_gates_gradient_rows(const T* __restrict d_next, const T* __restrict d_reset, const T* __restrict gates,
                                            const T* __restrict candidate, const T* __restrict h, int64_t rows,
                                            int64_t channels, T* __restrict d_gates, T* __restrict d_h) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; ++c) {
      const T r = gates[c], z = gates[channels + c];
      d_gates[c] = d_reset[c] * h[c] * r * (1 - r);
      d_gates[channels + c] = d_next[c] * (candidate[c] - h[c]) * z * (1 - z);
      d_h[c] = d_next[c] * (1 - z) + d_reset[c] * r;
    }
    d_next += channels, d_reset += channels, candidate += channels, h += channels, d_h += channels;
    gates += 2 * channels, d_gates += 2 * channels;
  }
}

}  // namespace

template <typename T>
void channel_sums(const T* x, int64_t rows, int64_t channels, double* sums) {
  shared_sums(rows, 2 * channels, sums, [&](int64_t first, int64_t last, double* partial) {
    channel_sums_rows(x + first * channels, last - first, channels, partial, partial + channels);
  });
}

template <typename T>
void scale_shift(const T* x, const T* scale, const T* shift, Activation activation, int64_t rows, int64_t channels, T* y) {
  with_activation(activation, [&](auto constant) {
    for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
      scale_shift_rows<constant.value>(x + first * channels, scale, shift, last - first, channels, y + first * channels);
    });
  });
}

template <typename T>
void scale_shift_sums(const T* dy, const T* x, const T* scale, const T* shift, const T* mean, Activation activation,
                      int64_t rows, int64_t channels, double* sums) {
  with_activation(activation, [&](auto constant) {
    shared_sums(rows, 2 * channels, sums, [&](int64_t first, int64_t last, double* partial) {
      scale_shift_sums_rows<constant.value>(dy + first * channels, x + first * channels, scale, shift, mean, last - first,
                                            channels, partial, partial + channels);
    });
  });
}

template <typename T>
void scale_shift_gradient(const T* dy, const T* x, const T* scale, const T* shift, const T* slope, const T* offset,
                          Activation activation, int64_t rows, int64_t channels, T* dx) {
  with_activation(activation, [&](auto constant) {
    for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
      scale_shift_gradient_rows<constant.value>(dy + first * channels, x + first * channels, scale, shift, slope, offset,
                                                last - first, channels, dx + first * channels);
    });
  });
}

template <typename T>
void copy_channels(Channels<const T> from, Channels<T> to, int64_t rows, int64_t channels) {
  for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row)
      std::copy_n(from.first + row * from.stride, channels, to.first + row * to.stride);
  });
}

template <typename T>
void upsample_twice(const T* low, const UpsampleShape& s, Channels<T> up) {
  const int64_t line = s.low_width * s.channels;
  for_shares(s.maps * s.height, [&](int64_t, int64_t first, int64_t last) {
    std::vector<T> between(static_cast<size_t>(line));  // the low lines' blend
    for (int64_t row = first; row < last; ++row) {
      const int64_t y = row % s.height;
      const T* map = low + row / s.height * s.low_height * line;
      blend(map + nearest(y) * line, map + second_nearest(y, s.low_height) * line, T(0.75), T(0.25), line, between.data());
      T* out = up.first + row * s.width * up.stride;
      for (int64_t x = 0; x < s.width; ++x, out += up.stride)
        blend(between.data() + nearest(x) * s.channels, between.data() + second_nearest(x, s.low_width) * s.channels, T(0.75),
              T(0.25), s.channels, out);
    }
  });
}

template <typename T>
void upsample_twice_gradient(Channels<const T> up, const UpsampleShape& s, T* low) {
  for_shares(s.maps * s.low_height, [&](int64_t, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const Shares lines = shares_of(row % s.low_height, s.low_height, s.height);
      const int64_t map = row / s.low_height;
      for (int64_t i = 0; i < s.low_width; ++i) {
        T* out = low + (row * s.low_width + i) * s.channels;
        std::fill_n(out, s.channels, T(0));
        const Shares pixels = shares_of(i, s.low_width, s.width);
        for (int64_t y = lines.first; y < lines.last; ++y)
          for (int64_t x = pixels.first; x < pixels.last; ++x)
            add_scaled(up.first + ((map * s.height + y) * s.width + x) * up.stride,
                       T(lines.weight[y - lines.first] * pixels.weight[x - pixels.first]), s.channels, out);
      }
    }
  });
}

template <typename T>
void depthwise_input_gradient(const T* dy, const T* weight, const DepthwiseShape& s, T* dx) {
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

template <typename T>
void gru_gates(const T* recurrent, const T* h, int64_t rows, int64_t channels, T* gates, T* reset) {
  for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
    const int64_t at = first * channels;
    gru_gates_rows(recurrent + 2 * at, h + at, last - first, channels, gates + 2 * at, reset + at);
  });
}

template <typename T>
void gru_update(const T* recurrent, const T* gates, const T* h, int64_t rows, int64_t channels, T* candidate, T* next) {
  for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
    const int64_t at = first * channels;
    gru_update_rows(recurrent + at, gates + 2 * at, h + at, last - first, channels, candidate + at, next + at);
  });
}

template <typename T>
void gru_candidate_gradient(const T* d_next, const T* gates, const T* candidate, int64_t rows, int64_t channels,
                            T* d_candidate) {
  for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
    const int64_t at = first * channels;
    gru_candidate_gradient_rows(d_next + at, gates + 2 * at, candidate + at, last - first, channels, d_candidate + at);
  });
}

template <typename T>
void gru_gates_gradient(const T* d_next, const T* d_reset, const T* gates, const T* candidate, const T* h, int64_t rows,
                        int64_t channels, T* d_gates, T* d_h) {
  for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
    const int64_t at = first * channels;
    gru_gates_gradient_rows(d_next + at, d_reset + at, gates + 2 * at, candidate + at, h + at, last - first, channels,
                            d_gates + 2 * at, d_h + at);
  });
}

#define FACEMAT_INSTANTIATE(T)                                                                                                 \
  template void channel_sums(const T*, int64_t, int64_t, double*);                                                             \
  template void scale_shift(const T*, const T*, const T*, Activation, int64_t, int64_t, T*);                                   \
  template void scale_shift_sums(const T*, const T*, const T*, const T*, const T*, Activation, int64_t, int64_t, double*);     \
  template void scale_shift_gradient(const T*, const T*, const T*, const T*, const T*, const T*, Activation, int64_t, int64_t, \
                                     T*);                                                                                      \
  template void copy_channels(Channels<const T>, Channels<T>, int64_t, int64_t);                                               \
  template void upsample_twice(const T*, const UpsampleShape&, Channels<T>);                                                   \
  template void upsample_twice_gradient(Channels<const T>, const UpsampleShape&, T*);                                          \
  template void depthwise_input_gradient(const T*, const T*, const DepthwiseShape&, T*);                                       \
  template void depthwise_weight_gradient(const T*, const T*, const DepthwiseShape&, double*);                                 \
  template void gru_gates(const T*, const T*, int64_t, int64_t, T*, T*);                                                       \
  template void gru_update(const T*, const T*, const T*, int64_t, int64_t, T*, T*);                                            \
  template void gru_candidate_gradient(const T*, const T*, const T*, int64_t, int64_t, T*);                                    \
  template void gru_gates_gradient(const T*, const T*, const T*, const T*, const T*, int64_t, int64_t, T*, T*);
FACEMAT_INSTANTIATE(float)
FACEMAT_INSTANTIATE(double)
#undef FACEMAT_INSTANTIATE

}  // namespace facemat
