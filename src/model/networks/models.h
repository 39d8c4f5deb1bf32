#pragma once
// THE MODEL TABLE: every network that configs can name, and what sets it apart. Whoever needs to know asks here. To add one:
// the steps are in src/model/README.md ("To add a network").

#include <memory>
#include <string>
#include <vector>

#include "src/core/random.h"
#include "src/model/networks/network.h"

namespace facemat {

struct ModelEntry {
  const char* name;
  const char* about;
  std::shared_ptr<MattingNetwork> (*make)(const ModelConfig& config);
  std::vector<std::string> settings = {};  // what it has a use for of ModelConfig, beside `network` and `width`: keys
  std::vector<std::string> guides = {};    // what it needs beside the frame: names of the guide table (guides.h), in its order
  int states = 0;                          // how many it carries from frame to frame
  bool scales = false;                     // works at a share of the frame's size, the ratio, where it has the refiner
  // It acts on which of two numbers is larger: places of a pooling that it hands on, patches to refine, thresholds. Where two
  // are equal but for rounding, other arithmetic may choose the other one, and single pixels differ by more than rounding.
  bool chooses = false;
};
const std::vector<ModelEntry>& model_table();

// Throws Error for an unknown name, listing the known ones.
const ModelEntry& find_model(const std::string& name);

// Throws Error for an unknown network, for a setting other than its default that the network has no use for, and for one that
// has none without another.
void check(const ModelConfig& config);

// Whether a network of these settings can work at a ratio below 1.
bool takes_ratio(const ModelConfig& config);

// A network with weights drawn from `rng`: equal inputs, equal weights. Throws Error as check() does.
std::shared_ptr<MattingNetwork> make_model(const ModelConfig& config, const Rng& rng);

}  // namespace facemat
