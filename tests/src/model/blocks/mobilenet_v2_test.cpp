#include "src/model/blocks/mobilenet_v2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "src/core/error.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/networks/inventory.h"

namespace facemat {
namespace {

MobileNetV2Options options_of(int64_t inputs, int64_t stride, bool last, MobileNetV2Names names, double width = 1) {
  MobileNetV2Options options;
  options.inputs = inputs;
  options.width = width;
  options.output_stride = stride;
  options.last = last;
  options.names = names;
  return options;
}

// torchvision's classifier has 3,504,872, its last layer 1,281,000 of them.
TEST(MobileNetV2, HasThePublishedParameterCounts) {
  EXPECT_EQ(parameter_count(*MobileNetV2Encoder()), 2'223'872);
  EXPECT_EQ(parameter_count(*MobileNetV2Encoder(options_of(6, 16, false, MobileNetV2Names::kTorchvision))),
            2'223'872 + 3 * 32 * 9 - (320 * 1280 + 2 * 1280));
}

// The numbers of the layers in a block: of convolutions and of the norms behind them.
std::set<std::string> published_names(const std::vector<std::string>& expanding, const std::vector<std::string>& first) {
  std::set<std::string> names;
  const auto add = [&](const std::string& at, const std::vector<std::string>& layers) {
    for (size_t i = 0; i < layers.size(); i += 2) {
      names.insert(at + layers[i] + ".weight");
      for (const char* part : {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"})
        names.insert(at + layers[i + 1] + "." + part);
    }
  };
  add("features.0.", {"0", "1"});
  add("features.18.", {"0", "1"});
  for (int i = 1; i <= 17; ++i) add("features." + std::to_string(i) + ".conv.", i == 1 ? first : expanding);
  return names;
}

std::set<std::string> names_of(MobileNetV2Names kind) {
  std::set<std::string> names;
  const MobileNetV2Encoder encoder(options_of(3, 32, true, kind, 0.25));
  for (const auto& [name, tensor] : named_weights(*encoder)) names.insert(name);
  return names;
}

TEST(MobileNetV2, HasThePublishedNamesOfBothKinds) {
  EXPECT_EQ(names_of(MobileNetV2Names::kTorchvision),
            published_names({"0.0", "0.1", "1.0", "1.1", "2", "3"}, {"0.0", "0.1", "1", "2"}));
  EXPECT_EQ(names_of(MobileNetV2Names::kFlat), published_names({"0", "1", "3", "4", "6", "7"}, {"0", "1", "3", "4"}));
}

TEST(MobileNetV2, GivesFiveMapsAtOddSizes) {
  const torch::NoGradGuard no_grad;
  for (const int64_t stride : {32, 16}) {
    MobileNetV2Encoder encoder(options_of(5, stride, stride == 32, MobileNetV2Names::kFlat, 0.25));
    EXPECT_EQ(encoder->channels(), (std::vector<int64_t>{8, 8, 8, 24, stride == 32 ? 320 : 80}));
    const auto maps = encoder->forward(torch::rand({1, 5, 37, 64}));
    ASSERT_EQ(maps.size(), 5u);
    const std::vector<int64_t> heights = {19, 10, 5, 3, stride == 32 ? 2 : 3};
    for (size_t i = 0; i < maps.size(); ++i) {
      EXPECT_EQ(maps[i].size(1), encoder->channels()[i]);
      EXPECT_EQ(maps[i].size(2), heights[i]) << "output stride " << stride << ", map " << i;
    }
  }
}

// From features.15 on: the block that had the stride keeps the dilation of those before.
TEST(MobileNetV2, TradesTheLastStrideForDilation) {
  MobileNetV2Encoder encoder(options_of(3, 16, false, MobileNetV2Names::kTorchvision, 0.25));
  std::vector<int64_t> dilations;
  for (const auto& module : encoder->modules(false))
    if (auto* conv = module->as<torch::nn::Conv2d>(); conv && conv->options.groups() > 1)
      dilations.push_back(conv->options.dilation()->at(0));
  std::vector<int64_t> expected(17, 1);
  std::fill(expected.begin() + 14, expected.end(), 2);
  EXPECT_EQ(dilations, expected);
  EXPECT_THROW(MobileNetV2Encoder(options_of(3, 8, false, MobileNetV2Names::kFlat)), Error);
}

}  // namespace
}  // namespace facemat
