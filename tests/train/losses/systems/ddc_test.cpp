#include "train/losses/systems/ddc.h"

#include <gtest/gtest.h>

#include "src/core/error.h"

namespace facemat {
namespace {

// Back on the left, front on the right, half of each in the middle column; the middle pixel alone is asked.
struct Edge {
  Edge() {
    alpha = torch::zeros({1, 1, 1, 13, 13}, torch::kFloat64);
    alpha.narrow(-1, 6, 1).fill_(0.5);
    alpha.narrow(-1, 7, 6).fill_(1);
    region = torch::zeros_like(alpha);
    region[0][0][0][6][6] = 1;
  }
  // The picture of these alphas with the colours `back` and `front`, grey.
  torch::Tensor picture(double back, double front) const { return (back + (front - back) * alpha).expand({1, 1, 3, 13, 13}); }
  torch::Tensor alpha, region;
};

TEST(Ddc, IsNothingAtTheTrueAlphaWhateverTheContrast) {
  const Edge edge;
  EXPECT_NEAR(ddc_loss(edge.alpha, edge.picture(0, 1), edge.region).item<double>(), 0, 1e-12);
  EXPECT_NEAR(ddc_loss(edge.alpha, edge.picture(0.2, 0.7), edge.region).item<double>(), 0, 1e-12);
  EXPECT_NEAR(ddc_loss(1 - edge.alpha, edge.picture(0.2, 0.7), edge.region).item<double>(), 0, 1e-12)
      << "it does not know which side is which";
}

// Of the eleven most alike ten lie in its column, equal to it, and one beside, half the contrast away: each is off by 0.3.
TEST(Ddc, OfOnePixelByHand) {
  const Edge edge;
  auto wrong = edge.alpha.clone();
  wrong[0][0][0][6][6] = 0.8;
  EXPECT_NEAR(ddc_loss(wrong, edge.picture(0, 1), edge.region).item<double>(), 0.3, 1e-8);
  EXPECT_NEAR(ddc_loss(wrong, edge.picture(0.2, 0.7), edge.region).item<double>(), 0.15, 1e-8);
}

TEST(Ddc, MovesThePixelAndItsNeighbours) {
  const Edge edge;
  auto alpha = edge.alpha.clone();
  alpha[0][0][0][6][6] = 0.8;
  alpha.requires_grad_(true);
  ddc_loss(alpha, edge.picture(0, 1), edge.region).backward();
  EXPECT_GT(alpha.grad()[0][0][0][6][6].item<double>(), 0);
  EXPECT_NEAR(alpha.grad()[0][0][0][5][6].item<double>(), -1. / 11, 1e-8);
  EXPECT_EQ(alpha.grad()[0][0][0][0][6].item<double>(), 0) << "outside the window";
}

TEST(Ddc, OfPicturesByThemselvesAndOfNone) {
  const Edge edge;
  auto wrong = edge.alpha.clone();
  wrong[0][0][0][6][6] = 0.8;
  const auto two = torch::cat({edge.alpha, wrong}, 1), frames = torch::cat({edge.picture(0, 1), edge.picture(0, 1)}, 1);
  EXPECT_NEAR(ddc_loss(two, frames, torch::cat({edge.region, edge.region}, 1)).item<double>(), 0.15, 1e-8);
  const auto none = torch::zeros_like(two);
  auto alpha = two.clone().requires_grad_(true);
  const auto loss = ddc_loss(alpha, frames, none);
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  EXPECT_EQ(alpha.grad().abs().sum().item<double>(), 0);
  EXPECT_THROW(ddc_loss(torch::zeros({1, 1, 1, 3, 3}), torch::zeros({1, 1, 3, 3, 3}), torch::ones({1, 1, 1, 3, 3})), Error);
}

// At the border places repeat, and no pixel is its own neighbour.
TEST(Ddc, IsFiniteAtTheBorder) {
  torch::manual_seed(2);
  const auto alpha = torch::rand({2, 2, 1, 4, 5}), frames = torch::rand({2, 2, 3, 4, 5});
  const auto loss = ddc_loss(alpha, frames, torch::ones({2, 2, 1, 4, 5}));
  EXPECT_TRUE(loss.isfinite().item<bool>());
  EXPECT_GT(loss.item<float>(), 0);
}

}  // namespace
}  // namespace facemat
