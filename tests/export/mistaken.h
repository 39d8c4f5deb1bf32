#pragma once
// Networks that are wrong on purpose, exported to be compared with the right one.

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "export/config.h"
#include "export/product/product.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"

namespace facemat {

// What is quick to compare.
inline ExportConfig one_clip(int frames = 4) {
  ExportConfig config;
  config.cases = {{"47x50", 1, frames, 0, false}};
  return config;
}

// A network that is wrong in a way people get wrong; files are exported from it and compared with the right one.
struct Mistake {
  const char* cause;  // what the explanation must say
  std::function<torch::Tensor(const torch::Tensor&)> frame = nullptr;
  std::function<torch::Tensor(const torch::Tensor&)> alpha = nullptr;
  bool forgets = false;
  double state_scale = 1;
  std::function<torch::Tensor(const torch::Tensor&)> guide =
      nullptr;  // of guides that are no picture; `frame` is of the others
};

class Mistaken : public MattingNetwork {
 public:
  Mistaken(std::shared_ptr<MattingNetwork> right, Mistake mistake)
      : right_(register_module("right", std::move(right))), mistake_(std::move(mistake)) {}

  using MattingNetwork::forward;
  Prediction forward(const torch::Tensor& frames, const Guides& guides, const States& states, double ratio) override {
    Guides seen = guides;
    for (const GuideEntry& entry : guide_table()) {
      torch::Tensor& guide = entry.of(seen);
      const auto& change = entry.kind == GuideKind::kColours ? mistake_.frame : mistake_.guide;
      if (guide.defined() && change) guide = change(guide);
    }
    Prediction out =
        right_->forward(mistake_.frame ? mistake_.frame(frames) : frames, seen, mistake_.forgets ? States{} : states, ratio);
    if (mistake_.alpha) out.alpha = mistake_.alpha(out.alpha);
    if (mistake_.state_scale != 1) out.states[0] = out.states[0] * mistake_.state_scale;
    return out;
  }
  Prediction forward_scaled(const torch::Tensor& frames, const Guides& guides, const States& states,
                            const torch::Tensor& ratio) override {
    return forward(frames, guides, states, ratio.item<double>());
  }

 private:
  std::shared_ptr<MattingNetwork> right_;
  Mistake mistake_;
};

inline std::string exported_with(const TrainedModel& model, const Mistake& mistake) {
  TrainedModel wrong = model;
  wrong.network = std::make_shared<Mistaken>(model.network, mistake);
  wrong.network->eval();
  return exported(wrong, {});
}

}  // namespace facemat
