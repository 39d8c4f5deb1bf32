#include "data/sources/occluders/occluders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/sources/pictures/layout.h"
#include "src/core/file.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"
#include "tests/data/trees.h"
#include "tests/support/odd_images.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Scene scene_of(int side, double time) {
  Scene scene;
  scene.size = {side, side};
  scene.layout = layout_from_mask(to_float(disc_mask(side)));
  scene.time = time;
  return scene;
}

// Colour within alpha, alpha within 0..1.
void expect_premultiplied(const cv::Mat& layer, const std::string& what) {
  ASSERT_EQ(layer.type(), CV_32FC4) << what;
  int bad = 0;
  for (int y = 0; y < layer.rows; ++y)
    for (int x = 0; x < layer.cols; ++x) {
      const cv::Vec4f p = layer.at<cv::Vec4f>(y, x);
      bad += !(p[3] >= 0 && p[3] <= 1 + 1e-5);
      for (int c = 0; c < 3; ++c) bad += !(p[c] >= -1e-5 && p[c] <= p[3] + 1e-5);
    }
  EXPECT_EQ(bad, 0) << what;
}

// A clear border, and alpha right inside it on every side.
void expect_trimmed(const cv::Mat& layer, const std::string& what) {
  const cv::Rect box = bounding_box(layer_alpha(layer), 0.5f / 255);
  EXPECT_LE(std::max(layer.cols, layer.rows), 1024 + 2 * kCutoutBorder) << what;
  EXPECT_EQ(box, cv::Rect(kCutoutBorder, kCutoutBorder, layer.cols - 2 * kCutoutBorder, layer.rows - 2 * kCutoutBorder))
      << what;
}

// What an occluder shows, whatever its kind: a cut-out's own layer, a drawing over a scene.
cv::Mat shown(const Occluder& occluder, double time) {
  if (const auto* cutout = std::get_if<Cutout>(&occluder)) return cutout->layer;
  return on_canvas(std::get<Drawing>(occluder)(scene_of(96, time)), {96, 96});
}

const Cutout cutout_of(const OccluderSourceConfig& config, int64_t index, const Rng& look = Rng(1)) {
  return std::get<Cutout>(open_occluder_source(config)->take(index, look));
}

void expect_good_source(const OccluderSourceConfig& config) {
  const auto source = open_occluder_source(config);
  ASSERT_GT(source->size(), 0);
  for (int64_t i = 0; i < source->size(); ++i) {
    const Item item = source->item(i);
    const std::string what = config.kind + " " + item.name;
    EXPECT_EQ(item.name, source->name(i));
    EXPECT_FALSE(item.occluder_class.empty()) << what;
    for (const fs::path& file : item.files) EXPECT_TRUE(fs::is_regular_file(file)) << file;
    const Rng look = Rng(5).fork("look", static_cast<uint64_t>(i));
    const Occluder occluder = source->take(i, look);
    const cv::Mat start = shown(occluder, 0), again = shown(source->take(i, look), 0);
    expect_premultiplied(start, what);
    expect_premultiplied(shown(occluder, 1), what);
    ASSERT_EQ(start.size(), again.size()) << what;
    EXPECT_EQ(cv::norm(start, again, cv::NORM_INF), 0) << what;
    EXPECT_GT(cv::mean(layer_alpha(start))[0], 0.001) << what << " covers nothing";
    if (std::holds_alternative<Cutout>(occluder)) expect_trimmed(start, what);
  }
}

std::vector<std::string> names(const OccluderSource& source) {
  std::vector<std::string> all;
  for (int64_t i = 0; i < source.size(); ++i) all.push_back(source.name(i) + ": " + source.item(i).occluder_class);
  return all;
}

TEST(OccluderSources, EveryKindHasATreeAndGivesPremultipliedLayers) {
  for (const OccluderSourceEntry& entry : occluder_source_table()) {
    ASSERT_EQ(occluder_trees().count(entry.kind), 1u) << entry.kind << " has no tree in trees.h";
    const Scratch scratch;
    const OccluderSourceConfig config = occluder_trees().at(entry.kind)(scratch.path());
    EXPECT_EQ(config.kind, entry.kind);
    expect_good_source(config);
  }
}

TEST(OccluderSources, WhatDrawsItselfMoves) {
  const Scratch scratch;
  const auto puffs = open_occluder_source(cutout_folder(scratch.path(), "sprites"))->take(0, Rng(1));
  EXPECT_GT(cv::norm(shown(puffs, 0), shown(puffs, 1), cv::NORM_INF), 0.05);
}

