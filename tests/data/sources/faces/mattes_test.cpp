// Foregrounds with mattes over backgrounds: which, what is varied, and the samples they become.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "data/render/synthesis.h"
#include "data/sources/faces/faces.h"
#include "data/store/builder.h"
#include "data/store/checker.h"
#include "data/store/dataset.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "tests/data/trees.h"
#include "tests/support/silence.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names(const FaceSource& source) {
  std::vector<std::string> all;
  for (int64_t i = 0; i < source.size(); ++i) all.push_back(source.name(i));
  return all;
}

// The number of the background that a view shows.
int background_of(const FaceView& view) { return view.background.at<cv::Vec3b>(10, 10)[1]; }

TEST(Mattes, AreEveryForegroundOverTheBackgroundsOfItsLine) {
  const Scratch scratch;
  const auto source = open_face_source(matte_tree(scratch.path()));
  EXPECT_THAT(names(*source), ElementsAre("dog@000.png", "dog@001.png", "cat@000.png", "cat@001.png", "hair@000.png",
                                          "hair@001.png", "lace@000.png", "lace@001.png", "lace@002.png"));
  std::vector<int> backgrounds;
  for (int64_t i = 0; i < source->size(); ++i) backgrounds.push_back(background_of(source->take(i, Rng(1), 32, 1)(0)));
  EXPECT_THAT(backgrounds, ElementsAre(4, 3, 1, 2, 6, 5, 9, 7, 8)) << "in the lists' order";
  EXPECT_THAT(source->item(2).files,
              ElementsAre(scratch / "fg/cat.png", scratch / "alpha/cat.png", scratch / "bg/train/b1.png"));
}

