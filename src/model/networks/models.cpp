#include "src/model/networks/models.h"

#include "src/core/text.h"
#include "src/model/networks/rvm.h"

namespace facemat {
namespace {

std::shared_ptr<MattingNetwork> make_rvm(const ModelConfig& config) { return std::make_shared<RvmNetwork>(config); }

}  // namespace

const std::vector<ModelEntry>& model_table() {
  static const std::vector<ModelEntry> table = {
      {"rvm_mobilenetv3", "Robust Video Matting with a MobileNetV3-Large encoder", make_rvm},
  };
  return table;
}

std::shared_ptr<MattingNetwork> make_model(const ModelConfig& config, const Rng& rng) {
  const ModelEntry& entry = find_entry(model_table(), &ModelEntry::name, config.network, "model.network is");
  Rng stream = rng.fork("weights");
  const uint64_t high = stream.bits(), low = stream.bits();
  torch::manual_seed(high << 32 | low);  // LibTorch's initialisers take no generator
  return entry.make(config);
}

}  // namespace facemat
