#pragma once
// The exact Euclidean distance transform.

#include <torch/torch.h>

namespace facemat {

// mask [..,H,W], set where it is above 0.5 -> of its shape and type: for each pixel the square of its distance to the nearest
// set pixel of the same picture, in pixels; infinity where a picture has none. Two passes of lower envelopes of parabolas
// (Felzenszwalb & Huttenlocher, Theory of Computing 2012): exact, in time that grows with the number of pixels. Computed on the
// CPU, the same with any number of threads; not differentiable.
//
// A traced graph has it as one node, "facemat::squared_distances" (traced_ops.h). In ONNX it is exact up to 255 pixels; what is
// farther is said to be very far (export/operators/distances.cpp).
torch::Tensor squared_distances(const torch::Tensor& mask);

}  // namespace facemat
