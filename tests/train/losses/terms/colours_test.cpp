// Losses of the colours in front and behind, and of pictures composited of them, by hand.
#include "train/losses/terms/colours.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/losses/loss_inputs.h"
#include "train/losses/terms/composition.h"
#include "train/losses/terms/laplacian.h"

namespace facemat {
namespace {

torch::Tensor grey(double value) { return pixel(1, {value, value, value}); }

TEST(BackgroundBehind, MakesTheFrame) {
  // Inside the face the occluder; beside it the frame; at the soft rim a mixture by what shows of each.
  const auto clean = pixel(1, {0.8, 0.6, 0.4});
  const auto at = [&](double alpha, double opacity) {
    return background_behind(pixel(1, {alpha}), clean, pixel(1, {0.2, 0.6, 0.5, opacity}));
  };
  EXPECT_TRUE(torch::allclose(at(0.75, 0.25), pixel(1, {0.2, 0.6, 0.5, 1})));
  EXPECT_TRUE(torch::allclose(at(0, 0.25), pixel(1, {0.65, 0.6, 0.425, 1})));
  EXPECT_TRUE(torch::allclose(at(0, 0), pixel(1, {0.8, 0.6, 0.4, 1})));
  EXPECT_TRUE(torch::equal(at(1, 0), pixel(1, {0, 0, 0, 0}))) << "nothing is seen of it";
  // Opacity 0.5 over a face of share 0.5: alpha 0.25, of which occluder 0.5 and beside the face 0.25.
  EXPECT_TRUE(torch::allclose(at(0.25, 0.5), pixel(1, {0.3 / 0.75, 0.6, 0.35 / 0.75, 1})));
  // Rounding may let them add up to more than 1.
  EXPECT_TRUE(torch::allclose(at(0.999, 0.004), pixel(1, {0.2, 0.6, 0.5, 1})));
}

TEST(BackgroundBehind, GivesBackEveryFrame) {
  torch::manual_seed(3);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const auto clean = torch::rand({2, 2, 3, 5, 6}, options), occluder = torch::rand({2, 2, 4, 5, 6}, options);
  const auto opacity = occluder.narrow(2, 3, 1), share = torch::rand({2, 2, 1, 5, 6}, options);
  const auto alpha = share * (1 - opacity);
  const auto frame = opacity * occluder.narrow(2, 0, 3) + (1 - opacity) * clean;
  const auto background = background_behind(alpha, clean, occluder);
  EXPECT_TRUE(torch::allclose(alpha * clean + (1 - alpha) * background.narrow(2, 0, 3), frame, 0, 1e-12));
  EXPECT_TRUE(torch::equal(background.narrow(2, 3, 1), torch::ones_like(alpha)));
}

TEST(BackgroundBehind, OfAMatteIsCoveredByTheOccluder) {
  const auto background = pixel(1, {0.8, 0.6, 0.4});
  const auto at = [&](double alpha, double opacity) {
    return covered_background(pixel(1, {alpha}), background, pixel(1, {0.2, 0.6, 0.5, opacity}));
  };
  EXPECT_TRUE(torch::allclose(at(0, 0), pixel(1, {0.8, 0.6, 0.4, 1})));
  EXPECT_TRUE(torch::allclose(at(1, 0), pixel(1, {0.8, 0.6, 0.4, 1}))) << "known, though hidden";
  EXPECT_TRUE(torch::allclose(at(0, 1), pixel(1, {0.2, 0.6, 0.5, 1})));
  // Opacity 0.5 over a foreground of share 0.5: of the frame 0.25 is foreground, 0.5 occluder, 0.25 background.
  EXPECT_TRUE(torch::allclose(at(0.25, 0.5), pixel(1, {0.3 / 0.75, 0.6, 0.35 / 0.75, 1})));
}

TEST(Colours, L1ByHand) {
  // One pixel; F is off by 0.1 in each channel, B by 0.3.
  const auto known = torch::cat({grey(0.5), pixel(1, {1})}, 2), hidden = torch::cat({grey(0.5), pixel(1, {0})}, 2);
  EXPECT_NEAR(colours_l1_loss(grey(0.6), grey(0.8), grey(0.5), known).item<double>(), 0.4, 1e-8);
  EXPECT_NEAR(colours_l1_loss(grey(0.6), grey(0.8), grey(0.5), hidden).item<double>(), 0.1, 1e-8);
}

TEST(Colours, LaplacianIsThatOfBoth) {
  torch::manual_seed(4);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const auto f = torch::rand({1, 2, 3, 16, 16}, options), b = torch::rand({1, 2, 3, 16, 16}, options);
  const auto true_f = torch::rand({1, 2, 3, 16, 16}, options);
  auto true_b = torch::rand({1, 2, 4, 16, 16}, options);
  true_b.narrow(2, 3, 1).fill_(1);
  const double expected =
      laplacian_loss(f, true_f, 3).item<double>() + laplacian_loss(b, true_b.narrow(2, 0, 3), 3).item<double>();
  EXPECT_NEAR(colours_laplacian_loss(f, b, true_f, true_b, 3).item<double>(), expected, 1e-12);
  true_b.narrow(2, 3, 1).zero_();
  EXPECT_NEAR(colours_laplacian_loss(f, b, true_f, true_b, 3).item<double>(), laplacian_loss(f, true_f, 3).item<double>(),
              1e-12);
}

TEST(Colours, CompositionByHand) {
  // a = 0.25: 0.25 * 0.1 + 0.75 * (-0.2) = -0.125
  const auto truth = torch::cat({grey(0.5), pixel(1, {1})}, 2);
  EXPECT_NEAR(colours_composition_loss(grey(0.6), grey(0.3), grey(0.5), truth, pixel(1, {0.25})).item<double>(), 0.125, 1e-12);
}

TEST(Exclusion, IsTheProductOfTheEdges) {
  // Two by two pixels, each channel alike: F steps by 0.5 across, B by 0.2 across and by 0.1 down.
  const auto plane = [](std::vector<double> values) {
    return torch::tensor(values, torch::kFloat64).view({1, 1, 1, 2, 2}).expand({1, 1, 3, 2, 2});
  };
  const auto f = plane({0, 0.5, 0, 0.5}), b = plane({0.1, 0.3, 0.2, 0.4});
  EXPECT_NEAR(exclusion_loss(f, b).item<double>(), 0.5 * 0.2, 1e-12);
  EXPECT_NEAR(exclusion_loss(f.transpose(-1, -2), b).item<double>(), 0.5 * 0.1, 1e-12);
  EXPECT_EQ(exclusion_loss(plane({1, 1, 1, 1}), b).item<double>(), 0);
}

TEST(CompositionUnknown, ByHand) {
  // Contrast 0.6, 0 and 0.1; alpha off by 0.5; the second pixel is known, of the third the background is not.
  const auto three = [](std::vector<double> values) {
    return torch::tensor(values, torch::kFloat64).view({1, 1, static_cast<int64_t>(values.size()) / 3, 1, 3});
  };
  const auto front = three({0.8, 0.1, 0.9, 0.6, 0.1, 0.9, 0.4, 0.1, 0.9});
  const auto behind = three({0.2, 0.5, 0.5, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 0});
  const auto loss = [&](double epsilon) {
    return composition_unknown_loss(three({0.9, 0, 0}), three({0.4, 1, 1}), front, behind, three({1, 0, 1}), epsilon)
        .item<double>();
  };
  EXPECT_NEAR(loss(0), 0.5 * 0.7 / 3, 1e-8);
  EXPECT_NEAR(loss(0.4), (0.5 + 0.4 + std::sqrt(0.05 * 0.05 + 0.16)) / 3, 1e-8) << "0.3 and 0.4 make 0.5";
}

TEST(CompositionPredicted, ByHand) {
  // 0.5 F + 0.5 B = 0.45 instead of 0.6; above 0.95 the frame stands for F: (1 - p) (I - B) is left.
  EXPECT_NEAR(composition_predicted_loss(grey(0.6), pixel(1, {0.5}), grey(0.8), grey(0.1)).item<double>(), 0.15, 1e-12);
  EXPECT_NEAR(composition_predicted_loss(grey(0.6), pixel(1, {0.98}), grey(0.8), grey(0.1)).item<double>(), 0.01, 1e-12);
}

}  // namespace
}  // namespace facemat
