#include "data/store/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>

#include "data/store/checker.h"
#include "data/store/sample_files.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/core/lock.h"
#include "src/core/measure.h"
#include "tests/data/trees.h"
#include "tests/support/odd_images.h"
#include "tests/support/silence.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::optional<DatasetInfo> build(const DataConfig& config, const fs::path& out, const BuildOptions& options = {}) {
  return build_dataset(config, out, options, *make_progress("building", "sample", true));
}
std::vector<std::string> faults(const fs::path& dataset) {
  return check_dataset(dataset, 2, *make_progress("checking", "sample", true)).faults;
}

std::map<std::string, uint64_t> tree(const fs::path& root) {
  std::map<std::string, uint64_t> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), root).string()] = hash_bytes(read_file(entry.path()));
  return files;
}

int64_t lines_of(const fs::path& file) {
  const std::string text = read_file(file);
  return std::count(text.begin(), text.end(), '\n');
}

TEST(Builder, AnyNumberOfWorkersWritesTheSameBytes) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  config.degrade.probability = 1;
  config.image_format = "jpg";
  OccluderSourceConfig procedural;
  config.occluders.push_back(procedural);
  build(config, scratch / "one", {1});
  build(config, scratch / "two", {2});
  build(config, scratch / "eight", {8});
  const auto one = tree(scratch / "one"), two = tree(scratch / "two");
  EXPECT_EQ(one, tree(scratch / "eight"));
  EXPECT_EQ(one.size(),
            2 + 5u * (5 + 3 + 3 + 2));  // 8 stills, clips of 3 and 2 frames, five files each; manifest and dataset.yaml
  EXPECT_EQ(one, two);
  config.seed = 9;
  build(config, scratch / "three", {2});
  EXPECT_NE(tree(scratch / "three"), one);
}

TEST(Builder, WhatItBuiltPassesTheCheck) {
  const Scratch scratch;
  const DatasetInfo info = *build(small_config(scratch / "sources"), scratch / "out", {2});
  EXPECT_EQ(info.samples, 10);
  EXPECT_EQ(info.contents, hash_text(hash_bytes(read_file(scratch / "out/manifest.jsonl"))));
  EXPECT_EQ(info.frames, 13);
  EXPECT_THAT(faults(scratch / "out"), testing::IsEmpty());
  EXPECT_THAT(info.licence, HasSubstr("CC0-1.0 (10 samples)"));
}

TEST(Builder, SaysWhatAPersonShouldLookAt) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  const fs::path picture = scratch / "sources/faces/images/0";
  fs::remove(picture.string() + ".png");
  write_file(picture.string() + ".jpg", with_exif(encode_image(".jpg", ramp_picture(64, 0)), 8, false));
  Silence progress;
  build_dataset(config, scratch / "out", {}, progress);
  EXPECT_THAT(progress.messages, testing::ElementsAre(HasSubstr("faces/images: 1 of 9 pictures are turned by an EXIF")));
  testing::internal::CaptureStderr();
  build(config, scratch / "quiet");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(StartsWith("warning: "), HasSubstr("faces/images: 1 of 9 pictures are turned by an EXIF")));
}

TEST(Builder, AFailureLeavesNothing) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  for (int i = 0; i < 9; ++i) write_file(scratch / ("sources/faces/images/" + std::to_string(i) + ".png"), "broken");
  EXPECT_THAT(message_of([&] { build(config, scratch / "out", {2}); }), HasSubstr("not a PNG, JPEG, WebP or BMP image"));
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

TEST(Builder, ShardsMakeOneRun) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  config.degrade.probability = 0.5;
  build(config, scratch / "whole");
  EXPECT_FALSE(build(config, scratch / "parts", {2, 2, 3}));
  EXPECT_FALSE(build(config, scratch / "parts", {1, 1, 3}));
  EXPECT_FALSE(fs::exists(scratch / "parts"));
  const auto info = build(config, scratch / "parts", {1, 3, 3});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->samples, 10);
  EXPECT_EQ(tree(scratch / "parts"), tree(scratch / "whole"));
  EXPECT_FALSE(fs::exists(scratch / "parts.partial"));
}

