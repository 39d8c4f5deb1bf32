#include "train/losses/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "src/core/error.h"
#include "tests/support/scratch.h"
#include "train/losses/charbonnier.h"
#include "train/losses/coherence.h"
#include "train/losses/composition.h"
#include "train/losses/distillation.h"
#include "train/losses/foreground.h"
#include "train/losses/gradient.h"
#include "train/losses/l1.h"
#include "train/losses/l2.h"
#include "train/losses/laplacian.h"
#include "train/losses/nll.h"
#include "train/losses/segmentation.h"
#include "train/losses/task_weights.h"
#include "train/losses/uncertainty_weight.h"

namespace facemat {

inline void PrintTo(const LossEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

torch::Tensor row(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return torch::tensor(values, torch::kFloat64).view({1, 1, 1, 1, count});
}

// One pixel of `frames` frames and `values.size() / frames` channels.
torch::Tensor pixel(int64_t frames, std::vector<double> values) {
  return torch::tensor(values, torch::kFloat64).view({1, frames, static_cast<int64_t>(values.size()) / frames, 1, 1});
}

LossInputs random_inputs() {
  torch::manual_seed(11);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const std::vector<int64_t> shape{1, 3, 1, 9, 10}, colour{1, 3, 3, 9, 10}, layer{1, 3, 4, 9, 10};
  LossInputs inputs;
  inputs.alpha = torch::rand(shape, options).requires_grad_(true);
  inputs.variance = (torch::rand(shape, options) + 0.1).requires_grad_(true);
  inputs.foreground = torch::rand(colour, options).requires_grad_(true);
  inputs.logits = torch::randn(shape, options).requires_grad_(true);
  inputs.target = torch::rand(shape, options);
  inputs.target.narrow(-1, 0, 2).zero_();
  inputs.unknown = (torch::rand(shape, options) > 0.5).to(torch::kFloat64);
  inputs.true_foreground = torch::rand(colour, options);
  inputs.occluder = torch::rand(layer, options);
  inputs.occluder.narrow(2, 3, 1).narrow(-2, 0, 3).zero_();
  inputs.uncertainty = torch::rand(shape, options);
  inputs.teacher = inputs.target;  // a perfect one
  return inputs;
}

// --- values by hand

TEST(L1, ByHand) { EXPECT_DOUBLE_EQ(facemat::l1_loss(row({0, 0.5, 1}), row({0.25, 0.5, 0.5})).item<double>(), 0.25); }

TEST(L1Unknown, AveragesOverTheRegionOnly) {
  const auto value = l1_unknown_loss(row({0, 1, 1}), row({0.25, 0.5, 0}), row({1, 1, 0}));
  EXPECT_NEAR(value.item<double>(), (0.25 + 0.5) / 2, 1e-8);
  EXPECT_EQ(l1_unknown_loss(row({0, 1}), row({1, 0}), row({0, 0})).item<double>(), 0);
}

TEST(L1Weighted, AveragesOverAllPixels) {
  EXPECT_DOUBLE_EQ(l1_weighted_loss(row({0, 1, 1}), row({0.25, 0.5, 0}), row({1, 1, 0})).item<double>(), (0.25 + 0.5) / 3);
}

TEST(UncertaintyWeight, GrowsWithTheTeachersDoubt) {
  EXPECT_TRUE(torch::equal(uncertainty_weight(row({0, 0.5, 1}), 2, 3, /*mean_one=*/false), row({2, 3.5, 5})));
  const auto scaled = uncertainty_weight(row({0, 0.5, 1}), 2, 3, /*mean_one=*/true);
  EXPECT_TRUE(torch::allclose(scaled, row({2 / 3.5, 1, 5 / 3.5}), 0, 1e-8));
  EXPECT_EQ(uncertainty_weight(row({0, 0}), 0, 3, /*mean_one=*/true).abs().sum().item<double>(), 0);
}

TEST(UncertaintyWeight, IsWhatTheStudentsLossesUse) {
  LossInputs inputs;
  inputs.alpha = row({0, 0});
  inputs.target = row({1, 0.5});
  inputs.uncertainty = row({0, 1});
  LossOptions options;
  options.certain_weight = 2, options.uncertain_weight = 3;
  const auto value = [&](const LossInputs& in) { return find_loss("l1_uncertainty").compute(in, options).item<double>(); };
  EXPECT_DOUBLE_EQ(value(inputs), (2 * 1 + 5 * 0.5) / 2);
  options.normalise_uncertainty = true;
  EXPECT_NEAR(value(inputs), (2 * 1 + 5 * 0.5) / 2 / 3.5, 1e-8);
}

TEST(L2, ByHand) {
  EXPECT_DOUBLE_EQ(facemat::l2_loss(row({0, 0.5, 1}), row({0.5, 0.5, 0.5})).item<double>(), 0.5 / 3);
  EXPECT_NEAR(l2_unknown_loss(row({0, 1, 1}), row({0.5, 0.5, 0}), row({1, 1, 0})).item<double>(), 0.25, 1e-8);
  EXPECT_EQ(l2_unknown_loss(row({0, 1}), row({1, 0}), row({0, 0})).item<double>(), 0);
  EXPECT_DOUBLE_EQ(l2_weighted_loss(row({0, 1, 1}), row({0.5, 0.5, 0}), row({1, 1, 0})).item<double>(), 0.5 / 3);
}

TEST(Charbonnier, IsTheAbsoluteErrorRoundedNearZero) {
  EXPECT_NEAR(charbonnier_loss(row({0.3}), row({0}), 0.4).item<double>(), 0.5, 1e-12);  // 3, 4, 5
  EXPECT_NEAR(charbonnier_loss(row({0.3, 0.1}), row({0, 0.5}), 1e-6).item<double>(), 0.35, 1e-9);
  EXPECT_NEAR(charbonnier_loss(row({0.3}), row({0.3}), 1e-6).item<double>(), 1e-6, 1e-15);
}

TEST(Gradient, OfARampIsItsSlope) {
  const auto across = torch::arange(8, torch::kFloat64).view({1, 1, 1, 1, 8}).expand({1, 1, 1, 6, 8}) * 0.1;
  const auto flat = torch::zeros({1, 1, 1, 6, 8}, torch::kFloat64);
  // 0.1 a pixel inside; half of it in the first and last column, where the border is repeated; nothing down.
  EXPECT_NEAR(gradient_loss(across, flat).item<double>(), (6 * 0.1 + 2 * 0.05) / 8, 1e-12);
  EXPECT_NEAR(gradient_loss(across.transpose(-1, -2), flat.transpose(-1, -2)).item<double>(), (6 * 0.1 + 2 * 0.05) / 8, 1e-12);
  EXPECT_NEAR(gradient_loss(across + 0.3, across).item<double>(), 0, 1e-12) << "a constant has none";
}

TEST(Distillation, ComparesWithTheTeacher) {
  EXPECT_DOUBLE_EQ(distillation_loss(row({0, 0.5}), row({0.5, 0.25})).item<double>(), 0.375);
}

TEST(Nll, ByHandInBothForms) {
  const double error = 0.3, v = 0.04, expected = 0.5 * (error * error / v + std::log(v));
  EXPECT_NEAR(nll_loss(row({0.3}), row({0}), row({v})).item<double>(), expected, 1e-12);
  EXPECT_NEAR(nll_log_loss(row({0.3}), row({0}), row({std::log(v)})).item<double>(), expected, 1e-12);
}

TEST(Nll, LogFormHasTheGradientOfKendallAndGal) {
  auto s = row({std::log(0.25)}).requires_grad_(true);
  nll_log_loss(row({0.3}), row({0}), s).backward();
  EXPECT_NEAR(s.grad().item<double>(), 0.5 * (1 - 0.09 / 0.25), 1e-12);
}

TEST(BetaNll, ByHandInBothForms) {
  const double error = 0.3, v = 0.04, nll = 0.5 * (error * error / v + std::log(v));
  const auto at = [&](double beta) { return beta_nll_loss(row({0.3}), row({0}), row({v}), beta).item<double>(); };
  const auto log_at = [&](double beta) {
    return beta_nll_log_loss(row({0.3}), row({0}), row({std::log(v)}), beta).item<double>();
  };
  for (const auto& [beta, factor] : {std::pair(0.0, 1.0), std::pair(0.5, 0.2), std::pair(1.0, 0.04)}) {
    EXPECT_NEAR(at(beta), factor * nll, 1e-12);
    EXPECT_NEAR(log_at(beta), factor * nll, 1e-12);
  }
}

TEST(BetaNll, GradientsAreThoseOfThePaper) {
  for (const double beta : {0.0, 0.5, 1.0}) {
    auto mean = row({0.3}).requires_grad_(true), variance = row({0.09}).requires_grad_(true);
    beta_nll_loss(mean, row({0}), variance, beta).backward();
    EXPECT_NEAR(mean.grad().item<double>(), 0.3 / 0.09 * std::pow(0.09, beta), 1e-9);  // error / v^(1 - beta)
    EXPECT_NEAR(variance.grad().item<double>(), 0, 1e-9);                              // minimum at v = error^2
  }
}

TEST(BetaNll, FormsHaveTheSameGradients) {
  LossInputs inputs = random_inputs(), again = random_inputs();
  beta_nll_loss(inputs.alpha, inputs.target, inputs.variance, 0.5).backward();
  beta_nll_log_loss(again.alpha, again.target, again.variance.log(), 0.5).backward();
  EXPECT_TRUE(torch::allclose(inputs.alpha.grad(), again.alpha.grad(), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(inputs.variance.grad(), again.variance.grad(), 0, 1e-12));
  // d/dv of sg(v^0.5) (e^2 / v + ln v) / 2
  const auto e = inputs.alpha - inputs.target, v = inputs.variance;
  const auto expected = v.sqrt() * (1 / v - (e / v).square()) / 2 / v.numel();
  EXPECT_TRUE(torch::allclose(inputs.variance.grad(), expected, 0, 1e-12));
}

TEST(UncertaintyNll, TeachesTheVarianceAloneAndNotTheError) {
  auto alpha = row({0.3}).requires_grad_(true), variance = row({0.2}).requires_grad_(true);
  const auto value = uncertainty_nll_loss(alpha, row({0}), variance);
  EXPECT_NEAR(value.item<double>(), 0.5 * (0.01 / 0.2 + std::log(0.2)), 1e-12);
  value.backward();
  EXPECT_FALSE(alpha.grad().defined());
  // Its lowest point is not the error, 0.3.
  auto lowest = row({(std::sqrt(1 + 4 * 0.09) - 1) / 2}).requires_grad_(true);
  uncertainty_nll_loss(alpha, row({0}), lowest).backward();
  EXPECT_NEAR(lowest.grad().item<double>(), 0, 1e-12);
}

TEST(Coherence, ByHand) {
  const auto clip = [](std::vector<double> values) { return torch::tensor(values, torch::kFloat64).view({1, 3, 1, 1, 1}); };
  EXPECT_NEAR(coherence_loss(clip({0, 0.5, 0.5}), clip({0, 0, 1})).item<double>(), (0.25 + 1.0) / 2, 1e-12);
  EXPECT_NEAR(coherence_loss(clip({0.1, 0.3, 0.2}), clip({0.6, 0.8, 0.7})).item<double>(), 0, 1e-12);  // constant offset
}

TEST(Coherence, WeightedCountsWhereTheWeightIs) {
  const auto alpha = pixel(3, {0, 0.5, 0.5}), target = pixel(3, {0, 0, 1});
  EXPECT_NEAR(coherence_weighted_loss(alpha, target, pixel(3, {1, 1, 1})).item<double>(), (0.25 + 1.0) / 2, 1e-12);
  EXPECT_NEAR(coherence_weighted_loss(alpha, target, pixel(3, {1, 1, 0})).item<double>(), (0.25 + 0.25) / 2, 1e-12);
  EXPECT_EQ(coherence_weighted_loss(alpha, target, pixel(3, {0, 0, 0})).item<double>(), 0);
}

TEST(Foreground, ByHandWhereAnyFaceIs) {
  // Two frames of one pixel: errors 0.1, 0, 0.2 and 0.4, 0, 0.2.
  const auto colour = pixel(2, {0.6, 0.5, 0.4, 0.9, 0.5, 0.4}), truth = pixel(2, {0.5, 0.5, 0.6, 0.5, 0.5, 0.6});
  EXPECT_NEAR(foreground_l1_loss(colour, truth, pixel(2, {0.01, 1})).item<double>(), (0.1 + 0.2 + 0.4 + 0.2) / 6, 1e-12);
  EXPECT_NEAR(foreground_l1_loss(colour, truth, pixel(2, {0.01, 0})).item<double>(), (0.1 + 0.2) / 6, 1e-12);
  EXPECT_NEAR(foreground_coherence_loss(colour, truth, pixel(2, {0.01, 1})).item<double>(), 0.3 * 0.3 / 3, 1e-12);
  EXPECT_NEAR(foreground_coherence_loss(colour, truth, pixel(2, {0, 1})).item<double>(), (0.16 + 0.04) / 3, 1e-12);
}

TEST(Composition, ByHand) {
  // Face (0.8, 0.6, 0.4) behind an occluder (0.2, 0.6, 0.5) of opacity 0.25: alpha 0.75. Contrast 0.6 + 0 + 0.1.
  const auto clean = pixel(1, {0.8, 0.6, 0.4});
  const auto at = [&](double alpha, double target, double opacity) {
    return composition_loss(pixel(1, {alpha}), pixel(1, {target}), clean, pixel(1, {0.2, 0.6, 0.5, opacity})).item<double>();
  };
  EXPECT_NEAR(at(0.65, 0.75, 0.25), 0.1 * 0.7 / 3, 1e-8);
  EXPECT_EQ(at(0.75, 0.75, 0.25), 0);
  EXPECT_EQ(at(0.5, 1, 0), 0) << "no occluder, no colour";
  EXPECT_EQ(at(0.5, 0, 0.25), 0) << "seen through, yet no face: beside the face";
  EXPECT_NEAR(at(0.5, 0, 1), 0.5 * 0.7 / 3, 1e-8) << "hidden";
}

// The pictures themselves, composited pixel by pixel.
TEST(Composition, ComparesCompositedPictures) {
  torch::manual_seed(5);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const auto clean = torch::rand({2, 3, 3, 6, 7}, options), alpha = torch::rand({2, 3, 1, 6, 7}, options);
  auto occluder = torch::rand({2, 3, 4, 6, 7}, options);
  occluder.narrow(2, 3, 1).narrow(3, 0, 2).zero_();  // rows without occluder
  occluder.narrow(2, 3, 1).narrow(3, 2, 1).fill_(1);
  auto face = torch::ones({2, 3, 1, 6, 7}, options);
  face.narrow(4, 0, 2).zero_();  // columns beside the face
  const auto target = face * (1 - occluder.narrow(2, 3, 1));
  double sum = 0;
  int count = 0;
  for (int b = 0; b < 2; ++b)
    for (int t = 0; t < 3; ++t)
      for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 7; ++x) {
          const auto at = [&](const torch::Tensor& v, int c) { return v.index({b, t, c, y, x}).item<double>(); };
          const double opacity = at(occluder, 3), p = at(alpha, 0);
          if (opacity == 0 || (x < 2 && opacity < 1)) continue;
          for (int c = 0; c < 3; ++c, ++count) {
            const double frame = opacity * at(occluder, c) + (1 - opacity) * at(clean, c);
            sum += std::abs(p * at(clean, c) + (1 - p) * at(occluder, c) - frame);
          }
        }
  EXPECT_NEAR(composition_loss(alpha, target, clean, occluder).item<double>(), sum / count, 1e-9);
  EXPECT_EQ(composition_loss(alpha, target, clean, torch::zeros_like(occluder)).item<double>(), 0) << "no occluder at all";
}

TEST(Segmentation, ByHandAndStable) {
  const auto at = [](double logit, double target) { return segmentation_loss(row({logit}), row({target})).item<double>(); };
  EXPECT_NEAR(at(0, 1), std::log(2), 1e-12);
  EXPECT_NEAR(at(std::log(3), 1), -std::log(0.75), 1e-12);  // sigmoid(ln 3) = 3/4
  EXPECT_NEAR(at(std::log(3), 0.25), -0.25 * std::log(0.75) - 0.75 * std::log(0.25), 1e-12);
  EXPECT_NEAR(at(1000, 0), 1000, 1e-9);
  EXPECT_NEAR(at(-1000, 0), 0, 1e-12);
}

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

// --- the whole table

struct NamedInput {
  const char* name;
  torch::Tensor LossInputs::*tensor;
};
const NamedInput kPredicted[] = {{"alpha", &LossInputs::alpha},
                                 {"variance", &LossInputs::variance},
                                 {"foreground", &LossInputs::foreground},
                                 {"logits", &LossInputs::logits}};

// A loss that stops the gradient of an input differs from the derivative of its value on purpose; BetaNll.* and
// UncertaintyNll.* hold those gradients.
bool stops_gradient(const std::string& loss, const std::string& input) {
  static const std::set<std::pair<std::string, std::string>> stopped = {
      {"beta_nll", "variance"}, {"beta_nll_log", "variance"}, {"uncertainty_nll", "alpha"}};
  return stopped.count({loss, input}) > 0;
}

class EveryLoss : public testing::TestWithParam<LossEntry> {};

// Central differences against autograd for each input that carries a gradient.
TEST_P(EveryLoss, GradientMatchesDifferences) {
  const LossEntry loss = GetParam();
  const LossOptions options;
  LossInputs inputs = random_inputs();
  loss.compute(inputs, options).backward();
  const torch::NoGradGuard no_grad;
  constexpr double kStep = 1e-6;
  double steepest = 0;
  for (const auto& [name, tensor] : kPredicted) {
    if (stops_gradient(loss.name, name)) continue;
    const auto& grad = (inputs.*tensor).grad();
    const auto gradient = (grad.defined() ? grad : torch::zeros_like(inputs.*tensor)).flatten();
    auto values = (inputs.*tensor).flatten();
    double worst = 0;
    for (int64_t i = 0; i < values.numel(); i += 7) {
      const double middle = values[i].item<double>();
      values[i] = middle + kStep;
      const double above = loss.compute(inputs, options).item<double>();
      values[i] = middle - kStep;
      const double below = loss.compute(inputs, options).item<double>();
      values[i] = middle;
      worst = std::max(worst, std::abs((above - below) / (2 * kStep) - gradient[i].item<double>()));
    }
    EXPECT_LT(worst, 1e-7) << name;
    steepest = std::max(steepest, gradient.abs().max().item<double>());
  }
  EXPECT_GT(steepest, 1e-6) << "nothing to learn from";
}

TEST_P(EveryLoss, IsLowestForAPerfectPrediction) {
  const LossEntry loss = GetParam();
  LossInputs inputs = random_inputs();
  const double wrong = loss.compute(inputs, {}).item<double>();
  inputs.alpha = inputs.target;
  inputs.foreground = inputs.true_foreground;
  inputs.logits = inputs.target.logit(1e-12);
  // What this one calls perfect is a variance without error: see nll.h.
  if (std::string(loss.name) == "uncertainty_nll") inputs.variance = torch::full_like(inputs.variance, 1e-6);
  EXPECT_LT(loss.compute(inputs, {}).item<double>(), wrong);
}

// It must not read what it does not name, and must refuse to work without what it names.
TEST_P(EveryLoss, NeedsWhatItSays) {
  const LossEntry loss = GetParam();
  const std::map<Needs, torch::Tensor LossInputs::*> tensors = {
      {kNeedsVariance, &LossInputs::variance},       {kNeedsForeground, &LossInputs::foreground},
      {kNeedsLogits, &LossInputs::logits},           {kNeedsUnknown, &LossInputs::unknown},
      {kNeedsOccluder, &LossInputs::occluder},       {kNeedsTrueForeground, &LossInputs::true_foreground},
      {kNeedsUncertainty, &LossInputs::uncertainty}, {kNeedsTeacher, &LossInputs::teacher}};
  LossInputs bare = random_inputs();
  for (const auto& [need, tensor] : tensors)
    if (!(loss.needs & need)) bare.*tensor = torch::Tensor();
  EXPECT_TRUE(total_loss({{loss.name, 1}}, bare, {}).total.isfinite().item<bool>());
  for (const auto& [need, tensor] : tensors) {
    if (!(loss.needs & need)) continue;
    LossInputs without = bare;
    without.*tensor = torch::Tensor();
    EXPECT_THAT(message_of([&] {
                  total_loss({{loss.name, 1}}, without, {});
                }),
                testing::StartsWith("loss '" + std::string(loss.name) + "' needs "));
  }
}

TEST_P(EveryLoss, SaysWhetherItCanBeNegative) {
  const LossEntry loss = GetParam();
  LossInputs sure = random_inputs();
  sure.alpha = sure.target;
  sure.variance = torch::full_like(sure.variance, 1e-6);
  EXPECT_EQ(loss.compute(sure, {}).item<double>() < 0, loss.can_be_negative);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryLoss, testing::ValuesIn(loss_table()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(WithoutOvershoot, OverlooksOnlyWhatTheClampMends) {
  const auto alpha = row({-0.2, 1.3, -0.2, 1.3, -0.2, 0.4}).requires_grad_(true);
  const auto judged = without_overshoot(alpha, row({0, 1, 1, 0, 0.5, 0}));
  EXPECT_TRUE(torch::equal(judged, row({0, 1, -0.2, 1.3, -0.2, 0.4})));
  judged.sum().backward();
  EXPECT_TRUE(torch::equal(alpha.grad(), row({0, 0, 1, 1, 1, 1})));
}

TEST(TotalLoss, AddsWeightedTermsAndNamesThem) {
  const LossInputs inputs = random_inputs();
  const LossValue value = total_loss({{"l1", 2}, {"coherence", 5}}, inputs, {});
  ASSERT_EQ(value.terms.size(), 2u);
  EXPECT_NEAR(value.total.item<double>(),
              2 * value.terms.at("l1").item<double>() + 5 * value.terms.at("coherence").item<double>(), 1e-12);
  EXPECT_TRUE(value.total.requires_grad());
  EXPECT_FALSE(value.terms.at("l1").requires_grad());
}

TEST(TotalLoss, LeavesOutTermsOfWeightZero) {
  LossInputs bare;
  bare.alpha = bare.target = torch::rand({1, 2, 1, 8, 8});
  const std::vector<LossTerm> terms{{"l1", 1}, {"beta_nll", 0}};
  EXPECT_EQ(total_loss(terms, bare, {}).terms.count("beta_nll"), 0u);
  EXPECT_EQ(needs_of(terms), 0u);
}

TEST(TotalLoss, NeedsWhatItsTermsNeed) {
  EXPECT_EQ(needs_of({{"l1", 1}, {"coherence_unknown", 1}, {"composition", 2}}),
            kNeedsMotion | kNeedsUnknown | kNeedsTrueForeground | kNeedsOccluder);
}

TEST(TotalLoss, OvershootCostsNothing) {
  LossInputs still;
  still.alpha = row({-0.2, 1.3});
  still.target = row({0, 1});
  EXPECT_EQ(total_loss({{"l1", 1}}, still, {}).total.item<double>(), 0);
  still.target = row({1, 0});
  EXPECT_NEAR(total_loss({{"l1", 1}}, still, {}).total.item<double>(), 1.25, 1e-12);
}

TEST(TotalLoss, LeavesMotionOutForStills) {
  LossInputs still;
  still.alpha = torch::rand({2, 1, 1, 8, 8});
  still.target = torch::rand({2, 1, 1, 8, 8});
  EXPECT_EQ(total_loss({{"l1", 1}, {"coherence", 5}}, still, {}).terms.count("coherence"), 0u);
}

TEST(TotalLoss, SaysWhatIsWrong) {
  LossInputs bare;
  bare.alpha = bare.target = torch::rand({1, 1, 1, 8, 8});
  const auto message = [&](const std::vector<LossTerm>& terms) { return message_of([&] { total_loss(terms, bare, {}); }); };
  using testing::HasSubstr;
  EXPECT_THAT(message({{"beta_nll", 1}}), HasSubstr("model.uncertainty: true"));
  EXPECT_THAT(message({{"l1_uncertainty", 1}}), HasSubstr("set 'teacher'"));
  EXPECT_THAT(message({{"laplacian_unknown", 1}}), HasSubstr("trimaps"));
  EXPECT_THAT(message({{"segmentation", 1}}), HasSubstr("model.segmentation: true"));
  EXPECT_THAT(message({{"no_such_loss", 1}}), HasSubstr("known: l1, "));
  EXPECT_THAT(message({{"l1", 1}, {"l2", 1}, {"l1", 2}}), HasSubstr("'l1' is listed twice"));
  EXPECT_THAT(message({{"l1", 0}}), HasSubstr("all weights in losses are 0"));
  EXPECT_THAT(message({}), HasSubstr("losses is empty"));
  EXPECT_THAT(message({{"coherence", 1}}), HasSubstr("stills"));
}

// --- learned weights

TEST(TaskWeights, StartAsTheFixedWeights) {
  const LossInputs inputs = random_inputs();
  const std::vector<LossTerm> terms{{"l1", 2}, {"nll", 1}, {"l2", 0}};
  const TaskWeights weights(terms);
  EXPECT_THAT(weights.named_parameters().keys(), testing::ElementsAre("l1"));
  EXPECT_NEAR(total_loss(terms, inputs, {}, &weights).total.item<double>(), total_loss(terms, inputs, {}).total.item<double>(),
              1e-12);
}

TEST(TaskWeights, BalanceByHand) {
  TaskWeights weights({{"l1", 2}, {"nll", 1}});
  auto s = weights.named_parameters()["l1"];
  {
    const torch::NoGradGuard no_grad;
    s.fill_(std::log(4));
  }
  const LossInputs inputs = random_inputs();
  const LossValue value = total_loss({{"l1", 2}, {"nll", 3}}, inputs, {}, &weights);
  const double l1 = value.terms.at("l1").item<double>(), nll = value.terms.at("nll").item<double>();
  EXPECT_NEAR(value.total.item<double>(), 2 * (l1 / 4 + std::log(4)) + 3 * nll, 1e-6);  // s is a float
  value.total.backward();
  EXPECT_NEAR(s.grad().item<double>(), 2 * (1 - l1 / 4), 1e-6);
}

TEST(TaskWeights, ArePulledToTheLossItself) {
  TaskWeights weights({{"l1", 1}});
  auto s = weights.named_parameters()["l1"];
  torch::optim::SGD descent(weights.parameters(), 0.5);
  for (int i = 0; i < 60; ++i) {
    descent.zero_grad();
    weights.balanced("l1", torch::tensor(0.25)).backward();
    descent.step();
  }
  EXPECT_NEAR(std::exp(s.item<double>()), 0.25, 1e-4);
}

}  // namespace
}  // namespace facemat
