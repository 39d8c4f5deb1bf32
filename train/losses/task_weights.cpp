#include "train/losses/task_weights.h"

namespace facemat {

TaskWeights::TaskWeights(const std::vector<LossTerm>& terms, double start) {
  for (const LossTerm& term : terms) {
    if (term.weight == 0 || find_loss(term.name).can_be_negative) continue;
    Task& task = tasks_[task_of(term)];
    if (task.terms++ == 0) task.log_scale = register_parameter(task_of(term), torch::full({}, start));
  }
}

torch::Tensor TaskWeights::balanced(const LossTerm& term, const torch::Tensor& loss, bool learns) const {
  const auto found = tasks_.find(task_of(term));
  if (found == tasks_.end() || find_loss(term.name).can_be_negative) return loss;
  const Task& task = found->second;
  const torch::Tensor s = learns ? task.log_scale : task.log_scale.detach();
  return (-s).exp() * loss + s / task.terms;
}

}  // namespace facemat
