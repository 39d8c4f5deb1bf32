#include "data/render/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/sources/pictures/layout.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

constexpr int kSide = 128;

Recipe still_recipe() {
  Recipe recipe;
  recipe.split = "train", recipe.name = "000000", recipe.size = kSide;
  return recipe;
}

// A face that does not move: a disc on a ramp.
Face disc_face() {
  FaceView view;
  view.image = ramp_picture(kSide, 3);
  view.mask = to_float(disc_mask(kSide));
  view.layout = layout_from_mask(view.mask);
  return [view](double) { return view; };
}

// Alpha of a disc on a canvas, from 16 x 16 samples a pixel: the truth.
cv::Mat analytic_disc(cv::Point2d centre, double radius, int side) {
  constexpr int kSamples = 16;
  cv::Mat alpha(side, side, CV_32FC1);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double distance = std::hypot(x - centre.x, y - centre.y);
      if (std::abs(distance - radius) > 1) {  // the edge is elsewhere
        alpha.at<float>(y, x) = distance < radius ? 1.f : 0.f;
        continue;
      }
      int hits = 0;
      for (int j = 0; j < kSamples; ++j)
        for (int i = 0; i < kSamples; ++i) {
          const double u = x - 0.5 + (i + 0.5) / kSamples, v = y - 0.5 + (j + 0.5) / kSamples;
          hits += std::hypot(u - centre.x, v - centre.y) <= radius;
        }
      alpha.at<float>(y, x) = static_cast<float>(hits) / (kSamples * kSamples);
    }
  return alpha;
}

Cutout disc_cutout(int side, double radius) {
  const cv::Mat alpha = analytic_disc({(side - 1) / 2.0, (side - 1) / 2.0}, radius, side);
  return {premultiply(cv::Mat(side, side, CV_32FC3, cv::Scalar(0.2, 0.5, 0.8)), alpha), Rule::kFree, {}};
}

double rms(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_L2) / std::sqrt(static_cast<double>(a.total()));
}

// The alpha of a placed, turned and scaled cut-out is that of the shape itself drawn there, in a frame of 512 x 512, as long as
// the cut-out is not coarser than the frame needs (enlarged edges are as soft as their pixels).
TEST(Render, AlphaIsThatOfTheShapeDrawnInPlace) {
  constexpr int kFrame = 512, kCutoutSide = 401;
  constexpr double kRadius = 180;
  const Cutout cutout = disc_cutout(kCutoutSide, kRadius);
  FaceView view;
  view.image = ramp_picture(kFrame, 3);
  view.mask = to_float(disc_mask(kFrame));
  view.layout = layout_from_mask(view.mask);
  for (const auto& [scale, degrees, x, y] : std::vector<std::tuple<double, double, double, double>>{
           {0.6, 0, 0.5, 0.5}, {0.5, 30, 0.43, 0.61}, {0.21, -75, 0.55, 0.37}, {0.33, 200, 0.31, 0.5}, {0.1, 45, 0.7, 0.71}}) {
    Recipe recipe = still_recipe();
    recipe.size = kFrame;
    recipe.occluders.resize(1);
    recipe.occluders[0].pose = {x, y, scale, degrees};
    const Rendered out = render(recipe, {[view](double) { return view; }, {cutout}});
    const cv::Mat truth = analytic_disc({x * kFrame, y * kFrame}, scale * kRadius, kFrame);
    const cv::Mat occluder = layer_alpha(on_canvas(out.frames[0].occluder, truth.size()));
    EXPECT_LE(rms(occluder, truth), 1.0 / 255) << "scale " << scale;
    EXPECT_LE(rms(out.frames[0].alpha, view.mask.mul(1 - truth)), 1.0 / 255) << "scale " << scale;
    EXPECT_LE(out.measured.recomposition, 1.0 / 255);
  }
}

