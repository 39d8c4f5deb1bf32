#include "data/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "src/core/file.h"
#include "src/core/hash.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

using testing::HasSubstr;

DatasetInfo build(const DataConfig& config, const fs::path& out, int workers = 1) {
  return build_dataset(config, out, workers, *make_progress("building", "sample", true));
}
std::vector<std::string> faults(const fs::path& dataset) {
  return check_dataset(dataset, *make_progress("checking", "sample", true));
}

std::map<std::string, uint64_t> tree(const fs::path& root) {
  std::map<std::string, uint64_t> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), root).string()] = hash_bytes(read_file(entry.path()));
  return files;
}

TEST(Builder, AnyNumberOfWorkersWritesTheSameBytes) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  config.degrade = 1;
  config.image_format = "jpg";
  OccluderSourceConfig procedural;
  config.occluders.push_back(procedural);
  build(config, scratch / "one", 1);
  build(config, scratch / "two", 2);
  const auto one = tree(scratch / "one"), two = tree(scratch / "two");
  EXPECT_EQ(one.size(),
            2 + 5u * (5 + 3 + 3 + 2));  // 8 stills, clips of 3 and 2 frames, five files each; manifest and dataset.yaml
  EXPECT_EQ(one, two);
  config.seed = 9;
  build(config, scratch / "three", 2);
  EXPECT_NE(tree(scratch / "three"), one);
}

TEST(Builder, WhatItBuiltPassesTheCheck) {
  const Scratch scratch;
  const DatasetInfo info = build(small_config(scratch / "sources"), scratch / "out", 2);
  EXPECT_EQ(info.samples, 10);
  EXPECT_EQ(info.frames, 13);
  EXPECT_THAT(faults(scratch / "out"), testing::IsEmpty());
  EXPECT_THAT(info.licence, HasSubstr("CC0-1.0 (10 samples)"));
}

TEST(Builder, TheCheckFindsWhatWasChanged) {
  const Scratch scratch;
  build(small_config(scratch / "sources"), scratch / "out");
  write_image(scratch / "out/train/alpha/000001.png", cv::Mat(48, 48, CV_16U, cv::Scalar(65535)));
  fs::remove(scratch / "out/test/trimap/000003/0001.png");
  const auto found = faults(scratch / "out");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0], HasSubstr("train/image/000001.png: this frame's files are not the ones that were built"));
  EXPECT_THAT(found[1], HasSubstr("test/trimap/000003/0001.png: no such file"));
}

TEST(Builder, AFailureLeavesNothing) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  for (int i = 0; i < 9; ++i) write_file(scratch / ("sources/faces/images/" + std::to_string(i) + ".png"), "broken");
  EXPECT_THAT(message_of([&] { build(config, scratch / "out", 2); }), HasSubstr("not a PNG or JPEG image"));
  EXPECT_FALSE(fs::exists(scratch / "out"));
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1) << "only the sources";
}

TEST(Builder, NothingIsOverwritten) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  write_file(scratch / "out/precious", "1");
  EXPECT_THAT(message_of([&] { build(config, scratch / "out"); }), HasSubstr("out: exists already"));
  EXPECT_EQ(read_file(scratch / "out/precious"), "1");
}

TEST(Builder, EmptySplitsAreRefused) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  for (SplitConfig& split : config.splits) split.stills = split.clips = 0;
  EXPECT_THAT(message_of([&] { build(config, scratch / "out"); }), HasSubstr("hold no samples"));
}

TEST(Builder, LicencesAreCountedOncePerSample) {
  SampleRecord one, two;
  one.face.licence = two.face.licence = "A";
  one.occluders = {{"", "", "B", ""}, {"", "", "B", ""}};
  EXPECT_EQ(licence_roll_up({one, two}), "A (2 samples), B (1 samples)");
}

}  // namespace
}  // namespace facemat