TEST(Builder, ShardsOfAnotherRunAreRefused) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  build(config, scratch / "out", {1, 1, 2});
  EXPECT_THAT(message_of([&] { build(config, scratch / "out", {1, 1, 3}); }), HasSubstr("another number of shards"));
  EXPECT_THAT(message_of([&] { build(config, scratch / "out"); }), HasSubstr("an unfinished build; go on with --resume"));
  config.seed = 5;
  EXPECT_THAT(message_of([&] { build(config, scratch / "out", {1, 2, 2}); }), HasSubstr("was begun with other settings"));
}

// Builds in a child process that is killed after `microseconds`, unless it ends before. Whether it was killed.
bool build_and_kill(const DataConfig& config, const fs::path& out, double microseconds) {
  const pid_t child = ::fork();
  require(child >= 0, "no child process can be started");
  if (child == 0) {
    try {
      build(config, out, {2, 1, 1, true});
    } catch (...) {
    }
    ::_exit(0);
  }
  ::usleep(static_cast<useconds_t>(microseconds));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

// Killed after a while that differs each time, then gone on with to the end; again from the start until 15 kills have hit a
// build, however fast the machine happens to be.
TEST(Builder, KilledBuildsGoOnToTheSameBytes) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  config.splits[0].stills = 300;
  config.degrade.probability = 0.5;
  const Stopwatch watch;
  build(config, scratch / "whole", {2});
  const double whole = 1e6 * watch.seconds();  // in microseconds
  Rng rng(3);
  int killed = 0;
  for (int round = 0; killed < 15; ++round) {
    ASSERT_LT(round, 20) << "only " << killed << " kills hit a build";
    const fs::path out = scratch / fmt::format("killed{}", round);
    for (int attempt = 0; attempt < 20 && !fs::exists(out); ++attempt)
      killed += build_and_kill(config, out, rng.uniform(0.005, 0.06) * whole);
    if (!fs::exists(out)) build(config, out, {2, 1, 1, true});
    EXPECT_EQ(tree(out), tree(scratch / "whole"));
    fs::remove_all(out);
  }
}

TEST(Builder, AnInterruptedFinishIsFinished) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  build(config, scratch / "whole");
  build(config, scratch / "out");
  fs::rename(scratch / "out", scratch / "out.partial");  // killed between dataset.yaml and the final name
  build(config, scratch / "out", {1, 1, 1, true});
  EXPECT_EQ(tree(scratch / "out"), tree(scratch / "whole"));
}

// Two that go on with a build: while one of them finishes it, the other is refused.
TEST(Builder, WhatIsBeingFinishedIsNotFinishedTwice) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  build(config, scratch / "whole");
  build(config, scratch / "out");
  fs::rename(scratch / "out", scratch / "out.partial");  // right before the final name
  {
    const Lock other(scratch / "out.partial/journal-0001-of-0001.jsonl", "is building this part");
    EXPECT_THAT(message_of([&] {
                  build(config, scratch / "out", {1, 1, 1, true});
                }),
                HasSubstr("another process is building this part"));
    EXPECT_FALSE(fs::exists(scratch / "out"));
    EXPECT_FALSE(fs::exists(scratch / "out.partial/settings.yaml")) << "it would be in the dataset";
  }
  DataConfig other = config;
  other.seed = 5;
  EXPECT_THAT(message_of([&] { build(other, scratch / "out", {1, 1, 1, true}); }), HasSubstr("was begun with other settings"));
  build(config, scratch / "out", {1, 1, 1, true});
  EXPECT_EQ(tree(scratch / "out"), tree(scratch / "whole"));
}

// A shard that ends while another process finishes the dataset: it waits, and does so itself only if that one could not.
TEST(Builder, ShardsThatEndTogetherFinishOnce) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  const fs::path partial = scratch / "out.partial", second = partial / "journal-0002-of-0002.jsonl";
  build(config, scratch / "whole");
  for (const bool finished : {true, false}) {
    EXPECT_FALSE(build(config, scratch / "out", {1, 1, 2, true}));
    auto other = std::make_unique<Lock>(partial, "is finishing this dataset");
    auto shard = std::async(std::launch::async, [&] { return build(config, scratch / "out", {1, 2, 2, true}); });
    const auto all_made = [&] { return fs::exists(second) && lines_of(second) == 5; };
    while (!all_made() && shard.wait_for(std::chrono::milliseconds(5)) == std::future_status::timeout) {
    }
    EXPECT_EQ(shard.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout) << "the other is at it";
    EXPECT_FALSE(fs::exists(scratch / "out"));
    if (finished) fs::rename(partial, scratch / "theirs");
    other.reset();
    EXPECT_EQ(shard.get().has_value(), !finished);
    EXPECT_EQ(fs::exists(scratch / "out"), !finished);
    EXPECT_FALSE(fs::exists(partial));
  }
  EXPECT_EQ(tree(scratch / "out"), tree(scratch / "whole"));
}

