#include "data/procedural/drawing/random_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using Outline = std::vector<cv::Point2d>;

double shoelace(const Outline& outline) {
  double twice = 0;
  for (size_t i = 0; i < outline.size(); ++i) twice += outline[i].cross(outline[(i + 1) % outline.size()]);
  return std::abs(twice) / 2;
}

double perimeter(const Outline& outline) {
  double length = 0;
  for (size_t i = 0; i < outline.size(); ++i) length += cv::norm(outline[(i + 1) % outline.size()] - outline[i]);
  return length;
}

bool cross(const cv::Point2d& a, const cv::Point2d& b, const cv::Point2d& c, const cv::Point2d& d) {
  const auto side = [](const cv::Point2d& p, const cv::Point2d& q, const cv::Point2d& r) { return (q - p).cross(r - p); };
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

bool is_simple(const Outline& o) {
  const size_t n = o.size();
  for (size_t i = 0; i < n; ++i)
    for (size_t k = i + 2; k < n; ++k)
      if ((k + 1) % n != i && cross(o[i], o[i + 1], o[k], o[(k + 1) % n])) return false;
  return true;
}

double area(const cv::Mat& alpha) { return cv::sum(alpha)[0] / static_cast<double>(alpha.total()); }

TEST(RandomShape, DrawsKeepTheRule) {
  std::set<size_t> counts;
  for (int seed = 0; seed < 300; ++seed) {
    const RandomShape shape = draw_random_shape(Rng(seed));
    const size_t n = shape.nodes.size();
    counts.insert(n);
    ASSERT_GE(n, 3u);
    ASSERT_LE(n, 15u);
    for (const double value : {shape.rad, shape.edgy}) {
      EXPECT_GE(value, 0);
      EXPECT_LT(value, 1);
    }
    cv::Point2d mean;
    for (const auto& node : shape.nodes) mean += node / static_cast<double>(n);
    int near = 0;
    for (size_t i = 0; i < n; ++i) {
      EXPECT_TRUE(cv::Rect2d(0, 0, 1, 1).contains(shape.nodes[i]));
      if (i == 0) continue;
      const cv::Point2d a = shape.nodes[i - 1] - mean, b = shape.nodes[i] - mean;
      EXPECT_LE(std::atan2(a.x, a.y), std::atan2(b.x, b.y)) << "seed " << seed;
      near += std::abs((b - a).x + (b - a).y) < 0.7 / static_cast<double>(n);
    }
    // Few points are soon apart; with many, 200 retries may end before.
    EXPECT_TRUE(near == 0 || n > 6) << "seed " << seed << " with " << n << " nodes";
  }
  EXPECT_EQ(counts.size(), 13u) << "every number of nodes occurs";
}

TEST(RandomShape, WithoutHandlesTheOutlineIsThePolygon) {
  const RandomShape triangle{{{0.1, 0.2}, {0.9, 0.3}, {0.4, 0.8}}, 0, 0.5};
  const Outline outline = outline_of(triangle);
  ASSERT_EQ(outline.size(), 3u * kOutlineSamples);
  for (int i = 0; i < 3; ++i) EXPECT_LT(cv::norm(outline[i * kOutlineSamples] - triangle.nodes[i]), 1e-12);
  EXPECT_NEAR(shoelace(outline), 0.5 * std::abs(0.8 * 0.6 - 0.3 * 0.1), 1e-12);
  // Control points on the ends: the way along an edge is 3 t^2 - 2 t^3, 0.15625 at a quarter.
  const cv::Point2d quarter = triangle.nodes[0] + 0.15625 * (triangle.nodes[1] - triangle.nodes[0]);
  EXPECT_LT(cv::norm(outline[kOutlineSamples / 4] - quarter), 1e-12);
}

TEST(RandomShape, HandlesFollowTheNodesDirections) {
  // A square with directions 0, 90, 180, 270 degrees of its edges; edgy 0 halves the turn between two edges, but the first
  // node, where 270 and 0 differ by more than 180, adds 180: (0 + 270) / 2 + 180 = 315. So nodes are left at 315, 45, 135, 225
  // degrees.
  const RandomShape shape{{{0.3, 0.3}, {0.7, 0.3}, {0.7, 0.7}, {0.3, 0.7}}, 0.5, 0};
  const Outline outline = outline_of(shape);
  const double handle = 0.5 * 0.4 / std::sqrt(2.0);
  // First edge: (0.3, 0.3), + handle (1, -1), (0.7, 0.3) - handle (1, 1), (0.7, 0.3). The Bezier's middle is
  // (p0 + 3 p1 + 3 p2 + p3) / 8.
  EXPECT_NEAR(outline[50].x, 0.5, 1e-12);
  EXPECT_NEAR(outline[50].y, 0.3 - 3 * 2 * handle / 8, 1e-12);
  for (int edge = 0; edge < 4; ++edge) {  // alike on all four sides
    const cv::Point2d middle = outline[edge * 100 + 50] - cv::Point2d(0.5, 0.5);
    EXPECT_NEAR(cv::norm(middle), 0.2 + 0.75 * handle, 1e-12) << edge;
  }
}

TEST(RandomShape, EdgyTurnsNodesToTheEdgeTheyLeaveBy) {
  // p = atan(1) / pi + 1/2 = 3/4: node 1 of the square above is left at 3/4 * 90 + 1/4 * 0 = 67.5 degrees.
  const RandomShape shape{{{0.3, 0.3}, {0.7, 0.3}, {0.7, 0.7}, {0.3, 0.7}}, 0.5, 1};
  const Outline outline = outline_of(shape);
  const cv::Point2d first = outline[101] - outline[100];
  EXPECT_NEAR(std::atan2(first.y, first.x) * 180 / CV_PI, 67.5, 1.5);  // a chord of the first hundredth
}

TEST(RandomShape, OutlinesLieInTheUnitSquare) {
  int bulging = 0;
  for (int seed = 0; seed < 100; ++seed) {
    const Outline raw = outline_of(draw_random_shape(Rng(seed)));
    const auto outside = [](const cv::Point2d& p) { return p.x < 0 || p.y < 0 || p.x > 1 || p.y > 1; };
    const bool leaves = std::any_of(raw.begin(), raw.end(), outside);
    bulging += leaves;
    const Outline outline = random_outline(Rng(seed));
    ASSERT_EQ(outline.size(), raw.size());
    for (const auto& p : outline) {
      ASSERT_GE(std::min(p.x, p.y), -1e-12) << seed;
      ASSERT_LE(std::max(p.x, p.y), 1 + 1e-12) << seed;
    }
    // The same figure, at most smaller: all lengths scale alike.
    const double scale = perimeter(outline) / perimeter(raw);
    EXPECT_LE(scale, 1 + 1e-9) << seed;
    EXPECT_NEAR(cv::norm(outline[150] - outline[0]), scale * cv::norm(raw[150] - raw[0]), 1e-9) << seed;
    EXPECT_TRUE(leaves || cv::norm(outline[0] - raw[0]) < 1e-12) << seed;
  }
  EXPECT_GT(bulging, 5) << "the fit was tried";
  EXPECT_LT(bulging, 95);
}

TEST(RandomShape, AreaIsTheOutlines) {
  int compared = 0;
  for (int seed = 0; seed < 60; ++seed) {
    const Outline outline = random_outline(Rng(seed));
    if (!is_simple(outline)) continue;  // loops have no single area
    ++compared;
    for (const int side : {32, 200}) {
      const double tolerance = perimeter(outline) / (255.0 * side);  // 1/255 for each pixel on the edge
      EXPECT_NEAR(area(filled_outline(outline, side)), shoelace(outline), tolerance) << "seed " << seed << ", side " << side;
    }
  }
  EXPECT_GT(compared, 15);
}

TEST(RandomShape, CoverageOfARectangleIsExact) {
  // 2.5 to 5.25 by 1.25 to 6.5 pixels: lines stand at 1/32, 3/32, ..., so that quarters of a pixel hold whole numbers of them.
  const Outline outline = {{0.3125, 0.15625}, {0.65625, 0.15625}, {0.65625, 0.8125}, {0.3125, 0.8125}};
  const cv::Mat alpha = filled_outline(outline, 8);
  const float across[8] = {0, 0, 0.5f, 1, 1, 0.25f, 0, 0}, down[8] = {0, 0.75f, 1, 1, 1, 1, 0.5f, 0};
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x) EXPECT_NEAR(alpha.at<float>(y, x), across[x] * down[y], 1e-6) << x << ", " << y;
}

