#include "data/recipe/motion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

const std::vector<std::string> kFamilies = {"back", "bounce", "circ",  "cubic", "elastic",
                                            "expo", "quad",   "quart", "quint", "sine"};

cv::Point2d moved(const cv::Matx23d& m, double x, double y) {
  return {m(0, 0) * x + m(0, 1) * y + m(0, 2), m(1, 0) * x + m(1, 1) * y + m(1, 2)};
}

void expect_point(const cv::Point2d& p, double x, double y) {
  EXPECT_NEAR(p.x, x, 1e-9);
  EXPECT_NEAR(p.y, y, 1e-9);
}

TEST(Ease, NamesAreLinearStepAndPennersThirty) {
  std::vector<std::string> expected = {"linear", "step"};
  for (const auto& family : kFamilies)
    for (const char* way : {"in_", "out_", "in_out_"}) expected.push_back(way + family);
  EXPECT_THAT(easing_names(), UnorderedElementsAreArray(expected));
  EXPECT_EQ(easing_names().size(), 32u);
}

TEST(Ease, BeginsAtZeroAndEndsAtOne) {
  for (const auto& name : easing_names()) {
    EXPECT_NEAR(ease(name, 0), 0, 1e-12) << name;
    EXPECT_NEAR(ease(name, 1), 1, 1e-12) << name;
  }
}

// Worked out from the formulae of each curve, "out" and "in_out" from their own.
TEST(Ease, HandValues) {
  const double h = std::sqrt(0.5);
  struct Value {
    const char* name;
    double t, value;
  };
  const Value values[] = {
      {"linear", 0.25, 0.25},
      {"step", 0.25, 0},
      {"step", 0.4999, 0},
      {"step", 0.5, 1},
      {"in_quad", 0.25, 1.0 / 16},
      {"in_quad", 0.5, 0.25},
      {"out_quad", 0.25, 7.0 / 16},  // 1 - (3/4)^2
      {"in_out_quad", 0.25, 0.125},  // 2 t^2
      {"in_out_quad", 0.75, 0.875},  // 1 - 2 (1 - t)^2
      {"in_cubic", 0.25, 1.0 / 64},
      {"in_cubic", 0.5, 0.125},
      {"out_cubic", 0.5, 0.875},
      {"in_out_cubic", 0.25, 0.0625},
      {"in_quart", 0.25, 1.0 / 256},
      {"in_quart", 0.5, 0.0625},
      {"out_quart", 0.5, 0.9375},
      {"in_out_quart", 0.25, 0.03125},
      {"in_quint", 0.25, 1.0 / 1024},
      {"in_quint", 0.5, 0.03125},
      {"out_quint", 0.5, 0.96875},
      {"in_out_quint", 0.25, 0.015625},
      {"in_sine", 0.5, 1 - h},
      {"out_sine", 0.5, h},
      {"in_out_sine", 0.25, (1 - h) / 2},
      {"in_circ", 0.5, 1 - std::sqrt(0.75)},
      {"out_circ", 0.5, std::sqrt(0.75)},
      {"in_out_circ", 0.25, (1 - std::sqrt(0.75)) / 2},
      {"in_expo", 0.5, 1.0 / 32},
      {"in_expo", 0.25, std::pow(2, -7.5)},
      {"out_expo", 0.5, 31.0 / 32},
      {"in_out_expo", 0.25, 1.0 / 64},
      {"in_elastic", 0.5, -h / 32},      // sin(3.25 pi) = -h
      {"out_elastic", 0.5, 1 + h / 32},  // sin(-9.75 pi) = h
      {"in_out_elastic", 0.25, -h / 64},
      {"in_back", 0.25, 1.0 / 64 - h / 4},
      {"in_back", 0.5, -0.375},
      {"out_back", 0.5, 1.375},
      {"in_out_back", 0.25, -0.1875},
      {"out_bounce", 0.25, 121.0 / 256},
      {"out_bounce", 0.5, 0.71875},  // 9.075/4 - 9.9/2 + 3.4
      {"out_bounce", 0.8, 4356.0 / 361 * 0.64 - 35442.0 / 1805 * 0.8 + 16061.0 / 1805},
      {"out_bounce", 0.95, 0.973},
      {"in_bounce", 0.5, 0.28125},
      {"in_bounce", 0.75, 1 - 121.0 / 256},
      {"in_out_bounce", 0.25, 0.140625},
      {"in_out_bounce", 0.75, 0.859375},
  };
  std::set<std::string> tested;
  for (const Value& v : values) {
    EXPECT_NEAR(ease(v.name, v.t), v.value, 1e-9) << v.name << " at " << v.t;
    tested.insert(v.name);
  }
  EXPECT_EQ(tested.size(), easing_names().size());
}

