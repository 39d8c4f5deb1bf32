#include "data/recipe/harmonise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "src/image/pixels.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using Colours = std::vector<cv::Vec3f>;

// Colours spread about a mean, brightness most; within 0..1.
cv::Vec3f random_colour(Rng& rng, const cv::Vec3f& mean, double spread) {
  const auto bright = static_cast<float>(rng.normal(0, spread));
  cv::Vec3f colour;
  for (int c = 0; c < 3; ++c)
    colour[c] = std::clamp(mean[c] + bright + static_cast<float>(rng.normal(0, spread / 3)), 0.02f, 0.98f);
  return colour;
}

Colours random_colours(int count, uint64_t seed, const cv::Vec3f& mean, double spread) {
  Rng rng(seed);
  Colours colours;
  for (int i = 0; i < count; ++i) colours.push_back(random_colour(rng, mean, spread));
  return colours;
}

cv::Mat picture(int side, uint64_t seed, const cv::Vec3f& mean, double spread) {  // CV_32FC3
  const Colours colours = random_colours(side * side, seed, mean, spread);
  return cv::Mat(colours, true).reshape(3, side);
}

const cv::Vec3f kSkin(0.45f, 0.55f, 0.7f), kPale(0.6f, 0.62f, 0.66f);

cv::Mat face_of(int side, uint64_t seed = 1) { return to_u8(picture(side, seed, kSkin, 0.06)); }
cv::Mat whole(int side) { return cv::Mat(side, side, CV_32FC1, cv::Scalar(1)); }

// 1 in a disc, falling to 0 over the outer 40 % of its radius, like a feathered cut-out.
cv::Mat soft_disc(int side) {
  cv::Mat alpha(side, side, CV_32FC1);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double radius = std::hypot(x + 0.5 - side / 2.0, y + 0.5 - side / 2.0) / (side / 2.0);
      alpha.at<float>(y, x) = static_cast<float>(std::clamp((1 - radius) / 0.4, 0.0, 1.0));
    }
  return alpha;
}

cv::Mat disc_cutout(int side, uint64_t seed = 2) { return premultiply(picture(side, seed, kPale, 0.1), soft_disc(side)); }

// Straight colours where alpha is above `least`.
Colours colours_of(const cv::Mat& cutout, float least) {
  Colours colours;
  for (int y = 0; y < cutout.rows; ++y)
    for (int x = 0; x < cutout.cols; ++x) {
      const auto& p = cutout.at<cv::Vec4f>(y, x);
      if (p[3] >= least) colours.emplace_back(p[0] / p[3], p[1] / p[3], p[2] / p[3]);
    }
  return colours;
}

Colours colours_of_face(const cv::Mat& face) {
  Colours colours;
  for (int y = 0; y < face.rows; ++y)
    for (int x = 0; x < face.cols; ++x) colours.push_back(cv::Vec3f(face.at<cv::Vec3b>(y, x)) * (1 / 255.f));
  return colours;
}

cv::Vec3d mean_of(const Colours& colours) {
  cv::Vec3d sum;
  for (const auto& colour : colours) sum += cv::Vec3d(colour);
  return sum / static_cast<double>(colours.size());
}

cv::Vec3d deviation_of(const Colours& colours) {
  const cv::Vec3d mean = mean_of(colours);
  cv::Vec3d sum;
  for (const auto& colour : colours)
    for (int c = 0; c < 3; ++c) sum[c] += (colour[c] - mean[c]) * (colour[c] - mean[c]);
  for (int c = 0; c < 3; ++c) sum[c] = std::sqrt(sum[c] / static_cast<double>(colours.size()));
  return sum;
}

double largest_difference(const Colours& a, const Colours& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, cv::norm(a[i] - b[i], cv::NORM_INF));
  return largest;
}

