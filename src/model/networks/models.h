#pragma once
// The model table: every network that configs can name. To add one: a new file and a line in models.cpp.

#include <memory>
#include <vector>

#include "src/core/random.h"
#include "src/model/networks/network.h"

namespace facemat {

struct ModelEntry {
  const char* name;
  const char* about;
  std::shared_ptr<MattingNetwork> (*make)(const ModelConfig& config);
};
const std::vector<ModelEntry>& model_table();

// A network with weights drawn from `rng`: equal inputs, equal weights. Throws Error for an unknown name, listing the known
// ones.
std::shared_ptr<MattingNetwork> make_model(const ModelConfig& config, const Rng& rng);

}  // namespace facemat