TEST(Ease, OutMirrorsInAndInOutIsItsOwnMirror) {
  for (const auto& family : kFamilies)
    for (double t = 0; t <= 1; t += 1.0 / 64) {
      EXPECT_NEAR(ease("out_" + family, t), 1 - ease("in_" + family, 1 - t), 1e-12) << family << t;
      EXPECT_NEAR(ease("in_out_" + family, t), 1 - ease("in_out_" + family, 1 - t), 1e-12) << family << t;
    }
}

TEST(Ease, OnlyBackAndElasticLeaveTheRange) {
  for (const auto& name : easing_names()) {
    double least = 0, most = 1;
    for (double t = 0; t <= 1; t += 1.0 / 256) {
      least = std::min(least, ease(name, t));
      most = std::max(most, ease(name, t));
    }
    const bool leaves = name.find("back") != std::string::npos || name.find("elastic") != std::string::npos;
    EXPECT_EQ(least < -1e-9 || most > 1 + 1e-9, leaves) << name;
  }
}

TEST(Ease, TimeOutsideTheClipIsHeld) {
  EXPECT_EQ(ease("in_quad", -0.5), 0);
  EXPECT_EQ(ease("out_circ", 1.5), 1);
}

TEST(Ease, UnknownNameListsTheKnown) {
  try {
    ease("in_cube", 0.5);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("in_cube"));
    EXPECT_THAT(error.what(), HasSubstr("in_out_sine"));
  }
}

TEST(Ease, DrawsLinearAFifthOfTheTimeAndTheRestAlike) {
  std::map<std::string, int> counts;
  for (int i = 0; i < 31000; ++i) ++counts[draw_easing(Rng(1).fork("draw", i))];
  EXPECT_EQ(counts.size(), 32u);
  // deviations: linear 70, the others 28
  for (const auto& name : easing_names())
    EXPECT_NEAR(counts[name], name == "linear" ? 6200 : 800, name == "linear" ? 350 : 140) << name;
}

TEST(Timing, WholeClipOrSpan) {
  const Timing clip;
  EXPECT_EQ(progress(clip, 0, 5), 0);
  EXPECT_EQ(progress(clip, 1, 5), 0.25);
  EXPECT_EQ(progress(clip, 4, 5), 1);
  Timing slow;
  slow.span = 25;
  EXPECT_DOUBLE_EQ(progress(slow, 3, 4), 0.12);
  EXPECT_EQ(progress(slow, 39, 40), 1);  // arrived at frame 25
  slow.easing = "in_quad";
  EXPECT_DOUBLE_EQ(progress(slow, 5, 6), 0.04);
}

TEST(Timing, OneFrameIsTheStart) {
  for (const auto& name : easing_names()) {
    Timing timing;
    timing.easing = name;
    EXPECT_NEAR(progress(timing, 0, 1), 0, 1e-12) << name;
  }
  EXPECT_EQ(draw_timing(Rng(1), 1, 0, 1).pause_start, -1);
}

TEST(Timing, PauseFreezesThenGoesOn) {
  Timing timing;
  timing.pause_start = 2;
  timing.pause_length = 3;
  std::vector<int> shown;
  for (int t = 0; t < 8; ++t) {
    shown.push_back(shown_frame(timing, t));
    EXPECT_DOUBLE_EQ(progress(timing, t, 8), shown.back() / 7.0);
  }
  EXPECT_THAT(shown, ElementsAre(0, 1, 2, 2, 2, 5, 6, 7));
  for (int length : {0, 1}) {
    timing.pause_length = length;
    EXPECT_EQ(shown_frame(timing, 2), 2);
    EXPECT_EQ(shown_frame(timing, 3), 3);
  }
}

