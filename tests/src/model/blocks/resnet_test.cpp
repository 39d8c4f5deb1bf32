#include "src/model/blocks/resnet.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/core/error.h"
#include "src/model/weights/safetensors.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/compute/gradients.h"
#include "tests/src/model/networks/inventory.h"
#include "tests/src/model/networks/oracle/oracle.h"

namespace facemat {
namespace {

ResNetOptions options_of(ResidualKind block, std::vector<int64_t> blocks, int64_t inputs, NormKind norm, int64_t stride) {
  ResNetOptions options;
  options.block = block;
  options.blocks = std::move(blocks);
  options.inputs = inputs;
  options.width = 0.125;
  options.norm = norm;
  options.output_stride = stride;
  return options;
}

// torchvision's networks without their classifiers: 25,557,032 - 2,049,000 and 21,797,672 - 513,000 parameters.
TEST(ResNet, HasThePublishedParameterCounts) {
  ResNetOptions options;
  EXPECT_EQ(parameter_count(*ResNetEncoder(options)), 23'508'032);
  options.inputs = 11, options.norm = NormKind::kGroup, options.output_stride = 8;
  EXPECT_EQ(parameter_count(*ResNetEncoder(options)), 23'508'032 + 8 * 49 * 64);
  EXPECT_EQ(parameter_count(*ResNetEncoder(ResNetOptions{ResidualKind::kBasic, {3, 4, 6, 3}})), 21'284'672);
}

TEST(ResNet, GivesFiveMapsAtOddSizes) {
  const torch::NoGradGuard no_grad;
  const std::map<int64_t, std::vector<int64_t>> heights = {
      {32, {19, 10, 5, 3, 2}}, {16, {19, 10, 5, 3, 3}}, {8, {19, 10, 5, 5, 5}}, {4, {19, 10, 10, 10, 10}}};
  for (const auto& [stride, expected] : heights) {
    ResNetEncoder encoder(options_of(ResidualKind::kBottleneck, {1, 1, 1, 1}, 3, NormKind::kGroup, stride));
    EXPECT_EQ(encoder->channels(), (std::vector<int64_t>{8, 32, 64, 128, 256}));
    const auto maps = encoder->forward(torch::rand({1, 3, 37, 64}));
    ASSERT_EQ(maps.size(), 5u);
    for (size_t i = 0; i < maps.size(); ++i) {
      EXPECT_EQ(maps[i].size(1), encoder->channels()[i]);
      EXPECT_EQ(maps[i].size(2), expected[i]) << "output stride " << stride << ", map " << i;
    }
  }
}

TEST(ResNet, RefusesOtherOptions) {
  EXPECT_THROW(ResNetEncoder(options_of(ResidualKind::kBasic, {1, 1, 1}, 3, NormKind::kBatch, 32)), Error);
  EXPECT_THROW(ResNetEncoder(options_of(ResidualKind::kBasic, {1, 1, 1, 1}, 3, NormKind::kBatch, 2)), Error);
}

TEST(ResNet, RecomputesTheSame) {
  ResNetEncoder encoder(options_of(ResidualKind::kBasic, {2, 1, 1, 1}, 3, NormKind::kGroup, 32));
  const auto x = torch::rand({1, 3, 32, 32});
  const auto gradients = [&](bool recompute) {
    encoder->zero_grad();
    encoder->forward(x, recompute).back().sum().backward();
    return encoder->parameters().front().grad().clone();
  };
  EXPECT_TRUE(torch::equal(gradients(true), gradients(false)));
}

// The encoders of oracle/resnet.py in double precision: maps, and gradients of a weighted sum of them.
class ResNetOracle : public OracleTest {
 protected:
  void expect_equal(const std::string& name, const ResNetOptions& options) {
    ResNetEncoder encoder(options);
    size_t loaded = 0;
    for (auto& [key, tensor] : named_weights(*encoder)) {
      ASSERT_EQ(tensor.sizes(), at(name + ".weights." + key).sizes()) << key;
      tensor.set_data(at(name + ".weights." + key));
      ++loaded;
    }
    for (const auto& [key, tensor] : expected_) loaded -= key.rfind(name + ".weights.", 0) == 0;
    EXPECT_EQ(loaded, 0u) << "names are left over";
    encoder->eval();
    const auto maps = encoder->forward(at(name + ".input"));
    auto sum = torch::zeros({}, torch::kFloat64);
    for (size_t i = 0; i < maps.size(); ++i) {
      EXPECT_LE(worst_difference(maps[i], at(name + ".map" + std::to_string(i))), 1e-10) << name << " map " << i;
      const auto weights = torch::linspace(-1, 1, maps[i].numel(), torch::kFloat64).view(maps[i].sizes());
      sum = sum + (weights * maps[i]).mean();
    }
    sum.backward();
    for (const auto& item : encoder->named_parameters())
      EXPECT_LE(worst_difference(item.value().grad(), at(name + ".gradient." + item.key())), 1e-7) << name << " " << item.key();
  }

  torch::Tensor at(const std::string& name) const {
    const auto found = expected_.find(name);
    require(found != expected_.end(), "write.py gave no '{}'", name);
    return found->second;
  }

  std::map<std::string, torch::Tensor> expected_;
};

TEST_F(ResNetOracle, EqualsPyTorch) {
  write("resnet");
  if (IsSkipped() || HasFatalFailure()) return;
  expected_ = decode_safetensors(read_file(scratch_ / "resnet.safetensors"), "resnet").tensors;
  expect_equal("basic", options_of(ResidualKind::kBasic, {2, 1, 1, 2}, 3, NormKind::kBatch, 32));
  expect_equal("grouped", options_of(ResidualKind::kBasic, {1, 2, 1, 2}, 3, NormKind::kGroup, 16));
  expect_equal("dilated", options_of(ResidualKind::kBottleneck, {1, 2, 2, 2}, 5, NormKind::kGroup, 8));
  expect_equal("dense", options_of(ResidualKind::kBottleneck, {1, 1, 2, 1}, 4, NormKind::kBatch, 4));
}

}  // namespace
}  // namespace facemat
