#pragma once
// LibTorch's convolutions on the CPU, and what to do where they are wrong. Not every build of LibTorch is right on every
// processor: with the oneDNN 3.7.2 of Debian 13, kernels for AVX, AVX2 and AVX-512 answer some shapes, layouts and types with
// wrong outputs and gradients, without a word, and others by what was computed before. Its kernels for SSE4.1 are right.

#include <torch/torch.h>

#include <functional>
#include <string>

namespace facemat {

// The setting of oneDNN's that holds it to processor instructions, read at its first computation.
constexpr const char* kInstructionsVariable = "ONEDNN_MAX_CPU_ISA";

struct ConvolutionCase {
  int64_t in, out, groups, kernel, stride, dilation;  // square kernels, padded so that stride 1 keeps the size
  torch::ScalarType type;
  torch::MemoryFormat layout;
};

// How far LibTorch's convolution of `x` [N,in,H,W] with `weight` [out,in/groups,kernel,kernel] and its gradients (of x and
// weight) are from the same in double precision, for which it has loops of its own: the largest difference as a part of the
// largest right value of each. Infinite where something is not finite.
double convolution_error(const ConvolutionCase& convolution, const torch::Tensor& x, const torch::Tensor& weight);

// Whether LibTorch computes right, in shapes that a known build does not: float and bfloat16, both layouts, dense and
// depthwise. Errors count from a thousandth on, in bfloat16 from a tenth: rounding stays far below, wrong kernels far above.
bool convolutions_are_right();

// Sees to it that LibTorch's convolutions are right, before the first computation of the process. Where `are_right`, asked in a
// child process, says no, this process is held to SSE4.1 by oneDNN's environment variable, several times slower; returns a
// line that says so, "" else. Throws Error if they are wrong even then.
std::string use_right_convolutions(const std::function<bool()>& are_right = convolutions_are_right);

// Whether this process is held to SSE4.1, by us or by the user.
bool held_to_old_instructions();

}  // namespace facemat