// Sliced Wasserstein-1 distance: mean over directions spread on the half sphere of the mean distance of 200 quantiles.
double sliced_distance(const Colours& a, const Colours& b) {
  constexpr int kDirections = 64, kQuantiles = 200;
  double sum = 0;
  for (int i = 0; i < kDirections; ++i) {
    const double z = (i + 0.5) / kDirections, turn = i * 2.399963229728653, ring = std::sqrt(1 - z * z);
    const cv::Vec3d direction(ring * std::cos(turn), ring * std::sin(turn), z);
    const auto projected = [&](const Colours& colours) {
      std::vector<double> values;
      for (const auto& colour : colours) values.push_back(direction.dot(cv::Vec3d(colour)));
      std::sort(values.begin(), values.end());
      return values;
    };
    const std::vector<double> pa = projected(a), pb = projected(b);
    for (int q = 0; q < kQuantiles; ++q) {
      const auto at = [&](const std::vector<double>& values) {
        return values[static_cast<size_t>((q + 0.5) / kQuantiles * static_cast<double>(values.size()))];
      };
      sum += std::abs(at(pa) - at(pb));
    }
  }
  return sum / (kDirections * kQuantiles);
}

bool same_bytes(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

// --- transport of colours

TEST(Transport, AConstantShiftIsRecovered) {
  const Colours reference = random_colours(1000, 3, {0.4f, 0.5f, 0.6f}, 0.08);
  Colours shifted = reference;
  for (auto& colour : shifted) colour += cv::Vec3f(0.2f, -0.1f, 0.15f);
  // Sorted on any direction, both sets have the same order: each step removes mean(d d^T) of what is left of the shift.
  EXPECT_LT(largest_difference(transported(shifted, reference, {}, Rng(7)), reference), 0.004);
}

TEST(Transport, EqualSetsStayWhereTheyAre) {
  const Colours reference = random_colours(500, 4, kSkin, 0.1);
  EXPECT_LT(largest_difference(transported(reference, reference, {}, Rng(1)), reference), 1e-5);
}

TEST(Transport, SetsOfDifferentSizeMeetAtQuantiles) {
  // Two greys against four: quantiles 1/4 and 3/4 of values standing at 1/8, 3/8, 5/8, 7/8 lie half way between neighbours.
  const Colours source = {{0, 0, 0}, {1, 1, 1}};
  const Colours reference = {{0.8f, 0.8f, 0.8f}, {0.1f, 0.1f, 0.1f}, {0.5f, 0.5f, 0.5f}, {0.2f, 0.2f, 0.2f}};
  SotOptions options;
  options.steps = 60;
  const Colours out = transported(source, reference, options, Rng(2));
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(out[0][c], 0.15, 1e-3);
    EXPECT_NEAR(out[1][c], 0.65, 1e-3);
  }
}

TEST(Transport, OneStepAlongOneDirectionMovesAlongItOnly) {
  SotOptions options;
  options.steps = options.directions = 1;
  const cv::Vec3f from(0.9f, 0.2f, 0.4f), to(0.3f, 0.7f, 0.5f);
  const cv::Vec3f moved = transported({from}, {to}, options, Rng(5)).front();
  // A projection: what is left is orthogonal to what was moved, and together they are the whole way.
  EXPECT_NEAR((moved - from).dot(to - moved), 0, 1e-6);
  EXPECT_GT(cv::norm(moved - from), 0);
}

TEST(Transport, NegativeColoursAndProjectionsAreOrderedToo) {
  const Colours reference = {{-0.5f, -0.5f, -0.5f}, {0.5f, 0.5f, 0.5f}};
  EXPECT_LT(largest_difference(transported(reference, reference, {}, Rng(3)), reference), 1e-6);
}

// --- the cut-out's transfer

TEST(TransferSot, AConstantShiftOfTheFaceIsUndoneUpToTheEdge) {
  constexpr int kSide = 48, kMargin = 30;
  const cv::Mat face = face_of(kSide);
  const cv::Mat shifted = to_float(face) + cv::Scalar(0.12, -0.08, 0.1);
  cv::Mat cutout(kSide + 2 * kMargin, kSide + 2 * kMargin, CV_32FC4, cv::Scalar::all(0));
  premultiply(shifted, whole(kSide)).copyTo(cutout(cv::Rect(kMargin, kMargin, kSide, kSide)));
  SotOptions options;
  options.clamp_highlights = false;
  const cv::Mat out = transfer_sot(cutout, face, whole(kSide), options, Rng(1));
  const cv::Mat colour = layer_colour(out)(cv::Rect(kMargin, kMargin, kSide, kSide));
  // A blur that let the empty margin in would halve the change at the edge: 0.06 off.
  EXPECT_LT(cv::norm(colour, to_float(face), cv::NORM_INF), 0.004);
}