TEST(OccluderSources, DrawingDoesNotChangeTheSource) {
  const Scratch scratch;
  const auto source = open_occluder_source(cutout_folder(scratch.path(), "sprites"));
  const Occluder kept = source->take(0, Rng(1));
  const cv::Mat first = shown(kept, 0).clone();
  for (int i = 1; i < 4; ++i) shown(kept, i / 4.0), shown(source->take(0, Rng(i)), 0);
  EXPECT_EQ(cv::norm(first, shown(kept, 0), cv::NORM_INF), 0);
}

TEST(OccluderSources, CutoutsAreTrimmedAndKeepTheirColour) {
  const Scratch scratch;
  const Cutout bar = cutout_of(cutout_folder(scratch.path()), 0);
  EXPECT_EQ(bar.layer.size(), cv::Size(40 + 2 * kCutoutBorder, 80 + 2 * kCutoutBorder));
  EXPECT_EQ(bar.rule, Rule::kFree);
  EXPECT_FALSE(bar.limb);
  const cv::Vec4f soft = bar.layer.at<cv::Vec4f>(40, kCutoutBorder), hard = bar.layer.at<cv::Vec4f>(40, 20);
  EXPECT_NEAR(soft[3], 90 / 255.0, 1e-6);
  EXPECT_NEAR(soft[0], 90 / 255.0 * 200 / 255, 1e-6);
  EXPECT_LT(cv::norm(hard - cv::Vec4f(200 / 255.f, 100 / 255.f, 50 / 255.f, 1)), 1e-6);
}

TEST(OccluderSources, LargeCutoutsAreShrunkTo1024) {
  const Scratch scratch;
  cv::Mat picture(300, 2400, CV_8UC4, cv::Scalar::all(0));
  picture(cv::Rect(200, 50, 2048, 200)).setTo(cv::Scalar(10, 20, 30, 255));
  write_image(scratch / "a.png", picture);
  OccluderSourceConfig config;
  config.kind = "cutouts", config.root = scratch.path().string();
  EXPECT_EQ(cutout_of(config, 0).layer.size(), cv::Size(1024 + 2 * kCutoutBorder, 100 + 2 * kCutoutBorder));
}

TEST(OccluderSources, TheSettingsNameTheRule) {
  const Scratch scratch;
  OccluderSourceConfig config = cutout_folder(scratch.path());
  config.toward_face = true;
  EXPECT_EQ(cutout_of(config, 0).rule, Rule::kTowardFace);
  EXPECT_FALSE(cutout_of(config, 0).limb);
  config.from_outside = true;
  ASSERT_TRUE(cutout_of(config, 0).limb);
  EXPECT_NEAR(cutout_of(config, 0).limb->left.y, kCutoutBorder + 79, 1) << "its lower end";
  config.fit_face = true;
  EXPECT_EQ(cutout_of(config, 0).rule, Rule::kFitFace);
}

TEST(OccluderSources, ListsChooseItems) {
  for (const char* kind : {"cutouts", "pairs", "shapes", "sprites"}) {
    const Scratch scratch;
    OccluderSourceConfig config = occluder_trees().at(kind)(scratch / "source");
    const auto all = open_occluder_source(config);
    const std::string last = all->name(all->size() - 1);
    write_file(scratch / "list.txt", fs::path(last).replace_extension().string() + "\r\n");
    config.include = (scratch / "list.txt").string();
    ASSERT_EQ(open_occluder_source(config)->size(), 1) << kind;
    EXPECT_EQ(open_occluder_source(config)->name(0), last);
    std::swap(config.include, config.exclude);
    if (all->size() == 1)
      EXPECT_THAT(message_of([&] { open_occluder_source(config); }), HasSubstr("leave none of its 1 files")) << kind;
    else
      EXPECT_EQ(open_occluder_source(config)->size(), all->size() - 1) << kind;
  }
}

// --- pairs

OccluderSourceConfig pairs(const fs::path& root, const std::string& colours, const std::string& alphas) {
  OccluderSourceConfig config;
  config.kind = "pairs", config.root = root.string(), config.colours = colours, config.alphas = alphas;
  return config;
}

