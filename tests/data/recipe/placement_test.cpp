#include "data/recipe/placement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/scene/patch.h"
#include "data/sources/pictures/layout.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr int kSide = 256;

// A face as wide as 100 pixels, from y = 60 (between brows and hair) to the chin at 160.
FaceLayout layout() {
  FaceLayout face;
  face.forehead = {120, 60}, face.chin = {120, 160};
  face.nose_tip = {120, 120}, face.mouth = {120, 140};
  face.left_edge = {70, 90}, face.right_edge = {170, 90};
  face.left_eye = {98, 90}, face.right_eye = {142, 90};
  face.width = 100;
  return face;
}
const cv::Rect2d kBox(70, 49, 100, 122);  // chin to hair line is 1.22 times chin to forehead
const cv::Point2d kCentre(120, 110);

cv::Point2d mapped(const cv::Matx23d& m, cv::Point2d p) {
  return {m(0, 0) * p.x + m(0, 1) * p.y + m(0, 2), m(1, 0) * p.x + m(1, 1) * p.y + m(1, 2)};
}
void expect_near(cv::Point2d a, cv::Point2d b, double tolerance = 1e-6) {
  EXPECT_LT(cv::norm(a - b), tolerance) << a << " " << b;
}

PoseRequest request(Rule rule = Rule::kFree) {
  PoseRequest r;
  r.rule = rule;
  r.cutout = {40, 80};
  r.layout = layout();
  r.side = kSide;
  return r;
}
Rng draw(int i) { return Rng(3).fork("draw", static_cast<uint64_t>(i)); }

// Where the middle of the placed cut-out lies, and where its top points to (a unit vector).
cv::Point2d middle(const CutoutPose& pose) { return {pose.x * kSide, pose.y * kSide}; }
cv::Point2d up(const CutoutPose& pose, const PoseRequest& r) {
  const cv::Matx23d m = pose_matrix(pose, r.placed, r.cutout, r.side);
  const cv::Point2d way = mapped(m, {0, 0}) - mapped(m, {0, 1});
  return way / cv::norm(way);
}
double degrees_between(cv::Point2d a, cv::Point2d b) { return std::abs(std::atan2(a.cross(b), a.dot(b))) * 180 / CV_PI; }

TEST(Placement, TheFacesBoxReachesFromChinToHairLine) { EXPECT_EQ(face_box(layout()), kBox); }

TEST(Placement, AreasAreSharesOfTheFacesBox) {
  PlacementConfig rules;
  rules.least_area = 0.3, rules.most_area = 0.7;
  const PoseRequest r = request();
  double least = 1, most = 0;
  for (int i = 0; i < 500; ++i) {
    const double scale = draw_pose(draw(i), rules, r).scale, share = scale * scale * r.cutout.area() / kBox.area();
    least = std::min(least, share), most = std::max(most, share);
  }
  EXPECT_GE(least, 0.3 - 1e-9);
  EXPECT_LT(least, 0.31);
  EXPECT_LE(most, 0.7 + 1e-9);
  EXPECT_GT(most, 0.69);
}

TEST(Placement, PlacedPixelsHaveTheDrawnArea) {
  PlacementConfig rules;
  rules.least_area = rules.most_area = 0.2;
  const PoseRequest r = request();
  const cv::Mat layer(r.cutout.height, r.cutout.width, CV_32FC4, cv::Scalar::all(1));
  int whole = 0;
  for (int i = 0; i < 20; ++i) {
    const Patch patch = warped(layer, pose_matrix(draw_pose(draw(i), rules, r), {}, r.cutout, kSide), {kSide, kSide});
    if (patch.at.x == 0 || patch.at.y == 0 || patch.box().br().x == kSide || patch.box().br().y == kSide) continue;
    ++whole;
    EXPECT_NEAR(cv::sum(layer_alpha(patch.layer))[0] / kBox.area(), 0.2, 0.01);
  }
  EXPECT_GT(whole, 10);
}

