#include "train/optim/precision.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace facemat