TEST(Render, EdgesHaveNeitherDarkNorBrightHalos) {
  Recipe recipe = still_recipe();
  recipe.occluders.resize(1);
  recipe.occluders[0].pose = {0.5, 0.5, 0.37, 20};
  const Rendered out = render(recipe, {disc_face(), {disc_cutout(101, 45)}});
  const cv::Mat colour = layer_colour(out.frames[0].occluder.layer), alpha = layer_alpha(out.frames[0].occluder.layer);
  int soft = 0;
  for (int y = 0; y < colour.rows; ++y)
    for (int x = 0; x < colour.cols; ++x) {
      const float a = alpha.at<float>(y, x);
      if (a < 0.02f) continue;
      soft += a < 0.98f;
      EXPECT_NEAR(colour.at<cv::Vec3f>(y, x)[0], 0.2, 0.005);
      EXPECT_NEAR(colour.at<cv::Vec3f>(y, x)[2], 0.8, 0.005);
    }
  EXPECT_GT(soft, 50);
}

TEST(Render, OpacityScalesPictureAndMatteAlike) {
  Recipe recipe = still_recipe();
  recipe.occluders.resize(1);
  recipe.occluders[0].opacity = 0.5;
  recipe.occluders[0].pose = {0.5, 0.5, 0.4, 0};
  const Frame frame = render(recipe, {disc_face(), {disc_cutout(101, 45)}}).frames[0];
  EXPECT_NEAR(frame.alpha.at<float>(kSide / 2, kSide / 2), 0.5, 1e-6);
  const cv::Vec3b clean = frame.clean.at<cv::Vec3b>(kSide / 2, kSide / 2),
                  image = frame.image.at<cv::Vec3b>(kSide / 2, kSide / 2);
  EXPECT_NEAR(image[1], 0.5 * clean[1] + 0.5 * 0.5 * 255, 0.51);
}

TEST(Render, MirroredFacesKeepPictureMaskAndLayoutTogether) {
  Recipe recipe = still_recipe();
  FaceView view = disc_face()(0);
  view.mask(cv::Rect(0, 0, kSide / 2, kSide)).setTo(0);
  view.layout = layout_from_mask(view.mask);
  view.light.key_direction = {-0.6f, 0, 0.8f};
  recipe.face.stream.mirror = true;
  const FaceView out = face_at(
      recipe, [view](double) { return view; }, 0);
  for (const int x : {5, 40, 64, 100})
    for (const int y : {10, 64, 90}) {
      EXPECT_EQ(out.image.at<cv::Vec3b>(y, x), view.image.at<cv::Vec3b>(y, kSide - 1 - x));
      EXPECT_EQ(out.mask.at<float>(y, x), view.mask.at<float>(y, kSide - 1 - x));
    }
  EXPECT_NEAR(out.layout.left_eye.x, kSide - 1 - view.layout.right_eye.x, 1e-3);
  EXPECT_NEAR(out.layout.nose_tip.x, kSide - 1 - view.layout.nose_tip.x, 1e-3);
  EXPECT_LT(out.layout.left_edge.x, out.layout.right_edge.x);
  EXPECT_FLOAT_EQ(out.light.key_direction[0], 0.6f);
}

