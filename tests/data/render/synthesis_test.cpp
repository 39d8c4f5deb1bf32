#include "data/render/synthesis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "src/core/file.h"
#include "src/image/pixels.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

using testing::HasSubstr;

DataConfig drawn() {
  DataConfig config;
  config.size = 48;
  config.degrade.probability = 0;
  config.faces[0].count = 40;
  config.splits[0].occluded = 1;
  return config;
}

TEST(Synthesis, EveryFrameIsTheMattingEquation) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.placement.second = 0.5;
  const Synthesis synthesis(config);
  for (int split = 0; split < 2; ++split)
    for (int64_t i = 0; i < config.splits[split].stills + config.splits[split].clips; ++i) {
      const Sample sample = synthesis.sample(split, i);
      for (const Frame& frame : sample.frames) {
        EXPECT_LE(recomposition_error(frame.image, frame.clean, frame.occluder), 1.0 / 255);
        EXPECT_LE(sample.record.measured.recomposition, 1.0 / 255);
        const cv::Mat occluder = layer_alpha(on_canvas(frame.occluder, frame.alpha.size()));
        const cv::Mat sum = frame.alpha + occluder;  // A = S (1 - O) with S <= 1
        EXPECT_TRUE(cv::checkRange(sum, true, nullptr, 0, 1 + 1e-5));
        const cv::Mat opaque = occluder == 1;
        EXPECT_EQ(cv::countNonZero((frame.alpha > 0) & opaque), 0);
      }
    }
}

TEST(Synthesis, WithoutOccluderTheAlphaIsTheFace) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.splits[0].occluded = 0;
  const Sample sample = Synthesis(config).sample(0, 0);
  EXPECT_TRUE(sample.record.recipe.occluders.empty());
  EXPECT_EQ(cv::norm(sample.frames[0].image, sample.frames[0].clean, cv::NORM_INF), 0);
  EXPECT_TRUE(sample.frames[0].occluder.layer.empty());
  EXPECT_NEAR(cv::mean(sample.frames[0].alpha)[0], sample.record.measured.face_share, 1e-6);
  EXPECT_NEAR(sample.record.measured.covered_share, 0, 1e-6);
  EXPECT_LT(sample.record.measured.soft_share, 0.1) << "an outline only";
}

// Occluders are laid over pictures without a face as over a face; no rule says how much of it they cover.
TEST(Synthesis, PicturesWithoutAFaceAreSamplesToo) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.faces = {no_face_folder(scratch.path())};
  config.occluders[0].harmonise = "sot";
  config.shadow.probability = 1;
  config.splits[0].occluded = 1;
  const Synthesis synthesis(config);
  for (int64_t i = 0; i < 6; ++i) {
    const Sample sample = synthesis.sample(0, i);
    EXPECT_FALSE(sample.record.recipe.occluders.empty());
    EXPECT_EQ(sample.record.measured.face_share, 0);
    EXPECT_EQ(sample.record.measured.covered_share, 0);
    EXPECT_TRUE(sample.record.rejections.reasons.empty());
    for (const Frame& frame : sample.frames) {
      EXPECT_EQ(cv::countNonZero(frame.alpha), 0);
      EXPECT_EQ(cv::countNonZero(frame.trimap), 0);
    }
  }
}

TEST(Synthesis, ASampleDependsOnNothingButItsNumber) {
  const DataConfig config = drawn();
  const Synthesis forwards(config), backwards(config);
  std::map<int64_t, cv::Mat> images;
  for (int64_t i = 0; i < 4; ++i) images[i] = forwards.sample(0, i).frames[0].image;
  for (int64_t i = 3; i >= 0; --i) EXPECT_EQ(cv::norm(images[i], backwards.sample(0, i).frames[0].image, cv::NORM_INF), 0) << i;
  DataConfig other = config;
  other.seed = 2;
  EXPECT_GT(cv::norm(images[0], Synthesis(other).sample(0, 0).frames[0].image, cv::NORM_INF), 0);
}

TEST(Synthesis, NobodyIsInTwoSplits) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  for (SplitConfig& split : config.splits) split.stills = 40, split.occluded = 0;
  config.splits.push_back(config.splits[0]);
  config.splits[2].name = "valid", config.splits[2].stills = 1, config.splits[2].clips = 0;
  const Synthesis synthesis(config);
  std::map<std::string, std::set<int>> seen;
  for (int split = 0; split < 3; ++split)
    for (int64_t i = 0; i < config.splits[split].stills; ++i)
      seen[synthesis.sample(split, i).record.recipe.face.from.item].insert(split);
  std::set<int> used;
  for (const auto& [face, splits] : seen) {
    EXPECT_EQ(splits.size(), 1u) << face;
    used.insert(*splits.begin());
  }
  EXPECT_EQ(used.size(), 3u) << "every split has somebody";
  EXPECT_GE(seen.size(), 7u) << "nearly all nine are used";
}

