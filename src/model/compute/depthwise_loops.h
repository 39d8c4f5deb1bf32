#pragma once
// Passes over the rows of channels-last maps (shares.h): the gradients of a depthwise convolution. For depthwise.cpp.

#include <cstdint>

#include "src/model/compute/numbers.h"

namespace facemat {

// A depthwise convolution: each channel with its own square kernel.
struct DepthwiseShape {
  int64_t maps, channels, height, width, out_height, out_width;
  int64_t kernel, stride, padding, dilation;
};

// The gradient of the input [maps,height,width,channels]; `weight` is [kernel,kernel,channels].
template <typename T>
void depthwise_input_gradient(const T* dy, const Computed<T>* weight, const DepthwiseShape& shape, T* dx);

// sums[kernel,kernel,channels]: the gradient of the weight.
template <typename T>
void depthwise_weight_gradient(const T* dy, const T* x, const DepthwiseShape& shape, double* sums);

}  // namespace facemat
