#include "train/losses/terms/distillation.h"

#include "train/losses/terms/boundary.h"

namespace facemat {

torch::Tensor distillation_loss(const torch::Tensor& alpha, const torch::Tensor& teacher) {
  return (alpha - teacher).abs().mean();
}

torch::Tensor distillation_boundary_loss(const torch::Tensor& alpha, const torch::Tensor& teacher, int64_t radius,
                                         const MeanOverProcesses& over_processes) {
  const auto ring = boundary_of((teacher >= 0.5).to(teacher.scalar_type()), {}, radius);
  return region_mean(((alpha - teacher).abs() * ring).sum(), ring.sum(), over_processes);
}

}  // namespace facemat
