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

// Groups of a network's norms: 32 at width 1, fewer in narrow ones, so that a group has as many channels as in the published
// network. (With two values in a group, as of a map of one pixel, a norm is little more than their order.)
int64_t groups_at(double width);

// Group norm (Wu & He, ECCV 2018) with the activation that follows it; parameters and eps as torch::nn::GroupNorm. As many
// groups as divide `groups` and the channels. Computed in float whatever the maps are:
// LibTorch 1.13 takes no weights of another type than a short map's.
class GroupedNormImpl : public torch::nn::GroupNormImpl {
 public:
  GroupedNormImpl(int64_t channels, int64_t groups, Activation activation = Activation::kNone);
  torch::Tensor forward(const torch::Tensor& x);  // [N,C,H,W]

 private:
  Activation activation_;
};
TORCH_MODULE(GroupedNorm);

}  // namespace facemat
