#include "train/losses/terms/average.h"

namespace facemat {

torch::Tensor Average::of(const torch::Tensor& errors) const {
  if (!trust_.defined()) return errors.mean();
  const int64_t channels = errors.numel() / trust_.numel();
  return region_mean((trust_ * errors).sum(), channels * trust_.sum(), over_processes_);
}

torch::Tensor Average::in_region(const torch::Tensor& errors, const torch::Tensor& region) const {
  if (!trust_.defined()) return region_mean(errors.sum(), region.sum().to(errors.scalar_type()), over_processes_);
  return region_mean((trust_ * errors).sum(), (trust_ * region).sum(), over_processes_);
}

Average Average::of_changes() const {
  if (!trust_.defined()) return *this;
  const int64_t changes = trust_.size(1) - 1;
  return {torch::minimum(trust_.narrow(1, 0, changes), trust_.narrow(1, 1, changes)), over_processes_};
}

torch::Tensor Average::believed(const torch::Tensor& difference) const {
  return trust_.defined() ? trust_ * difference : difference;
}

torch::Tensor Average::of_filtered(const torch::Tensor& errors) const {
  return trust_.defined() ? region_mean(errors.mean(), trust_.mean(), over_processes_) : errors.mean();
}

torch::Tensor Average::in_filtered_region(const torch::Tensor& errors, const torch::Tensor& region) const {
  return region_mean(errors.sum(), region.sum(), over_processes_);
}

torch::Tensor Average::with_mean_one(const torch::Tensor& weight) const {
  return region_mean(weight, of(weight), over_processes_);
}

torch::Tensor Average::evened(const torch::Tensor& weight) const {
  const auto mean = of(weight);
  return torch::ones_like(weight) * (over_processes_ ? over_processes_(mean) : mean);
}

}  // namespace facemat
