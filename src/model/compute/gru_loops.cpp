#include "src/model/compute/gru_loops.h"

#include <cmath>
#include <cstring>

#include "src/core/vector_units.h"
#include "src/model/compute/numbers.h"
#include "src/model/compute/shares.h"

namespace facemat {
namespace {

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
    for (int64_t c = 0; c < 2 * channels; ++c) store(sigmoid(load(gates[c]) + load(recurrent[c])), gates[c]);
    for (int64_t c = 0; c < channels; ++c) store(load(gates[c]) * load(h[c]), reset[c]);
  }
}

template <typename T>
FACEMAT_CLONES void gru_update_rows(const T* __restrict recurrent, const T* __restrict gates, const T* __restrict h,
                                    int64_t rows, int64_t channels, T* __restrict candidate, T* __restrict next) {
  for (; rows > 0; --rows, recurrent += channels, gates += 2 * channels, h += channels, candidate += channels, next += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const Computed<T> value = hyperbolic_tangent(load(candidate[c]) + load(recurrent[c])), before = load(h[c]);
      store(value, candidate[c]);
      store(before + load(gates[channels + c]) * (value - before), next[c]);
    }
}

template <typename T>
FACEMAT_CLONES void gru_candidate_gradient_rows(const T* __restrict d_next, const T* __restrict gates,
                                                const T* __restrict candidate, int64_t rows, int64_t channels,
                                                T* __restrict d_candidate) {
  for (; rows > 0; --rows, d_next += channels, gates += 2 * channels, candidate += channels, d_candidate += channels)
    for (int64_t c = 0; c < channels; ++c) {
      const Computed<T> value = load(candidate[c]);
      store(load(d_next[c]) * load(gates[channels + c]) * (1 - value * value), d_candidate[c]);
    }
}

template <typename T>
FACEMAT_CLONES void gru_gates_gradient_rows(const T* __restrict d_next, const T* __restrict d_reset, const T* __restrict gates,
                                            const T* __restrict candidate, const T* __restrict h, int64_t rows,
                                            int64_t channels, T* __restrict d_gates, T* __restrict d_h) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; ++c) {
      const Computed<T> r = load(gates[c]), z = load(gates[channels + c]), before = load(h[c]);
      const Computed<T> from_next = load(d_next[c]), from_reset = load(d_reset[c]);
      store(from_reset * before * r * (1 - r), d_gates[c]);
      store(from_next * (load(candidate[c]) - before) * z * (1 - z), d_gates[channels + c]);
      store(from_next * (1 - z) + from_reset * r, d_h[c]);
    }
    d_next += channels, d_reset += channels, candidate += channels, h += channels, d_h += channels;
    gates += 2 * channels, d_gates += 2 * channels;
  }
}

}  // namespace

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

#define FACEMAT_INSTANTIATE(T)                                                              \
  template void gru_gates(const T*, const T*, int64_t, int64_t, T*, T*);                    \
  template void gru_update(const T*, const T*, const T*, int64_t, int64_t, T*, T*);         \
  template void gru_candidate_gradient(const T*, const T*, const T*, int64_t, int64_t, T*); \
  template void gru_gates_gradient(const T*, const T*, const T*, const T*, const T*, int64_t, int64_t, T*, T*);
FACEMAT_INSTANTIATE(float)
FACEMAT_INSTANTIATE(double)
FACEMAT_INSTANTIATE(Bf16)
#undef FACEMAT_INSTANTIATE

}  // namespace facemat
