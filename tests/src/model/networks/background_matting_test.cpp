#include "src/model/networks/background_matting.h"

#include <gtest/gtest.h>

#include "src/core/error.h"
#include "src/model/networks/models.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/oracle/still_oracle.h"

namespace facemat {
namespace {

ModelConfig background_matting(double width, bool foreground = true) {
  ModelConfig config;
  config.network = "background_matting";
  config.width = width;
  config.foreground = foreground;
  return config;
}

// How often a frame's sides are halved where a convolution gives its maps.
int halvings(const std::string& name) {
  const auto has = [&](const char* text) { return name.find(text) != std::string::npos; };
  if (has("_encoder.")) return has(".layer1.") ? 0 : has(".layer2.") ? 1 : 2;
  if (has("_decoder.")) return has(".layer1.") ? 1 : 0;
  return 2;
}

// 17.908 M parameters, 100.6, 402.4 and 982.3 GMAC at 256, 512 and 800, as counted of the public network.
TEST(BackgroundMatting, HasThePublishedSizes) {
  const auto network = make_model(background_matting(1), Rng(1));
  EXPECT_EQ(parameter_count(*network), 17'908'420);
  for (const auto& [side, published] : {std::pair<int64_t, double>{256, 100.6}, {512, 402.4}, {800, 982.3}}) {
    const int64_t whole = side;
    const auto macs =
        giga_macs(*network, [whole](const std::string& name) { return (whole >> halvings(name)) * (whole >> halvings(name)); });
    EXPECT_NEAR(macs, published, 0.05);
  }
  const Inventory inventory = inventory_of(*network);
  EXPECT_EQ(inventory.count, 322u);
  EXPECT_EQ(inventory.first, "alpha_decoder.layer1.conv.bias");
  EXPECT_EQ(inventory.last, "with_segmentation.1.weight");
  EXPECT_EQ(inventory.hash, "2fde27460d2c15eb");
}

TEST(BackgroundMatting, GivesTheForegroundOnRequestAndTakesClipsOfAnySize) {
  const torch::NoGradGuard no_grad;
  for (const bool foreground : {false, true}) {
    auto network = make_model(background_matting(0.25, foreground), Rng(2));
    network->eval();
    for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {37, 50}, {64, 32}}) {
      Guides guides;
      guides.background = torch::rand({2, 2, 3, height, width});
      guides.segmentation = torch::rand({2, 2, 1, height, width});
      const auto out = network->forward(torch::rand({2, 2, 3, height, width}), guides, {}, 1);
      EXPECT_EQ(out.alpha.sizes(), guides.segmentation.sizes());
      EXPECT_GE(out.alpha.min().item<float>(), 0);
      EXPECT_LE(out.alpha.max().item<float>(), 1);
      ASSERT_EQ(out.foreground.defined(), foreground);
      if (foreground) {
        EXPECT_EQ(out.foreground.sizes(), guides.background.sizes());
      }
    }
  }
}

// Each cue has a say, the motion, too, which the published forward pass leaves out. In training mode, where batch norms keep
// maps alive in an untrained network.
TEST(BackgroundMatting, LooksAtEveryCue) {
  auto network = make_model(background_matting(0.25), Rng(2));
  SmallScene scene = small_scene(32);
  const auto alpha = [&] { return network->forward(scene.frames, scene.guides, {}, 1).alpha.detach(); };
  const auto before = alpha();
  scene.guides.background = 1 - scene.guides.background;
  const auto other_background = alpha();
  EXPECT_GT(worst_difference(other_background, before), 1e-4);
  scene.guides.segmentation = 1 - scene.guides.segmentation;
  EXPECT_GT(worst_difference(alpha(), other_background), 1e-4);
  network->forward(scene.frames, scene.guides, {}, 1).alpha.sum().backward();
  for (const auto& item : network->named_parameters()) {
    const bool of_colour = item.key().rfind("foreground_", 0) == 0;
    EXPECT_EQ(item.value().grad().defined(), !of_colour) << item.key();
  }
  const auto motion = network->named_parameters()["motion_encoder.layer1.conv.weight"].grad();
  EXPECT_GT(motion.abs().max().item<float>(), 0);
}

TEST(BackgroundMatting, RefusesWhatItCannotDo) {
  ModelConfig config = background_matting(0.25);
  config.uncertainty = true;
  EXPECT_THAT(message_of([&] { make_model(config, Rng(1)); }),
              testing::StartsWith("model.uncertainty: the network 'background_matting' has no use for it"));
  SmallScene scene = small_scene(32);
  scene.guides.segmentation = torch::Tensor();
  const auto network = make_model(background_matting(0.25), Rng(1));
  EXPECT_THROW(network->forward(scene.frames, scene.guides, {}, 1), Error);
}

TEST(BackgroundMatting, LearnsASmallScene) {
  const auto learned = overfit(*make_model(background_matting(0.25, false), Rng(3)), small_scene(32), 40, 2e-3);
  EXPECT_LT(learned.last, 0.2 * learned.first);
}

class BackgroundMattingOracle : public StillOracle {};

TEST_F(BackgroundMattingOracle, EqualsPyTorch) { expect_parity("background_matting", background_matting(0.25), 1e-5); }

}  // namespace
}  // namespace facemat
