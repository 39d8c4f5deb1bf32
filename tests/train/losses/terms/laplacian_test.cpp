#include "train/losses/terms/laplacian.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

// An impulse in the middle of 8x8: by hand, lap_0 = x - up(down(x)) with the kernel k = [1 4 6 4 1] / 16 in each direction.
TEST(Laplacian, FirstLevelOfAnImpulseByHand) {
  auto x = torch::zeros({1, 1, 8, 8}, torch::kFloat64);
  x[0][0][4][4] = 1;
  const auto lap = laplacian_pyramid(x, 1)[0][0][0];
  // down: samples at even positions 2, 4, 6 see the impulse with k = 1/16, 6/16, 1/16.
  // up at 4: 2 * (1/16 * 1/16 + 6/16 * 6/16 + 1/16 * 1/16) = 38/128 in each direction; at 3: 2 * (4/16 * 1/16 + 4/16 * 6/16) =
  // 7/32.
  const double at4 = 38.0 / 128, at3 = 7.0 / 32;
  EXPECT_NEAR(lap[4][4].item<double>(), 1 - at4 * at4, 1e-12);
  EXPECT_NEAR(lap[4][3].item<double>(), -at4 * at3, 1e-12);
  EXPECT_NEAR(lap[3][3].item<double>(), -at3 * at3, 1e-12);
}

// The pyramid by its definition, pixel by pixel.
struct Plane {
  int64_t height, width;
  std::vector<double> values;
  double& at(int64_t y, int64_t x) { return values[y * width + x]; }
  double at(int64_t y, int64_t x) const { return values[y * width + x]; }
};

Plane zero_plane(int64_t height, int64_t width) { return {height, width, std::vector<double>(height * width, 0)}; }

Plane plane_of(const torch::Tensor& image) {  // [H,W]
  Plane plane = zero_plane(image.size(0), image.size(1));
  for (int64_t y = 0; y < plane.height; ++y)
    for (int64_t x = 0; x < plane.width; ++x) plane.at(y, x) = image[y][x].item<double>();
  return plane;
}

int64_t reflected(int64_t i, int64_t n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; }

Plane smoothed_by_definition(const Plane& in) {
  constexpr double kRow[] = {1, 4, 6, 4, 1};
  Plane out = zero_plane(in.height, in.width);
  for (int64_t y = 0; y < in.height; ++y)
    for (int64_t x = 0; x < in.width; ++x)
      for (int i = -2; i <= 2; ++i)
        for (int j = -2; j <= 2; ++j)
          out.at(y, x) += kRow[i + 2] * kRow[j + 2] / 256 * in.at(reflected(y + i, in.height), reflected(x + j, in.width));
  return out;
}

Plane subsampled_by_definition(const Plane& in) {
  Plane out = zero_plane((in.height + 1) / 2, (in.width + 1) / 2);
  for (int64_t y = 0; y < out.height; ++y)
    for (int64_t x = 0; x < out.width; ++x) out.at(y, x) = in.at(2 * y, 2 * x);
  return out;
}

Plane spread_by_definition(const Plane& in) {
  Plane out = zero_plane(2 * in.height, 2 * in.width);
  for (int64_t y = 0; y < in.height; ++y)
    for (int64_t x = 0; x < in.width; ++x) out.at(2 * y, 2 * x) = 4 * in.at(y, x);
  return out;
}

Plane even_by_definition(const Plane& in) {
  Plane out = zero_plane(in.height / 2 * 2, in.width / 2 * 2);
  for (int64_t y = 0; y < out.height; ++y)
    for (int64_t x = 0; x < out.width; ++x) out.at(y, x) = in.at(y, x);
  return out;
}

std::vector<Plane> pyramid_by_definition(Plane current, int levels) {
  std::vector<Plane> pyramid;
  for (int k = 0; k < levels; ++k) {
    current = even_by_definition(current);
    const Plane smaller = subsampled_by_definition(smoothed_by_definition(current));
    const Plane raised = smoothed_by_definition(spread_by_definition(smaller));
    Plane level = current;
    for (size_t i = 0; i < level.values.size(); ++i) level.values[i] -= raised.values[i];
    pyramid.push_back(level);
    current = smaller;
  }
  return pyramid;
}

// Its levels' errors, weighted and reduced as the losses state.
struct LiteralLosses {
  double plain = 0, weighted = 0, normalised = 0;
};

LiteralLosses laplacian_by_definition(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                      int levels) {
  const auto a = pyramid_by_definition(plane_of(alpha[0][0][0]), levels);
  const auto t = pyramid_by_definition(plane_of(target[0][0][0]), levels);
  Plane smooth = plane_of(weight[0][0][0]), sharp = smooth;
  LiteralLosses sum;
  for (int k = 0; k < levels; ++k) {
    smooth = even_by_definition(smooth), sharp = even_by_definition(sharp);
    double plain = 0, weighted = 0, region = 0, size = 0;
    for (size_t i = 0; i < a[k].values.size(); ++i) {
      const double error = std::abs(a[k].values[i] - t[k].values[i]);
      plain += error, weighted += smooth.values[i] * error, region += sharp.values[i] * error, size += sharp.values[i];
    }
    const auto count = static_cast<double>(a[k].values.size());
    sum.plain += std::pow(2, k) * plain / count / levels;
    sum.weighted += std::pow(2, k) * weighted / count / levels;
    sum.normalised += std::pow(2, k) * region / (size + 1e-8);
    smooth = subsampled_by_definition(smoothed_by_definition(smooth));
    sharp = subsampled_by_definition(sharp);
  }
  return sum;
}

