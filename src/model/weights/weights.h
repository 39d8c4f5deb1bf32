#pragma once
// Weights of networks by PyTorch's dotted names, and trained models as files: a safetensors file that says which network it is
// for.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/model/networks/network.h"
#include "src/model/weights/safetensors.h"

namespace facemat {

// The entry of a safetensors file's metadata that holds the ModelConfig, as YAML: by it a file is known as ours.
inline constexpr const char* kModelKey = "facemat.model";

// Parameters and buffers under their dotted names (sharing memory with the module).
std::map<std::string, torch::Tensor> named_weights(const torch::nn::Module& module);

// Copies `weights` into `module`. Throws Error, prefixed by `where`, listing names that are missing, left over or of another
// shape.
void load_weights(torch::nn::Module& module, const std::map<std::string, torch::Tensor>& weights, const std::string& where);

struct TrainedModel {
  std::shared_ptr<MattingNetwork> network;  // in evaluation mode
  ModelConfig config;
  std::map<std::string, std::string> metadata;  // "polarity", "train_size", "data_licence", "step", ...
  std::filesystem::path file;                   // the safetensors file it came from
  std::string weights_hash;                     // hash of that file's bytes
};

// The bytes of a model file: weights, the model's config and `metadata`.
std::string encode_model(const MattingNetwork& network, const ModelConfig& config,
                         const std::map<std::string, std::string>& metadata);

// `path`: a .safetensors file, a checkpoint folder, or a run (its best checkpoint, else its latest). Throws Error naming the
// path.
TrainedModel load_model(const std::filesystem::path& path);

// The model file that load_model would read for `path`. Throws Error naming the path if there is none.
std::filesystem::path find_model_file(const std::filesystem::path& path);

}  // namespace facemat
