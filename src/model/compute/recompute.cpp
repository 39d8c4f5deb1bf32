#include "src/model/compute/recompute.h"

#include <ATen/ThreadLocalState.h>
#include <ATen/autocast_mode.h>

#include "src/model/compute/norm.h"

namespace facemat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct SavedSegment : torch::CustomClassHolder {
  explicit SavedSegment(Segment given) : segment(std::move(given)) {}
  Maps again(const Maps& inputs) const {
    const at::ThreadLocalStateGuard as_it_was(state);
    const torch::AutoGradMode record(true);
    const Maps maps = segment(inputs);
    at::autocast::clear_cache();  // short copies of the weights: they change with the next step
    return maps;
  }
  Segment segment;
  at::ThreadLocalState state;  // autocast as it was, so that the same is computed again
};

struct RecomputedSegment : torch::autograd::Function<RecomputedSegment> {
  static variable_list forward(AutogradContext* ctx, torch::TensorList inputs, torch::TensorList parameters,
                               const c10::intrusive_ptr<SavedSegment>& saved) {
    variable_list kept = inputs.vec();
    kept.insert(kept.end(), parameters.begin(), parameters.end());
    ctx->save_for_backward(kept);
    ctx->saved_data["segment"] = c10::IValue::make_capsule(saved);
    ctx->saved_data["inputs"] = static_cast<int64_t>(inputs.size());
    return saved->segment(inputs.vec());
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const RunningStatisticsGuard counted_already;
    const torch::AutoGradMode record(true);
    const auto kept = ctx->get_saved_variables();
    const auto inputs = static_cast<size_t>(ctx->saved_data["inputs"].toInt());
    variable_list again, wanted;
    std::vector<size_t> places;
    for (size_t i = 0; i < kept.size(); ++i) {
      const auto tensor = i < inputs ? kept[i].detach().set_requires_grad(kept[i].requires_grad()) : kept[i];
      if (i < inputs) again.push_back(tensor);
      if (tensor.requires_grad()) wanted.push_back(tensor), places.push_back(i);
    }
    const auto& saved = static_cast<SavedSegment&>(*ctx->saved_data["segment"].toCapsule());
    const auto outputs = saved.again(again);
    const auto found = torch::autograd::grad(outputs, wanted, gradients, /*retain_graph=*/{}, /*create_graph=*/false,
                                             /*allow_unused=*/true);
    variable_list results(kept.size() + 1);
    for (size_t i = 0; i < places.size(); ++i) results[places[i]] = found[i];
    return results;
  }
};

}  // namespace

Maps run_segment(bool recompute, torch::nn::Module& module, const Maps& inputs, const Segment& segment) {
  if (!recompute || !torch::GradMode::is_enabled()) return segment(inputs);
  const auto parameters = module.parameters();
  return RecomputedSegment::apply(torch::TensorList(inputs), torch::TensorList(parameters),
                                  c10::make_intrusive<SavedSegment>(segment));
}

}  // namespace facemat
