// Losses of what systems predict beside a matte, by hand: an error map (BGMv2), a trimap (IamAlpha).
#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/losses/loss_inputs.h"
#include "train/losses/systems/error_map.h"
#include "train/losses/systems/trimap_classes.h"

namespace facemat {
namespace {

TEST(ErrorMap, LearnsTheErrorAndTeachesAlphaNothing) {
  auto alpha = row({0.5, 0}).requires_grad_(true), error = row({0.2, 0.5}).requires_grad_(true);
  const auto loss = error_map_loss(error, alpha, row({0, 1}));
  EXPECT_NEAR(loss.item<double>(), (0.09 + 0.25) / 2, 1e-12);
  loss.backward();
  EXPECT_FALSE(alpha.grad().defined());
  EXPECT_TRUE(torch::allclose(error.grad(), row({-0.3, -0.5})));
}

TEST(TrimapClasses, AreBackgroundUnknownForeground) {
  // The logits 0, ln 3 and 0 of every pixel are the chances 1/5, 3/5 and 1/5.
  const auto logits = torch::tensor({0.0, 0.0, std::log(3), std::log(3), 0.0, 0.0}, torch::kFloat64).view({1, 1, 3, 1, 2});
  const auto at = [&](double a, double b) { return trimap_cross_entropy_loss(logits, row({a, b})).item<double>(); };
  EXPECT_NEAR(at(0, 0), -std::log(0.2), 1e-12);
  EXPECT_NEAR(at(1, 0), -std::log(0.2), 1e-12);
  EXPECT_NEAR(at(0.01, 0.99), -std::log(0.6), 1e-12);
  EXPECT_NEAR(at(0.5, 1), -(std::log(0.6) + std::log(0.2)) / 2, 1e-12);
}

TEST(EstimatedUnknown, IsWhatTheLogitsCallSo) {
  // Two clips; of the first the left pixel is unknown, of the second none.
  const auto logits =
      torch::tensor({1.0, 1.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0}, torch::kFloat64).view({2, 1, 3, 1, 2});
  auto otherwise = torch::zeros({2, 1, 1, 2, 4}, torch::kFloat64);
  otherwise.narrow(-1, 3, 1).fill_(1);
  const auto unknown = estimated_unknown(logits, otherwise);
  auto expected = otherwise.clone();
  expected[0].zero_();
  expected[0].narrow(-1, 0, 2).fill_(1);
  EXPECT_TRUE(torch::equal(unknown, expected));
}

}  // namespace
}  // namespace facemat