TEST(Mattes, OfOtherSplitsAreShownAsTheyAre) {
  const Scratch scratch;
  FaceSourceConfig config = matte_tree(scratch.path());
  config.resampling = "gca";
  const auto source = open_face_source(config);
  const FaceView view = source->take(6, Rng(1), 64, 1)(0), again = source->take(6, Rng(2), 64, 1)(0);
  EXPECT_EQ(cv::norm(view.mask, again.mask, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(view.mask, read_mask(scratch / "alpha/lace.png"), cv::NORM_INF), 0);
  EXPECT_EQ(view.image.at<cv::Vec3b>(0, 0), cv::Vec3b(200, 0, 0)) << "the foreground's colour is known everywhere";
  EXPECT_EQ(view.background.size(), cv::Size(64, 64));
  EXPECT_TRUE(view.trust.empty());
}

TEST(Mattes, AreLearnedFromAroundPixelsOfUnknownAlpha) {
  const Scratch scratch;
  FaceSourceConfig config = matte_tree(scratch.path());
  config.crops = {16};
  const auto source = open_face_source(config);
  std::set<double> seen;
  for (uint64_t i = 0; i < 20; ++i) {
    const FaceView view = source->take(0, Rng(7).fork("look", i), 16, 1)(0);
    EXPECT_GT(cv::countNonZero((view.mask > 0) & (view.mask < 1)), 0) << i;
    seen.insert(cv::sum(view.mask)[0]);
  }
  EXPECT_GT(seen.size(), 10u) << "other ones each time";
  config.crops = {480};  // more than there is: the whole picture
  const FaceView whole = open_face_source(config)->take(0, Rng(1), 64, 1)(0);
  EXPECT_EQ(cv::norm(whole.mask, read_mask(scratch / "alpha/dog.png"), cv::NORM_INF), 0);
}

TEST(Mattes, MayHaveASecondForegroundOfTheirList) {
  const Scratch scratch;
  FaceSourceConfig config = matte_tree(scratch.path());
  config.crop = "centre", config.pair = 1;
  const auto source = open_face_source(config);
  EXPECT_EQ(source->item(0).files.size(), 5u);
  EXPECT_EQ(source->item(6).files.size(), 3u) << "to test with";
  const cv::Mat alpha = read_mask(scratch / "alpha/dog.png");
  const cv::Mat both = 2 * alpha - alpha.mul(alpha);  // the same twice: 1 - (1 - a)^2
  EXPECT_LT(cv::norm(source->take(0, Rng(1), 64, 1)(0).mask, both, cv::NORM_INF), 1e-6);
  EXPECT_EQ(cv::norm(source->take(6, Rng(1), 64, 1)(0).mask, alpha, cv::NORM_INF), 0);

  config.background_lists.clear(), config.per_foreground = 30;
  const auto many = open_face_source(config);
  std::set<fs::path> seconds;  // of the dog's thirty composites
  for (int64_t i = 0; i < 30; ++i) seconds.insert(many->item(i).files.at(3));
  EXPECT_THAT(seconds, ElementsAre(scratch / "fg/cat.png", scratch / "fg/hair.png"));
}

TEST(Mattes, WithoutListsHaveBackgroundsThatAreDrawnOnceAndForAll) {
  const Scratch scratch;
  FaceSourceConfig config = matte_tree(scratch.path());
  config.lists.clear(), config.background_lists.clear();
  config.per_foreground = 30;
  const auto source = open_face_source(config), again = open_face_source(config);
  ASSERT_EQ(source->size(), 4 * 30);
  std::set<fs::path> backgrounds;
  for (int64_t i = 0; i < source->size(); ++i) {
    EXPECT_EQ(source->item(i).files, again->item(i).files);
    backgrounds.insert(source->item(i).files[2]);
  }
  EXPECT_EQ(backgrounds.size(), 9u);
}

TEST(Mattes, MistakesAreNamed) {
  struct Case {
    const char* message;
    std::function<void(const fs::path&, FaceSourceConfig&)> spoil;
  };
  const std::vector<Case> table = {
      {"kind mattes needs 'images', 'masks' and 'backgrounds'",
       [](const fs::path&, FaceSourceConfig& c) { c.backgrounds.clear(); }},
      {"crop: centre or unknown, not 'face'", [](const fs::path&, FaceSourceConfig& c) { c.crop = "face"; }},
      {"needs 'lists'", [](const fs::path&, FaceSourceConfig& c) { c.pair = 0.5, c.lists.clear(); }},
      {"unknown list of resampling filters 'sinc'", [](const fs::path&, FaceSourceConfig& c) { c.resampling = "sinc"; }},
      {"train_fg.txt: 'cow' is not in ",
       [](const fs::path& root, FaceSourceConfig&) { write_file(root / "train_fg.txt", "cow.png\n"); }},
      {"test_bg.txt: 'b10' is not in ",
       [](const fs::path& root, FaceSourceConfig&) { write_file(root / "test_bg.txt", "b10.png\n"); }},
      {"train_bg.txt: several files in ",
       [](const fs::path& root, FaceSourceConfig&) {
         write_image(root / "bg/test/b4.png", cv::Mat(80, 70, CV_8UC3, cv::Scalar(0, 99, 0)));
       }},
      {"backgrounds are listed for the split 'valid', and no foregrounds (lists)",
       [](const fs::path&, FaceSourceConfig& c) {
         c.background_lists.push_back({"valid", c.background_lists[0].file});
       }},
      {"train_fg.txt: several lists of backgrounds for the same foregrounds: ",
       [](const fs::path&, FaceSourceConfig& c) {
         c.lists.push_back({"valid", c.lists[0].file});
         c.background_lists.push_back({"valid", c.background_lists[1].file});
       }},
      {"5 backgrounds are listed for 3 foregrounds (allowed: the same number for each)",
       [](const fs::path& root, FaceSourceConfig&) { write_file(root / "train_bg.txt", "b1\nb2\nb3\nb4\nb5\n"); }},
      {"fg/dog.png: 64x64 pixels, but its alpha ",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "alpha/dog.png", disc_mask(32)); }},
  };
  for (const Case& c : table) {
    const Scratch scratch;
    FaceSourceConfig config = matte_tree(scratch.path());
    c.spoil(scratch.path(), config);
    EXPECT_THAT(message_of([&] { open_face_source(config)->take(0, Rng(1), 32, 1); }), HasSubstr(c.message));
  }
  const Scratch scratch;
  FaceSourceConfig faces = face_folder(scratch.path(), 1);
  faces.crop = "unknown";
  EXPECT_THAT(message_of([&] { open_face_source(faces); }), HasSubstr("for sources of kind mattes")) << "before any is taken";
}

// --- the samples

