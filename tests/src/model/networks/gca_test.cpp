#include "src/model/networks/gca.h"

#include <gtest/gtest.h>

#include "src/core/error.h"
#include "src/model/networks/models.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/known_regions.h"
#include "tests/src/model/networks/oracle/still_oracle.h"

namespace facemat {
namespace {

ModelConfig gca(double width) {
  ModelConfig config;
  config.network = "gca";
  config.width = width;
  return config;
}

// What a side of the maps that a convolution runs over is divided by. Transposed ones run over the smaller map.
int64_t division(const std::string& name) {
  static const std::vector<std::pair<const char*, int64_t>> starts = {{"encoder.conv1.", 2},
                                                                      {"encoder.conv2.", 2},
                                                                      {"encoder.conv3.", 4},
                                                                      {"encoder.layer1.", 4},
                                                                      {"encoder.layer2.", 8},
                                                                      {"encoder.layer3.", 16},
                                                                      {"encoder.layer_bottleneck.", 32},
                                                                      {"encoder.shortcut.0.", 1},
                                                                      {"encoder.shortcut.1.", 2},
                                                                      {"encoder.shortcut.2.", 4},
                                                                      {"encoder.shortcut.3.", 8},
                                                                      {"encoder.shortcut.4.", 16},
                                                                      {"encoder.guidance_head.1.", 2},
                                                                      {"encoder.guidance_head.5.", 4},
                                                                      {"encoder.guidance_head.9.", 8},
                                                                      {"encoder.gca.", 8},
                                                                      {"decoder.layer1.0.conv1.", 32},
                                                                      {"decoder.layer1.", 16},
                                                                      {"decoder.layer2.0.conv1.", 16},
                                                                      {"decoder.layer2.", 8},
                                                                      {"decoder.gca.", 8},
                                                                      {"decoder.layer3.0.conv1.", 8},
                                                                      {"decoder.layer3.", 4},
                                                                      {"decoder.layer4.0.conv1.", 4},
                                                                      {"decoder.layer4.", 2},
                                                                      {"decoder.conv1.", 2},
                                                                      {"decoder.conv2.", 1}};
  for (const auto& [start, divisor] : starts)
    if (name.rfind(start, 0) == 0) return divisor;
  ADD_FAILURE() << name << " is at no known size";
  return 1;
}

// 10^9 multiplications for a frame of `side` x `side`: convolutions, and two attentions over L places, with keys of 64 x 9 and
// values of 128 x 16 numbers.
double macs_of(const torch::nn::Module& network, int64_t side) {
  int64_t macs = 0;
  for (const auto& item : network.named_parameters())
    if (item.value().dim() == 4) macs += item.value().numel() * (side / division(item.key())) * (side / division(item.key()));
  const int64_t places = side / 16 * (side / 16);
  return static_cast<double>(macs + 2 * places * places * (64 * 9 + 128 * 16)) / 1e9;
}

// As counted of the public network: 25.165 M parameters, 25.269 M with the singular vectors, 10.9 G at 256x256, 47.6 G at
// 512x512.
TEST(Gca, HasThePublishedSizesAndNames) {
  const auto network = make_model(gca(1), Rng(1));
  EXPECT_EQ(parameter_count(*network), 25'164'529);
  int64_t vectors = 0;
  for (const auto& item : network->named_buffers())
    if (item.key().find(".weight_") != std::string::npos) vectors += item.value().numel();
  EXPECT_EQ(vectors, 25'269'144 - 25'164'529);
  EXPECT_NEAR(macs_of(*network, 256), 10.87766528, 1e-9);
  EXPECT_NEAR(macs_of(*network, 512), 47.637856256, 1e-9);
  const Inventory inventory = inventory_of(*network);
  EXPECT_EQ(inventory.count, 578u);
  EXPECT_EQ(inventory.first, "decoder.bn1.bias");
  EXPECT_EQ(inventory.last, "encoder.shortcut.4.5.weight");
  EXPECT_EQ(inventory.hash, "24501aef6ac04a34");
  EXPECT_EQ(named_weights(*network).count("encoder.layer2.0.downsample.1.module.weight_bar"), 1u);
}

// The trimap's channels have no say at first, residual branches are nothing, the attention nearly so.
TEST(Gca, StartsAsItWasPublished) {
  const auto weights = named_weights(*make_model(gca(0.25), Rng(1)));
  const auto first = weights.at("encoder.conv1.module.weight_bar");
  EXPECT_EQ(first.narrow(1, 3, 3).abs().max().item<float>(), 0);
  EXPECT_GT(first.narrow(1, 0, 3).abs().max().item<float>(), 0);
  EXPECT_EQ(weights.at("encoder.layer3.1.bn2.weight").abs().max().item<float>(), 0);
  EXPECT_EQ(weights.at("encoder.layer3.1.bn1.weight").min().item<float>(), 1);
  EXPECT_FLOAT_EQ(weights.at("decoder.gca.W.1.weight").max().item<float>(), 1e-3f);
}

TEST(Gca, TakesTheTrimapsWordWhereItIsSureAndClipsOfAnySize) {
  auto network = make_model(gca(0.25), Rng(2));
  expect_known_kept(*network, 1e-6, [&](const torch::Tensor& frames, const Guides& guides, const Prediction& out) {
    EXPECT_TRUE(out.states.empty());
    network->train();
    const auto taught = network->forward(frames, guides, {}, 1).alpha;
    EXPECT_GT((taught - guides.trimap).abs().max().item<float>(), 0.1);
    EXPECT_GE(taught.min().item<float>(), 0);
    EXPECT_LE(taught.max().item<float>(), 1);
  });
}

TEST(Gca, LooksAtTheTrimapBesideTheFrame) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(gca(0.25), Rng(2));
  network->train();
  const auto frame = torch::rand({1, 3, 64, 64});
  Guides known, unknown;
  known.trimap = torch::zeros({1, 1, 64, 64}), unknown.trimap = torch::full({1, 1, 64, 64}, 0.5);
  const auto a = network->forward(frame, known, {}, 1).alpha, b = network->forward(frame, unknown, {}, 1).alpha;
  EXPECT_GT(worst_difference(a, b), 1e-3);
}

TEST(Gca, RefusesWhatItCannotDo) {
  for (bool ModelConfig::*head :
       {&ModelConfig::foreground, &ModelConfig::uncertainty, &ModelConfig::segmentation, &ModelConfig::refiner}) {
    ModelConfig config = gca(0.25);
    config.*head = true;
    EXPECT_THROW(make_model(config, Rng(1)), Error);
  }
  auto network = make_model(gca(0.25), Rng(1));
  EXPECT_THROW(network->forward(torch::rand({1, 3, 32, 32})), Error);  // no trimap
}

TEST(Gca, LearnsASmallScene) {
  const Learned learned = overfit(*make_model(gca(0.25), Rng(3)), small_scene(64), 16, 2e-3);
  EXPECT_LT(learned.last, 0.3 * learned.first);
}

class GcaOracle : public StillOracle {};

// In training the power iterations of all spectral norms take a step, too.
TEST_F(GcaOracle, EqualsPyTorch) { expect_parity("gca", gca(0.25), 2e-5); }

}  // namespace
}  // namespace facemat
