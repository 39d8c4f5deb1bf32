#include "data/sources/occluders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/sources/layout.h"
#include "src/core/file.h"
#include "src/image/pixels.h"
#include "tests/data/trees.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

using testing::HasSubstr;

Scene scene_of(int side, double time) {
  Scene scene;
  scene.size = {side, side};
  scene.layout = layout_from_mask(to_float(disc_mask(side)));
  scene.time = time;
  return scene;
}

// Colour within alpha, alpha within 0..1.
void expect_premultiplied(const cv::Mat& layer, int side, const std::string& what) {
  ASSERT_EQ(layer.type(), CV_32FC4) << what;
  ASSERT_EQ(layer.size(), cv::Size(side, side)) << what;
  int bad = 0;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const cv::Vec4f p = layer.at<cv::Vec4f>(y, x);
      bad += !(p[3] >= 0 && p[3] <= 1 + 1e-5);
      for (int c = 0; c < 3; ++c) bad += !(p[c] >= -1e-5 && p[c] <= p[3] + 1e-5);
    }
  EXPECT_EQ(bad, 0) << what;
}

void expect_good_source(const OccluderSourceConfig& config) {
  const auto source = open_occluder_source(config, {});
  ASSERT_GT(source->size(), 0);
  for (int64_t i = 0; i < source->size(); ++i) {
    const Rng rng = Rng(5).fork("look", i);
    const cv::Mat start = source->layer(i, rng, scene_of(96, 0)), again = source->layer(i, rng, scene_of(96, 0));
    const cv::Mat end = source->layer(i, rng, scene_of(96, 1));
    const std::string what = config.kind + " " + source->item(i);
    expect_premultiplied(start, 96, what);
    expect_premultiplied(end, 96, what);
    EXPECT_EQ(cv::norm(start, again, cv::NORM_INF), 0) << what;
    EXPECT_GT(cv::mean(layer_alpha(start))[0], 0.001) << what << " covers nothing";
    EXPECT_FALSE(source->occluder_class(i).empty());
  }
}

TEST(OccluderSources, EveryKindGivesPremultipliedLayers) {
  const Scratch scratch;
  OccluderSourceConfig procedural;
  expect_good_source(procedural);
  expect_good_source(cutout_folder(scratch / "bars"));
  expect_good_source(cutout_folder(scratch / "puffs", "sprites"));
}

TEST(OccluderSources, DrawingDoesNotChangeTheSource) {
  const Scratch scratch;
  const auto source = open_occluder_source(cutout_folder(scratch.path()), {});
  const auto draw = [&](int i) { return source->layer(0, Rng(1).fork("look", i), scene_of(96, 0)); };
  const cv::Mat first = draw(0);
  for (int i = 1; i < 8; ++i) {  // some of them are mirrored
    draw(i);
    EXPECT_EQ(cv::norm(first, draw(0), cv::NORM_INF), 0) << "after " << i;
  }
}

TEST(OccluderSources, CutoutsTakeTheirShareOfTheFace) {
  const Scratch scratch;
  const auto source = open_occluder_source(cutout_folder(scratch.path()), {0.5, 0.5});
  const Scene scene = scene_of(256, 0);
  const double box = scene.layout.width * 1.22 * cv::norm(scene.layout.chin - scene.layout.forehead);
  int whole = 0;
  for (int i = 0; i < 20; ++i) {
    const cv::Mat alpha = layer_alpha(source->layer(0, Rng(1).fork("look", i), scene));
    const double border =
        cv::sum(alpha.row(0))[0] + cv::sum(alpha.row(255))[0] + cv::sum(alpha.col(0))[0] + cv::sum(alpha.col(255))[0];
    if (border > 0) continue;  // cut by the frame
    ++whole;
    EXPECT_NEAR(cv::sum(alpha)[0] / box, 0.5 * 80 * 40 / (84 * 44), 0.02);  // two transparent pixels around the cut-out
  }
  EXPECT_GT(whole, 5);
}

TEST(OccluderSources, CutoutEdgesKeepTheirColour) {
  const Scratch scratch;
  const auto source = open_occluder_source(cutout_folder(scratch.path()), {});
  const cv::Mat layer = source->layer(0, Rng(2), scene_of(128, 0));
  int soft = 0;
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) {
      const cv::Vec4f p = layer.at<cv::Vec4f>(y, x);
      if (p[3] < 0.05f) continue;
      soft += p[3] < 0.95f;
      EXPECT_NEAR(p[1] / p[0], 0.5, 0.02);  // 200 : 100 : 50 under any light
      EXPECT_NEAR(p[2] / p[0], 0.25, 0.02);
    }
  EXPECT_GT(soft, 20);
}

