#include "src/model/networks/modnet.h"

#include <gtest/gtest.h>

#include "src/model/networks/models.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/mobilenet_v2_strides.h"
#include "tests/src/model/networks/oracle/still_oracle.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

ModelConfig modnet(double width) {
  ModelConfig config;
  config.network = "modnet";
  config.width = width;
  return config;
}

// The frame's side over that of the map that a convolution gives.
int64_t stride_of(const std::string& name) {
  const std::pair<const char*, int64_t> branches[] = {
      {"conv_lr16x", 16}, {"conv_lr8x", 8},  {"conv_lr4x", 4},  {"conv_lr", 16}, {"tohr_enc2x", 2},
      {"conv_enc2x", 4},  {"tohr_enc4x", 4}, {"conv_enc4x", 4}, {"hr4x", 4},     {"conv_hr2x", 2},
      {"conv_hr", 1},     {"conv_f2x", 2},   {"conv_f", 1}};
  for (const auto& [part, stride] : branches)
    if (name.find(part) != std::string::npos) return stride;
  return mobilenet_v2_stride(name, 32);
}

// 6.487 M parameters; 3.87 and 15.47 GMAC at 256 and 512 as it is run, 18.1 at 512 with what only training computes. The two
// linear layers of the squeeze are no convolutions; they have 0.0008.
TEST(Modnet, HasThePublishedSizes) {
  const auto network = make_model(modnet(1), Rng(1));
  EXPECT_EQ(parameter_count(*network), 6'487'075);
  const auto macs = [&](int64_t side, bool training) {
    return giga_macs(*network, [&](const std::string& name) -> int64_t {
      const bool head = name.find("conv_hr.") != std::string::npos || name.find("conv_lr.") != std::string::npos;
      const int64_t there = side / stride_of(name);
      return head && !training ? 0 : there * there;
    });
  };
  EXPECT_NEAR(macs(256, false), 3.87, 0.005);
  EXPECT_NEAR(macs(512, false), 15.47, 0.01);
  EXPECT_NEAR(macs(512, true), 18.1, 0.05);
  const Inventory inventory = inventory_of(*network);
  EXPECT_EQ(inventory.count, 439u);
  EXPECT_EQ(inventory.first, "backbone.model.features.0.0.weight");
  EXPECT_EQ(inventory.last, "lr_branch.se_block.fc.2.weight");
  EXPECT_EQ(inventory.hash, "2219ab34eafd105a");
}

TEST(Modnet, TakesClipsOfAnySizeAndTellsItsBranchesInTraining) {
  const torch::NoGradGuard no_grad;
  const auto network = make_model(modnet(0.25), Rng(2));
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {37, 50}, {64, 32}}) {
    const auto frames = torch::rand({2, 2, 3, height, width});
    network->eval();
    const auto quiet = network->forward(frames);
    EXPECT_EQ(quiet.alpha.sizes().vec(), (std::vector<int64_t>{2, 2, 1, height, width}));
    EXPECT_TRUE(quiet.parts.empty());
    network->train();
    const Prediction taught = network->forward(frames);
    const auto& parts = taught.parts;
    EXPECT_EQ(taught.multiple, 32) << "parts are of frames padded to it";
    const int64_t h = (height + 31) / 32 * 32, w = (width + 31) / 32 * 32;
    EXPECT_EQ(parts.at("semantic").sizes().vec(), (std::vector<int64_t>{4, 1, h / 16, w / 16}));
    EXPECT_EQ(parts.at("detail").sizes().vec(), (std::vector<int64_t>{4, 1, h, w}));
  }
}

TEST(Modnet, RefusesHeads) {
  ModelConfig config = modnet(0.25);
  config.foreground = true;
  EXPECT_THAT(message_of([&] { make_model(config, Rng(1)); }),
              testing::StartsWith("model.foreground: the network 'modnet' has no use for it"));
}

TEST(Modnet, LearnsASmallScene) {
  const auto learned = overfit(*make_model(modnet(0.25), Rng(3)), small_scene(32), 150, 1e-2);
  EXPECT_LT(learned.last, 0.35 * learned.first);
}

class ModnetOracle : public StillOracle {};

TEST_F(ModnetOracle, EqualsPyTorch) {
  expect_parity("modnet", modnet(0.25), 5e-5);  // PyTorch's own single precision is off by 9e-6 here
}

}  // namespace
}  // namespace facemat
