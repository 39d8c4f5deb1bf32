#include "src/model/networks/iamalpha.h"

#include <gtest/gtest.h>

#include "src/core/error.h"
#include "src/model/networks/models.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/oracle/still_oracle.h"

namespace facemat {
namespace {

ModelConfig iamalpha(double width) {
  ModelConfig config;
  config.network = "iamalpha";
  config.width = width;
  return config;
}

// How often a frame's sides are halved where a convolution gives its maps; a block's first 1x1 comes before its stride.
int halvings(const std::string& name) {
  const auto begins = [&](const char* text) { return name.rfind(text, 0) == 0; };
  for (int stage = 1; stage <= 4; ++stage) {
    const std::string layer = "backbone.layer" + std::to_string(stage) + ".";
    if (!begins(layer.c_str())) continue;
    return stage > 1 && name == layer + "0.conv1" ? stage : stage + 1;
  }
  for (int level = 0; level <= 4; ++level)
    if (begins(("decoder.level" + std::to_string(level)).c_str())) return level;
  if (begins("trimap_decoder.level4") || begins("trimap_decoder.prediction")) return 4;
  return begins("backbone.conv1") ? 1 : begins("decoder.prediction") ? 0 : 5;
}

// The paper has 14.72 M parameters and states 10.0 GMAC.
TEST(IamAlpha, HasAboutThePublishedSizes) {
  const auto network = make_model(iamalpha(1), Rng(1));
  const int64_t taught_alone = parameter_count(*network->named_children()["trimap_decoder"]);
  EXPECT_EQ(taught_alone, 768'643);
  EXPECT_EQ(parameter_count(*network) - taught_alone, 14'467'449);
  const auto macs = giga_macs(*network, [](const std::string& name) {
    const int64_t side = 512 >> halvings(name);
    return name.rfind("trimap_decoder", 0) == 0 ? 0 : side * side;
  });
  EXPECT_NEAR(macs, 11.18830592, 1e-9);
  const Inventory inventory = inventory_of(*network);
  EXPECT_EQ(inventory.count, 526u);
  EXPECT_EQ(inventory.first, "backbone.bn1.bias");
  EXPECT_EQ(inventory.last, "trimap_decoder.prediction.weight");
  EXPECT_EQ(inventory.hash, "b200f5449d9e001c");
}

TEST(IamAlpha, TellsOfTheTrimapWhileTrainingAlone) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(iamalpha(0.25), Rng(2));
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {37, 50}, {64, 32}}) {
    const auto frames = torch::rand({2, 2, 3, height, width});
    Guides guides;
    guides.trimap = torch::full({2, 2, 1, height, width}, 0.5);
    network->eval();
    const auto out = network->forward(frames, guides, {}, 1);
    EXPECT_EQ(out.alpha.sizes(), guides.trimap.sizes());
    EXPECT_TRUE(out.parts.empty());
    network->train();
    const auto logits = network->forward(frames, guides, {}, 1).parts.at("trimap_logits");
    EXPECT_EQ(logits.sizes().vec(), (std::vector<int64_t>{4, 3, (height + 31) / 32 * 32, (width + 31) / 32 * 32}));
  }
}

// What the trimap's classes teach reaches encoder and trimap decoder, and nothing of the alpha decoder.
TEST(IamAlpha, BothTasksTeachTheEncoder) {
  auto network = make_model(iamalpha(0.25), Rng(2));
  const SmallScene scene = small_scene(32);
  const auto out = network->forward(scene.frames, scene.guides, {}, 1);
  out.parts.at("trimap_logits").pow(2).sum().backward();
  for (const auto& item : network->named_parameters())
    EXPECT_EQ(item.value().grad().defined(), item.key().rfind("decoder.", 0) != 0) << item.key();
}

TEST(IamAlpha, RefusesWhatItCannotDo) {
  ModelConfig config = iamalpha(0.25);
  config.refiner = true;
  EXPECT_THAT(message_of([&] { make_model(config, Rng(1)); }),
              testing::StartsWith("model.refiner: the network 'iamalpha' has no use for it"));
  EXPECT_THROW(make_model(iamalpha(0.25), Rng(1))->forward(torch::rand({1, 3, 32, 32})), Error);  // no trimap
}

TEST(IamAlpha, LearnsASmallScene) {
  const auto learned = overfit(*make_model(iamalpha(0.25), Rng(3)), small_scene(32), 80, 2e-3);
  EXPECT_LT(learned.last, 0.4 * learned.first);
}

class IamAlphaOracle : public StillOracle {};

TEST_F(IamAlphaOracle, EqualsPyTorch) { expect_parity("iamalpha", iamalpha(0.25), 1e-4, 0.99); }

}  // namespace
}  // namespace facemat
