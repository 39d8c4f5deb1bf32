#include "src/model/compute/norm_loops.h"

#include <type_traits>

#include "src/core/vector_units.h"
#include "src/model/compute/shares.h"

namespace facemat {
namespace {

template <Activation activation, typename T>
inline T activated(T z) {
  if (activation == Activation::kRelu) return z > 0 ? z : 0;
  if (activation == Activation::kRelu6) return z > 6 ? T(6) : z > 0 ? z : T(0);
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
  if (activation == Activation::kRelu6) return z > 0 && z < 6 ? 1 : 0;
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
    case Activation::kRelu6:
      return body(std::integral_constant<Activation, Activation::kRelu6>());
    case Activation::kHardSwish:
      return body(std::integral_constant<Activation, Activation::kHardSwish>());
  }
}

template <typename T>
FACEMAT_CLONES void channel_sums_rows(const T* __restrict x, int64_t rows, int64_t channels, double* __restrict sum,
                                      double* __restrict square) {
  for (; rows > 0; --rows, x += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const double value = load(x[c]);
      sum[c] += value;
      square[c] += value * value;
    }
}

template <Activation activation, typename T>
FACEMAT_CLONES void scale_shift_rows(const T* __restrict x, const Computed<T>* __restrict scale,
                                     const Computed<T>* __restrict shift, int64_t rows, int64_t channels, T* __restrict y) {
  for (; rows > 0; --rows, x += channels, y += channels)
    for (int64_t c = 0; c < channels; ++c) store(activated<activation>(load(x[c]) * scale[c] + shift[c]), y[c]);
}

template <Activation activation, typename T>
FACEMAT_CLONES void scale_shift_sums_rows(const T* __restrict dy, const T* __restrict x, const Computed<T>* __restrict scale,
                                          const Computed<T>* __restrict shift, const Computed<T>* __restrict mean, int64_t rows,
                                          int64_t channels, double* __restrict sum, double* __restrict product) {
  for (; rows > 0; --rows, x += channels, dy += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const Computed<T> value = load(x[c]), dz = load(dy[c]) * slope_at<activation>(value * scale[c] + shift[c]);
      sum[c] += dz;
      product[c] += static_cast<double>(dz) * static_cast<double>(value - mean[c]);
    }
}

template <Activation activation, typename T>
FACEMAT_CLONES void scale_shift_gradient_rows(const T* __restrict dy, const T* __restrict x,
                                              const Computed<T>* __restrict scale, const Computed<T>* __restrict shift,
                                              const Computed<T>* __restrict slope, const Computed<T>* __restrict offset,
                                              int64_t rows, int64_t channels, T* __restrict dx) {
  for (; rows > 0; --rows, x += channels, dy += channels, dx += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const Computed<T> value = load(x[c]), dz = load(dy[c]) * slope_at<activation>(value * scale[c] + shift[c]);
      store(scale[c] * dz + slope[c] * value + offset[c], dx[c]);
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
void scale_shift(const T* x, const Computed<T>* scale, const Computed<T>* shift, Activation activation, int64_t rows,
                 int64_t channels, T* y) {
  with_activation(activation, [&](auto constant) {
    for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
      scale_shift_rows<constant.value>(x + first * channels, scale, shift, last - first, channels, y + first * channels);
    });
  });
}

template <typename T>
void scale_shift_sums(const T* dy, const T* x, const Computed<T>* scale, const Computed<T>* shift, const Computed<T>* mean,
                      Activation activation, int64_t rows, int64_t channels, double* sums) {
  with_activation(activation, [&](auto constant) {
    shared_sums(rows, 2 * channels, sums, [&](int64_t first, int64_t last, double* partial) {
      scale_shift_sums_rows<constant.value>(dy + first * channels, x + first * channels, scale, shift, mean, last - first,
                                            channels, partial, partial + channels);
    });
  });
}

template <typename T>
void scale_shift_gradient(const T* dy, const T* x, const Computed<T>* scale, const Computed<T>* shift, const Computed<T>* slope,
                          const Computed<T>* offset, Activation activation, int64_t rows, int64_t channels, T* dx) {
  with_activation(activation, [&](auto constant) {
    for_shares(rows, [&](int64_t, int64_t first, int64_t last) {
      scale_shift_gradient_rows<constant.value>(dy + first * channels, x + first * channels, scale, shift, slope, offset,
                                                last - first, channels, dx + first * channels);
    });
  });
}

#define FACEMAT_INSTANTIATE(T, C)                                                                                              \
  template void channel_sums(const T*, int64_t, int64_t, double*);                                                             \
  template void scale_shift(const T*, const C*, const C*, Activation, int64_t, int64_t, T*);                                   \
  template void scale_shift_sums(const T*, const T*, const C*, const C*, const C*, Activation, int64_t, int64_t, double*);     \
  template void scale_shift_gradient(const T*, const T*, const C*, const C*, const C*, const C*, Activation, int64_t, int64_t, \
                                     T*);
FACEMAT_INSTANTIATE(float, float)
FACEMAT_INSTANTIATE(double, double)
FACEMAT_INSTANTIATE(Bf16, float)
#undef FACEMAT_INSTANTIATE

}  // namespace facemat