TEST(Placement, MiddlesAreUniformInTheFacesBox) {
  const PlacementConfig rules;
  cv::Point2d sum, least(kSide, kSide), most;
  constexpr int kDraws = 1000;
  for (int i = 0; i < kDraws; ++i) {
    const cv::Point2d p = middle(draw_pose(draw(i), rules, request()));
    ASSERT_TRUE(kBox.contains(p)) << p;
    sum += p;
    least = {std::min(least.x, p.x), std::min(least.y, p.y)}, most = {std::max(most.x, p.x), std::max(most.y, p.y)};
  }
  const double deviation = 1 / std::sqrt(12.0 * kDraws);  // of the mean of so many uniform numbers
  EXPECT_NEAR(sum.x / kDraws, kCentre.x, 4 * deviation * kBox.width);
  EXPECT_NEAR(sum.y / kDraws, kCentre.y, 4 * deviation * kBox.height);
  EXPECT_GT((most.x - least.x) / kBox.width, 0.98);
  EXPECT_GT((most.y - least.y) / kBox.height, 0.98);
}

TEST(Placement, TheWholeImageMayBeTheMeasure) {
  PlacementConfig rules;
  rules.of = "image", rules.least_area = rules.most_area = 0.25;
  cv::Point2d least(kSide, kSide), most;
  for (int i = 0; i < 500; ++i) {
    const CutoutPose pose = draw_pose(draw(i), rules, request());
    EXPECT_NEAR(pose.scale * pose.scale * 40 * 80, 0.25 * kSide * kSide, 1e-6);
    const cv::Point2d p = middle(pose);
    least = {std::min(least.x, p.x), std::min(least.y, p.y)}, most = {std::max(most.x, p.x), std::max(most.y, p.y)};
  }
  EXPECT_LT(std::max(least.x, least.y), 0.03 * kSide);
  EXPECT_GT(std::min(most.x, most.y), 0.97 * kSide);
}

TEST(Placement, TurnsAreWithinTheLimit) {
  PlacementConfig rules;
  rules.turn = 15;
  double least = 0, most = 0;
  for (int i = 0; i < 300; ++i) {
    const double degrees = draw_pose(draw(i), rules, request()).degrees;
    least = std::min(least, degrees), most = std::max(most, degrees);
  }
  EXPECT_GE(least, -15);
  EXPECT_LT(least, -14);
  EXPECT_LE(most, 15);
  EXPECT_GT(most, 14);
}

TEST(Placement, TopsPointToTheFace) {
  PlacementConfig rules;
  rules.turn = 15;
  const PoseRequest r = request(Rule::kTowardFace);
  double widest = 0;
  for (int i = 0; i < 200; ++i) {
    const CutoutPose pose = draw_pose(draw(i), rules, r);
    ASSERT_TRUE(kBox.contains(middle(pose))) << "what is no limb stays in the box";
    widest = std::max(widest, degrees_between(up(pose, r), kCentre - middle(pose)));
  }
  EXPECT_LE(widest, 15 + 1e-6);
  EXPECT_GT(widest, 12);
}

// --- limbs

// A limb of `length` pixels from a straight cut to a tip, as wide as 40 at the cut, turned counter-clockwise by `degrees`.
cv::Mat limb(double degrees, int length = 160) {
  cv::Mat upright(240, 240, CV_32FC1, cv::Scalar(0));
  for (int y = 0; y < length; ++y) {
    const int half = 20 * (y + length) / (2 * length);
    upright.row(120 - length / 2 + y).colRange(120 - half, 121 + half).setTo(1);
  }
  return warp(upright, similarity({120, 120}, 1, degrees, {120, 120}), upright.size());
}

TEST(Limbs, AnUprightOneEndsAtItsBottom) {
  cv::Mat bar(100, 40, CV_32FC1, cv::Scalar(0));
  bar.colRange(10, 30).setTo(1);
  const Limb found = limb_of(bar);
  EXPECT_NEAR(found.tilt, 0, 1e-6);
  expect_near(found.left, {10, 99});
  expect_near(found.right, {29, 99});
}