TEST(Timing, RefusesWhatIsNoTime) {
  EXPECT_THROW(progress(Timing{}, 4, 4), Error);
  EXPECT_THROW(progress(Timing{}, -1, 4), Error);
  EXPECT_THROW(progress(Timing{}, 0, 0), Error);
  Timing timing;
  timing.span = -1;
  EXPECT_THROW(progress(timing, 0, 4), Error);
}

TEST(Timing, DrawsPausesInTheClip) {
  std::set<std::pair<int, int>> seen;
  for (int i = 0; i < 2000; ++i) {
    const Timing t = draw_timing(Rng(3).fork("draw", i), 4, 25, 1);
    EXPECT_EQ(t.span, 25);
    EXPECT_THAT(easing_names(), Contains(t.easing));
    seen.insert({t.pause_start, t.pause_length});
  }
  const std::set<std::pair<int, int>> allowed = {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 0}, {1, 1}, {1, 2}, {2, 0}, {2, 1}};
  EXPECT_EQ(seen, allowed);
  int paused = 0;
  for (int i = 0; i < 2000; ++i) paused += draw_timing(Rng(3).fork("draw", i), 4, 0, 0.25).pause_start >= 0;
  EXPECT_NEAR(paused, 500, 100);  // deviation 19
}

TEST(Affine, ByHand) {
  expect_point(moved(affine_matrix({}, 101), 10, 20), 10, 20);
  Affine shift;
  shift.x = 0.1;
  shift.y = -0.2;
  expect_point(moved(affine_matrix(shift, 101), 10, 20), 20.1, -0.2);
  Affine turn;
  turn.degrees = 90;  // what is right of the centre goes above it
  expect_point(moved(affine_matrix(turn, 101), 60, 50), 50, 40);
  expect_point(moved(affine_matrix(turn, 101), 50, 50), 50, 50);
  Affine scale;
  scale.scale = 2;
  expect_point(moved(affine_matrix(scale, 101), 60, 45), 70, 40);
  Affine shear;
  shear.shear = 45;  // what is above the centre goes right
  expect_point(moved(affine_matrix(shear, 101), 50, 40), 60, 40);
  expect_point(moved(affine_matrix(shear, 101), 70, 50), 70, 50);
}

TEST(Affine, CentreOfAnEvenSideIsBetweenPixels) {
  Affine turn;
  turn.degrees = 90;
  expect_point(moved(affine_matrix(turn, 4), 0, 0), 0, 3);  // the corners change places
  expect_point(moved(affine_matrix(turn, 4), 3, 0), 0, 0);
}

// (0, -10) from the centre: sheared (10, -10), scaled (20, -20), turned (-20, -20), shifted.
TEST(Affine, OrderIsShearScaleTurnShift) {
  expect_point(moved(affine_matrix({90, 0.1, 0, 2, 45}, 101), 50, 40), 50 - 20 + 10.1, 50 - 20);
}

TEST(Affine, TurnsAsSimilarityDoes) {
  Affine affine;
  affine.degrees = 23;
  affine.scale = 0.8;
  const cv::Matx23d expected = similarity({31.5, 31.5}, 0.8, 23, {31.5, 31.5}), m = affine_matrix(affine, 64);
  EXPECT_LT(cv::norm(m - expected), 1e-9);
}

TEST(Affine, MovesPixels) {
  cv::Mat dot(21, 21, CV_32F, cv::Scalar(0));
  dot.at<float>(10, 15) = 1;
  Affine turn;
  turn.degrees = 90;
  const cv::Mat out = warp(dot, affine_matrix(turn, 21), dot.size());
  EXPECT_NEAR(out.at<float>(5, 10), 1, 1e-3);
  EXPECT_NEAR(cv::sum(out)[0], 1, 1e-3);
}

TEST(Affine, MixesEveryParameter) {
  const Affine from{10, 0.1, -0.1, 1, 4}, to{-10, 0.2, 0.1, 1.5, 0};
  const Affine quarter = mixed(from, to, 0.25);
  EXPECT_DOUBLE_EQ(quarter.degrees, 5);
  EXPECT_DOUBLE_EQ(quarter.x, 0.125);
  EXPECT_DOUBLE_EQ(quarter.y, -0.05);
  EXPECT_DOUBLE_EQ(quarter.scale, 1.125);
  EXPECT_DOUBLE_EQ(quarter.shear, 3);
  EXPECT_DOUBLE_EQ(mixed(from, to, 1.5).degrees, -20);  // beyond the end, as back and elastic go
  EXPECT_DOUBLE_EQ(mixed(from, to, 1).scale, 1.5);
}

