#include "src/model/networks/rvm.h"

#include <gtest/gtest.h>

#include <set>

#include "src/core/error.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/networks/configs.h"
#include "tests/src/model/networks/inventory.h"

namespace facemat {
namespace {

using Names = std::set<std::string>;

void add_conv(const std::string& at, bool bias, Names& names) {
  names.insert(at + ".weight");
  if (bias) names.insert(at + ".bias");
}

void add_norm(const std::string& at, Names& names) {
  for (const char* part : {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"})
    names.insert(at + "." + part);
}

// torchvision's MobileNetV3-Large and ResNet-50 without their classifiers.
void add_mobilenet(Names& names) {
  const auto conv = [&](const std::string& at, bool bias = false) { add_conv(at, bias, names); };
  const auto conv_norm = [&](const std::string& at) { add_conv(at + ".0", false, names), add_norm(at + ".1", names); };
  conv_norm("backbone.features.0");
  const std::set<int> squeezed{4, 5, 6, 11, 12, 13, 14, 15};
  for (int i = 1; i <= 15; ++i) {
    const std::string block = "backbone.features." + std::to_string(i) + ".block.";
    int j = 0;
    if (i > 1) conv_norm(block + std::to_string(j++));  // expand
    conv_norm(block + std::to_string(j++));             // depthwise
    if (squeezed.count(i)) {
      conv(block + std::to_string(j) + ".fc1", true), conv(block + std::to_string(j) + ".fc2", true);
      ++j;
    }
    conv_norm(block + std::to_string(j));  // project
  }
  conv_norm("backbone.features.16");
}

void add_resnet(Names& names) {
  add_conv("backbone.conv1", false, names), add_norm("backbone.bn1", names);
  const int blocks[] = {3, 4, 6, 3};
  for (int layer = 1; layer <= 4; ++layer)
    for (int i = 0; i < blocks[layer - 1]; ++i) {
      const std::string at = "backbone.layer" + std::to_string(layer) + "." + std::to_string(i) + ".";
      for (const char* number : {"1", "2", "3"})
        add_conv(at + "conv" + number, false, names), add_norm(at + "bn" + number, names);
      if (i == 0) add_conv(at + "downsample.0", false, names), add_norm(at + "downsample.1", names);
    }
}

// The names of RVM's published state dicts, from the description of their blocks (reference: pipeline section 3.10).
Names published_names(void (*add_backbone)(Names& names)) {
  Names names;
  add_backbone(names);
  const auto conv = [&](const std::string& at, bool bias = false) { add_conv(at, bias, names); };
  const auto norm = [&](const std::string& at) { add_norm(at, names); };
  const auto conv_norm = [&](const std::string& at) { conv(at + ".0"), norm(at + ".1"); };
  conv_norm("aspp.aspp1");
  conv("aspp.aspp2.1");
  for (const char* block : {"decode4", "decode3", "decode2", "decode1"}) {
    const std::string at = std::string("decoder.") + block;
    conv(at + ".gru.ih.0", true), conv(at + ".gru.hh.0", true);
    if (std::string(block) != "decode4") conv_norm(at + ".conv");
  }
  conv("decoder.decode0.conv.0"), norm("decoder.decode0.conv.1"), conv("decoder.decode0.conv.3"),
      norm("decoder.decode0.conv.4");
  conv("project_mat.conv", true), conv("project_seg.conv", true);
  conv("refiner.box_filter");
  conv("refiner.conv.0"), norm("refiner.conv.1"), conv("refiner.conv.3"), norm("refiner.conv.4"), conv("refiner.conv.6", true);
  return names;
}

std::map<std::string, int64_t> counts_of_parts(const torch::nn::Module& network) {
  std::map<std::string, int64_t> parts;
  for (const auto& child : network.named_children()) parts[child.key()] = parameter_count(*child.value());
  return parts;
}

Names names_of(const torch::nn::Module& network) {
  Names names;
  for (const auto& [name, tensor] : named_weights(network)) names.insert(name);
  return names;
}

TEST(Rvm, HasThePublishedParameterCounts) {
  const auto network = make_model(published(), Rng(1));
  EXPECT_EQ(parameter_count(*network), 3'748'633);
  auto parts = counts_of_parts(*network);
  EXPECT_EQ(parts["backbone"], 2'971'952);
  EXPECT_EQ(parts["aspp"], 246'016);
  EXPECT_EQ(parts["decoder"], 221'376 + 209'800 + 60'260 + 30'928 + 7'408);
  EXPECT_EQ(parts["project_mat"], 68);
  EXPECT_EQ(parts["project_seg"], 17);
  EXPECT_EQ(parts["refiner"], 808);
  EXPECT_EQ(parameter_count(*make_model({}, Rng(1))), 3'747'757);  // alpha only
}

TEST(Rvm, HasThePublishedNames) { EXPECT_EQ(names_of(*make_model(published(), Rng(1))), published_names(add_mobilenet)); }

TEST(Rvm, HasThePublishedShapes) {
  auto weights = named_weights(*make_model(published(), Rng(1)));
  const auto shape = [&](const char* name) { return weights.at(name).sizes().vec(); };
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(shape("backbone.features.0.0.weight"), (Shape{16, 3, 3, 3}));
  EXPECT_EQ(shape("backbone.features.4.block.2.fc1.weight"), (Shape{24, 72, 1, 1}));
  EXPECT_EQ(shape("backbone.features.4.block.3.0.weight"), (Shape{40, 72, 1, 1}));
  EXPECT_EQ(shape("backbone.features.16.0.weight"), (Shape{960, 160, 1, 1}));
  EXPECT_EQ(shape("aspp.aspp1.0.weight"), (Shape{128, 960, 1, 1}));
  EXPECT_EQ(shape("decoder.decode4.gru.ih.0.weight"), (Shape{128, 128, 3, 3}));
  EXPECT_EQ(shape("decoder.decode3.conv.0.weight"), (Shape{80, 171, 3, 3}));
  EXPECT_EQ(shape("decoder.decode2.gru.hh.0.weight"), (Shape{20, 40, 3, 3}));
  EXPECT_EQ(shape("decoder.decode0.conv.3.weight"), (Shape{16, 16, 3, 3}));
  EXPECT_EQ(shape("refiner.conv.0.weight"), (Shape{16, 24, 1, 1}));
}

// All of it in one test: this network is large.
TEST(Rvm, WithResNetIsThePublishedOneToo) {
  ModelConfig config = published();
  config.network = "rvm_resnet50";
  const auto network = make_model(config, Rng(1));
  EXPECT_EQ(parameter_count(*network), 26'890'461);
  auto parts = counts_of_parts(*network);
  EXPECT_EQ(parts["backbone"], 23'508'032);
  EXPECT_EQ(parts["aspp"], 1'049'088);
  EXPECT_EQ(parts["decoder"], 885'120 + 1'109'824 + 278'432 + 51'664 + 7'408);
  EXPECT_EQ(names_of(*network), published_names(add_resnet));
  auto weights = named_weights(*network);
  const auto shape = [&](const char* name) { return weights.at(name).sizes().vec(); };
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(shape("backbone.conv1.weight"), (Shape{64, 3, 7, 7}));
  EXPECT_EQ(shape("backbone.layer4.0.downsample.0.weight"), (Shape{2048, 1024, 1, 1}));
  EXPECT_EQ(shape("backbone.layer4.2.conv2.weight"), (Shape{512, 512, 3, 3}));
  EXPECT_EQ(shape("aspp.aspp1.0.weight"), (Shape{256, 2048, 1, 1}));
  EXPECT_EQ(shape("decoder.decode4.gru.ih.0.weight"), (Shape{256, 256, 3, 3}));
  EXPECT_EQ(shape("decoder.decode3.conv.0.weight"), (Shape{128, 771, 3, 3}));
  EXPECT_EQ(shape("decoder.decode2.conv.0.weight"), (Shape{64, 387, 3, 3}));
  EXPECT_EQ(shape("decoder.decode1.conv.0.weight"), (Shape{32, 131, 3, 3}));
}

TEST(Rvm, UncertaintyIsAVariance) {
  ModelConfig config = quarter();
  config.uncertainty = true;
  const torch::NoGradGuard no_grad;
  const auto out = make_model(config, Rng(2))->forward(torch::rand({1, 2, 3, 32, 32}));
  EXPECT_EQ(out.variance.sizes(), out.alpha.sizes());
  EXPECT_GE(out.variance.min().item<float>(), 1e-6f);
  EXPECT_LE(out.variance.max().item<float>(), 1.f);
}

// What the variance asks for: with a detached head it reaches the head's weights and no others; the values are the same.
TEST(Rvm, ADetachedUncertaintyTeachesItsHeadAlone) {
  ModelConfig config = quarter();
  config.uncertainty = true;
  const auto frames = torch::rand({1, 2, 3, 32, 32});
  const auto shared = make_model(config, Rng(2))->forward(frames);
  config.detached_uncertainty = true;
  const auto network = make_model(config, Rng(2));
  const auto out = network->forward(frames);
  EXPECT_TRUE(torch::equal(out.variance, shared.variance));
  out.variance.sum().backward();
  for (const auto& item : network->named_parameters()) {
    const bool reached = item.value().grad().defined() && item.value().grad().abs().max().item<float>() > 0;
    EXPECT_EQ(reached, item.key().rfind("project_uncertainty.", 0) == 0) << item.key();
  }
}

TEST(Rvm, RefinerBringsAReducedFrameToFullSize) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(published(0.25), Rng(2));
  network->eval();
  const auto out = network->forward(torch::rand({1, 2, 3, 96, 130}), {}, 0.5);
  EXPECT_EQ(out.alpha.sizes().vec(), (std::vector<int64_t>{1, 2, 1, 96, 130}));
  EXPECT_EQ(out.foreground.sizes().vec(), (std::vector<int64_t>{1, 2, 3, 96, 130}));
  EXPECT_EQ(out.states[0].size(3), 33);
}

TEST(Rvm, TakesFramesOfAnySize) {
  auto network = make_model(quarter(), Rng(2));
  network->eval();
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {2, 3}, {1, 17}, {8, 32}}) {
    const Prediction out = network->forward(torch::rand({1, 3, height, width}));
    EXPECT_EQ(out.alpha.sizes().vec(), (std::vector<int64_t>{1, 1, height, width}));
    EXPECT_TRUE(out.alpha.isfinite().all().item<bool>());
  }
}

TEST(Rvm, RefusesWhatItCannotDo) {
  auto network = make_model(quarter(), Rng(2));
  EXPECT_THROW(network->forward(torch::rand({1, 1, 32, 32})), Error);
  EXPECT_THROW(network->forward(torch::rand({1, 3, 0, 32})), Error);
  EXPECT_THROW(network->forward(torch::rand({1, 3, 32, 32}), {}, 0.5), Error);  // no refiner
  ModelConfig unknown;
  unknown.network = "unet";
  EXPECT_THROW(make_model(unknown, Rng(1)), Error);
}

TEST(Mobilenet, RoundsChannelsAsThePaper) {
  EXPECT_EQ(scaled_channels(16, 1), 16);
  EXPECT_EQ(scaled_channels(18, 1), 24);  // 16 would lose more than 10 %
  EXPECT_EQ(scaled_channels(30, 1), 32);
  EXPECT_EQ(scaled_channels(16, 0.25), 8);
  EXPECT_EQ(scaled_channels(960, 0.5), 480);
}

}  // namespace
}  // namespace facemat