TEST(OccluderSources, HandsPointToTheFace) {
  const Scratch scratch;
  cv::Mat hand(90, 30, CV_8UC4, cv::Scalar(0, 0, 255, 255));  // red wrist, green fingers at the top
  hand.rowRange(0, 45).setTo(cv::Scalar(0, 255, 0, 255));
  write_image(scratch / "hand.png", hand);
  OccluderSourceConfig config;
  config.kind = "cutouts", config.root = scratch.path().string(), config.toward_face = true;
  const auto source = open_occluder_source(config, {0.1, 0.1});
  const Scene scene = scene_of(256, 0);
  const cv::Point2f centre = 0.5f * (scene.layout.forehead + scene.layout.chin);
  for (int i = 0; i < 20; ++i) {
    const cv::Mat layer = source->layer(0, Rng(1).fork("look", i), scene);
    const auto middle = [&](int channel) {
      cv::Mat plane;
      cv::extractChannel(layer, plane, channel);
      const cv::Moments m = cv::moments(plane);
      return cv::Point2d(m.m10 / m.m00, m.m01 / m.m00);
    };
    const cv::Point2d fingers = middle(1), wrist = middle(2), to_face = cv::Point2d(centre) - 0.5 * (fingers + wrist);
    if (cv::norm(to_face) < 8) continue;
    const cv::Point2d points = fingers - wrist;
    EXPECT_GT(points.dot(to_face) / (cv::norm(points) * cv::norm(to_face)), std::cos(20 * CV_PI / 180)) << i;
  }
}

TEST(OccluderSources, MotionIsSmooth) {
  const Scratch scratch;
  const auto source = open_occluder_source(cutout_folder(scratch.path()), {});
  double longest = 0, path = 0;
  cv::Point2d last;
  for (int t = 0; t <= 20; ++t) {
    const cv::Moments m = cv::moments(layer_alpha(source->layer(0, Rng(8), scene_of(128, t / 20.0))));
    const cv::Point2d centre(m.m10 / m.m00, m.m01 / m.m00);
    if (t > 0) longest = std::max(longest, cv::norm(centre - last)), path += cv::norm(centre - last);
    last = centre;
  }
  EXPECT_GT(path, 2);
  EXPECT_LT(longest, 4) << "no jump";
}

TEST(OccluderSources, ObjectsAreChosenByName) {
  OccluderSourceConfig config;
  config.objects = {"hand"};
  EXPECT_EQ(open_occluder_source(config, {})->size(), 1);
  EXPECT_EQ(open_occluder_source(config, {})->item(0), "hand");
  config.objects = {"spaceship"};
  EXPECT_THAT(message_of([&] { open_occluder_source(config, {}); }), HasSubstr("unknown object 'spaceship' (known: "));
}

TEST(OccluderSources, MistakesAreNamed) {
  const Scratch scratch;
  for (const char* kind : {"cutouts", "sprites"}) {
    OccluderSourceConfig config;
    config.kind = kind;
    const auto message = [&] { return message_of([&] { open_occluder_source(config, {}); }); };
    EXPECT_THAT(message(), HasSubstr("needs 'root'"));
    config.root = (scratch / "none").string();
    EXPECT_THAT(message(), HasSubstr("none: no such folder"));
    config.root = (scratch / kind).string();
    fs::create_directories(config.root);
    EXPECT_THAT(message(), HasSubstr("no RGBA PNG files"));
    write_image(fs::path(config.root) / "a.png", ramp_picture(8, 1));
    EXPECT_THAT(message(), HasSubstr("a.png: a cut-out needs an alpha channel"));
    write_image(fs::path(config.root) / "a.png", cv::Mat(8, 8, CV_8UC4, cv::Scalar::all(0)));
    EXPECT_THAT(message(), HasSubstr("a.png: the cut-out is fully transparent")) << kind;
  }
  OccluderSourceConfig config;
  config.kind = "rocks";
  EXPECT_THAT(message_of([&] { open_occluder_source(config, {}); }),
              HasSubstr("unknown kind 'rocks' (known: procedural, cutouts, sprites)"));
}

TEST(OccluderSources, RealCutoutsLoad) {
  const auto root = test_data("occluders");
  if (!root) GTEST_SKIP() << "no cut-outs here (FACEMAT_TEST_DATA)";
  for (const auto& [kind, folder] :
       {std::pair{"cutouts", "hands"}, std::pair{"cutouts", "rgba"}, std::pair{"sprites", "smoke"}}) {
    OccluderSourceConfig config;
    config.kind = kind, config.root = (*root / folder).string();
    expect_good_source(config);
  }
}

}  // namespace
}  // namespace facemat