TEST(TransferSot, AFaceColouredCutoutKeepsItsColours) {
  const cv::Mat face = face_of(40);
  SotOptions options;
  options.clamp_highlights = false;
  const cv::Mat cutout = premultiply(to_float(face), whole(40));
  EXPECT_LT(cv::norm(transfer_sot(cutout, face, whole(40), options, Rng(1)), cutout, cv::NORM_INF), 1e-4);
}

TEST(TransferSot, BringsTheColoursNearer) {
  for (int seed = 0; seed < 4; ++seed) {
    const cv::Mat face = face_of(64, 10 + seed), cutout = disc_cutout(80, 20 + seed);
    const Colours skin = colours_of_face(face);
    const double before = sliced_distance(colours_of(cutout, 0.5f), skin);
    const double after = sliced_distance(colours_of(transfer_sot(cutout, face, whole(64), {}, Rng(seed)), 0.5f), skin);
    EXPECT_LT(after, 0.6 * before) << "seed " << seed << ": " << before << " -> " << after;
  }
}

TEST(TransferSot, WithoutSmoothingTheColoursBecomeTheFaces) {
  const cv::Mat face = face_of(64), cutout = disc_cutout(80);
  SotOptions options;
  options.clamp_highlights = false;
  options.smoothing = 0;
  options.samples = 0;
  const Colours skin = colours_of_face(face);
  const Colours out = colours_of(transfer_sot(cutout, face, whole(64), options, Rng(1)), 0.5f);
  EXPECT_LT(sliced_distance(out, skin), 0.004);
}

TEST(TransferSot, HighlightsAreLeftOut) {
  // A grey face, a quarter of it glaring: mean 0.5, deviation 0.1732 in each channel; glare counts as 0.6732.
  cv::Mat face(40, 40, CV_8UC3, cv::Scalar::all(102));
  face.rowRange(0, 10) = cv::Scalar::all(204);
  const cv::Mat cutout = premultiply(cv::Mat(30, 30, CV_32FC3, cv::Scalar::all(0.3)), whole(30));
  const double clamped = mean_of(colours_of(transfer_sot(cutout, face, whole(40), {}, Rng(1)), 0.5f))[0];
  EXPECT_NEAR(clamped, 0.75 * 0.4 + 0.25 * (0.5 + std::sqrt(0.03)), 0.01);
  SotOptions options;
  options.clamp_highlights = false;
  EXPECT_NEAR(mean_of(colours_of(transfer_sot(cutout, face, whole(40), options, Rng(1)), 0.5f))[0], 0.5, 0.01);
}

TEST(TransferSot, OnlyMaskedPixelsAreTheReference) {
  cv::Mat face(40, 40, CV_8UC3, cv::Scalar(0, 0, 0)), mask(40, 40, CV_32FC1, cv::Scalar(0));
  face.colRange(20, 40) = cv::Scalar(102, 153, 204);  // 0.4, 0.6, 0.8
  mask.colRange(20, 40) = 1;
  const cv::Mat cutout = premultiply(cv::Mat(30, 30, CV_32FC3, cv::Scalar::all(0.5)), whole(30));
  const cv::Vec3d mean = mean_of(colours_of(transfer_sot(cutout, face, mask, {}, Rng(1)), 0.5f));
  EXPECT_NEAR(mean[0], 0.4, 0.004);
  EXPECT_NEAR(mean[1], 0.6, 0.004);
  EXPECT_NEAR(mean[2], 0.8, 0.004);
}

TEST(TransferSot, ASubsetStandsForAll) {
  const cv::Mat face = face_of(120), cutout = disc_cutout(160);
  SotOptions all;
  all.samples = 0;
  const cv::Mat full = transfer_sot(cutout, face, whole(120), all, Rng(3));
  const cv::Mat some = transfer_sot(cutout, face, whole(120), {}, Rng(3));
  EXPECT_FALSE(same_bytes(full, some)) << "the subset is smaller than the cut-out";
  EXPECT_LT(cv::norm(full, some, cv::NORM_L1) / static_cast<double>(3 * full.total()), 0.005);
}

TEST(TransferSot, BytesAreAFunctionOfTheStream) {
  const cv::Mat face = face_of(96), cutout = disc_cutout(96);
  const cv::Mat once = transfer_sot(cutout, face, whole(96), {}, Rng(1));
  EXPECT_TRUE(same_bytes(once, transfer_sot(cutout, face, whole(96), {}, Rng(1))));
  EXPECT_FALSE(same_bytes(once, transfer_sot(cutout, face, whole(96), {}, Rng(2))));
}

