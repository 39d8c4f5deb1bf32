#pragma once
// Passes over feature maps on the CPU, in channels-last order: a map [N,C,H,W] lies in memory as rows (pixels) of C numbers.
// Each pass reads and writes every number once; LibTorch's own operators for the same need several passes, and are slow in this
// layout. No autograd here: norm.cpp, join.cpp and conv_gru.cpp say what is differentiated by what.
//
// All passes share the work by fixed shares, so results do not depend on the number of threads. Instantiated for float and
// double.

#include <cstdint>

namespace facemat {

enum class Activation { kNone, kRelu, kHardSwish };

// sums[c] = sum of x[.,c], sums[channels + c] = sum of x[.,c]^2.
template <typename T>
void channel_sums(const T* x, int64_t rows, int64_t channels, double* sums);

// y = activation(x * scale + shift), scale and shift for each channel.
template <typename T>
void scale_shift(const T* x, const T* scale, const T* shift, Activation activation, int64_t rows, int64_t channels, T* y);

// With dz = dy * activation'(x * scale + shift): sums[c] = sum of dz, sums[channels + c] = sum of dz * (x - mean[c]).
template <typename T>
void scale_shift_sums(const T* dy, const T* x, const T* scale, const T* shift, const T* mean, Activation activation,
                      int64_t rows, int64_t channels, double* sums);

// dx = scale * dz + slope * x + offset, for each channel.
template <typename T>
void scale_shift_gradient(const T* dy, const T* x, const T* scale, const T* shift, const T* slope, const T* offset,
                          Activation activation, int64_t rows, int64_t channels, T* dx);

// A block of `channels` channels inside wider rows: the first of them, and how far apart rows are.
template <typename T>
struct Channels {
  T* first;
  int64_t stride;
};

// to = from.
template <typename T>
void copy_channels(Channels<const T> from, Channels<T> to, int64_t rows, int64_t channels);

struct UpsampleShape {
  int64_t maps, channels, low_height, low_width, height, width;  // height <= 2 low_height, width <= 2 low_width
};

// Bilinear upsampling by two (align_corners false), cut to height x width from the top left.
template <typename T>
void upsample_twice(const T* low, const UpsampleShape& shape, Channels<T> up);

// Its transpose: the gradient of `low` from that of `up`.
template <typename T>
void upsample_twice_gradient(Channels<const T> up, const UpsampleShape& shape, T* low);

// A depthwise convolution: each channel with its own square kernel.
struct DepthwiseShape {
  int64_t maps, channels, height, width, out_height, out_width;
  int64_t kernel, stride, padding, dilation;
};

// The gradient of the input [maps,height,width,channels]; `weight` is [kernel,kernel,channels].
template <typename T>
void depthwise_input_gradient(const T* dy, const T* weight, const DepthwiseShape& shape, T* dx);

// sums[kernel,kernel,channels]: the gradient of the weight.
template <typename T>
void depthwise_weight_gradient(const T* dy, const T* x, const DepthwiseShape& shape, double* sums);

// One step of a ConvGRU, after the convolutions. `gates` [rows, 2 channels] holds the sums before the sigmoid, and afterwards r
// and z; reset = r h.
template <typename T>
void gru_gates(const T* recurrent, const T* h, int64_t rows, int64_t channels, T* gates, T* reset);

// `candidate` holds the sum before the tanh without its recurrent part, and afterwards c; next = h + z (c - h).
template <typename T>
void gru_update(const T* recurrent, const T* gates, const T* h, int64_t rows, int64_t channels, T* candidate, T* next);

// From the gradient of `next`: that of the candidate's sum.
template <typename T>
void gru_candidate_gradient(const T* d_next, const T* gates, const T* candidate, int64_t rows, int64_t channels,
                            T* d_candidate);

// From those of `next` and `reset`: that of the gates' sums, and that of h as far as it does not pass the gates' convolution.
template <typename T>
void gru_gates_gradient(const T* d_next, const T* d_reset, const T* gates, const T* candidate, const T* h, int64_t rows,
                        int64_t channels, T* d_gates, T* d_h);

}  // namespace facemat
