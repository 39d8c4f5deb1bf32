#include "train/losses/systems/features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "src/model/weights/safetensors.h"
#include "src/model/weights/weights.h"
#include "tests/support/scratch.h"
#include "tests/train/losses/loss_inputs.h"

namespace facemat {
namespace {

TEST(FeatureLoss, IsTheSumOverFourMapsOfNormalisedPictures) {
  torch::manual_seed(6);
  const auto a = torch::rand({1, 2, 3, 16, 9}, torch::kFloat64), b = torch::rand({1, 2, 3, 16, 9}, torch::kFloat64);
  const auto normalised = [](const torch::Tensor& x) {
    auto out = x.clone()[0];
    const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
    for (int64_t c = 0; c < 3; ++c) out.select(1, c).sub_(mean[c]).div_(deviation[c]);
    return out;
  };
  Vgg16 network = tiny_features();
  const auto of_a = network->forward(normalised(a), 4), of_b = network->forward(normalised(b), 4);
  double expected = 0;
  for (size_t i = 0; i < 4; ++i) expected += (of_a[i] - of_b[i]).square().mean().item<double>();
  EXPECT_NEAR(feature_loss(network, a, b).item<double>(), expected, 1e-9 * expected);
  EXPECT_EQ(feature_loss(network, a, a).item<double>(), 0);
}

TEST(FeatureNetwork, IsReadFromAFileOfItsNames) {
  const Scratch scratch;
  EXPECT_THAT(message_of([&] { load_feature_network(scratch / "vgg16.pth"); }), testing::HasSubstr("vgg16.pth"));
  const fs::path file = scratch / "vgg16.safetensors";
  write_file(file, encode_safetensors({{{"conv.weight", torch::zeros({4})}}, {}}));
  EXPECT_THAT(message_of([&] { load_feature_network(file); }),
              testing::HasSubstr("vgg16.safetensors: these are no weights of VGG16 (expected features.0.weight"));
  write_file(file, encode_safetensors({{{"features.0.bias", torch::zeros({64})}}, {}}));
  EXPECT_THAT(message_of([&] { load_feature_network(file); }), testing::HasSubstr("features.0.weight"))
      << "the rest is missing";

  torch::manual_seed(1);
  Vgg16 stored;
  auto tensors = named_weights(*stored);
  tensors["classifier.0.bias"] = torch::zeros({8});  // nobody asks for it
  write_file(file, encode_safetensors({tensors, {}}));
  Vgg16 loaded = load_feature_network(file);
  const auto last = named_weights(*loaded).at("features.21.weight");
  EXPECT_TRUE(torch::equal(last, tensors.at("features.21.weight")));
  for (const torch::Tensor& parameter : loaded->parameters()) EXPECT_FALSE(parameter.requires_grad());
}

}  // namespace
}  // namespace facemat