// By hand: an occluder of opacity 1/4 over a trust of 0, 1/2 and 1.
TEST(Render, WhatAnOccluderCoversIsCertain) {
  FaceView view = disc_face()(0);
  view.trust = cv::Mat(kSide, kSide, CV_32FC1, cv::Scalar(0));
  view.trust.colRange(60, 65).setTo(0.5), view.trust.colRange(65, kSide).setTo(1);
  Recipe recipe = still_recipe();
  recipe.occluders.resize(1);
  recipe.occluders[0].pose = {0.5, 0.5, 0.4, 0};
  recipe.occluders[0].opacity = 0.25;
  const Rendered out = render(recipe, {[view](double) { return view; }, {disc_cutout(101, 45)}});
  const cv::Mat& trust = out.frames[0].trust;
  ASSERT_EQ(trust.type(), CV_32FC1);
  const int middle = kSide / 2;
  EXPECT_NEAR(trust.at<float>(middle, 59), 0.25, 1e-6) << "O + (1 - O) 0";
  EXPECT_NEAR(trust.at<float>(middle, 62), 0.25 + 0.75 * 0.5, 1e-6);
  EXPECT_NEAR(trust.at<float>(middle, 70), 1, 1e-6);
  EXPECT_EQ(trust.at<float>(5, 59), 0) << "beside the occluder";
  EXPECT_EQ(trust.at<float>(5, 62), 0.5);
  EXPECT_NEAR(out.measured.trusted_share, cv::mean(trust)[0], 1e-9);

  recipe.occluders[0].opacity = 1;
  const Rendered opaque = render(recipe, {[view](double) { return view; }, {disc_cutout(101, 45)}});
  EXPECT_EQ(opaque.frames[0].trust.at<float>(middle, 59), 1);
  EXPECT_EQ(opaque.frames[0].alpha.at<float>(middle, 59), 0);

  const Rendered certain = render(recipe, {disc_face(), {disc_cutout(101, 45)}});
  EXPECT_TRUE(certain.frames[0].trust.empty());
  EXPECT_EQ(certain.measured.trusted_share, 1);
}