// The disc of write_pairs, its colour and nothing of the background.
void expect_disc(const OccluderSourceConfig& config, int64_t index, double tolerance) {
  const cv::Mat layer = cutout_of(config, index).layer;
  const int side = 2 * 16 + 1 + 2 * kCutoutBorder;
  EXPECT_EQ(layer.size(), cv::Size(side, side));
  const cv::Vec4f middle = layer.at<cv::Vec4f>(side / 2, side / 2);
  EXPECT_EQ(middle[3], 1);
  EXPECT_NEAR(middle[0], 200 / 255.0, tolerance);
  EXPECT_NEAR(middle[1], 100 / 255.0, tolerance);
  EXPECT_NEAR(middle[2], 50 / 255.0, tolerance);
  EXPECT_EQ(layer.at<cv::Vec4f>(kCutoutBorder + 1, kCutoutBorder + 1), cv::Vec4f()) << "a corner of the disc's box";
}

TEST(Pairs, SimdHasSiblingFoldersInEachClass) {
  const Scratch scratch;
  const OccluderSourceConfig config = simd_tree(scratch.path());
  EXPECT_THAT(names(*open_occluder_source(config)),
              ElementsAre("test/sharp/fg/3.jpg: object", "train/fire/fg/1.jpg: translucent", "train/fire/fg/2.jpg: translucent",
                          "train/hair_easy/fg/1.jpg: hair"));
  EXPECT_THAT(open_occluder_source(config)->item(1).files,
              ElementsAre(scratch / "train/fire/fg/1.jpg", scratch / "train/fire/alpha/1.jpg"));
  expect_disc(config, 0, 0.03);  // JPEG
}

TEST(Pairs, Am2kOfficialAndAuthorEarly) {
  const Scratch scratch;  // original/ is the picture as it was taken, and no part of the source
  write_pairs(scratch / "official", {{"train/fg/m_1.png", "train/mask/m_1.png"}, {"train/original/m_1.jpg", ""}});
  write_pairs(scratch / "early", {{"train/fg/m_1.png", "train/mask/m_1.png"}, {"test/fg/m_2.jpg", "test/mask/m_2.png"}});
  const OccluderSourceConfig official = pairs(scratch / "official/train", "fg", "mask");
  EXPECT_THAT(names(*open_occluder_source(official)), ElementsAre("fg/m_1.png: object"));
  expect_disc(official, 0, 1e-6);
  EXPECT_THAT(names(*open_occluder_source(pairs(scratch / "early", "fg", "mask"))),
              ElementsAre("test/fg/m_2.jpg: object", "train/fg/m_1.png: object"));
}

TEST(Pairs, HiuHasASuffixAndListsOfIds) {
  const Scratch scratch;
  write_pairs(scratch / "hiu", {{"fg/7.jpg", "alpha/7_mask.png"}, {"fg/12.jpg", "alpha/12_mask.png"}});
  write_file(scratch / "hiu_train.txt", "7\n");
  OccluderSourceConfig config = pairs(scratch / "hiu", "fg", "alpha");
  config.alpha_suffix = "_mask", config.occluder_class = "hand", config.include = (scratch / "hiu_train.txt").string();
  EXPECT_THAT(names(*open_occluder_source(config)), ElementsAre("fg/7.jpg: hand"));
  expect_disc(config, 0, 0.03);
}

TEST(Pairs, HandsWithoutMaskAreSkippedWhenAskedFor) {
  const Scratch scratch;  // 11k Hands
  write_pairs(scratch.path(), {{"Hands/Hand_1.jpg", "11k-hands_masks/Hand_1.png"}, {"Hands/Hand_2.jpg", ""}});
  OccluderSourceConfig config = pairs("", (scratch / "Hands").string(), (scratch / "11k-hands_masks").string());
  EXPECT_THAT(message_of([&] { open_occluder_source(config); }), HasSubstr("Hands/Hand_2.jpg: no alpha 'Hand_2.*' in "));
  config.unpaired = "skip", config.occluder_class = "folder";
  EXPECT_THAT(names(*open_occluder_source(config)), ElementsAre("Hand_1.jpg: hand")) << "by the folder's own name";
  fs::remove(scratch / "11k-hands_masks/Hand_1.png");
  EXPECT_THAT(message_of([&] { open_occluder_source(config); }), HasSubstr("none of 2 pictures has its alpha in "));
}

TEST(Pairs, NatOccObjects) {
  const Scratch scratch;
  write_pairs(scratch.path(), {{"object_image_sr/000.jpg", "object_mask_x4/000.png"}});
  const OccluderSourceConfig config = pairs("", (scratch / "object_image_sr").string(), (scratch / "object_mask_x4").string());
  EXPECT_THAT(names(*open_occluder_source(config)), ElementsAre("000.jpg: object"));
  expect_disc(config, 0, 0.03);
}

