#include "src/model/operators/distances.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace facemat {
namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();

torch::Tensor picture(const std::vector<float>& values, int64_t height, int64_t width) {
  return torch::tensor(values).view({1, 1, height, width});
}

// The definition: the least of all squared distances.
torch::Tensor by_definition(const torch::Tensor& mask) {
  const int64_t height = mask.size(-2), width = mask.size(-1);
  const auto out = torch::full_like(mask, kFar);
  const auto set = mask.accessor<float, 2>();
  auto least = out.accessor<float, 2>();
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t v = 0; v < height; ++v)
        for (int64_t u = 0; u < width; ++u)
          if (set[v][u] > 0.5f) least[y][x] = std::min(least[y][x], static_cast<float>((y - v) * (y - v) + (x - u) * (x - u)));
  return out;
}

TEST(Distances, ByHand) {
  EXPECT_TRUE(torch::equal(squared_distances(picture({0, 0, 0, 0,  //
                                                      0, 1, 0, 0,  //
                                                      0, 0, 0, 0},
                                                     3, 4)),
                           picture({2, 1, 2, 5,  //
                                    1, 0, 1, 4,  //
                                    2, 1, 2, 5},
                                   3, 4)));
  // Two corners: (1, 2) is sqrt(1 + 4) from the one and sqrt(1 + 1) from the other.
  EXPECT_TRUE(torch::equal(squared_distances(picture({1, 0, 0, 0,  //
                                                      0, 0, 0, 0,  //
                                                      0, 0, 0, 1},
                                                     3, 4)),
                           picture({0, 1, 4, 4,  //
                                    1, 2, 2, 1,  //
                                    4, 4, 1, 0},
                                   3, 4)));
  EXPECT_TRUE(torch::equal(squared_distances(picture({0, 0, 1, 0, 0, 0}, 1, 6)), picture({4, 1, 0, 1, 4, 9}, 1, 6)));
}

TEST(Distances, AreInfiniteWhereNothingIsSet) {
  const auto mask = torch::zeros({2, 2, 3, 5});
  mask[1][0][2][4] = 1;
  const auto d = squared_distances(mask);
  EXPECT_TRUE(torch::equal(d[0], torch::full({2, 3, 5}, kFar)));
  EXPECT_TRUE(torch::equal(d[1][1], torch::full({3, 5}, kFar)));
  EXPECT_EQ(d[1][0][0][0].item<float>(), 4 + 16);
  EXPECT_TRUE(torch::equal(squared_distances(torch::ones({1, 1, 1, 1})), torch::zeros({1, 1, 1, 1})));
}

TEST(Distances, EqualTheDefinition) {
  torch::manual_seed(3);
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{17, 23}, {1, 40}, {40, 1}, {31, 8}})
    for (const double share : {0.5, 0.03, 0.01}) {
      const auto mask = (torch::rand({2, height, width}) < share).to(torch::kFloat32);
      const auto d = squared_distances(mask);
      for (int64_t i = 0; i < 2; ++i) EXPECT_TRUE(torch::equal(d[i], by_definition(mask[i]))) << height << "x" << width;
    }
}

// One far pixel in a large picture: 1500^2 + 600^2 is exact in float.
TEST(Distances, AreExactFarAway) {
  const auto mask = torch::zeros({1, 1, 700, 1600});
  mask[0][0][650][50] = 1;
  EXPECT_EQ(squared_distances(mask)[0][0][50][1550].item<float>(), 1500.f * 1500 + 600 * 600);
}

TEST(Distances, KeepTypeAndTakeNoGradient) {
  const auto mask = torch::eye(4, torch::kFloat64).set_requires_grad(true);
  const auto d = squared_distances(mask);
  EXPECT_EQ(d.scalar_type(), torch::kFloat64);
  EXPECT_FALSE(d.requires_grad());
  EXPECT_EQ(d[0][3].item<double>(), 5);  // to (1, 1): 1 + 4
}

}  // namespace
}  // namespace facemat
