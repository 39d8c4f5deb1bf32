#pragma once
// Models that are quick to run and not trivial, for the tests of this room.

#include <torch/torch.h>

#include <algorithm>
#include <string>
#include <vector>

#include "export/proof/frames.h"
#include "src/core/text.h"
#include "src/model/compute/norm.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/support/scratch.h"

namespace facemat {

// A network of the table, as narrow as is quick.
inline ModelConfig small_config(const std::string& network) {
  ModelConfig config;
  config.network = network;
  config.width = network == "context_aware" ? 0.1 : 0.25;
  return config;
}

// Those that work at a ratio, where they have the refiner.
inline std::vector<const char*> networks_that_scale() {
  std::vector<const char*> names;
  for (const ModelEntry& entry : model_table())
    if (entry.scales) names.push_back(entry.name);
  return names;
}

// With those of `heads` that the network offers.
inline ModelConfig with_heads(ModelConfig config, const std::vector<bool ModelConfig::*>& heads) {
  for (const auto head : heads) {
    ModelConfig more = config;
    more.*head = true;
    if (message_of([&] { make_model(more, Rng(1)); }) == "no error") config = more;
  }
  return config;
}

// `plain`, and with those of `heads` that the network offers, if there are any.
inline std::vector<ModelConfig> without_and_with(const ModelConfig& plain, const std::vector<bool ModelConfig::*>& heads) {
  const ModelConfig more = with_heads(plain, heads);
  const bool any = std::any_of(heads.begin(), heads.end(), [&](const auto head) { return more.*head != plain.*head; });
  return any ? std::vector<ModelConfig>{plain, more} : std::vector<ModelConfig>{plain};
}

// Values [C] about `middle`, each channel's own, so that it shows where one gets another's; `step` tells such vectors apart.
inline void spread(torch::Tensor values, double middle, double step) {
  values.copy_(middle * (1 + 0.1 * torch::sin(step * torch::arange(values.numel(), torch::kFloat32))));
}

// Statistics as after the frames that `forward` shows the network, and no branch that starts as nothing.
template <typename Forward>
void see_frames(MattingNetwork& network, const Forward& forward) {
  network.apply([](torch::nn::Module& part) {
    auto* norm = part.as<Norm>();
    if (norm != nullptr) norm->set_momentum(1);
    if (norm == nullptr && part.as<torch::nn::GroupNorm>() == nullptr) return;
    auto parameters = part.named_parameters(/*recurse=*/false);
    spread(parameters["weight"], 1, 1);
    spread(parameters["bias"], 1, 2);  // most of what is rectified passes: else layer after layer enlarges rounding
  });
  for (auto& item : network.named_parameters())
    if (ends_with(item.key(), ".bn2.weight") || ends_with(item.key(), ".W.1.weight")) spread(item.value(), 0.5, 1);
  network.train();
  forward();
}

// A layer that alpha comes from, of networks whose alpha would be 0 or 1 nearly everywhere with random weights: those that
// clamp it, or whose last layer is steep. EveryModel.AlphaOfTheTestModelIsNotTrivial says which need one.
struct LastLayer {
  std::string name;
  double scale;                  // of its weights
  std::vector<int64_t> centred;  // channels whose bias becomes 0.5, as far as there are so many
};

inline const std::vector<LastLayer>& last_layers() {
  static const std::vector<LastLayer> table = {
      {"project_mat.conv", 1, {0, 1, 2, 3}},  // RVM: alpha, or a foreground and alpha
      {"decoder.conv_up4.4", 1, {0}},         // FBA
      {"decoder.conv4", 0.2, {0, 4}},         // BackgroundMattingV2: alpha, and the error that patches are chosen by
      {"refiner.conv4", 0.2, {0}},            // the same
      {"decoder.prediction", 0.2, {}},        // Deep Image Matting, IamAlpha
  };
  return table;
}

inline void centre(const LastLayer& layer, MattingNetwork& network) {
  for (auto& item : network.named_parameters()) {
    torch::Tensor values = item.value();
    if (item.key() == layer.name + ".weight") values.mul_(layer.scale);
    if (item.key() != layer.name + ".bias") continue;
    for (const int64_t channel : layer.centred)
      if (channel < values.size(0)) values.narrow(0, channel, 1).fill_(0.5);
  }
}

// Weights as after some training: statistics away from 0 and 1, and an alpha that is neither 0 nor 1 everywhere.
inline void liven_weights(MattingNetwork& network, const ModelEntry& entry) {
  const torch::NoGradGuard no_grad;
  const ShownFrames shown = drawn_frames({128, 128}, 2, 0, Rng(12), entry.guides);
  if (entry.states == 0) see_frames(network, [&] { network.forward(shown.frames, shown.guides, {}, 1); });
  for (auto& item : network.named_buffers()) {
    if (entry.states > 0 && item.key().find("running_mean") != std::string::npos) item.value().uniform_(-0.1, 0.1);
    if (entry.states > 0 && item.key().find("running_var") != std::string::npos) item.value().uniform_(0.5, 1.5);
  }
  for (const LastLayer& layer : last_layers()) centre(layer, network);
}

inline TrainedModel small_model(ModelConfig config = {}, double width = 0.25) {
  config.width = width;
  TrainedModel model;
  model.network = make_model(config, Rng(11));
  liven_weights(*model.network, find_model(config.network));
  model.network->eval();
  model.config = config;
  model.metadata = {{"polarity", "visible_face"}, {"train_size", "256"}, {"data_licence", "CC0"}};
  model.file = "test.safetensors";
  model.weights_hash = "0123abcd";
  return model;
}

}  // namespace facemat
