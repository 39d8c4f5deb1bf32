#include "train/optim/precision.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/model/networks/models.h"

namespace facemat {
namespace {

TEST(LossScale, HalvesAfterAnOverflowAndDoublesAfterManyGoodSteps) {
  LossScale scale("fp16");
  const double first = scale.value();
  EXPECT_GT(first, 1);
  EXPECT_TRUE(scale.update(false));
  EXPECT_EQ(scale.value(), first / 2);
  for (int step = 0; step < 1999; ++step) scale.update(true);
  EXPECT_EQ(scale.value(), first / 2);
  scale.update(true);
  EXPECT_EQ(scale.value(), first);
}

TEST(LossScale, GivesUpWhenItIsNotTheCause) {
  LossScale scale("fp16");
  int halvings = 0;
  while (scale.update(false)) ++halvings;
  EXPECT_EQ(halvings, 16);  // 2^16 down to 1
}

TEST(LossScale, StaysOneForOtherPrecisions) {
  for (const char* precision : {"fp32", "bf16"}) {
    LossScale scale(precision);
    EXPECT_FALSE(scale.update(false)) << precision;
    EXPECT_EQ(scale.value(), 1) << precision;
  }
}

TEST(Precision, Bf16IsFasterWithUnitsThatAreFast) {
  const auto processor = [](const std::string& vendor, const std::string& flags) {
    return "processor\t: 0 \nvendor_id\t: " + vendor + " \nflags\t\t: fpu avx2 " + flags + " \n";
  };
  EXPECT_TRUE(faster_in_bf16(processor("AuthenticAMD", "avx512_bf16")));
  EXPECT_TRUE(faster_in_bf16(processor("GenuineIntel", "avx512_bf16 amx_bf16 amx_tile")));
  EXPECT_FALSE(faster_in_bf16(processor("GenuineIntel", "avx512_bf16")));
  EXPECT_FALSE(faster_in_bf16(processor("AuthenticAMD", "avx512f")));
  EXPECT_FALSE(faster_in_bf16(""));
}

TEST(Precision, AutoIsNoBf16WithoutUnits) {
  const std::string chosen = resolved_precision("auto", torch::kCPU);
  EXPECT_TRUE(chosen == "fp32" || (chosen == "bf16" && bf16_units() != "none")) << chosen;
  EXPECT_EQ(resolved_precision("auto", torch::kCUDA), "fp32");
  for (const char* precision : {"fp32", "bf16", "fp16"}) EXPECT_EQ(resolved_precision(precision, torch::kCPU), precision);
}

TEST(Autocast, ComputesShortWhileItLives) {
  const auto a = torch::rand({4, 4}), b = torch::rand({4, 4});
  {
    const Autocast autocast(torch::kCPU, "bf16");
    EXPECT_EQ(torch::mm(a, b).scalar_type(), torch::kBFloat16);
    const Autocast nothing(torch::kCPU, "fp32");
    EXPECT_EQ(torch::mm(a, b).scalar_type(), torch::kBFloat16);
  }
  EXPECT_EQ(torch::mm(a, b).scalar_type(), torch::kFloat32);
}

struct Learnt {
  Prediction prediction;
  std::vector<torch::Tensor> gradients;
};

Learnt learn_once(const char* precision, bool recompute) {
  ModelConfig config;
  config.width = 0.5, config.uncertainty = true;
  const auto network = make_model(config, Rng(3));
  network->train();
  network->set_execution({/*channels_last=*/true, recompute});
  torch::manual_seed(4);
  const auto frames = torch::rand({2, 3, 3, 64, 64}), target = torch::rand({2, 3, 1, 64, 64});
  Learnt learnt;
  {
    const Autocast autocast(torch::kCPU, precision);
    learnt.prediction = network->forward(frames);
  }
  ((learnt.prediction.alpha - target).abs().mean() + learnt.prediction.variance.mean()).backward();
  for (const auto& parameter : network->parameters()) learnt.gradients.push_back(parameter.grad());
  return learnt;
}

double cosine(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  double product = 0, of_a = 0, of_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += (a[i] * b[i]).sum().item<double>();
    of_a += a[i].square().sum().item<double>(), of_b += b[i].square().sum().item<double>();
  }
  return product / std::sqrt(of_a * of_b);
}

TEST(Autocast, TheNetworksMapsAreShortAndItsHeadsAreNot) {
  const Learnt wide = learn_once("fp32", false), narrow = learn_once("bf16", false);
  EXPECT_EQ(narrow.prediction.states[0].scalar_type(), torch::kBFloat16);
  EXPECT_EQ(narrow.prediction.alpha.scalar_type(), torch::kFloat32);
  EXPECT_EQ(narrow.prediction.variance.scalar_type(), torch::kFloat32);
  EXPECT_LT((wide.prediction.alpha - narrow.prediction.alpha).abs().mean().item<double>(), 0.02);
  EXPECT_GT(cosine(wide.gradients, narrow.gradients), 0.98);
  for (const auto& gradient : narrow.gradients) EXPECT_EQ(gradient.scalar_type(), torch::kFloat32);
}

TEST(Autocast, WhatIsComputedAgainIsComputedShortAgain) {
  const Learnt kept = learn_once("bf16", false), again = learn_once("bf16", true);
  EXPECT_TRUE(torch::equal(kept.prediction.alpha, again.prediction.alpha));
  for (size_t i = 0; i < kept.gradients.size(); ++i)
    EXPECT_TRUE(torch::equal(kept.gradients[i], again.gradients[i])) << "parameter " << i;
}

}  // namespace
}  // namespace facemat
