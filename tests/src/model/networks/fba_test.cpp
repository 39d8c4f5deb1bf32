#include "src/model/networks/fba.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/model/networks/models.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/oracle/still_oracle.h"

namespace facemat {
namespace {

ModelConfig config_of(double width) {
  ModelConfig config;
  config.network = "fba";
  config.width = width;
  config.foreground = true;
  return config;
}

Guides with_trimap(const torch::Tensor& trimap) {
  Guides guides;
  guides.trimap = trimap;
  return guides;
}

// 0, 0.5 and 1 in vertical stripes.
torch::Tensor stripes(std::vector<int64_t> frames) {
  frames[frames.size() - 3] = 1;
  return (torch::arange(frames.back()).remainder(3).to(torch::kFloat32) / 2).expand(frames).contiguous();
}

// How many places a convolution has in a frame of `side` x `side`.
int64_t places(const std::string& name, int64_t side) {
  const auto of = [&](int64_t stride) { return side / stride * (side / stride); };
  const auto begins = [&](const std::string& with) { return starts_with(name, with); };
  if (name == "encoder.conv1" || begins("decoder.conv_up3.")) return of(2);
  if (begins("encoder.layer1.") || name == "encoder.layer2.0.conv1" || begins("decoder.conv_up2.")) return of(4);
  if (begins("decoder.conv_up4.")) return of(1);
  const int64_t pooled[] = {1, 2, 3, 6};
  for (int i = 0; i < 4; ++i)
    if (begins("decoder.ppm." + std::to_string(i) + ".")) return pooled[i] * pooled[i];
  return of(8);
}

// Parameters and multiplications as counted of the public network: 34.693 M, of which the encoder has 23.53 M; 42.7 G at
// 256x256, 170.8 G at 512x512, 417 G at 800x800.
TEST(Fba, HasThePublishedSizes) {
  const auto network = make_model(config_of(1), Rng(1));
  EXPECT_EQ(parameter_count(*network), 34'693'031);
  EXPECT_EQ(parameter_count(*network->named_children()["encoder"]), 23'533'120);
  const auto macs = [&](int64_t side) {
    return giga_macs(*network, [&](const std::string& name) { return places(name, side); });
  };
  EXPECT_NEAR(macs(256), 42.72632627, 1e-7);
  EXPECT_NEAR(macs(512), 170.826661888, 1e-7);
  EXPECT_NEAR(macs(800), 417.0194944, 1e-7);
  const Inventory inventory = inventory_of(*network);
  EXPECT_EQ(inventory.count, 197u);
  EXPECT_EQ(inventory.first, "decoder.conv_up1.0.bias");
  EXPECT_EQ(inventory.last, "encoder.layer4.2.conv3.weight");
  EXPECT_EQ(inventory.hash, "081d331a57c31531");
}

TEST(Fba, TakesFramesOfAnySize) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(config_of(0.25), Rng(2));
  network->eval();
  for (const auto& shape : std::vector<std::vector<int64_t>>{{1, 3, 64, 64}, {2, 2, 3, 37, 50}, {1, 3, 1, 1}, {1, 3, 9, 130}}) {
    const Prediction out = network->forward(torch::rand(shape), with_trimap(stripes(shape)), {}, 1);
    EXPECT_EQ(out.foreground.sizes().vec(), shape);
    EXPECT_EQ(out.background.sizes().vec(), shape);
    EXPECT_EQ(out.alpha.sizes(), stripes(shape).sizes());
    EXPECT_GE(out.alpha.min().item<float>(), 0);
    EXPECT_LE(out.alpha.max().item<float>(), 1);
    EXPECT_TRUE(out.states.empty());
  }
}

TEST(Fba, KeepsLayersBackThatNobodyAskedFor) {
  const torch::NoGradGuard no_grad;
  const auto frames = torch::rand({1, 3, 16, 24});
  ModelConfig config = config_of(0.25);
  const auto network = make_model(config, Rng(2));
  config.foreground = false;
  const auto silent = make_model(config, Rng(2));
  network->eval(), silent->eval();
  const Guides guides = with_trimap(stripes({1, 3, 16, 24}));
  const Prediction out = silent->forward(frames, guides, {}, 1);
  EXPECT_FALSE(out.foreground.defined() || out.background.defined());
  EXPECT_TRUE(torch::equal(out.alpha, network->forward(frames, guides, {}, 1).alpha));
}

TEST(Fba, RefusesWhatItCannotDo) {
  auto network = make_model(config_of(0.25), Rng(2));
  const auto frames = torch::rand({1, 3, 16, 16});
  EXPECT_THAT(message_of([&] { network->forward(frames); }), testing::HasSubstr("trimap"));
  EXPECT_THROW(network->forward(frames, with_trimap(torch::zeros({1, 1, 16, 8})), {}, 1), Error);
  EXPECT_THROW(network->forward(frames, with_trimap(stripes({1, 3, 16, 16})), {}, 0.5), Error);
  ModelConfig config = config_of(0.25);
  config.uncertainty = true;
  EXPECT_THAT(message_of([&] { make_model(config, Rng(1)); }), testing::HasSubstr("uncertainty"));
}

// C = 0.5, a = 0.5, F = 0.8, B = 0.4: -0.1 is not explained. F = 0.8 - 0.05; -0.075 is left; B = 0.4 - 0.0375;
// a = (0.05 + 3 * 0.1375 * 0.3875) / (0.1 + 3 * 0.3875^2).
TEST(Fba, FusionByHand) {
  const auto grey = [](double value) { return torch::full({1, 3, 1, 1}, value, torch::kFloat64); };
  const auto alpha = torch::full({1, 1, 1, 1}, 0.5, torch::kFloat64);
  const MatteLayers out = fused_layers({alpha, grey(0.8), grey(0.4)}, grey(0.5));
  EXPECT_NEAR(out.foreground[0][0].item<double>(), 0.75, 1e-12);
  EXPECT_NEAR(out.background[0][2].item<double>(), 0.3625, 1e-12);
  EXPECT_NEAR(out.alpha.item<double>(), 0.3812091967073517, 1e-12);
}

// Nothing is left to explain, so nothing changes, whatever the colours are.
TEST(Fba, FusionKeepsWhatExplainsTheFrame) {
  const auto alpha = torch::rand({2, 1, 5, 4}, torch::kFloat64);
  const auto foreground = torch::rand({2, 3, 5, 4}, torch::kFloat64), background = torch::rand({2, 3, 5, 4}, torch::kFloat64);
  const MatteLayers out = fused_layers({alpha, foreground, background}, alpha * foreground + (1 - alpha) * background);
  EXPECT_LT(worst_difference(out.alpha, alpha), 1e-12);
  EXPECT_LT(worst_difference(out.foreground, foreground), 1e-12);
  EXPECT_LT(worst_difference(out.background, background), 1e-12);
}

TEST(Fba, LearnsASmallScene) {
  const auto learned = overfit(*make_model(config_of(0.25), Rng(3)), small_scene(32), 40, 1e-3);
  EXPECT_LT(learned.last, 0.4 * learned.first);
}

// In single precision PyTorch itself is up to 7e-5 off: group norms over small maps make much of rounding.
class FbaOracle : public StillOracle {};

TEST_F(FbaOracle, EqualsPyTorch) { expect_parity("fba", config_of(0.25), 3e-4); }

}  // namespace
}  // namespace facemat