// Killed while the settings or the manifest were written: their half stays aside, under a passing name.
TEST(Builder, HalfWrittenFilesOfAKilledBuildDoNotStay) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  build(config, scratch / "whole");
  for (const char* name : {"settings.yaml.facemat-part-21000", "manifest.jsonl.facemat-part-7"})
    write_file(scratch / "out.partial" / name, "seed: ");
  build(config, scratch / "out", {1, 1, 2, true});  // the first of two shards: the settings count from here on
  config.seed = 5;
  EXPECT_THAT(message_of([&] { build(config, scratch / "out", {1, 2, 2, true}); }), HasSubstr("was begun with other settings"));
  config.seed = small_config(scratch / "sources").seed;
  build(config, scratch / "out", {1, 2, 2, true});
  EXPECT_EQ(tree(scratch / "out"), tree(scratch / "whole"));
}

TEST(Builder, WhatWasFinishedStaysWhenAnErrorStopsTheBuild) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  config.splits[0].stills = 40;
  const std::string good = read_file(scratch / "sources/faces/images/4.png");
  build(config, scratch / "whole");
  write_file(scratch / "sources/faces/images/4.png", "broken");
  EXPECT_THAT(
      message_of([&] { build(config, scratch / "out"); }),
      testing::AllOf(HasSubstr("4.png: "), HasSubstr(" finished samples are kept in "), HasSubstr("go on with --resume")));
  EXPECT_FALSE(fs::exists(scratch / "out"));
  ASSERT_TRUE(fs::exists(scratch / "out.partial"));
  write_file(scratch / "sources/faces/images/4.png", good);
  build(config, scratch / "out", {1, 1, 1, true});
  EXPECT_EQ(tree(scratch / "out"), tree(scratch / "whole"));
}

TEST(Builder, OneSampleIsMadeAgainFromItsLine) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  config.degrade.probability = 1;
  build(config, scratch / "set");
  for (const char* id : {"train/000002", "train/000005", "test/000003"}) {
    const fs::path out = scratch / ("only-" + fs::path(id).filename().string() + fs::path(id).parent_path().string());
    rebuild_sample(scratch / "set", id, out);
    const auto all = tree(scratch / "set"), one = tree(out);
    EXPECT_GE(one.size(), 5u);
    for (const auto& [file, hash] : one) EXPECT_EQ(all.at(file), hash) << file;
  }
  EXPECT_THAT(message_of([&] { rebuild_sample(scratch / "set", "train/000099", scratch / "no"); }),
              HasSubstr("no sample 'train/000099'"));
  EXPECT_FALSE(fs::exists(scratch / "no"));
  for (int i = 0; i < 9; ++i)
    write_image(scratch / ("sources/faces/images/" + std::to_string(i) + ".png"), ramp_picture(64, 99));
  EXPECT_THAT(message_of([&] { rebuild_sample(scratch / "set", "train/000002", scratch / "no"); }),
              HasSubstr("is not the one the sample was made with"));
  EXPECT_FALSE(fs::exists(scratch / "no"));
}

TEST(Builder, OnlyTheKindsAskedForAreWritten) {
  const Scratch scratch;
  DataConfig config = small_config(scratch / "sources");
  config.write = {"image", "alpha"};
  build(config, scratch / "set");
  EXPECT_TRUE(fs::exists(scratch / "set/train/alpha/000000.png"));
  EXPECT_FALSE(fs::exists(scratch / "set/train/clean"));
  EXPECT_THAT(faults(scratch / "set"), testing::IsEmpty());
}

TEST(Builder, LicencesAreCountedOncePerSample) {
  Recipe recipe;
  recipe.face.from.licence = "A";
  recipe.occluders.resize(2);
  recipe.occluders[0].from.licence = recipe.occluders[1].from.licence = "B";
  LicenceCount count;
  count.add(recipe);
  recipe.occluders.clear();
  count.add(recipe);
  EXPECT_EQ(count.text(), "A (2 samples), B (1 samples)");
}

}  // namespace
}  // namespace facemat
