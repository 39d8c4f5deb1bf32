#include "src/model/blocks/vgg.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "src/core/error.h"
#include "tests/src/model/networks/inventory.h"

namespace facemat {
namespace {

Vgg16 quarter_vgg(bool norm) {
  VggOptions options;
  options.inputs = 4;
  options.width = 0.25;
  options.norm = norm;
  return Vgg16(options);
}

std::set<std::string> names_of(const torch::nn::Module& module) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : named_weights(module)) names.insert(name);
  return names;
}

// torchvision's vgg16 and vgg16_bn, their `features` alone.
TEST(Vgg16, HasThePublishedParametersAndNames) {
  std::set<std::string> plain, with_norms;
  for (const int index : {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28})
    for (const char* part : {".weight", ".bias"}) plain.insert("features." + std::to_string(index) + part);
  for (const int index : {0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40}) {
    for (const char* part : {".weight", ".bias"}) with_norms.insert("features." + std::to_string(index) + part);
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var", ".num_batches_tracked"})
      with_norms.insert("features." + std::to_string(index + 1) + part);
  }
  const Vgg16 full;
  EXPECT_EQ(parameter_count(*full), 14'714'688);
  EXPECT_EQ(names_of(*full), plain);
  EXPECT_EQ(full->channels(), (std::vector<int64_t>{64, 128, 256, 512, 512}));
  EXPECT_EQ(names_of(*quarter_vgg(true)), with_norms);
}

TEST(Vgg16, HalvesTheSidesFromStageToStage) {
  const torch::NoGradGuard no_grad;
  for (const bool norm : {false, true}) {
    auto vgg = quarter_vgg(norm);
    const auto x = torch::rand({2, 4, 37, 50});
    vgg->eval();
    const auto maps = vgg->forward(x);
    const std::vector<std::vector<int64_t>> sizes = {
        {2, 16, 37, 50}, {2, 32, 18, 25}, {2, 64, 9, 12}, {2, 128, 4, 6}, {2, 128, 2, 3}};
    ASSERT_EQ(maps.size(), sizes.size());
    for (size_t i = 0; i < maps.size(); ++i) EXPECT_EQ(maps[i].sizes().vec(), sizes[i]);
    EXPECT_GE(maps[4].min().item<float>(), 0);  // after a ReLU
    const auto first = vgg->forward(x, 2);
    ASSERT_EQ(first.size(), 2u);
    EXPECT_TRUE(torch::equal(first[1], maps[1]));
  }
  EXPECT_THROW(quarter_vgg(false)->forward(torch::rand({1, 4, 8, 8}), 6), Error);
}

TEST(Vgg16, RecomputingChangesNothing) {
  const auto run = [](bool recompute) {
    torch::manual_seed(3);
    auto vgg = quarter_vgg(true);
    const auto x = torch::rand({1, 4, 32, 32}).requires_grad_(true);
    vgg->forward(x, 3, recompute).back().sum().backward();
    std::vector<torch::Tensor> found = {x.grad(), vgg->parameters()[0].grad()};
    for (const auto& buffer : vgg->buffers()) found.push_back(buffer);
    return found;
  };
  const auto kept = run(false), again = run(true);
  for (size_t i = 0; i < kept.size(); ++i) EXPECT_TRUE(torch::equal(kept[i], again[i])) << i;
}

}  // namespace
}  // namespace facemat