TEST(Pairs, PreRenderedRandOcc) {
  const Scratch scratch;
  write_pairs(scratch / "rand", {{"occlusion_img/1.png", "occlusion_mask/1.png"}});
  OccluderSourceConfig config = pairs(scratch / "rand", "occlusion_img", "occlusion_mask");
  EXPECT_THAT(names(*open_occluder_source(config)), ElementsAre("occlusion_img/1.png: object"));
  write_image(scratch / "rand/occlusion_mask/1.png", disc_alpha({60, 48}) / 255);
  EXPECT_THAT(message_of([&] { cutout_of(config, 0); }), HasSubstr("1.png: holds only the values 0 and 1 of 255"));
  config.binary = true;
  expect_disc(config, 0, 1e-6);
}

TEST(Pairs, JpegNoiseOfAlphasIsRemoved) {
  const Scratch scratch;
  cv::Mat alpha(32, 32, CV_8UC1, cv::Scalar(3));
  alpha(cv::Rect(8, 8, 8, 8)).setTo(252);
  alpha(cv::Rect(16, 8, 8, 8)).setTo(128);
  write_image(scratch / "alpha/1.jpg", alpha, 100);
  write_image(scratch / "alpha/2.png", alpha);
  for (const char* name : {"fg/1.png", "fg/2.png"}) write_image(scratch / name, cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(100)));
  const OccluderSourceConfig config = pairs(scratch.path(), "fg", "alpha");
  const cv::Mat jpeg = layer_alpha(cutout_of(config, 0).layer), png = layer_alpha(cutout_of(config, 1).layer);
  EXPECT_EQ(jpeg.size(), cv::Size(16 + 2 * kCutoutBorder, 8 + 2 * kCutoutBorder))
      << "8x8 blocks are flat: exact at quality 100";
  EXPECT_EQ(jpeg.at<float>(6, 6), 1);
  EXPECT_NEAR(jpeg.at<float>(6, 14), 128 / 255.0, 1.5 / 255);
  EXPECT_EQ(png.size(), cv::Size(32 + 2 * kCutoutBorder, 32 + 2 * kCutoutBorder)) << "PNG is taken at its word";
  EXPECT_NEAR(png.at<float>(2, 2), 3 / 255.0, 1e-6);
}

TEST(Pairs, ShrinkCutsTheBackgroundsRimOff) {
  const Scratch scratch;
  cv::Mat colour(512, 512, CV_8UC3, cv::Scalar(0, 255, 0)), alpha(512, 512, CV_8UC1, cv::Scalar(0));
  colour(cv::Rect(100, 100, 200, 200)).setTo(cv::Scalar(200, 0, 0));
  alpha(cv::Rect(97, 97, 206, 206)).setTo(255);  // three pixels too many
  write_image(scratch / "fg/1.png", colour);
  write_image(scratch / "alpha/1.png", alpha);
  OccluderSourceConfig config = pairs(scratch.path(), "fg", "alpha");
  const auto green = [&] {
    cv::Mat plane;
    cv::extractChannel(cutout_of(config, 0).layer, plane, 1);
    return cv::sum(plane)[0];
  };
  EXPECT_NEAR(green(), 206 * 206 - 200 * 200, 1e-2);
  config.shrink = 4;
  EXPECT_EQ(green(), 0);
  const cv::Mat layer = cutout_of(config, 0).layer;  // eroded to 198, softened to 200
  EXPECT_EQ(layer.size(), cv::Size(200 + 2 * kCutoutBorder, 200 + 2 * kCutoutBorder));
  EXPECT_NEAR(layer.at<cv::Vec4f>(100, kCutoutBorder)[3], 0.25, 1e-6);
  EXPECT_NEAR(layer.at<cv::Vec4f>(100, kCutoutBorder)[0], 0.25 * 200 / 255, 1e-6) << "premultiplied";
  EXPECT_NEAR(layer.at<cv::Vec4f>(100, kCutoutBorder + 1)[3], 0.75, 1e-6);
  EXPECT_EQ(layer.at<cv::Vec4f>(100, kCutoutBorder + 2)[3], 1);
}

