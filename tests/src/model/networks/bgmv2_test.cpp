#include "src/model/networks/bgmv2.h"

#include <gtest/gtest.h>

#include "src/core/config.h"
#include "src/model/networks/models.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/mobilenet_v2_strides.h"
#include "tests/src/model/networks/oracle/still_oracle.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

ModelConfig bgmv2(double width, const std::string& encoder = "mobilenetv2") {
  ModelConfig config;
  config.network = "bgmv2_" + encoder;
  config.width = width;
  config.foreground = true;
  config.patches.scale = 0.5;
  return config;
}

ModelConfig refining(const std::string& what, double share = 0.0386, double threshold = 0.1) {
  ModelConfig config = bgmv2(0.25);
  config.patches.refine = what;
  config.patches.share = share;
  config.patches.threshold = threshold;
  return config;
}

// The coarse frame's side over that of the map that a convolution of the coarse network gives.
int64_t stride_of(const std::string& name, bool resnet) {
  const auto has = [&](const char* text) { return name.find(text) != std::string::npos; };
  if (has("aspp.convs.4.")) return 0;  // of one pixel
  if (has("aspp.")) return 16;
  if (has("decoder.conv")) return int64_t{8} >> (name.back() - '1');  // 8, 4, 2, 1
  if (!resnet) return mobilenet_v2_stride(name, 16);
  if (has("backbone.conv1")) return 2;
  const int layer = name[std::string("backbone.layer").size()] - '0';
  const int64_t stride = layer == 1 ? 4 : layer == 2 ? 8 : 16;
  // The first block's 1x1 convolution works before the stride of its stage.
  return has(".0.conv1") && (layer == 2 || layer == 3) ? stride / 2 : stride;
}

// 5.007 M and 40.248 M parameters; of the coarse network 3.72 and 16.0 GMAC at 256, as counted of the public ones. A patch of
// the refiner has 474,336, of which an HD frame has 5,000.
TEST(Bgmv2, HasThePublishedSizes) {
  for (const bool resnet : {false, true}) {
    const auto network = make_model(bgmv2(1, resnet ? "resnet50" : "mobilenetv2"), Rng(1));
    EXPECT_EQ(parameter_count(*network), resnet ? 40'247'703 : 5'006'839);
    const auto macs = giga_macs(*network, [&](const std::string& name) -> int64_t {
      if (name.rfind("refiner.", 0) == 0) return 0;
      const int64_t stride = stride_of(name, resnet);
      return stride == 0 ? 1 : (256 / stride) * (256 / stride);
    });
    EXPECT_NEAR(macs, resnet ? 16.0 : 3.72, 0.01);
    const auto of_patch = giga_macs(*network, [](const std::string& name) -> int64_t {
      if (name.rfind("refiner.", 0) != 0) return 0;
      return name == "refiner.conv1" || name == "refiner.conv3" ? 36 : 16;
    });
    EXPECT_NEAR(of_patch * 1e9, 474'336, 0.5);
    const Inventory inventory = inventory_of(*network);
    EXPECT_EQ(inventory.count, resnet ? 394u : 382u);
    EXPECT_EQ(inventory.first, "aspp.convs.0.0.weight");
    EXPECT_EQ(inventory.last, "refiner.conv4.weight");
    EXPECT_EQ(inventory.hash, resnet ? "feab63942e564671" : "ef89a67b168f0b6f");
  }
}

TEST(Bgmv2, TakesClipsOfAnySizeAndTellsTheCoarseMatteInTraining) {
  const torch::NoGradGuard no_grad;
  for (const double scale : {0.125, 0.25, 0.5, 1.0}) {
    ModelConfig config = bgmv2(0.25);
    config.patches.scale = scale;
    const auto network = make_model(config, Rng(2));
    for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {37, 50}, {64, 32}}) {
      Guides guides;
      guides.background = torch::rand({2, 2, 3, height, width});
      const auto frames = torch::rand({2, 2, 3, height, width});
      network->eval();
      const auto quiet = network->forward(frames, guides, {}, 1);
      EXPECT_EQ(quiet.alpha.sizes().vec(), (std::vector<int64_t>{2, 2, 1, height, width}));
      EXPECT_EQ(quiet.foreground.sizes(), frames.sizes());
      EXPECT_GE(quiet.alpha.min().item<float>(), 0);
      EXPECT_LE(quiet.alpha.max().item<float>(), 1);
      EXPECT_TRUE(quiet.parts.empty());
      network->train();
      const auto parts = network->forward(frames, guides, {}, 1).parts;
      const int64_t multiple = scale < 0.25 ? 8 : 4;
      const auto coarse = [&](int64_t side) {
        return static_cast<int64_t>(static_cast<double>((side + multiple - 1) / multiple * multiple) * scale);
      };
      const std::vector<int64_t> size = {4, 1, coarse(height), coarse(width)};
      EXPECT_EQ(parts.at("coarse_alpha").sizes().vec(), size);
      EXPECT_EQ(parts.at("error").sizes().vec(), size);
      EXPECT_EQ(parts.at("coarse_foreground").sizes().vec(), (std::vector<int64_t>{4, 3, size[2], size[3]}));
    }
  }
}