TEST(Synthesis, SharesAreKept) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.placement.second = 0.25;
  config.occluders[0].weight = 3;
  config.splits[0].stills = 400, config.splits[0].clips = 0, config.splits[0].occluded = 0.75;
  const Synthesis synthesis(config);
  int occluded = 0, two = 0, bars = 0, occluders = 0;
  for (int64_t i = 0; i < 400; ++i) {
    const Recipe recipe = synthesis.sample(0, i).record.recipe;
    occluded += !recipe.occluders.empty(), two += recipe.occluders.size() == 2;
    for (const auto& occluder : recipe.occluders) ++occluders, bars += occluder.from.item == "bar.png";
  }
  EXPECT_NEAR(occluded / 400.0, 0.75, 5 * std::sqrt(0.75 * 0.25 / 400));
  EXPECT_NEAR(two / double(occluded), 0.25, 5 * std::sqrt(0.25 * 0.75 / occluded));
  EXPECT_NEAR(bars / double(occluders), 0.75, 5 * std::sqrt(0.75 * 0.25 / occluders));
}

TEST(Synthesis, ARecordTellsWhatWentIn) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.splits[0].occluded = 1;
  const SampleRecord record = Synthesis(config).sample(0, 5).record;
  const Recipe& clip = record.recipe;
  EXPECT_EQ(clip.split, "train");
  EXPECT_EQ(clip.name, "000005");
  EXPECT_FALSE(clip.still);
  EXPECT_EQ(clip.frames, 3);
  EXPECT_EQ(clip.face.from.source, "folder");
  EXPECT_EQ(clip.face.from.licence, "CC0-1.0");
  ASSERT_FALSE(clip.occluders.empty());
  EXPECT_EQ(clip.occluders[0].from.licence, "MIT");
  EXPECT_GT(record.measured.face_share, 0.1);
}

TEST(Synthesis, ARecipeMakesTheSampleAgain) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.degrade.probability = 1;
  config.shadow.probability = 1;
  config.effects.face = config.effects.occluder = {1, 1, 0, 1, 1};
  config.placed_face.probability = config.placed_occluder.probability = 1;
  config.motion.face.probability = config.motion.both.probability = 1;
  for (OccluderSourceConfig& source : config.occluders) source.transparent = 1, source.harmonise = "sot";
  const Synthesis synthesis(config);
  for (const int64_t index : {1, 5}) {  // a still and a clip
    const Sample sample = synthesis.sample(0, index);
    const Recipe recipe = recipe_from_json(recipe_to_json(sample.record.recipe), "test");
    DataConfig others = config;  // nothing but the sources is taken from the settings
    others.seed = 77;
    others.placement.least_area = others.placement.most_area = 1;
    others.degrade.probability = 0;
    const Sample again = Synthesis(others).again(recipe);
    ASSERT_EQ(again.frames.size(), sample.frames.size());
    for (size_t t = 0; t < sample.frames.size(); ++t) {
      EXPECT_EQ(cv::norm(again.frames[t].image, sample.frames[t].image, cv::NORM_INF), 0);
      EXPECT_EQ(cv::norm(again.frames[t].alpha, sample.frames[t].alpha, cv::NORM_INF), 0);
      EXPECT_EQ(cv::norm(again.frames[t].trimap, sample.frames[t].trimap, cv::NORM_INF), 0);
    }
  }
}

TEST(Synthesis, AChangedSourceIsNamed) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.splits[0].occluded = 1;
  const Synthesis synthesis(config);
  Recipe recipe = synthesis.sample(0, 0).record.recipe;
  synthesis.note_content(recipe);
  const std::string face = recipe.face.from.item;
  EXPECT_EQ(recipe.face.from.content.size(), 16u);
  write_image(scratch / ("images/" + face), ramp_picture(64, 200));
  write_image(scratch / ("faces/images/" + face), ramp_picture(64, 200));
  EXPECT_THAT(message_of([&] { synthesis.again(recipe); }), HasSubstr(face + ": this file of source 'folder' is not the one"));
  recipe.face.from.item = "bob.png";
  EXPECT_THAT(message_of([&] { synthesis.again(recipe); }), HasSubstr("source 'folder' has changed"));
  recipe.face.from.source = "painters";
  EXPECT_THAT(message_of([&] { synthesis.again(recipe); }), HasSubstr("source 'painters' is not in the settings"));
}