TEST(Limbs, ATurnedOneEndsAtItsCut) {
  for (const double degrees : {-60.0, -25.0, 25.0, 60.0}) {
    const Limb found = limb_of(limb(degrees));
    EXPECT_NEAR(found.tilt, degrees, 1) << degrees;
    const cv::Matx23d turn = similarity({120, 120}, 1, degrees, {120, 120});
    expect_near(found.left, mapped(turn, {101, 199}), 3);
    expect_near(found.right, mapped(turn, {139, 199}), 3);
  }
}

TEST(Limbs, MirroredIsTheLimbOfTheMirroredPicture) {
  const cv::Mat alpha = limb(25);
  cv::Mat flipped;
  cv::flip(alpha, flipped, 1);
  const Limb a = mirrored(limb_of(alpha), alpha.cols), b = limb_of(flipped);
  EXPECT_NEAR(a.tilt, b.tilt, 1e-3);
  expect_near(a.left, b.left, 1e-2);
  expect_near(a.right, b.right, 1e-2);
}

TEST(Limbs, TheirEndLiesOutsideTheFrameByTheMargin) {
  PlacementConfig rules;
  rules.turn = 15;
  for (const double degrees : {0.0, 40.0}) {
    PoseRequest r = request(Rule::kTowardFace);
    const cv::Mat alpha = limb(degrees);
    r.limb = limb_of(alpha), r.cutout = alpha.size(), r.margin = 10;
    for (int i = 0; i < 200; ++i) {
      if (i % 2) r.placed = draw_affine(draw(i).fork("placed"), {10, 0.1, 0.5, 1, 5});
      const CutoutPose pose = draw_pose(draw(i), rules, r);
      const cv::Matx23d m = pose_matrix(pose, r.placed, r.cutout, kSide);
      for (int k = 0; k <= 20; ++k) {
        const cv::Point2d end = mapped(m, r.limb->left + (r.limb->right - r.limb->left) * (k / 20.0));
        const double outside = std::max({-end.x, -end.y, end.x - (kSide - 1), end.y - (kSide - 1)});
        // Nine points of the end are held to the margin: at a corner of the frame one between them may lie a little nearer.
        const double slack = k == 0 || k == 20 ? 1e-6 : 3;
        EXPECT_GE(outside, r.margin - slack) << i << ": " << end;
      }
    }
  }
}

TEST(Limbs, TheirAxisPointsToTheFace) {
  PlacementConfig rules;
  rules.turn = 0;
  for (const double degrees : {0.0, 40.0}) {
    PoseRequest r = request(Rule::kTowardFace);
    const cv::Mat alpha = limb(degrees);
    r.limb = limb_of(alpha), r.cutout = alpha.size();
    const double tilt = r.limb->tilt * CV_PI / 180;
    for (int i = 0; i < 100; ++i) {
      const CutoutPose pose = draw_pose(draw(i), rules, r);
      const cv::Point2d top = up(pose, r), axis(top.x * std::cos(tilt) + top.y * std::sin(tilt),
                                                top.y * std::cos(tilt) - top.x * std::sin(tilt));  // counter-clockwise
      const cv::Point2d to_face = kCentre - middle(pose);
      EXPECT_NEAR(axis.cross(to_face), 0, 1e-6) << "the centre lies on the axis";
      EXPECT_GT(axis.dot(to_face), 0) << "ahead of it";
    }
  }
}

// --- worn things