TEST(Affine, ComposeIsFirstInnerThenOuter) {
  const cv::Matx23d shift(1, 0, 5, 0, 1, 7), grow(2, 0, 0, 0, 3, 0), lean(1, 0.5, 1, 0.25, 1, 2);
  expect_point(moved(compose(grow, shift), 1, 1), 12, 24);
  expect_point(moved(compose(shift, grow), 1, 1), 7, 10);
  const cv::Point2d inner = moved(lean, 3, -4), both = moved(grow, inner.x, inner.y);
  expect_point(moved(compose(grow, lean), 3, -4), both.x, both.y);
}

TEST(Affine, DrawsFillTheirRanges) {
  AffineRange range;
  range.least_scale = 0.5;
  range.most_scale = 1;
  Affine least{1e9, 1e9, 1e9, 1e9, 1e9}, most{-1e9, -1e9, -1e9, -1e9, -1e9};
  double Affine::*const members[] = {&Affine::degrees, &Affine::x, &Affine::y, &Affine::scale, &Affine::shear};
  const double low[] = {-10, -0.1, -0.1, 0.5, -5}, high[] = {10, 0.1, 0.1, 1, 5};
  for (int i = 0; i < 1000; ++i) {
    const Affine a = draw_affine(Rng(5).fork("draw", i), range);
    for (auto member : members) {
      least.*member = std::min(least.*member, a.*member);
      most.*member = std::max(most.*member, a.*member);
    }
  }
  for (int i = 0; i < 5; ++i) {
    const double margin = 0.02 * (high[i] - low[i]);  // missed by 1000 draws once in 600 million times
    EXPECT_GE(least.*members[i], low[i]);
    EXPECT_LT(least.*members[i], low[i] + margin);
    EXPECT_LE(most.*members[i], high[i]);
    EXPECT_GT(most.*members[i], high[i] - margin);
  }
}

// p = (1 - cos(pi u)) / 2: its speed is at most pi/2, its acceleration at most pi^2/2.
TEST(Motion, SineIsSmoothAndStartsAndEndsAtRest) {
  const int frames = 30, side = 256;
  Timing timing;
  timing.easing = "in_out_sine";
  AffineMotion motion;
  motion.from.x = -0.1;
  motion.to.x = 0.1;
  std::vector<double> path;
  for (int t = 0; t < frames; ++t)
    path.push_back(moved(motion_matrix(motion, progress(timing, t, frames), side), 127.5, 127.5).x);
  const double length = 0.2 * side, step = 1.0 / (frames - 1);
  EXPECT_NEAR(path.front(), 127.5 - 25.6, 1e-9);
  EXPECT_NEAR(path.back(), 127.5 + 25.6, 1e-9);
  for (int t = 1; t < frames; ++t) {
    EXPECT_GT(path[t], path[t - 1]);
    EXPECT_LE(path[t] - path[t - 1], length * step * CV_PI / 2);
  }
  for (int t = 2; t < frames; ++t)
    EXPECT_LE(std::abs(path[t] - 2 * path[t - 1] + path[t - 2]), length * step * step * CV_PI * CV_PI / 2);
  const double first = length * (1 - std::cos(CV_PI * step)) / 2;
  EXPECT_NEAR(path[1] - path[0], first, 1e-9);
  EXPECT_NEAR(path[frames - 1] - path[frames - 2], first, 1e-9);
}

TEST(Motion, MatrixIsThatOfTheMixedPose) {
  AffineMotion motion;
  motion.from.degrees = -90;
  motion.to.degrees = 90;
  expect_point(moved(motion_matrix(motion, 0, 101), 60, 50), 50, 60);
  expect_point(moved(motion_matrix(motion, 0.5, 101), 60, 50), 60, 50);
  expect_point(moved(motion_matrix(motion, 1, 101), 60, 50), 50, 40);
}

}  // namespace
}  // namespace facemat