TEST(RandomShape, LoopsAreFilled) {
  // A pentagram drawn in one stroke: its heart is wound twice.
  Outline star;
  for (int i = 0; i < 5; ++i) {
    const double angle = 2 * i * 2 * CV_PI / 5;
    star.push_back({0.5 + 0.45 * std::sin(angle), 0.5 - 0.45 * std::cos(angle)});
  }
  EXPECT_EQ(filled_outline(star, 64).at<float>(32, 32), 1);
}

TEST(RandomShape, PartsOutsideAreCutOff) {
  const cv::Mat alpha = filled_outline({{-1, -1}, {2, -1}, {2, 0.5}, {-1, 0.5}}, 8);
  EXPECT_EQ(cv::norm(alpha.rowRange(0, 4), cv::Mat(4, 8, CV_32FC1, cv::Scalar(1)), cv::NORM_INF), 0);
  EXPECT_EQ(cv::countNonZero(alpha.rowRange(4, 8)), 0);
}

TEST(RandomShape, PixelsAreAnAlphaAndAFunctionOfTheStream) {
  std::set<double> areas;
  for (int seed = 0; seed < 20; ++seed) {
    const cv::Mat alpha = random_shape(Rng(seed), 64);
    ASSERT_EQ(alpha.type(), CV_32FC1);
    ASSERT_EQ(alpha.size(), cv::Size(64, 64));
    double low = 0, high = 0;
    cv::minMaxLoc(alpha, &low, &high);
    EXPECT_GE(low, 0);
    EXPECT_LE(high, 1);
    EXPECT_GT(cv::countNonZero(alpha), 0);
    EXPECT_GT(cv::countNonZero((alpha > 0) & (alpha < 1)), 0) << "soft edge";
    EXPECT_EQ(cv::norm(alpha, random_shape(Rng(seed), 64), cv::NORM_INF), 0);
    areas.insert(area(alpha));
  }
  EXPECT_EQ(areas.size(), 20u);
}

TEST(RandomShape, MistakesAreNamed) {
  EXPECT_THAT(message_of([] { outline_of({{{0, 0}, {1, 1}}, 0, 0}); }), HasSubstr("2 nodes (at least 3)"));
  EXPECT_THAT(message_of([] { random_shape(Rng(1), 0); }), HasSubstr("side 0 (at least 1)"));
}

}  // namespace
}  // namespace facemat
