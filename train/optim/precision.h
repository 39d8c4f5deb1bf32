#pragma once
// Mixed precision: the network computes in a short type, weights and losses stay float32.

#include <torch/torch.h>

#include <string>

namespace facemat {

// The processor's units for bfloat16 that LibTorch may use, by the system's word: "AMX" (matrices), "AVX512-BF16" (vectors),
// "none".
std::string bf16_units();

// Whether a training step is faster in bfloat16 than in float32 on the processor that the text describes as /proc/cpuinfo does:
// with AMX, and with AVX512-BF16 on AMD's. Measured with `facemat bench train` at 256x256: 0.76 of the time in float32 on an
// AMD EPYC, 1.37 on an Intel Xeon without AMX.
bool faster_in_bf16(const std::string& processor);

// `precision`; "auto" becomes "bf16" where that is faster, else "fp32".
std::string resolved_precision(const std::string& precision, const torch::Device& device);

// `tensor` in float32; an undefined one stays so.
torch::Tensor as_float(const torch::Tensor& tensor);

// While it lives, LibTorch's autocast runs convolutions and matrix products on `device` in the type `precision` names: "bf16",
// "fp16" (CUDA only); "fp32" changes nothing.
class Autocast {
 public:
  Autocast(const torch::Device& device, const std::string& precision);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  torch::DeviceType device_;
  bool on_, before_;
};

// The factor on the loss that keeps fp16 gradients from vanishing (Micikevicius et al., ICLR 2018): halved after a step whose
// gradient overflowed, doubled after 2000 steps without. Stays 1 for other precisions.
class LossScale {
 public:
  explicit LossScale(const std::string& precision);
  double value() const { return value_; }
  int good_steps() const { return good_steps_; }
  void restore(double value, int good_steps) { value_ = value, good_steps_ = good_steps; }
  // `finite`: whether the step's gradient was. Returns whether an overflow may be put down to the scale (and not to the run).
  bool update(bool finite);

 private:
  bool on_;
  double value_;
  int good_steps_ = 0;
};

}  // namespace facemat