TEST(Pairs, MistakesAreNamed) {
  struct Case {
    std::vector<const char*> message;
    std::function<void(const fs::path&, OccluderSourceConfig&)> spoil;
  };
  const std::vector<Case> table = {
      {{"kind pairs needs 'colours' and 'alphas'"}, [](const fs::path&, OccluderSourceConfig& c) { c.alphas.clear(); }},
      {{"none: no such folder"}, [](const fs::path& root, OccluderSourceConfig& c) { c.root = (root / "none").string(); }},
      {{"no pictures in folders called 'colour' below it"},
       [](const fs::path&, OccluderSourceConfig& c) { c.colours = "colour"; }},
      {{"no alphas in folders called 'matte' below it"}, [](const fs::path&, OccluderSourceConfig& c) { c.alphas = "matte"; }},
      {{"both in folders called 'fg'"}, [](const fs::path&, OccluderSourceConfig& c) { c.alphas = "fg"; }},
      {{"fg/1.png: no alpha 'alpha/1_mask.*' in "}, [](const fs::path&, OccluderSourceConfig& c) { c.alpha_suffix = "_mask"; }},
      {{"fg/1.png: 60x48 pixels, but its alpha ", "alpha/1.png has 30x48"},
       [](const fs::path& root, OccluderSourceConfig&) {
         write_image(root / "alpha/1.png", disc_alpha({30, 48}));
       }},
      {{"fg/1.jpg: 48x60 pixels, but its alpha ",
        "1.png has 60x48 (the picture is turned by its EXIF orientation 6, the mask is"},
       [](const fs::path& root, OccluderSourceConfig&) {
         fs::remove(root / "fg/1.png");
         write_file(root / "fg/1.jpg", with_exif(encode_image(".jpg", disc_picture({60, 48}, {9, 9, 9})), 6, true));
       }},
      {{"alpha/1.png: the alpha is 0 everywhere"},
       [](const fs::path& root, OccluderSourceConfig&) { write_image(root / "alpha/1.png", cv::Mat::zeros(48, 60, CV_8U)); }},
      {{"alpha/1.png: nothing is left of the alpha with shrink: 200"},
       [](const fs::path&, OccluderSourceConfig& c) { c.shrink = 200; }},
      {{"alpha/1.png: a mask must be grey"},
       [](const fs::path& root, OccluderSourceConfig&) {
         write_image(root / "alpha/1.png", disc_picture({60, 48}, {9, 9, 9}));
       }},
      {{"fg/1.png: not a PNG, JPEG, WebP or BMP image"},
       [](const fs::path& root, OccluderSourceConfig&) { write_file(root / "fg/1.png", "hello"); }},
  };
  for (const Case& c : table) {
    const Scratch scratch;
    write_pairs(scratch.path(), {{"fg/1.png", "alpha/1.png"}});
    OccluderSourceConfig config = pairs(scratch.path(), "fg", "alpha");
    c.spoil(scratch.path(), config);
    const std::string got = message_of([&] { cutout_of(config, 0); });
    for (const char* message : c.message) EXPECT_THAT(got, HasSubstr(message));
  }
}

// A square picture that viewers turn, with an alpha that they do not: it fits either way.
TEST(Pairs, PicturesWhoseAlphasMayLieOtherwiseAreSaid) {
  const Scratch scratch;
  write_pairs(scratch.path(), {{"fg/1.png", "alpha/1.png"}, {"fg/2.png", "alpha/2.png"}}, {48, 48});
  const OccluderSourceConfig config = pairs(scratch.path(), "fg", "alpha");
  EXPECT_THAT(open_occluder_source(config)->warnings(), testing::IsEmpty());
  fs::remove(scratch / "fg/1.png");
  write_file(scratch / "fg/1.jpg", with_exif(encode_image(".jpg", disc_picture({48, 48}, {9, 9, 9})), 6, true));
  EXPECT_THAT(open_occluder_source(config)->warnings(),
              ElementsAre(HasSubstr(": 1 of 2 pictures are turned by an EXIF orientation that their masks have not")));
}

// --- shapes

