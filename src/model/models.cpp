#include "src/model/models.h"

#include <algorithm>

#include "src/core/error.h"
#include "src/model/rvm.h"

namespace facemat {
namespace {

std::shared_ptr<MattingNetwork> make_rvm(const ModelConfig& config) { return std::make_shared<RvmNetwork>(config); }

std::string known_names() {
  std::string names;
  for (const ModelEntry& entry : model_table()) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

}  // namespace

const std::vector<ModelEntry>& model_table() {
  static const std::vector<ModelEntry> table = {
      {"rvm_mobilenetv3", "Robust Video Matting with a MobileNetV3-Large encoder", make_rvm},
  };
  return table;
}

std::shared_ptr<MattingNetwork> make_model(const ModelConfig& config, const Rng& rng) {
  const auto& table = model_table();
  const auto entry = std::find_if(table.begin(), table.end(), [&](const ModelEntry& e) { return config.network == e.name; });
  require(entry != table.end(), "model.network is '{}' (known: {})", config.network, known_names());
  Rng stream = rng.fork("weights");
  torch::manual_seed((uint64_t{stream.bits()} << 32) | stream.bits());  // LibTorch's initialisers take no generator
  return entry->make(config);
}

}  // namespace facemat