torch::Tensor alpha_of(const ModelConfig& config, const SmallScene& scene) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(config, Rng(2));
  for (auto& item : network->named_parameters())  // an alpha that no clamp hides
    if (item.key() == "decoder.conv4.bias" || item.key() == "refiner.conv4.bias") item.value().fill_(0.5);
  network->eval();
  return network->forward(scene.frames, scene.guides, {}, 1).alpha;
}

// Where all patches are refined it does not matter how they were chosen; where none would be, there is one of each map.
TEST(Bgmv2, ModesAgreeWhereTheyRefineTheSame) {
  const SmallScene scene = small_scene(36);
  const auto full = alpha_of(refining("full"), scene), none = alpha_of(refining("none"), scene);
  EXPECT_LT(worst_difference(alpha_of(refining("sampling", 1), scene), full), 1e-4);
  EXPECT_LT(worst_difference(alpha_of(refining("thresholding", 0, 0), scene), full), 1e-4);
  EXPECT_GT(worst_difference(none, full), 1e-3);
  for (const auto& one : {alpha_of(refining("sampling", 0), scene), alpha_of(refining("thresholding", 0, 1), scene)}) {
    const auto changed = torch::max_pool2d((one != none).to(torch::kFloat32), 4);
    for (const auto& map : changed.unbind(0)) EXPECT_EQ(map.sum().item<float>(), 1);
    const auto enlarged = torch::upsample_nearest2d(changed, {36, 36});
    EXPECT_LT(((one - full) * enlarged).abs().max().item<float>(), 1e-4);
  }
}

TEST(Bgmv2, TheErrorTeachesNeitherAlphaNorTheChoiceOfPatches) {
  const SmallScene scene = small_scene(32);
  const auto network = make_model(bgmv2(0.25), Rng(2));
  const Prediction prediction = network->forward(scene.frames, scene.guides, {}, 1);
  prediction.alpha.sum().backward();
  const auto gradient = network->named_parameters()["decoder.conv4.weight"].grad();
  EXPECT_EQ(gradient[4].abs().max().item<float>(), 0) << "the expected error's";
  EXPECT_GT(gradient[0].abs().max().item<float>(), 0) << "alpha's";
  EXPECT_GT(gradient.narrow(0, 5, 8).abs().max().item<float>(), 0) << "the hidden maps', through the patches";
}

TEST(Bgmv2, RefusesWhatItCannotDo) {
  ModelConfig config = bgmv2(0.25);
  config.uncertainty = true;
  EXPECT_THAT(message_of([&] { make_model(config, Rng(1)); }),
              testing::StartsWith("model.uncertainty: the network 'bgmv2_mobilenetv2' has no use for it"));
  SmallScene scene = small_scene(32);
  scene.guides.background = torch::Tensor();
  const auto network = make_model(bgmv2(0.25), Rng(1));
  EXPECT_THROW(network->forward(scene.frames, scene.guides, {}, 1), Error);
  EXPECT_THROW(config_from_yaml<ModelConfig>("patches: {refine: everything}", "x"), Error);
}

TEST(Bgmv2, LearnsASmallScene) {
  const auto learned = overfit(*make_model(bgmv2(0.25), Rng(3)), small_scene(32), 60, 5e-3);
  EXPECT_LT(learned.last, 0.3 * learned.first);
}

class Bgmv2Oracle : public StillOracle {
 protected:
  // PyTorch's own single precision is off by up to 1.3e-4, and an error at the edge may choose another patch.
  void expect_refining(const std::string& name, const ModelConfig& config) {
    prepare(name, config);
    if (IsSkipped() || HasFatalFailure()) return;
    expect_evaluation(torch::kFloat64, 1e-9);
    expect_evaluation(torch::kFloat32, 1e-3, 0.98);
    // The oracle knows patches alone: of all of them, which overlap, batches have other means than of the whole map.
    if (config.patches.refine != "full") expect_training();
  }
};

TEST_F(Bgmv2Oracle, WithMobileNetV2EqualsPyTorch) { expect_refining("bgmv2_mobilenetv2", refining("sampling", 0.2)); }

TEST_F(Bgmv2Oracle, WithResNetEqualsPyTorch) {
  ModelConfig config = bgmv2(0.25, "resnet50");
  config.patches.scale = 0.25;
  expect_refining("bgmv2_resnet50", config);
}

TEST_F(Bgmv2Oracle, ByThresholdEqualsPyTorch) { expect_refining("bgmv2_thresholding", refining("thresholding", 0, 0.6)); }

TEST_F(Bgmv2Oracle, EverywhereEqualsPyTorch) { expect_refining("bgmv2_full", refining("full")); }

}  // namespace
}  // namespace facemat