TEST(TransferStatistics, MeanAndDeviationBecomeTheFaces) {
  const cv::Mat face = face_of(64);
  const cv::Mat cutout = premultiply(picture(50, 2, kPale, 0.09), whole(50));
  const Colours out = colours_of(transfer_statistics(cutout, face, whole(64)), 0.5f), skin = colours_of_face(face);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(mean_of(out)[c], mean_of(skin)[c], 1e-3);
    EXPECT_NEAR(deviation_of(out)[c], deviation_of(skin)[c], 1e-3);
  }
}

TEST(TransferStatistics, ContrastChangesAtMostByTwo) {
  const cv::Mat plain(20, 20, CV_8UC3, cv::Scalar(102, 128, 153));
  const cv::Mat cutout = premultiply(picture(50, 2, {0.5f, 0.5f, 0.5f}, 0.05), whole(50));
  const cv::Vec3d before = deviation_of(colours_of(cutout, 0.5f));
  const cv::Vec3d flatter = deviation_of(colours_of(transfer_statistics(cutout, plain, whole(20)), 0.5f));
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(flatter[c], before[c] / 2, 1e-3);

  const cv::Mat faint = premultiply(picture(50, 2, {0.5f, 0.5f, 0.5f}, 0.01), whole(50));
  const cv::Vec3d least = deviation_of(colours_of(faint, 0.5f));
  const cv::Vec3d steeper = deviation_of(colours_of(transfer_statistics(faint, face_of(64), whole(64)), 0.5f));
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(steeper[c], 2 * least[c], 1e-3);
}

// Four plain colours; two pass the skin rule, and the larger of these is not the largest of all.
cv::Mat four_coloured_face() {
  cv::Mat face(40, 40, CV_8UC3, cv::Scalar(200, 80, 40));  // blue, 20 rows
  face.rowRange(0, 11) = cv::Scalar(120, 150, 200);        // skin: V 200, S 102, H 11
  face.rowRange(11, 15) = cv::Scalar(90, 120, 180);        // skin: V 180, S 128, H 10
  face.rowRange(15, 20) = cv::Scalar(250, 250, 250);       // white: S 0
  return face;
}

TEST(TransferSkin, MapsByTheLargestSkinCluster) {
  // Two colours in equal number, mean m = (0.5, 0.5, 0.5); s = (120, 150, 200) / 255.
  cv::Mat colour(20, 20, CV_32FC3, cv::Scalar(0.3, 0.4, 0.45));
  colour.rowRange(10, 20) = cv::Scalar(0.7, 0.6, 0.55);
  for (int seed = 0; seed < 5; ++seed) {  // whatever the first centres are
    const cv::Mat out = layer_colour(transfer_skin(premultiply(colour, whole(20)), four_coloured_face(), whole(40), Rng(seed)));
    const double s[3] = {120 / 255.0, 150 / 255.0, 200 / 255.0}, low[3] = {0.3, 0.4, 0.45}, high[3] = {0.7, 0.6, 0.55};
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(out.at<cv::Vec3f>(3, 3)[c], low[c] * s[c] / 0.5, 1e-5) << "seed " << seed;
      EXPECT_NEAR(out.at<cv::Vec3f>(15, 3)[c], (1 - s[c]) / 0.5 * high[c] + (s[c] - 0.5) / 0.5, 1e-5) << "seed " << seed;
    }
  }
}

TEST(TransferSkin, FacesWithoutSkinColoursChangeNothing) {
  const cv::Mat blue(30, 30, CV_8UC3, cv::Scalar(200, 80, 40));
  const cv::Mat cutout = disc_cutout(32);
  EXPECT_TRUE(same_bytes(transfer_skin(cutout, blue, whole(30), Rng(1)), cutout));
}

// --- what all keep

