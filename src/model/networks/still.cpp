#include "src/model/networks/still.h"

#include <utility>

#include "src/core/error.h"
#include "src/model/compute/layout.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace {

// [B,T,C,H,W] -> [B*T,C,H,W], and back to the B and T of `like`. Single frames pass as they are.
torch::Tensor flat(const torch::Tensor& x) { return x.dim() == 5 ? x.flatten(0, 1) : x; }
torch::Tensor as_given(const torch::Tensor& x, const torch::Tensor& like) {
  return like.dim() == 5 ? x.unflatten(0, {like.size(0), like.size(1)}) : x;
}

}  // namespace

StillNetwork::StillNetwork(std::vector<std::string> guides, int64_t multiple)
    : needed_(std::move(guides)), multiple_(multiple) {}

Prediction StillNetwork::forward(const torch::Tensor& frames, const Guides& guides, const States& states, double ratio) {
  check_frames(frames);
  check_guides(guides, needed_, frames);
  require(states.empty(), "a network of single frames carries no states, got {}", states.size());
  require(ratio == 1, "a network without refiner works at the frames' own size, not at {} of it", ratio);
  const auto padded = [&](const torch::Tensor& x) {
    const torch::Tensor fitting = multiple_ == 1 ? flat(x) : pad_to_multiple(flat(x), multiple_);
    return execution_.channels_last ? laid_out(fitting) : fitting;
  };
  const torch::Tensor whole = flat(frames);
  Guides taken;  // those that it needs: others are nobody's business
  for (const std::string& name : needed_) {
    const GuideEntry& entry = find_guide(name);
    entry.of(taken) = padded(entry.of(guides));
  }
  Prediction prediction = predict(padded(frames), taken);
  prediction.multiple = multiple_;
  for (torch::Tensor* map :
       {&prediction.alpha, &prediction.variance, &prediction.foreground, &prediction.background, &prediction.logits})
    if (map->defined()) *map = as_given(crop_like(*map, whole), frames);
  return prediction;
}

Prediction StillNetwork::forward_scaled(const torch::Tensor&, const Guides&, const States&, const torch::Tensor&) {
  fail("a network without refiner works at the frames' own size: it has no ratio");
}

}  // namespace facemat
