#include "train/losses/task_weights.h"

namespace facemat {

TaskWeights::TaskWeights(const std::vector<LossTerm>& terms) {
  for (const LossTerm& term : terms) {
    if (term.weight == 0 || find_loss(term.name).can_be_negative) continue;
    log_scales_[term.name] = register_parameter(term.name, torch::zeros({}));
  }
}

torch::Tensor TaskWeights::balanced(const std::string& name, const torch::Tensor& loss) const {
  const auto found = log_scales_.find(name);
  if (found == log_scales_.end()) return loss;
  const torch::Tensor& s = found->second;
  return (-s).exp() * loss + s;
}

}  // namespace facemat