DataConfig mattes(const fs::path& root) {
  DataConfig config;
  config.size = 64;
  config.image_format = "png", config.alpha_bits = 16;
  config.degrade.probability = 0;
  config.placement.mirror_face = 0;
  config.write = {"image", "alpha", "trimap", "occluder", "clean", "background"};
  config.faces = {matte_tree(root)};
  config.splits.resize(2);
  config.splits[0].name = "train", config.splits[0].stills = 6, config.splits[0].occluded = 0;
  config.splits[1].name = "test", config.splits[1].stills = 3, config.splits[1].occluded = 0;
  return config;
}

TEST(MatteSamples, AreTheMattingEquationWithTheForegroundInFront) {
  const Scratch scratch;
  const DataConfig config = mattes(scratch.path());
  const Synthesis synthesis(config);
  const cv::Mat alpha = read_mask(scratch / "alpha/lace.png");
  std::set<int> backgrounds;
  for (int64_t i = 0; i < 3; ++i) {
    const Sample sample = synthesis.sample(1, i);
    const Frame& frame = sample.frames[0];
    EXPECT_LT(cv::norm(frame.alpha, alpha, cv::NORM_INF), 1e-6);
    const cv::Mat expected = blend(to_float(frame.clean), alpha, to_float(frame.background));
    EXPECT_LE(cv::norm(frame.image, to_u8(expected), cv::NORM_INF), 1);
    EXPECT_LE(recomposition_error(frame.image, frame.clean, frame.occluder), 1.0 / 255);
    EXPECT_EQ(frame.clean.at<cv::Vec3b>(0, 0), cv::Vec3b(200, 0, 0));
    EXPECT_NEAR(sample.record.measured.covered_share, 0, 1e-5);
    EXPECT_TRUE(frame.trust.empty());
    backgrounds.insert(frame.background.at<cv::Vec3b>(0, 0)[1]);
  }
  EXPECT_THAT(backgrounds, ElementsAre(7, 8, 9)) << "every composite of the list once";
}

// A hand over the foreground covers it, and its background as well.
TEST(MatteSamples, MayBeOccludedLikeFaces) {
  const Scratch scratch;
  DataConfig config = mattes(scratch.path());
  config.splits[1].occluded = 1;
  const Sample sample = Synthesis(config).sample(1, 0);
  ASSERT_FALSE(sample.record.recipe.occluders.empty());
  const Frame& frame = sample.frames[0];
  const cv::Mat covered = layer_alpha(on_canvas(frame.occluder, frame.alpha.size()));
  EXPECT_EQ(cv::norm(frame.alpha, cv::Mat(1 - covered), cv::NORM_INF), 0);
  EXPECT_LE(recomposition_error(frame.image, frame.clean, frame.occluder), 1.0 / 255);
  EXPECT_GT(sample.record.measured.covered_share, 0);
}

TEST(MatteSamples, KeepTheirBackgroundsInDatasets) {
  const Scratch scratch;
  const DataConfig config = mattes(scratch.path() / "sources");
  Silence silence;
  build_dataset(config, scratch / "data", {1, 1, 1, false}, silence);
  EXPECT_THAT(check_dataset(scratch / "data", 1, silence).faults, ElementsAre());
  write_file(scratch / "settings.yaml", config_to_yaml(config));
  Layers layers;
  layers.background = layers.clean = true;
  for (const char* where : {"data", "settings.yaml"}) {
    const Clip clip = Dataset::open(scratch / where, layers).split("test").clip(1);
    ASSERT_EQ(clip.backgrounds.size(), 1u) << where;
    EXPECT_EQ(clip.backgrounds[0].type(), CV_8UC3);
    EXPECT_GE(clip.backgrounds[0].at<cv::Vec3b>(5, 5)[1], 7);
  }
  EXPECT_TRUE(Dataset::open(scratch / "data").split("test").clip(1).backgrounds.empty()) << "nobody asked";
}

TEST(MatteSamples, FacesHaveNoBackground) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  Layers layers;
  layers.background = true;
  write_file(scratch / "settings.yaml", config_to_yaml(config));
  EXPECT_TRUE(Dataset::open(scratch / "settings.yaml", layers).split("test").clip(0).backgrounds.empty());
  config.write.push_back("background");
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("write: background needs faces of kind mattes alone"));
}

}  // namespace
}  // namespace facemat