struct LaplacianSize {
  int height, width, levels;
};

TEST(Laplacian, IsItsDefinitionToTheBorders) {
  torch::manual_seed(3);
  for (const auto& [h, w, levels] : std::vector<LaplacianSize>{{4, 4, 1}, {5, 31, 1}, {8, 9, 2}, {33, 46, 3}, {64, 64, 5}}) {
    SCOPED_TRACE(std::to_string(h) + "x" + std::to_string(w));
    const auto image = torch::rand({1, 1, h, w}, torch::kFloat64);
    const auto pyramid = laplacian_pyramid(image, levels);
    const auto expected = pyramid_by_definition(plane_of(image[0][0]), levels);
    for (int k = 0; k < levels; ++k) {
      const auto level = torch::tensor(expected[k].values, torch::kFloat64).view({expected[k].height, expected[k].width});
      ASSERT_EQ(pyramid[k][0][0].sizes(), level.sizes());
      EXPECT_LT((pyramid[k][0][0] - level).abs().max().item<double>(), 1e-12) << "level " << k;
    }
  }
}

TEST(Laplacian, LossesAreTheirDefinitions) {
  torch::manual_seed(4);
  for (const auto& [h, w, levels] : std::vector<LaplacianSize>{{8, 9, 2}, {37, 50, 3}}) {
    const std::vector<int64_t> shape{1, 1, 1, h, w};
    const auto a = torch::rand(shape, torch::kFloat64), t = torch::rand(shape, torch::kFloat64);
    const auto weight = (torch::rand(shape, torch::kFloat64) > 0.6).to(torch::kFloat64);
    const LiteralLosses expected = laplacian_by_definition(a, t, weight, levels);
    EXPECT_NEAR(laplacian_loss(a, t, levels).item<double>(), expected.plain, 1e-12);
    EXPECT_NEAR(laplacian_weighted_loss(a, t, weight, levels).item<double>(), expected.weighted, 1e-12);
    EXPECT_NEAR(laplacian_normalised_loss(a, t, weight, levels).item<double>(), expected.normalised, 1e-12);
    EXPECT_EQ(laplacian_normalised_loss(a, t, torch::zeros(shape, torch::kFloat64), levels).item<double>(), 0);
  }
}

TEST(Laplacian, IgnoresWhatIsConstantAndWeighsLevels) {
  const auto a = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64);
  EXPECT_NEAR(laplacian_loss(a + 0.25, a, 5).item<double>(), 0, 1e-12);
  const auto b = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64);
  const auto pa = laplacian_pyramid(a.flatten(0, 1), 3), pb = laplacian_pyramid(b.flatten(0, 1), 3);
  double expected = 0;
  for (int k = 0; k < 3; ++k) expected += std::pow(2, k) * (pa[k] - pb[k]).abs().mean().item<double>() / 3;
  EXPECT_NEAR(laplacian_loss(a, b, 3).item<double>(), expected, 1e-12);
}

TEST(Laplacian, WeightsCountAtEveryLevel) {
  const auto a = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64), b = torch::rand({1, 2, 1, 64, 64}, torch::kFloat64);
  const auto ones = torch::ones_like(a);
  const double whole = laplacian_loss(a, b, 4).item<double>();
  EXPECT_NEAR(laplacian_weighted_loss(a, b, ones, 4).item<double>(), whole, 1e-12);
  EXPECT_NEAR(laplacian_weighted_loss(a, b, 0.25 * ones, 4).item<double>(), 0.25 * whole, 1e-12);
  auto left = ones.clone();
  left.narrow(-1, 32, 32).zero_();
  auto changed = a.clone();
  changed.narrow(-1, 56, 8).fill_(0.5);  // far from the weighted half
  EXPECT_NEAR(laplacian_weighted_loss(changed, b, left, 2).item<double>(),
              laplacian_weighted_loss(a, b, left, 2).item<double>(), 1e-12);
}

TEST(Laplacian, WorksAtOddAndSmallSizes) {
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{4, 4}, {5, 31}, {33, 64}}) {
    const auto a = torch::rand({1, 1, 1, h, w});
    EXPECT_EQ(laplacian_loss(a, a, 5).item<float>(), 0);
    EXPECT_GT(laplacian_loss(a, torch::rand_like(a), 5).item<float>(), 0);
  }
  EXPECT_THROW(laplacian_loss(torch::rand({1, 1, 1, 3, 8}), torch::rand({1, 1, 1, 3, 8}), 5), Error);
}

}  // namespace
}  // namespace facemat