TEST(Harmonisers, KeepAlphaAndStayWithinIt) {
  const cv::Mat face = face_of(64), cutout = disc_cutout(70), kept = cutout.clone();
  for (const Harmoniser& harmoniser : harmonisers()) {
    const cv::Mat out = harmoniser.apply(cutout, face, whole(64), Rng(1));
    ASSERT_EQ(out.type(), CV_32FC4) << harmoniser.name;
    EXPECT_TRUE(same_bytes(layer_alpha(out), layer_alpha(cutout))) << harmoniser.name;
    EXPECT_TRUE(same_bytes(cutout, kept)) << harmoniser.name << " changed its input";
    EXPECT_NE(out.data, cutout.data) << harmoniser.name << " shares its input's pixels";
    for (int c = 0; c < 3; ++c) {
      cv::Mat plane;
      cv::extractChannel(out, plane, c);
      EXPECT_TRUE(cv::checkRange(plane, true, nullptr, 0, 1.0001)) << harmoniser.name;
      EXPECT_EQ(cv::countNonZero(plane > layer_alpha(out)), 0) << harmoniser.name;
    }
  }
}

TEST(Harmonisers, AllButNoneBringTheMeanNearer) {
  const cv::Mat face = face_of(64), cutout = disc_cutout(70);
  const cv::Vec3d goal = mean_of(colours_of_face(face));
  const double before = cv::norm(mean_of(colours_of(cutout, 0.5f)) - goal);
  for (const Harmoniser& harmoniser : harmonisers()) {
    const cv::Mat out = harmoniser.apply(cutout, face, whole(64), Rng(1));
    const double after = cv::norm(mean_of(colours_of(out, 0.5f)) - goal);
    if (harmoniser.name == std::string("none"))
      EXPECT_TRUE(same_bytes(out, cutout));
    else
      EXPECT_LT(after, 0.5 * before) << harmoniser.name;
  }
}

TEST(Harmonisers, WithNothingToLearnFromNothingChanges) {
  const cv::Mat face = face_of(32), cutout = disc_cutout(40);
  const cv::Mat nothing(20, 20, CV_32FC4, cv::Scalar::all(0)), unmasked(32, 32, CV_32FC1, cv::Scalar(0));
  for (const Harmoniser& harmoniser : harmonisers()) {
    EXPECT_TRUE(same_bytes(harmoniser.apply(cutout, face, unmasked, Rng(1)), cutout)) << harmoniser.name;
    EXPECT_TRUE(same_bytes(harmoniser.apply(nothing, face, whole(32), Rng(1)), nothing)) << harmoniser.name;
  }
}

TEST(Harmonisers, TranslucentCutoutsHaveOpaquePixelsOfTheirOwn) {
  const cv::Mat face = face_of(32);
  const cv::Mat veil = premultiply(picture(30, 2, kPale, 0.05), 0.2 * whole(30));
  EXPECT_GT(cv::norm(find_harmoniser("statistics").apply(veil, face, whole(32), Rng(1)), veil, cv::NORM_INF), 0.01);
}

TEST(Harmonisers, AreFoundByName) {
  std::vector<std::string> names;
  for (const Harmoniser& harmoniser : harmonisers()) {
    names.push_back(harmoniser.name);
    EXPECT_EQ(&find_harmoniser(harmoniser.name), &harmoniser);
    EXPECT_NE(std::string(harmoniser.about), "");
  }
  EXPECT_THAT(names, testing::ElementsAre("none", "statistics", "skin", "sot"));
  EXPECT_EQ(message_of([] { find_harmoniser("magic"); }), "unknown harmoniser 'magic' (known: none, statistics, skin, sot)");
}

TEST(Harmonisers, MistakesAreNamed) {
  const cv::Mat face = face_of(32), cutout = disc_cutout(40);
  const cv::Mat straight(8, 8, CV_32FC3, cv::Scalar::all(0));
  for (const char* name : {"statistics", "skin", "sot"}) {
    const auto apply = find_harmoniser(name).apply;
    EXPECT_THAT(message_of([&] { apply(straight, face, whole(32), Rng(1)); }), HasSubstr("cut-out is CV_32FC3")) << name;
    EXPECT_THAT(message_of([&] { apply(cutout, to_float(face), whole(32), Rng(1)); }), HasSubstr("face is CV_32FC3")) << name;
    EXPECT_THAT(message_of([&] { apply(cutout, face, whole(31), Rng(1)); }), HasSubstr("expected 32x32")) << name;
  }
  SotOptions options;
  options.steps = 0;
  EXPECT_THAT(message_of([&] { transfer_sot(cutout, face, whole(32), options, Rng(1)); }), HasSubstr("0 steps"));
  EXPECT_THAT(message_of([&] { transported({{0, 0, 0}}, {}, {}, Rng(1)); }), HasSubstr("no colours"));
}

}  // namespace
}  // namespace facemat
