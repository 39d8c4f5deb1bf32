#include "src/model/networks/dim.h"

#include <gtest/gtest.h>

#include "src/core/error.h"
#include "src/model/networks/models.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/known_regions.h"
#include "tests/src/model/networks/oracle/still_oracle.h"

namespace facemat {
namespace {

ModelConfig dim(const char* network, double width, bool refiner) {
  ModelConfig config;
  config.network = network;
  config.width = width;
  config.refiner = refiner;
  return config;
}

// How many places a convolution of a frame of `side` x `side` has.
int64_t places(const std::string& name, int64_t side) {
  int halvings = 0;
  if (name.rfind("backbone.features.", 0) == 0) {
    const int index = std::stoi(name.substr(18));
    for (const int pooling : {4, 9, 16, 23}) halvings += index > pooling ? 1 : 0;
  } else if (name.rfind("decoder.conv6", 0) == 0 || name.rfind("decoder.deconv6", 0) == 0) {
    halvings = 5;
  } else if (name.rfind("decoder.deconv", 0) == 0) {
    halvings = name[14] - '1';  // deconv5 .. deconv1, each behind its unpooling
  }
  return (side >> halvings) * (side >> halvings);
}

// Parameters and multiplications as counted of the public networks: 28.297 M and 60.6 G at 320x320, 379 G at 800x800; with the
// refiner 28.374 M, 68.5 G and 428 G.
TEST(Dim, HasThePublishedSizes) {
  const auto network = make_model(dim("dim", 1, true), Rng(1));
  EXPECT_EQ(parameter_count(*network), 28'297'153 + 76'801);
  EXPECT_EQ(parameter_count(*network->named_children()["refiner"]), 76'801);
  const auto macs = [&](int64_t side) {
    return giga_macs(*network, [&](const std::string& name) { return places(name, side); });
  };
  EXPECT_NEAR(macs(320), 68.48512, 1e-9);
  EXPECT_NEAR(macs(800), 428.032, 1e-9);
  const auto refining = giga_macs(*network->named_children()["refiner"], [](const std::string&) { return 320 * 320; });
  EXPECT_NEAR(macs(320) - refining, 60.6404608, 1e-9);
  const Inventory inventory = inventory_of(*network);
  EXPECT_EQ(inventory.count, 50u);
  EXPECT_EQ(inventory.first, "backbone.features.0.bias");
  EXPECT_EQ(inventory.last, "refiner.prediction.weight");
  EXPECT_EQ(inventory.hash, "f08ee81c6f207745");
}

TEST(Dim, HasBatchNormsOnRequest) {
  const Inventory inventory = inventory_of(*make_model(dim("dim_bn", 0.25, true), Rng(1)));
  EXPECT_EQ(inventory.count, 165u);
  EXPECT_EQ(inventory.first, "backbone.features.0.bias");
  EXPECT_EQ(inventory_of(*make_model(dim("dim", 0.25, true), Rng(1))).count, 50u);
}

TEST(Dim, TakesTheTrimapsWordWhereItIsSureAndClipsOfAnySize) {
  auto network = make_model(dim("dim", 0.25, true), Rng(2));
  expect_known_kept(*network, 1e-4, [&](const torch::Tensor& frames, const Guides& guides, const Prediction& out) {
    EXPECT_TRUE(out.parts.empty());
    network->train();
    const auto taught = network->forward(frames, guides, {}, 1);
    const auto sure = guides.trimap != 0.5;
    EXPECT_FALSE(torch::equal(taught.alpha.masked_select(sure), guides.trimap.masked_select(sure)));
    const auto padded = [](int64_t side) { return (side + 31) / 32 * 32; };
    EXPECT_EQ(taught.parts.at("coarse_alpha").sizes().vec(),
              (std::vector<int64_t>{6, 1, padded(frames.size(3)), padded(frames.size(4))}));
  });
}

TEST(Dim, RefusesWhatItCannotDo) {
  ModelConfig config = dim("dim", 0.25, false);
  config.foreground = true;
  EXPECT_THAT(message_of([&] { make_model(config, Rng(1)); }),
              testing::StartsWith("model.foreground: the network 'dim' has no use for it"));
  auto network = make_model(dim("dim", 0.25, false), Rng(1));
  EXPECT_THROW(network->forward(torch::rand({1, 3, 32, 32})), Error);  // no trimap
}

// Without batch norms it takes small steps, at larger ones it ends in a matte of one value; neither ends here.
TEST(Dim, LearnsASmallScene) {
  const SmallScene scene = small_scene(32);
  const auto plain = overfit(*make_model(dim("dim", 0.25, false), Rng(3)), scene, 200, 1e-4);
  EXPECT_LT(plain.last, 0.5 * plain.first);
  const auto normed = overfit(*make_model(dim("dim_bn", 0.25, true), Rng(3)), scene, 40, 1e-3);
  EXPECT_LT(normed.last, 0.2 * normed.first);
}

// Where two values of a window are nearly equal, float may take the other one for the larger: then the decoder lays a value one
// pixel beside. So it is held to double precision in double precision, and in float almost everywhere.
class DimOracle : public StillOracle, public testing::WithParamInterface<const char*> {};

TEST_P(DimOracle, EqualsPyTorch) { expect_parity(GetParam(), dim(GetParam(), 0.25, true), 1e-5, 0.9); }

INSTANTIATE_TEST_SUITE_P(Both, DimOracle, testing::Values("dim", "dim_bn"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace facemat
