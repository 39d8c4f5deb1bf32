#pragma once
// Batch normalisation (Ioffe & Szegedy, ICML 2015) and instance normalisation (Ulyanov et al., 2016, arXiv 1607.08022) with the
// activation that follows them.

#include <torch/torch.h>

#include <memory>

#include "src/model/compute/norm_loops.h"

namespace facemat {

// Adds up sums over the processes that train together, each on its share of a batch. Every process calls it for the same sums
// in the same order, in the forward and in the backward pass.
struct NormReducer {
  virtual ~NormReducer() = default;
  // values [K] double -> their sum over all processes, in place.
  virtual void sum(torch::Tensor& values) = 0;
};

// y = activation((x - mean) / sqrt(var + eps) * weight + bias) for each channel. In training, mean and (biased) variance are
// those of the batch, over all processes if there is a reducer, and the running statistics move towards mean and unbiased
// variance by `momentum`; in evaluation the running statistics are used. Parameters, buffers and defaults as
// torch::nn::BatchNorm2d, except that a channel of a single value, whose unbiased variance nobody knows, leaves the running
// statistics as they are. Channels-last maps on the CPU pass through two loops forward and two backward, activation included;
// all others through LibTorch's operators.
class NormImpl : public torch::nn::Module {
 public:
  explicit NormImpl(int64_t channels, Activation activation = Activation::kNone, double eps = 1e-5, double momentum = 0.1);
  torch::Tensor forward(const torch::Tensor& x);  // [N,C,H,W]

  void set_momentum(double momentum) { momentum_ = momentum; }
  void set_reducer(std::shared_ptr<NormReducer> reducer) { reducer_ = std::move(reducer); }

 private:
  Activation activation_;
  double eps_, momentum_;
  std::shared_ptr<NormReducer> reducer_;
  torch::Tensor weight_, bias_, running_mean_, running_var_, batches_;
};
TORCH_MODULE(Norm);

// y = activation((x - mean) / sqrt(var + eps)), mean and (biased) variance of each channel of each map by itself, in training
// and in evaluation alike: nothing is learned and nothing is kept. Computed as the batch norm of each map.
torch::Tensor instance_norm(const torch::Tensor& x, Activation activation, double eps = 1e-5);  // [N,C,H,W]

torch::Tensor activate(const torch::Tensor& x, Activation activation);

// Lets all norms of `module` share their statistics through `reducer`; null: each process for itself.
void set_norm_reducer(torch::nn::Module& module, const std::shared_ptr<NormReducer>& reducer);

// While one lives, forwards on this thread leave running statistics alone: they repeat a forward that has counted already.
class RunningStatisticsGuard {
 public:
  RunningStatisticsGuard();
  ~RunningStatisticsGuard();
  RunningStatisticsGuard(const RunningStatisticsGuard&) = delete;
  RunningStatisticsGuard& operator=(const RunningStatisticsGuard&) = delete;

 private:
  bool before_;
};

}  // namespace facemat
