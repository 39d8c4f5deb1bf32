#pragma once
// Inputs of losses, in double.

#include "src/model/blocks/vgg.h"
#include "train/losses/losses.h"

namespace facemat {

inline torch::Tensor row(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return torch::tensor(values, torch::kFloat64).view({1, 1, 1, 1, count});
}

// One pixel of `frames` frames and `values.size() / frames` channels.
inline torch::Tensor pixel(int64_t frames, std::vector<double> values) {
  return torch::tensor(values, torch::kFloat64).view({1, frames, static_cast<int64_t>(values.size()) / frames, 1, 1});
}

// A VGG16 of few channels with random weights.
inline Vgg16 tiny_features() {
  static const Vgg16 network = [] {
    torch::manual_seed(5);
    Vgg16 tiny(VggOptions{3, 0.125});
    tiny->to(torch::kFloat64);
    for (torch::Tensor& parameter : tiny->parameters()) parameter.requires_grad_(false);
    return tiny;
  }();
  return network;
}

// The frame is what the true alpha and colours make. The background is not known in the last row.
inline LossInputs random_inputs() {
  const Vgg16 features = tiny_features();
  torch::manual_seed(11);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const std::vector<int64_t> shape{1, 3, 1, 9, 10}, colour{1, 3, 3, 9, 10}, layer{1, 3, 4, 9, 10};
  LossInputs inputs;
  inputs.alpha = torch::rand(shape, options).requires_grad_(true);
  inputs.variance = (torch::rand(shape, options) + 0.1).requires_grad_(true);
  inputs.foreground = torch::rand(colour, options).requires_grad_(true);
  inputs.logits = torch::randn(shape, options).requires_grad_(true);
  inputs.target = torch::rand(shape, options);
  inputs.target.narrow(-1, 0, 2).zero_();
  inputs.unknown = (torch::rand(shape, options) > 0.5).to(torch::kFloat64);
  inputs.true_foreground = torch::rand(colour, options);
  inputs.occluder = torch::rand(layer, options);
  inputs.occluder.narrow(2, 3, 1).narrow(-2, 0, 3).zero_();
  inputs.uncertainty = torch::rand(shape, options);
  inputs.teacher = inputs.target;  // a perfect one
  inputs.background = torch::rand(colour, options).requires_grad_(true);
  inputs.part = torch::rand(shape, options).requires_grad_(true);
  inputs.second_part = torch::rand(shape, options).requires_grad_(true);
  inputs.true_background = torch::rand(layer, options);
  inputs.true_background.narrow(2, 3, 1).fill_(1).narrow(-2, 8, 1).zero_();
  const auto behind = inputs.true_background.narrow(2, 0, 3);
  inputs.frames = inputs.target * inputs.true_foreground + (1 - inputs.target) * behind;
  inputs.guides.background = behind;
  inputs.features = features;
  return inputs;
}

}  // namespace facemat