TEST(Synthesis, TooLittleOrTooMuchIsDrawnAgain) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.splits[0].stills = 60, config.splits[0].occluded = 1;
  config.occluders.resize(1);
  config.placement.least_covered = 0.2, config.placement.most_covered = 0.5;
  const Synthesis synthesis(config);
  int64_t rejected = 0;
  for (int64_t i = 0; i < 60; ++i) {
    const SampleRecord record = synthesis.sample(0, i).record;
    EXPECT_GE(record.measured.covered_share, 0.2);
    EXPECT_LE(record.measured.covered_share, 0.5);
    for (const auto& [reason, count] : record.rejections.reasons) rejected += count;
  }
  EXPECT_GT(rejected, 10);
  config.placement.least_covered = config.placement.most_covered = 1;
  config.placement.least_area = config.placement.most_area = 0.05;
  config.placement.attempts = 7;
  EXPECT_THAT(
      message_of([&] { Synthesis(config).sample(0, 3); }),
      HasSubstr("sample 000003 of train: no occluder survives the rules in 7 draws (7 covers less than least_covered)"));
}

TEST(Synthesis, UnusableFilesStopOrAreReplaced) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  for (const int broken : {0, 1, 2, 3}) write_file(scratch / ("faces/images/" + std::to_string(broken) + ".png"), "");
  EXPECT_THAT(message_of([&] {
                for (int64_t i = 0; i < 6; ++i) Synthesis(config).sample(0, i);
              }),
              HasSubstr(".png: "));
  config.bad_source = "replace";
  const Synthesis synthesis(config);
  size_t replaced = 0;
  for (int64_t i = 0; i < 6; ++i) {
    const SampleRecord record = synthesis.sample(0, i).record;
    replaced += record.rejections.bad_files.size();
  }
  EXPECT_GT(replaced, 0u);
}

TEST(Synthesis, ClipsMove) {
  const DataConfig config = [] {
    DataConfig c = drawn();
    c.splits[0].stills = 0, c.splits[0].clips = 1, c.splits[0].frames = 3;
    return c;
  }();
  const Sample sample = Synthesis(config).sample(0, 0);
  ASSERT_EQ(sample.frames.size(), 3u);
  EXPECT_GT(cv::norm(sample.frames[0].image, sample.frames[2].image, cv::NORM_INF), 0);
}

TEST(Synthesis, ClipsMayDifferInLength) {
  DataConfig config = drawn();
  config.splits[0].stills = 1, config.splits[0].clips = 2, config.splits[0].frames = 2, config.splits[0].longest = 4;
  const Synthesis synthesis(config);
  EXPECT_EQ(synthesis.sample(0, 0).frames.size(), 1u);
  EXPECT_EQ(synthesis.sample(0, 1).frames.size(), 2u);
  EXPECT_EQ(synthesis.sample(0, 2).frames.size(), 4u);
}

TEST(Synthesis, OnlyTrainingTrimapsAreRandom) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.trimap.largest = 200;
  for (SplitConfig& split : config.splits) split.stills = 8, split.occluded = 0;
  const auto unknown = [&](int split) {
    const Synthesis synthesis(config);
    std::set<int> counts;
    for (int64_t i = 0; i < 8; ++i) counts.insert(cv::countNonZero(synthesis.sample(split, i).frames[0].trimap == 128));
    return counts.size();
  };
  EXPECT_GT(unknown(0), 4u);
  EXPECT_EQ(unknown(1), 1u) << "equal masks, equal trimaps";
}

TEST(Synthesis, TooFewFacesAreRefused) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.faces = {face_folder(scratch / "one", 1)};
  EXPECT_THAT(message_of([&] { Synthesis synthesis(config); }),
              HasSubstr("face source 'folder' has 1 items for 2 splits that share them"));
}

TEST(Synthesis, RecompositionErrorIsTheLargestDifference) {
  const cv::Mat clean(2, 2, CV_8UC3, cv::Scalar::all(100));
  cv::Mat layer(2, 2, CV_32FC4, cv::Scalar(0.25, 0.25, 0.25, 0.5)), image(2, 2, CV_8UC3);
  image.setTo(cv::Scalar::all(114));  // 0.25 * 255 + 0.5 * 100 = 113.75
  EXPECT_NEAR(recomposition_error(image, clean, {layer, {0, 0}}), 0.25 / 255, 1e-6);
  image.at<cv::Vec3b>(1, 0)[2] = 120;
  EXPECT_NEAR(recomposition_error(image, clean, {layer, {0, 0}}), 6.25 / 255, 1e-6);
}

}  // namespace
}  // namespace facemat
