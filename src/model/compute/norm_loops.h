#pragma once
// Passes over the rows of channels-last maps (shares.h): normalisation with the activation behind it. For norm.cpp.

#include <cstdint>

#include "src/model/compute/numbers.h"

namespace facemat {

enum class Activation { kNone, kRelu, kRelu6, kHardSwish };  // kRelu6: a ReLU that ends at 6

// sums[c] = sum of x[.,c], sums[channels + c] = sum of x[.,c]^2.
template <typename T>
void channel_sums(const T* x, int64_t rows, int64_t channels, double* sums);

// y = activation(x * scale + shift), scale and shift for each channel.
template <typename T>
void scale_shift(const T* x, const Computed<T>* scale, const Computed<T>* shift, Activation activation, int64_t rows,
                 int64_t channels, T* y);

// With dz = dy * activation'(x * scale + shift): sums[c] = sum of dz, sums[channels + c] = sum of dz * (x - mean[c]).
template <typename T>
void scale_shift_sums(const T* dy, const T* x, const Computed<T>* scale, const Computed<T>* shift, const Computed<T>* mean,
                      Activation activation, int64_t rows, int64_t channels, double* sums);

// dx = scale * dz + slope * x + offset, for each channel.
template <typename T>
void scale_shift_gradient(const T* dy, const T* x, const Computed<T>* scale, const Computed<T>* shift, const Computed<T>* slope,
                          const Computed<T>* offset, Activation activation, int64_t rows, int64_t channels, T* dx);

}  // namespace facemat
