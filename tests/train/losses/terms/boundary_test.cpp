#include "train/losses/terms/boundary.h"

#include <gtest/gtest.h>

#include "tests/train/losses/loss_inputs.h"
#include "train/losses/terms/distillation.h"

namespace facemat {
namespace {

TEST(BoundaryOf, IsTheBandAlongAnEdge) {
  EXPECT_TRUE(torch::equal(boundary_of(row({0, 0, 0, 1, 1, 1}), {}, 1), row({0, 0, 1, 1, 0, 0})));
  EXPECT_TRUE(torch::equal(boundary_of(row({0, 0, 0, 1, 1, 1}), {}, 2), row({0, 1, 1, 1, 1, 0})));
  EXPECT_TRUE(torch::equal(boundary_of(row({0, 0, 0.5, 0, 0, 0}), {}, 1), row({0, 1, 1, 1, 0, 0})));
  EXPECT_TRUE(torch::equal(boundary_of(row({1, 1, 1}), {}, 1), row({0, 0, 0}))) << "the picture's border is no edge";
  EXPECT_EQ(boundary_of(torch::rand({2, 3, 1, 5, 7}), {}, 3).sizes().vec(), (std::vector<int64_t>{2, 3, 1, 5, 7}));
}

TEST(BoundaryOf, DoesNotAskAnAlphaThatCannotBeBelieved) {
  const auto trust = row({1, 1, 0, 0, 1, 1});
  EXPECT_TRUE(torch::equal(boundary_of(row({0, 0, 0.5, 0.5, 1, 1}), trust, 1), row({0, 0, 0, 0, 0, 0})));
  EXPECT_TRUE(torch::equal(boundary_of(row({0, 0, 0.5, 0.5, 1, 1}), trust, 3), row({0, 1, 1, 1, 1, 0})));
}

TEST(ScaledRadius, IsStatedAt512) {
  EXPECT_EQ(scaled_radius(6, torch::zeros({1, 1, 1, 512, 768})), 6);
  EXPECT_EQ(scaled_radius(6, torch::zeros({1, 1, 1, 256, 128})), 2);  // 1.5, away from 0
  EXPECT_EQ(scaled_radius(6, torch::zeros({1, 1, 1, 32, 32})), 1);
}

TEST(DistillationBoundary, CountsAlongTheTeachersEdge) {
  const auto teacher = row({0, 0.1, 0.3, 0.9, 1, 1});
  EXPECT_NEAR(distillation_boundary_loss(row({1, 1, 0.5, 0.5, 0, 0}), teacher, 1).item<double>(), (0.2 + 0.4) / 2, 1e-8);
  EXPECT_EQ(distillation_boundary_loss(row({1, 1}), row({0, 0.2}), 1).item<double>(), 0) << "no edge";
}

}  // namespace
}  // namespace facemat
