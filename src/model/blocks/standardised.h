#pragma once
// What takes batch norm's place where batches are small (Qiao et al., 2019, arXiv 1903.10520): convolutions with standardised
// weights, and group norms. Both compute the same in training and in evaluation.

#include <torch/torch.h>

#include "src/model/compute/norm_loops.h"

namespace facemat {

// A convolution by W' = (W - mean) / (sqrt(variance + 1e-12) + 1e-5), mean and unbiased variance for each output channel over
// all that it is made of. Gradients pass through the standardisation (FBA Matting's first release does that). Parameters as
// torch::nn::Conv2d: W is what is stored. Needs more than one weight for each output channel.
class StandardisedConvImpl : public torch::nn::Conv2dImpl {
 public:
  using Conv2dImpl::Conv2dImpl;
  torch::Tensor forward(const torch::Tensor& x);  // [N,C,H,W]
};
TORCH_MODULE(StandardisedConv);

// Group norm (Wu & He, ECCV 2018) with the activation that follows it; parameters and eps as torch::nn::GroupNorm. 32 groups,
// or the most that divide 32 and the channels: narrow networks have fewer. Computed in float whatever the maps are:
// LibTorch 1.13 takes no weights of another type than a short map's.
class GroupedNormImpl : public torch::nn::GroupNormImpl {
 public:
  explicit GroupedNormImpl(int64_t channels, Activation activation = Activation::kNone);
  torch::Tensor forward(const torch::Tensor& x);  // [N,C,H,W]

 private:
  Activation activation_;
};
TORCH_MODULE(GroupedNorm);

}  // namespace facemat
