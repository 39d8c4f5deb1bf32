// Every procedural occluder keeps the promises of occluders.h: the tests loop over the table.

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <set>
#include <string>
#include <vector>

#include "data/procedural/occluders/occluders.h"
#include "data/procedural/occluders/shapes.h"
#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

constexpr int kSeeds = 6;

// A frontal face 0.5 of the canvas wide, its middle in the canvas's middle.
Scene scene_of(int size, double time = 0) {
  const float s = static_cast<float>(size);
  Scene scene;
  scene.size = {size, size};
  FaceLayout& face = scene.layout;
  face.left_eye = {0.39f * s, 0.43f * s};
  face.right_eye = {0.61f * s, 0.43f * s};
  face.nose_tip = {0.5f * s, 0.57f * s};
  face.mouth = {0.5f * s, 0.67f * s};
  face.chin = {0.5f * s, 0.8f * s};
  face.forehead = {0.5f * s, 0.3f * s};
  face.left_edge = {0.25f * s, 0.44f * s};
  face.right_edge = {0.75f * s, 0.44f * s};
  face.width = 0.5f * s;
  scene.time = time;
  return scene;
}

cv::Rect face_box(int size) { return {size / 4, size / 5, size / 2, 3 * size / 5}; }

bool is_translucent(const ProceduralOccluder& o) { return std::string(o.occluder_class) == "translucent"; }
bool is_solid(const ProceduralOccluder& o) {
  const std::set<std::string> kinds = {"hand", "object", "cloth", "accessory"};
  return kinds.count(o.occluder_class) > 0;
}

double mean_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total());
}

TEST(ProceduralOccluders, HaveDistinctNamesAndKnownClasses) {
  const std::set<std::string> classes = {"hand", "hair", "glasses", "accessory", "object", "cloth", "translucent"};
  std::set<std::string> names;
  for (const auto& o : procedural_occluders()) {
    EXPECT_TRUE(names.insert(o.name).second) << o.name;
    EXPECT_EQ(classes.count(o.occluder_class), 1u) << o.name;
    EXPECT_NE(std::string(o.about), "") << o.name;
  }
}

TEST(ProceduralOccluders, ColourNeverExceedsAlphaNorAlphaOne) {
  for (const auto& o : procedural_occluders()) {
    for (int seed = 0; seed < kSeeds; ++seed) {
      const cv::Mat layer = o.draw(Rng(seed), scene_of(96));
      ASSERT_EQ(layer.type(), CV_32FC4) << o.name;
      ASSERT_EQ(layer.size(), cv::Size(96, 96)) << o.name;
      ASSERT_TRUE(cv::checkRange(layer, true, nullptr, 0, 1 + 1e-6)) << o.name << " seed " << seed;
      const cv::Mat alpha = layer_alpha(layer);
      std::vector<cv::Mat> planes;
      cv::split(layer, planes);
      for (int c = 0; c < 3; ++c) EXPECT_EQ(cv::countNonZero(planes[c] > alpha + 1e-6), 0) << o.name << " seed " << seed;
    }
  }
}

TEST(ProceduralOccluders, CanvasNeedNotBeSquareNorHoldTheFace) {
  for (const auto& o : procedural_occluders()) {
    Scene scene = scene_of(96);
    scene.size = {120, 70};
    EXPECT_EQ(o.draw(Rng(1), scene).size(), scene.size) << o.name;
    scene.layout.roll = 30;
    scene.layout.yaw = -40;
    scene.layout.left_edge.x += 22;  // foreshortened
    EXPECT_TRUE(cv::checkRange(o.draw(Rng(2), scene))) << o.name;
  }
}

TEST(ProceduralOccluders, SameStreamDrawsTheSame) {
  for (const auto& o : procedural_occluders()) {
    const cv::Mat first = o.draw(Rng(7), scene_of(64)), again = o.draw(Rng(7), scene_of(64));
    EXPECT_EQ(cv::norm(first, again, cv::NORM_INF), 0) << o.name;
    EXPECT_GT(cv::norm(first, o.draw(Rng(8), scene_of(64)), cv::NORM_INF), 0.01) << o.name;
  }
}

TEST(ProceduralOccluders, CoverSomeButNotAllOfTheFace) {
  for (const auto& o : procedural_occluders()) {
    int covering = 0;
    double sum = 0;
    for (int seed = 0; seed < 2 * kSeeds; ++seed) {
      const double share = cv::mean(layer_alpha(o.draw(Rng(seed), scene_of(64)))(face_box(64)))[0];
      covering += share > 0.02;
      sum += share / (2 * kSeeds);
    }
    EXPECT_GE(covering, 2 * kSeeds - 2) << o.name;
    EXPECT_GT(sum, 0.03) << o.name;
    EXPECT_LT(sum, 0.75) << o.name;
  }
}