TEST(Shapes, TexturesFillRandomShapes) {
  const Scratch scratch;
  const OccluderSourceConfig config = texture_tree(scratch.path());
  EXPECT_THAT(names(*open_occluder_source(config)),
              ElementsAre("banded/banded_1.jpg: texture", "banded/banded_2.jpg: texture", "dotted/dotted_1.jpg: texture"));
  EXPECT_TRUE(open_occluder_source(config)->by_folder());
  const Cutout first = cutout_of(config, 0, Rng(1)), second = cutout_of(config, 0, Rng(2));
  EXPECT_TRUE(first.layer.size() != second.layer.size() || cv::norm(first.layer, second.layer, cv::NORM_L1) > 100);
  EXPECT_LE(std::max(first.layer.cols, first.layer.rows), 512 + 2 * kCutoutBorder);
  for (int y = 0; y < first.layer.rows; ++y)
    for (int x = 0; x < first.layer.cols; ++x) {
      const cv::Vec4f p = first.layer.at<cv::Vec4f>(y, x);
      ASSERT_NEAR(p[2], 120 / 255.0 * p[3], 0.02) << "the texture's colour, whole and at soft edges";
    }
}

TEST(Shapes, AnotherPartOfTheTextureIsShownEachTime) {
  const Scratch scratch;
  cv::Mat ramp(100, 400, CV_8UC3);
  for (int x = 0; x < 400; ++x) ramp.col(x).setTo(cv::Scalar::all(x * 255 / 399));
  write_image(scratch / "a.png", ramp);
  OccluderSourceConfig config;
  config.kind = "shapes", config.textures = scratch.path().string();  // a flat folder
  double least = 1, most = 0;
  for (uint64_t i = 0; i < 40; ++i) {
    const cv::Mat layer = cutout_of(config, 0, Rng(i)).layer;
    const double mean = cv::sum(layer)[0] / cv::sum(layer_alpha(layer))[0];
    least = std::min(least, mean), most = std::max(most, mean);
  }
  EXPECT_LT(least, 0.25) << "left";
  EXPECT_GT(most, 0.75) << "right";
}

TEST(Shapes, MistakesAreNamed) {
  const Scratch scratch;
  OccluderSourceConfig config;
  config.kind = "shapes";
  const auto message = [&] { return message_of([&] { cutout_of(config, 0); }); };
  EXPECT_THAT(message(), HasSubstr("kind shapes needs 'textures'"));
  config.textures = (scratch / "none").string();
  EXPECT_THAT(message(), HasSubstr("none: no such folder"));
  config.textures = scratch.path().string();
  EXPECT_THAT(message(), HasSubstr("no pictures (known: .png, .jpg, .jpeg, .webp, .bmp)"));
  write_file(scratch / "a.jpg", "hello");
  EXPECT_THAT(message(), HasSubstr("a.jpg: not a PNG, JPEG, WebP or BMP image"));
}

// --- the rest

TEST(OccluderSources, ObjectsAreChosenByName) {
  OccluderSourceConfig config;
  config.objects = {"hand"};
  EXPECT_THAT(names(*open_occluder_source(config)), ElementsAre("hand: hand"));
  config.objects = {"spaceship"};
  EXPECT_THAT(message_of([&] { open_occluder_source(config); }), HasSubstr("unknown object 'spaceship' (known: "));
}

TEST(OccluderSources, MistakesAreNamed) {
  const Scratch scratch;
  for (const char* kind : {"cutouts", "sprites"}) {
    OccluderSourceConfig config;
    config.kind = kind;
    const auto message = [&] { return message_of([&] { open_occluder_source(config)->take(0, Rng(1)); }); };
    EXPECT_THAT(message(), HasSubstr("needs 'root'"));
    config.root = (scratch / "none").string();
    EXPECT_THAT(message(), HasSubstr("none: no such folder"));
    config.root = (scratch / kind).string();
    fs::create_directories(config.root);
    EXPECT_THAT(message(), HasSubstr("no RGBA files (known: .png, .webp)"));
    write_image(fs::path(config.root) / "a.png", ramp_picture(8, 1));
    EXPECT_THAT(message(), HasSubstr("a.png: a cut-out needs an alpha channel"));
    write_image(fs::path(config.root) / "a.png", cv::Mat(8, 8, CV_8UC4, cv::Scalar::all(0)));
    EXPECT_THAT(message(), HasSubstr("a.png: the cut-out is fully transparent")) << kind;
    write_file(fs::path(config.root) / "b.bmp", odd_bmp({1, 1, 24, {7}}));
    EXPECT_THAT(message(), HasSubstr("b.bmp: a BMP file holds no alpha (convert it to PNG)")) << kind;
  }
  OccluderSourceConfig config;
  config.kind = "rocks";
  EXPECT_THAT(message_of([&] { open_occluder_source(config); }),
              HasSubstr("unknown kind 'rocks' (known: procedural, cutouts, pairs, shapes, sprites)"));
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
