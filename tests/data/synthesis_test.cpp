#include "data/synthesis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "src/image/pixels.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

using testing::HasSubstr;

DataConfig drawn() {
  DataConfig config;
  config.size = 48;
  config.degrade = 0;
  config.faces[0].count = 40;
  config.splits[0].occluded = 1;
  return config;
}

TEST(Synthesis, EveryFrameIsTheMattingEquation) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.second_occluder = 0.5;
  const Synthesis synthesis(config);
  for (int split = 0; split < 2; ++split)
    for (int64_t i = 0; i < config.splits[split].stills + config.splits[split].clips; ++i) {
      const Sample sample = synthesis.sample(split, i);
      for (const Frame& frame : sample.frames) {
        EXPECT_LE(recomposition_error(frame.image, frame.clean, frame.occluder), 1.0 / 255);
        EXPECT_LE(sample.record.recomposition, 1.0 / 255);
        const cv::Mat sum = frame.alpha + layer_alpha(frame.occluder);  // A = S (1 - O) with S <= 1
        EXPECT_TRUE(cv::checkRange(sum, true, nullptr, 0, 1 + 1e-5));
        const cv::Mat opaque = layer_alpha(frame.occluder) == 1;
        EXPECT_EQ(cv::countNonZero((frame.alpha > 0) & opaque), 0);
      }
    }
}

TEST(Synthesis, WithoutOccluderTheAlphaIsTheFace) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.splits[0].occluded = 0;
  const Sample sample = Synthesis(config).sample(0, 0);
  EXPECT_TRUE(sample.record.occluders.empty());
  EXPECT_EQ(cv::norm(sample.frames[0].image, sample.frames[0].clean, cv::NORM_INF), 0);
  EXPECT_EQ(cv::countNonZero(layer_alpha(sample.frames[0].occluder)), 0);
  EXPECT_NEAR(cv::mean(sample.frames[0].alpha)[0], sample.record.face_share, 1e-6);
  EXPECT_NEAR(sample.record.covered_share, 0, 1e-6);
  EXPECT_LT(sample.record.soft_share, 0.1) << "an outline only";
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
    for (int64_t i = 0; i < config.splits[split].stills; ++i) seen[synthesis.sample(split, i).record.face.item].insert(split);
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
  config.second_occluder = 0.25;
  config.occluders[0].weight = 3;
  config.splits[0].stills = 400, config.splits[0].clips = 0, config.splits[0].occluded = 0.75;
  const Synthesis synthesis(config);
  int occluded = 0, two = 0, bars = 0, occluders = 0;
  for (int64_t i = 0; i < 400; ++i) {
    const auto record = synthesis.sample(0, i).record;
    occluded += !record.occluders.empty(), two += record.occluders.size() == 2;
    for (const auto& occluder : record.occluders) ++occluders, bars += occluder.item == "bar.png";
  }
  EXPECT_NEAR(occluded / 400.0, 0.75, 5 * std::sqrt(0.75 * 0.25 / 400));
  EXPECT_NEAR(two / double(occluded), 0.25, 5 * std::sqrt(0.25 * 0.75 / occluded));
  EXPECT_NEAR(bars / double(occluders), 0.75, 5 * std::sqrt(0.75 * 0.25 / occluders));
}

TEST(Synthesis, ARecordTellsWhatWentIn) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.splits[0].occluded = 1;
  const SampleRecord clip = Synthesis(config).sample(0, 5).record;
  EXPECT_EQ(clip.split, "train");
  EXPECT_EQ(clip.name, "000005");
  EXPECT_FALSE(clip.still);
  EXPECT_EQ(clip.frames, 3);
  EXPECT_EQ(clip.face.source, "folder");
  EXPECT_EQ(clip.face.licence, "CC0-1.0");
  ASSERT_FALSE(clip.occluders.empty());
  EXPECT_EQ(clip.occluders[0].licence, "MIT");
  EXPECT_GT(clip.face_share, 0.1);
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

TEST(Synthesis, OnlyTrainingTrimapsAreRandom) {
  const Scratch scratch;
  DataConfig config = small_config(scratch.path());
  config.trimap_kernel = 200;
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
              HasSubstr("source 'folder' has 1 faces, fewer than the 2 splits"));
}

TEST(Synthesis, RecompositionErrorIsTheLargestDifference) {
  const cv::Mat clean(2, 2, CV_8UC3, cv::Scalar::all(100));
  cv::Mat layer(2, 2, CV_32FC4, cv::Scalar(0.25, 0.25, 0.25, 0.5)), image(2, 2, CV_8UC3);
  image.setTo(cv::Scalar::all(114));  // 0.25 * 255 + 0.5 * 100 = 113.75
  EXPECT_NEAR(recomposition_error(image, clean, layer), 0.25 / 255, 1e-6);
  image.at<cv::Vec3b>(1, 0)[2] = 120;
  EXPECT_NEAR(recomposition_error(image, clean, layer), 6.25 / 255, 1e-6);
}

}  // namespace
}  // namespace facemat