TEST(ProceduralOccluders, SolidsAreOpaqueAndVeilsAreNot) {
  for (const auto& o : procedural_occluders()) {
    for (int seed = 0; seed < kSeeds; ++seed) {
      const cv::Mat alpha = layer_alpha(o.draw(Rng(seed), scene_of(128)));
      const double seen = cv::countNonZero(alpha > 1e-4), full = cv::countNonZero(alpha > 1 - 1e-6);
      if (seen < 200) continue;  // mostly out of the frame
      if (is_solid(o)) {
        EXPECT_GT(full / seen, 0.7) << o.name << " seed " << seed;
      }
      if (is_translucent(o)) {
        EXPECT_LT(full / seen, 0.05) << o.name << " seed " << seed;
      }
      if (std::string(o.name) == "glasses") {
        const double lens = cv::countNonZero((alpha > 0.09) & (alpha < 0.61));
        EXPECT_GT(lens / seen, 0.25) << "seed " << seed;
      }
    }
  }
}

TEST(ProceduralOccluders, MoveSmoothlyInTime) {
  for (const auto& o : procedural_occluders()) {
    double moved = 0;
    for (int seed = 0; seed < 4; ++seed) {
      const cv::Mat start = layer_alpha(o.draw(Rng(seed), scene_of(96, 0.4)));
      const double small = mean_difference(start, layer_alpha(o.draw(Rng(seed), scene_of(96, 0.401))));
      EXPECT_LT(small, 0.01) << o.name << " seed " << seed;
      moved += mean_difference(start, layer_alpha(o.draw(Rng(seed), scene_of(96, 0.75))));
    }
    EXPECT_GT(moved, 1e-3) << o.name;
  }
}

TEST(ProceduralOccluders, LookTheSameAtTwiceTheSize) {
  for (const auto& o : procedural_occluders()) {
    for (int seed = 0; seed < 3; ++seed) {
      const cv::Mat small = o.draw(Rng(seed), scene_of(96));
      cv::Mat large;
      cv::resize(o.draw(Rng(seed), scene_of(192)), large, small.size(), 0, 0, cv::INTER_AREA);
      EXPECT_LT(mean_difference(layer_alpha(small), layer_alpha(large)), 0.012) << o.name << " seed " << seed;
      EXPECT_LT(mean_difference(small, large), 0.06) << o.name << " seed " << seed;
    }
  }
}

TEST(ProceduralOccluders, GlassesAndMaskFollowTheFace) {
  for (const char* name : {"glasses", "face_mask"}) {
    for (const auto& o : procedural_occluders()) {
      if (std::string(o.name) != name) continue;
      Scene scene = scene_of(96);
      const cv::Moments here = cv::moments(layer_alpha(o.draw(Rng(3), scene)));
      FaceLayout& f = scene.layout;
      for (cv::Point2f* p :
           {&f.left_eye, &f.right_eye, &f.nose_tip, &f.mouth, &f.chin, &f.forehead, &f.left_edge, &f.right_edge}) {
        *p += cv::Point2f(10, -6);
      }
      const cv::Moments there = cv::moments(layer_alpha(o.draw(Rng(3), scene)));
      EXPECT_NEAR(there.m10 / there.m00 - here.m10 / here.m00, 10, 0.05) << name;
      EXPECT_NEAR(there.m01 / there.m00 - here.m01 / here.m00, -6, 0.05) << name;
    }
  }
}

// Brightness-weighted place of a layer, relative to its plain middle: moves to the side the light comes from.
double bright_side(const ProceduralOccluder& o, uint64_t seed, float light_x) {
  Scene scene = scene_of(96);
  scene.light.key_direction = cv::normalize(cv::Vec3f(light_x, -0.2f, 0.5f));
  scene.light.fill_colour = {0, 0, 0};
  const cv::Mat layer = o.draw(Rng(seed), scene);
  std::vector<cv::Mat> planes;
  cv::split(layer, planes);
  const cv::Moments light = cv::moments(planes[1]), area = cv::moments(planes[3]);
  return area.m00 < 50 ? 0 : light.m10 / light.m00 - area.m10 / area.m00;
}

TEST(ProceduralOccluders, AreBrighterOnTheLightsSide) {
  for (const char* name : {"hand", "cup", "microphone", "food", "scarf", "face_mask"}) {
    for (const auto& o : procedural_occluders()) {
      if (std::string(o.name) != name) continue;
      double shift = 0;
      for (int seed = 0; seed < kSeeds; ++seed) shift += bright_side(o, seed, 1) - bright_side(o, seed, -1);
      EXPECT_GT(shift / kSeeds, 0.3) << name;  // pixels
    }
  }
}