TEST(Placement, WornThingsCoverNoseMouthAndChin) {
  PoseRequest r = request(Rule::kFitFace);
  r.layout.roll = 12;
  for (int i = 0; i < 50; ++i) {
    const CutoutPose pose = draw_pose(draw(i), {}, r);
    expect_near(middle(pose), {120, 0.35 * 120 + 0.45 * 140 + 0.2 * 160}, 1e-4);
    EXPECT_GE(pose.scale * r.cutout.width, 95 - 1e-6);
    EXPECT_LE(pose.scale * r.cutout.width, 110 + 1e-6);
    EXPECT_NEAR(pose.degrees, -12, 1e-5) << "roll counts clockwise";
  }
}

TEST(Follow, KeepsTheOutline) {
  FaceLayout from, to;
  from.left_edge = {10, 10}, from.right_edge = {30, 10};
  to.left_edge = {50, 20}, to.right_edge = {50, 60};  // twice as large, turned clockwise by 90 degrees
  const cv::Matx23d way = follow(from, to);
  expect_near(mapped(way, {10, 10}), {50, 20});
  expect_near(mapped(way, {30, 10}), {50, 60});
  expect_near(mapped(way, {20, 20}), {30, 40});
}

TEST(Follow, IsTheMotionOfAFaceThatMovesAsAWhole) {
  const cv::Matx23d motion = similarity({120, 110}, 1.1, 20, {140, 100});
  const cv::Matx23d way = follow(layout(), transformed(layout(), motion));
  for (const cv::Point2d p : {cv::Point2d(0, 0), cv::Point2d(255, 0), cv::Point2d(120, 140)})
    expect_near(mapped(way, p), mapped(motion, p), 1e-3);
}

// --- matrices

TEST(PoseMatrix, ByHand) {
  const cv::Size cutout(11, 21);  // its middle is (5, 10)
  CutoutPose pose;
  pose.x = 0.5, pose.y = 0.25, pose.scale = 2;
  expect_near(mapped(pose_matrix(pose, {}, cutout, 100), {5, 10}), {50, 25});
  expect_near(mapped(pose_matrix(pose, {}, cutout, 100), {0, 0}), {40, 5});
  pose.degrees = 90;  // its top turns to the left
  expect_near(mapped(pose_matrix(pose, {}, cutout, 100), {5, 0}), {30, 25});
}

TEST(PoseMatrix, PlacedComesBeforeThePose) {
  CutoutPose pose;
  pose.x = 0.5, pose.y = 0.25, pose.scale = 2, pose.degrees = 90;
  Affine placed;
  placed.scale = 0.5, placed.x = 0.1;  // of the longer side: 2.1 pixels to the right, then turned up
  expect_near(mapped(pose_matrix(pose, placed, {11, 21}, 100), {5, 10}), {50, 25 - 4.2});
  expect_near(mapped(pose_matrix(pose, placed, {11, 21}, 100), {5, 0}), {40, 25 - 4.2});
}

TEST(Placement, CutoutsMoveSmoothly) {
  const PoseRequest r = request();
  const cv::Mat layer(r.cutout.height, r.cutout.width, CV_32FC4, cv::Scalar::all(1));
  const cv::Matx23d pose = pose_matrix({0.5, 0.4, 0.8, 10}, {}, r.cutout, kSide);
  const AffineMotion motion{{-8, -0.08, 0.05, 0.95, 3}, {8, 0.08, -0.05, 1.05, -3}};
  double longest = 0, path = 0;
  cv::Point2d last;
  for (int t = 0; t <= 20; ++t) {
    const cv::Matx23d way = motion_matrix(motion, t / 20.0, kSide);
    const Patch patch = warped(layer, compose(way, pose), {kSide, kSide});
    const cv::Moments m = cv::moments(layer_alpha(patch.layer));
    const cv::Point2d centre = cv::Point2d(m.m10 / m.m00, m.m01 / m.m00) + cv::Point2d(patch.at);
    if (t > 0) longest = std::max(longest, cv::norm(centre - last)), path += cv::norm(centre - last);
    last = centre;
  }
  EXPECT_GT(path, 0.16 * kSide);
  EXPECT_LT(longest, 2 * path / 20) << "no jump";
}

}  // namespace
}  // namespace facemat
