#include "src/model/networks/trimaps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace facemat {
namespace {

torch::Tensor row(const std::vector<float>& values) { return torch::tensor(values).view({1, 1, 1, -1}); }

TEST(Trimaps, KnownClassesAreBackgroundAndFace) {
  const auto known = known_classes(row({0, 0.5, 1, 0.25}));
  EXPECT_TRUE(torch::equal(known, torch::tensor({1.f, 0.f, 0.f, 0.5f, 0.f, 0.f, 1.f, 0.f}).view({1, 2, 1, 4})));
}

TEST(Trimaps, ThreeClassesAreWholePixels) {
  const auto classes = three_classes(row({0, 0.5, 1, 0.25}));
  const auto expected = torch::tensor({1.f, 0.f, 0.f, 0.5f, 0.f, 1.f, 0.f, 0.5f, 0.f, 0.f, 1.f, 0.f}).view({1, 3, 1, 4});
  EXPECT_TRUE(torch::equal(classes, expected));
  EXPECT_TRUE(torch::equal(known_kept(row({0.75, 0.75, 0.75, 0.75}), classes), row({0, 0.75, 1, 0.375})));
}

// Background at the left, face three pixels to the right of it: exp(-9 / (2 * 6.4^2)) = exp(-0.10986) = 0.89596.
TEST(Trimaps, DistanceChannelsByHand) {
  const auto channels = distance_channels(known_classes(row({0, 0.5, 0.5, 1})));
  ASSERT_EQ(channels.sizes().vec(), (std::vector<int64_t>{1, 6, 1, 4}));
  const auto at = [&](int64_t channel, int64_t x) { return channels[0][channel][0][x].item<float>(); };
  for (const int64_t scale : {0, 1, 2}) {
    EXPECT_EQ(at(scale, 0), 1);
    EXPECT_EQ(at(3 + scale, 3), 1);
    for (int64_t x = 0; x < 4; ++x) EXPECT_EQ(at(scale, x), at(3 + scale, 3 - x)) << "the picture is its own mirror image";
  }
  EXPECT_NEAR(at(0, 3), 0.89596, 1e-5);
  EXPECT_NEAR(at(1, 3), std::exp(-9 / (2 * 25.6 * 25.6)), 1e-6);
  EXPECT_NEAR(at(2, 3), std::exp(-9 / (2 * 51.2 * 51.2)), 1e-6);
  EXPECT_NEAR(at(2, 1), std::exp(-1 / (2 * 51.2 * 51.2)), 1e-6);
}

TEST(Trimaps, AClassThatIsAbsentHasNoNearness) {
  const auto channels = distance_channels(known_classes(torch::full({2, 1, 3, 5}, 0.5)));
  EXPECT_TRUE(torch::equal(channels, torch::zeros({2, 6, 3, 5})));
  const auto face = distance_channels(known_classes(torch::ones({1, 1, 3, 5})));
  EXPECT_TRUE(torch::equal(face.narrow(1, 0, 3), torch::zeros({1, 3, 3, 5})));
  EXPECT_TRUE(torch::equal(face.narrow(1, 3, 3), torch::ones({1, 3, 3, 5})));
}

}  // namespace
}  // namespace facemat
