#pragma once
// Models that are quick to run and not trivial, for the tests of this room.

#include <torch/torch.h>

#include <string>

#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"

namespace facemat {

// Weights as after some training: statistics away from 0 and 1, and an alpha that is neither 0 nor 1 everywhere.
inline void liven_weights(MattingNetwork& network) {
  const torch::NoGradGuard no_grad;
  for (auto& item : network.named_buffers()) {
    if (item.key().find("running_mean") != std::string::npos) item.value().uniform_(-0.1, 0.1);
    if (item.key().find("running_var") != std::string::npos) item.value().uniform_(0.5, 1.5);
  }
  for (auto& item : network.named_parameters())
    if (item.key() == "project_mat.conv.bias") item.value().fill_(0.5);
}

inline TrainedModel small_model(ModelConfig config = {}, double width = 0.25) {
  config.width = width;
  TrainedModel model;
  model.network = make_model(config, Rng(11));
  liven_weights(*model.network);
  model.network->eval();
  model.config = config;
  model.metadata = {{"polarity", "visible_face"}, {"train_size", "256"}, {"data_licence", "CC0"}};
  model.file = "test.safetensors";
  model.weights_hash = "0123abcd";
  return model;
}

}  // namespace facemat