TEST(ProceduralOccluders, RefuseAnImpossibleScene) {
  for (const auto& o : procedural_occluders()) {
    Scene empty = scene_of(64), faceless = scene_of(64);
    empty.size = {0, 64};
    faceless.layout.width = 0;
    EXPECT_THROW(o.draw(Rng(1), empty), Error) << o.name;
    EXPECT_THROW(o.draw(Rng(1), faceless), Error) << o.name;
  }
}

TEST(Shapes, DistancesAreRightAtPointsWorkedByHand) {
  EXPECT_FLOAT_EQ(bone_distance({0.5f, 2, 0}, {{0, 0, 0}, {1, 0, 0}, 0.2f, 0.4f}), 2 - 0.3f);
  EXPECT_FLOAT_EQ(box_distance(cv::Vec3f(4, 5, 0), {1, 1, 1}, 0), 5);
  EXPECT_FLOAT_EQ(box_distance(cv::Point2f(0, 0), {1, 2}, 0.5f), -1);
  EXPECT_FLOAT_EQ(cylinder_distance({3, 0, 4}, 1, 2, 0), 3);
  EXPECT_FLOAT_EQ(torus_distance({3, 0, 0}, 2, 0.25f), 0.75f);
  EXPECT_FLOAT_EQ(segment_distance({0.5f, 3}, {0, 0}, {1, 0}), 3);
  EXPECT_FLOAT_EQ(smooth_union(1, 1, 0.4f), 0.9f);
  EXPECT_FLOAT_EQ(smooth_union(1, 2, 0.4f), 1);
}

TEST(Shapes, CoverageIsTheShareOfThePixelInside) {
  EXPECT_EQ(coverage(0), 0.5f);
  EXPECT_EQ(coverage(-0.5f), 1);
  EXPECT_EQ(coverage(0.5f), 0);
  EXPECT_FLOAT_EQ(coverage(0.25f), 0.25f);
}

TEST(Shapes, ASphereHasTheAreaOfItsDisc) {
  Pose pose;
  pose.at = {32.3f, 30.8f};
  pose.scale = 20;
  const auto ball = [](const cv::Vec3f& p) { return static_cast<float>(cv::norm(p)) - 1; };
  const auto white = [](const cv::Vec3f&, const cv::Vec3f&) { return Material{{1, 1, 1}}; };
  const cv::Mat alpha = layer_alpha(draw_solid({64, 64}, pose, Light{}, 1.5f, ball, white));
  EXPECT_NEAR(cv::sum(alpha)[0] / (CV_PI * 400), 1, 0.003);
  const cv::Moments m = cv::moments(alpha);
  EXPECT_NEAR(m.m10 / m.m00 + 0.5, 32.3, 0.03);
  EXPECT_NEAR(m.m01 / m.m00 + 0.5, 30.8, 0.03);
}

// Alpha against 16 x 16 samples a pixel of the same disc: what "exact" means for things that are drawn.
TEST(Shapes, AlphaIsTheCoverageOfThePixels) {
  constexpr int kCanvas = 64, kSamples = 16;
  for (const float radius : {6.3f, 13.7f, 24.f}) {
    Pose pose;
    pose.at = {32.3f, 30.8f};
    pose.scale = radius;
    const auto ball = [](const cv::Vec3f& p) { return static_cast<float>(cv::norm(p)) - 1; };
    const auto white = [](const cv::Vec3f&, const cv::Vec3f&) { return Material{{1, 1, 1}}; };
    const cv::Mat alpha = layer_alpha(draw_solid({kCanvas, kCanvas}, pose, Light{}, 1.5f, ball, white));
    double squares = 0;
    for (int y = 0; y < kCanvas; ++y)
      for (int x = 0; x < kCanvas; ++x) {
        int hits = 0;
        for (int i = 0; i < kSamples * kSamples; ++i)
          hits += std::hypot(x + (i % kSamples + 0.5) / kSamples - 32.3, y + (i / kSamples + 0.5) / kSamples - 30.8) <= radius;
        squares += std::pow(alpha.at<float>(y, x) - hits / double(kSamples * kSamples), 2);
      }
    EXPECT_LE(std::sqrt(squares / (kCanvas * kCanvas)), 1.0 / 255) << radius;
  }
}

TEST(Shapes, FaceFrameGoesThereAndBack) {
  Scene scene = scene_of(100);
  scene.layout.roll = 90;
  const FaceFrame frame = face_frame(scene);
  const cv::Point2f down = frame.to_pixels({0, 1});  // a face turned clockwise by 90 degrees looks left below
  EXPECT_NEAR(down.x, 50 - 50, 1e-4);
  EXPECT_NEAR(down.y, 43, 1e-4);
  const cv::Point2f back = frame.to_face(frame.to_pixels({0.3f, -0.2f}));
  EXPECT_NEAR(back.x, 0.3, 1e-5);
  EXPECT_NEAR(back.y, -0.2, 1e-5);
}

}  // namespace
}  // namespace facemat
