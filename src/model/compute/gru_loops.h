#pragma once
// Passes over the rows of channels-last maps (shares.h): a ConvGRU between its convolutions. For conv_gru.cpp.

#include <cstdint>

namespace facemat {

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