TEST(Render, TrustIsMirroredAndMovedWithTheMask) {
  FaceView view = disc_face()(0);
  view.trust = view.mask.clone();  // where there is face
  Recipe recipe = still_recipe();
  recipe.face.stream.mirror = true;
  recipe.face.stream.placed = {7, 0.06, -0.04, 1.1, 2};
  FaceView certain = view;
  certain.trust = cv::Mat();
  const auto seen = [&](const FaceView& face) {
    return face_at(
        recipe, [face](double) { return face; }, 0);
  };
  const FaceView out = seen(view), plain = seen(certain);
  EXPECT_GT(cv::norm(plain.mask, view.mask, cv::NORM_L1), 10);
  EXPECT_EQ(cv::norm(out.trust, plain.mask, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(out.mask, cv::Mat(out.mask.size(), CV_32FC1, cv::Scalar(1)), cv::NORM_INF, out.trust > 0), 0)
      << "what is believed at all is face, through and through";
  EXPECT_EQ(cv::norm(view.trust, view.mask, cv::NORM_INF), 0) << "the source itself is as it was";
}

// A face that fills its picture, made smaller: what lies beyond the picture shows more of it, but is not called face.
TEST(Render, BeyondThePictureIsNoFaceAndNothingIsKnown) {
  FaceView view = disc_face()(0);
  view.mask.setTo(1);
  view.trust = cv::Mat(kSide, kSide, CV_32FC1, cv::Scalar(1));
  view.image.row(0).setTo(cv::Scalar(10, 20, 30)), view.image.row(1).setTo(cv::Scalar(90, 90, 90));
  Recipe recipe = still_recipe();
  recipe.face.stream.placed.scale = 0.5;
  const int edge = kSide / 4;
  for (const char* outside : {"mirrored", "replicated"}) {
    recipe.face.outside = outside;
    const FaceView out = face_at(
        recipe, [view](double) { return view; }, 0);
    for (const cv::Mat* plane : {&out.mask, &out.trust}) {
      EXPECT_EQ(plane->at<float>(edge - 2, kSide / 2), 0) << outside;
      EXPECT_EQ(plane->at<float>(edge + 2, kSide / 2), 1) << outside;
      EXPECT_EQ(plane->at<float>(kSide / 2, kSide - edge + 1), 0) << outside;
    }
    const cv::Vec3b seen = out.image.at<cv::Vec3b>(2, kSide / 2), first = out.image.at<cv::Vec3b>(edge - 3, kSide / 2);
    EXPECT_EQ(seen == first, std::string(outside) == "replicated") << "the same colour all the way out";
  }
}

// The matte follows the motion: with a shift of 10 % of the side along x over the clip, centres move evenly by that much.
TEST(Render, MotionIsSmoothAndMovesColourAndAlphaTogether) {
  Recipe recipe = still_recipe();
  recipe.still = false, recipe.frames = 6;
  recipe.occluders.resize(1);
  recipe.occluders[0].pose = {0.4, 0.5, 0.3, 0};
  recipe.occluders[0].stream.motion.to.x = 0.1;
  const Rendered out = render(recipe, {disc_face(), {disc_cutout(101, 45)}});
  double last = 0;
  for (int t = 0; t < recipe.frames; ++t) {
    const cv::Mat layer = on_canvas(out.frames[t].occluder, {kSide, kSide});
    cv::Mat blue, alpha = layer_alpha(layer);
    cv::extractChannel(layer, blue, 0);
    const cv::Moments colour = cv::moments(blue), matte = cv::moments(alpha);
    EXPECT_NEAR(colour.m10 / colour.m00, matte.m10 / matte.m00, 1e-3);
    const double centre = matte.m10 / matte.m00;
    if (t > 0) {
      EXPECT_NEAR(centre - last, 0.1 * kSide / 5, 0.03);
    }
    last = centre;
  }
}

TEST(Render, WornThingsFollowTheFace) {
  Recipe recipe = still_recipe();
  recipe.still = false, recipe.frames = 3;
  recipe.face.stream.motion.to = {10, 0.1, 0, 1.1, 0};
  recipe.occluders.resize(1);
  Cutout worn = disc_cutout(51, 20);
  worn.rule = Rule::kFitFace;
  recipe.occluders[0].pose = {0.5, 0.6, 0.5, 0};
  const Rendered out = render(recipe, {disc_face(), {worn}});
  const cv::Matx23d matrix = affine_matrix(recipe.face.stream.motion.to, kSide);
  const auto centre = [&](int t) {
    const cv::Moments m = cv::moments(layer_alpha(on_canvas(out.frames[t].occluder, {kSide, kSide})));
    return cv::Point2d(m.m10 / m.m00, m.m01 / m.m00);
  };
  const cv::Point2d start = centre(0), end = centre(2);
  EXPECT_NEAR(end.x, matrix(0, 0) * start.x + matrix(0, 1) * start.y + matrix(0, 2), 0.2);
  EXPECT_NEAR(end.y, matrix(1, 0) * start.x + matrix(1, 1) * start.y + matrix(1, 2), 0.2);
}

TEST(Render, ShadowsDarkenTheCleanFaceAndLeaveAlphaAlone) {
  Recipe recipe = still_recipe();
  recipe.occluders.resize(1);
  recipe.occluders[0].pose = {0.5, 0.4, 0.3, 0};
  const Rendered plain = render(recipe, {disc_face(), {disc_cutout(101, 45)}});
  recipe.shadow = {0.6, 0.02, 0.1, 0.1, 0.5};
  const Rendered shaded = render(recipe, {disc_face(), {disc_cutout(101, 45)}});
  EXPECT_EQ(cv::norm(plain.frames[0].alpha, shaded.frames[0].alpha, cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(plain.frames[0].clean, shaded.frames[0].clean, cv::NORM_INF), 20);
  EXPECT_LE(shaded.measured.recomposition, 1.0 / 255);
}

TEST(Render, NoiseOfAFrameIsItsOwnAndIsRepeated) {
  Recipe recipe = still_recipe();
  recipe.still = false, recipe.frames = 2;
  recipe.degradation.noise = 0.05;
  recipe.noise = 99;
  const Rendered a = render(recipe, {disc_face(), {}}), b = render(recipe, {disc_face(), {}});
  EXPECT_EQ(cv::norm(a.frames[0].image, b.frames[0].image, cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(a.frames[0].image, a.frames[1].image, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(a.frames[0].alpha, a.frames[1].alpha, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace facemat
