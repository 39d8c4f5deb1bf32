#pragma once
// How the errors of pixels become one number: the means that every loss is made of, over what can be believed of the labels.
//
// A loss computes errors; an Average takes their mean,
//
//   sum(trust error) / (sum(trust) + 1e-8)
//
// with trust 1 where the label can be believed and 0 where it cannot. A pixel of trust 0 has no part in it: what its label says
// changes neither the value nor any gradient, and its prediction gets the gradient 0. Without trust it is error.mean(), to the
// last bit.
//
// Three rules say what is trusted of an error that looks at more than one pixel:
// - A change from frame to frame is trusted as its less trusted frame (of_changes).
// - A filtered error (image gradients, pyramids) is the filter of believed(error) = trust error: where the label cannot be
//   believed the prediction counts as right. To weigh a level's pixels by the least trust of what they depend on would be
//   stricter and useless: level k looks 6 2^k - 2 pixels far, and untrusted pixels lie all along the edges of a face, so that
//   the coarse levels, which count most, would have no pixel left.
// - A region's size counts its trusted pixels (in_region).

#include <torch/torch.h>

#include <functional>

namespace facemat {

// The mean, over the processes that train together, of a number each of them has; empty: one process.
using MeanOverProcesses = std::function<torch::Tensor(const torch::Tensor& number)>;

// sum / (size + 1e-8), `size` the region's size. Each process has the sum and the size of its own clips; dividing by the mean
// size makes the mean of the processes' results what one process with all clips would get.
inline torch::Tensor region_mean(const torch::Tensor& sum, const torch::Tensor& size, const MeanOverProcesses& over_processes) {
  constexpr double kAvoidZero = 1e-8;
  return sum / ((over_processes ? over_processes(size) : size) + kAvoidZero);
}

class Average {
 public:
  Average() = default;  // every label can be believed; one process
  // `trust`: [B,T,1,H,W], 0..1; undefined: every label can be believed.
  Average(torch::Tensor trust, MeanOverProcesses over_processes)
      : trust_(std::move(trust)), over_processes_(std::move(over_processes)) {}

  bool is_plain() const { return !trust_.defined(); }  // of is errors.mean()

  // Of each pixel's errors, [B,T,C,H,W] -> scalar: over all pixels and channels.
  torch::Tensor of(const torch::Tensor& errors) const;

  // Of errors that are 0 outside a region: sum(trust errors) / (sum(trust region) + 1e-8). `region`, of any type: by how much
  // a pixel counts, [B,T,1,H,W].
  torch::Tensor in_region(const torch::Tensor& errors, const torch::Tensor& region) const;

  // The average to take of changes between successive frames, [B,T-1,C,H,W].
  Average of_changes() const;

  // trust * difference, to be filtered; `difference` [B,T,1,H,W] itself without trust.
  torch::Tensor believed(const torch::Tensor& difference) const;
  // Of filtered errors of any size, [N,1,H,W] -> scalar: their mean, divided by the mean trust.
  torch::Tensor of_filtered(const torch::Tensor& errors) const;
  // sum(errors) / (sum(region) + 1e-8), both filtered.
  torch::Tensor in_filtered_region(const torch::Tensor& errors, const torch::Tensor& region) const;

  // weight / (its mean + 1e-8), `weight` [B,T,1,H,W]: the mean weight is then 1.
  torch::Tensor with_mean_one(const torch::Tensor& weight) const;
  // The mean of `weight` [B,T,1,H,W], that of all processes, at every pixel.
  torch::Tensor evened(const torch::Tensor& weight) const;

 private:
  torch::Tensor trust_;
  MeanOverProcesses over_processes_;
};

}  // namespace facemat
