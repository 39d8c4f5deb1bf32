#include "src/model/networks/models.h"

#include <algorithm>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "src/model/networks/background_matting.h"
#include "src/model/networks/bgmv2.h"
#include "src/model/networks/context_aware.h"
#include "src/model/networks/dim.h"
#include "src/model/networks/fba.h"
#include "src/model/networks/gca.h"
#include "src/model/networks/iamalpha.h"
#include "src/model/networks/modnet.h"
#include "src/model/networks/rvm.h"

namespace facemat {
namespace {

constexpr int kRvmStates = 4;

std::shared_ptr<MattingNetwork> make_rvm_mobilenetv3(const ModelConfig& config) {
  return std::make_shared<RvmNetwork>(config, rvm_mobilenetv3(config.width));
}
std::shared_ptr<MattingNetwork> make_rvm_resnet50(const ModelConfig& config) {
  return std::make_shared<RvmNetwork>(config, rvm_resnet50(config.width));
}
std::shared_ptr<MattingNetwork> make_bgmv2_mobilenetv2(const ModelConfig& config) {
  return std::make_shared<Bgmv2Network>(config, bgmv2_mobilenetv2(config.width));
}
std::shared_ptr<MattingNetwork> make_bgmv2_resnet50(const ModelConfig& config) {
  return std::make_shared<Bgmv2Network>(config, bgmv2_resnet50(config.width));
}
std::shared_ptr<MattingNetwork> make_dim(const ModelConfig& config) { return std::make_shared<DimNetwork>(config, false); }
std::shared_ptr<MattingNetwork> make_dim_bn(const ModelConfig& config) { return std::make_shared<DimNetwork>(config, true); }
std::shared_ptr<MattingNetwork> make_iamalpha(const ModelConfig& config) { return std::make_shared<IamAlphaNetwork>(config); }
std::shared_ptr<MattingNetwork> make_background_matting(const ModelConfig& config) {
  return std::make_shared<BackgroundMattingNetwork>(config);
}
std::shared_ptr<MattingNetwork> make_modnet(const ModelConfig& config) { return std::make_shared<ModnetNetwork>(config); }
std::shared_ptr<MattingNetwork> make_gca(const ModelConfig& config) { return std::make_shared<GcaNetwork>(config); }
std::shared_ptr<MattingNetwork> make_context_aware(const ModelConfig& config) {
  return std::make_shared<ContextAwareNetwork>(config);
}
std::shared_ptr<MattingNetwork> make_fba(const ModelConfig& config) { return std::make_shared<FbaNetwork>(config); }

bool has_use_for(const ModelEntry& entry, const std::string& key) {
  return key == "network" || key == "width" || std::count(entry.settings.begin(), entry.settings.end(), key) > 0;
}

// "rvm_mobilenetv3, rvm_resnet50"
std::string networks_with_use_for(const std::string& key) {
  std::string names;
  for (const ModelEntry& entry : model_table())
    if (has_use_for(entry, key)) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

// Every value under its dotted path, in the order of fields().
FlatSettings flat(const ModelConfig& config) { return flat_settings_of(config_to_yaml(config), "model"); }

}  // namespace

const std::vector<ModelEntry>& model_table() {
  static const std::vector<std::string> of_rvm = {"foreground", "uncertainty", "detached_uncertainty", "segmentation",
                                                  "refiner"};
  static const std::vector<ModelEntry> table = {
      {"rvm_mobilenetv3",
       "Robust Video Matting with a MobileNetV3-Large encoder",
       make_rvm_mobilenetv3,
       of_rvm,
       {},
       kRvmStates,
       true},
      {"rvm_resnet50", "Robust Video Matting with a ResNet-50 encoder", make_rvm_resnet50, of_rvm, {}, kRvmStates, true},
      {"modnet", "MODNet: three branches on MobileNetV2, from the frame alone", make_modnet},
      {"dim",
       "Deep Image Matting: VGG16, unpooling by its poolings' places",
       make_dim,
       {"refiner"},
       {"trimap"},
       0,
       false,
       true},
      {"dim_bn",
       "the same with batch norms, for batches of several clips",
       make_dim_bn,
       {"refiner"},
       {"trimap"},
       0,
       false,
       true},
      {"iamalpha", "IamAlpha: adapts a trimap that may be wrong while training", make_iamalpha, {}, {"trimap"}},
      {"background_matting",
       "Background Matting: context switching between the cues",
       make_background_matting,
       {"foreground"},
       {"background", "segmentation"}},
      {"bgmv2_mobilenetv2",
       "BackgroundMattingV2 with MobileNetV2: coarse, then by patches",
       make_bgmv2_mobilenetv2,
       {"foreground", "patches"},
       {"background"},
       0,
       false,
       true},
      {"bgmv2_resnet50",
       "BackgroundMattingV2 with ResNet-50",
       make_bgmv2_resnet50,
       {"foreground", "patches"},
       {"background"},
       0,
       false,
       true},
      {"gca", "GCA Matting: guided contextual attention moves what is known", make_gca, {}, {"trimap"}},
      {"context_aware",
       "context-aware matting: an encoder each for context and for detail",
       make_context_aware,
       {"foreground"},
       {"trimap"}},
      {"fba", "FBA Matting: alpha, foreground and background from a trimap", make_fba, {"foreground"}, {"trimap"}},
  };
  return table;
}

const ModelEntry& find_model(const std::string& name) {
  return find_entry(model_table(), &ModelEntry::name, name, "model.network is");
}

void check(const ModelConfig& config) {
  const ModelEntry& entry = find_model(config.network);
  const FlatSettings given = flat(config), defaults = flat(ModelConfig());
  for (size_t i = 0; i < given.size(); ++i) {
    const auto& [path, value] = given[i];
    const std::string key = path.substr(0, path.find('.'));
    if (value == defaults.at(i).second || has_use_for(entry, key)) continue;
    fail("model.{}: the network '{}' has no use for it (networks that have: {})", path, entry.name, networks_with_use_for(key));
  }
  require(config.uncertainty || !config.detached_uncertainty, "model.detached_uncertainty needs model.uncertainty: true");
}

bool takes_ratio(const ModelConfig& config) { return config.refiner && find_model(config.network).scales; }

std::shared_ptr<MattingNetwork> make_model(const ModelConfig& config, const Rng& rng) {
  check(config);
  Rng stream = rng.fork("weights");
  const uint64_t high = stream.bits(), low = stream.bits();
  torch::manual_seed(high << 32 | low);  // LibTorch's initialisers take no generator
  return find_model(config.network).make(config);
}

}  // namespace facemat
