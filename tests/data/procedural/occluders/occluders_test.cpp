// Every procedural occluder keeps the promises of data/procedural/occluders/occluders.h: the tests loop over the table.

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <set>
#include <string>
#include <vector>

#include "data/procedural/occluders/occluders.h"
#include "src/core/error.h"
#include "src/image/pixels.h"
#include "tests/data/procedural/frontal.h"

namespace facemat {
namespace {

constexpr int kSeeds = 6;

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

}  // namespace
}  // namespace facemat
