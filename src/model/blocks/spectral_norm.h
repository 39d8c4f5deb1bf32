#pragma once
// Spectral normalisation (Miyato et al., ICLR 2018) of convolutions: the weight, as a matrix, has a largest singular value of
// about 1.

#include <torch/torch.h>

namespace facemat {

// weight_bar / sigma with sigma = u^T W v, W being weight_bar as the matrix [first dimension, all others]. u and v are buffers:
// each forward in training mode takes one step of the power iteration from where the last one came, in evaluation they stay.
// Gradients flow through sigma into W, not into u and v.
class SpectralWeightImpl : public torch::nn::Module {
 public:
  explicit SpectralWeightImpl(torch::IntArrayRef shape);  // drawn as Glorot & Bengio do (AISTATS 2010), uniform
  torch::Tensor forward();

 private:
  torch::Tensor weight_bar_, weight_u_, weight_v_;
};
TORCH_MODULE(SpectralWeight);

struct SpectralConvOptions {
  int64_t in, out, kernel;
  int64_t stride = 1, padding = 0;
  bool transposed = false;
};

// A convolution without bias, or a transposed one, whose weight is normalised. Its parts are called "module.weight_bar",
// "module.weight_u" and "module.weight_v", as in GCA's published state dict.
class SpectralConvImpl : public torch::nn::Module {
 public:
  explicit SpectralConvImpl(const SpectralConvOptions& options);
  torch::Tensor forward(const torch::Tensor& x);  // [N,in,H,W]

 private:
  SpectralConvOptions options_;
  SpectralWeight weight_;
};
TORCH_MODULE(SpectralConv);

}  // namespace facemat
