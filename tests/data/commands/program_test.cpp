// facemat-data as its users meet it: command lines, exit codes, messages, what is left on disk.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "data/recipe/config.h"
#include "data/store/dataset.h"
#include "data/store/info.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/support/command.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Outcome facemat_data(const std::string& arguments) { return run(std::string(FACEMAT_BIN_DIR) + "/facemat-data " + arguments); }

// Refused with one line that holds `part`, and exit code 1.
void expect_refused(const std::string& arguments, const std::string& part) {
  const Outcome outcome = facemat_data(arguments);
  EXPECT_EQ(outcome.code, 1) << arguments;
  EXPECT_THAT(outcome.text, AllOf(StartsWith("facemat-data: "), HasSubstr(part))) << arguments;
  EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
}

// Paths below `root`, with the bytes.
std::map<std::string, std::string> tree(const fs::path& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), root).string()] = read_file(entry.path());
  return files;
}

// A dataset of five stills and a clip of two frames.
class DataProgram : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<Scratch>();
    built_ = facemat_data("build --quiet --jobs 2 " + settings() + " --out " + path("data"));
  }
  static void TearDownTestSuite() { scratch_.reset(); }
  void SetUp() override { ASSERT_EQ(built_.code, 0) << built_.text; }

  static std::string path(const std::string& name) { return (*scratch_ / name).string(); }
  static std::string settings() {
    return "--config " FACEMAT_SOURCE_DIR
           "/configs/data/demo.yaml --set size=48 "
           "--set 'splits=[{name: train, stills: 3, clips: 1, frames: 2}, {name: valid, stills: 2}]'";
  }

  static std::unique_ptr<Scratch> scratch_;
  static Outcome built_;
};
std::unique_ptr<Scratch> DataProgram::scratch_;
Outcome DataProgram::built_;

TEST_F(DataProgram, BuildMakesADataset) {
  EXPECT_THAT(built_.text, AllOf(HasSubstr(path("data") + ": 6 samples, 7 frames of 48x48, alpha 1 = visible face"),
                                 HasSubstr("licences: generated"), HasSubstr("look: facemat data preview " + path("data"))));
  EXPECT_THAT(names_in(path("data")), ElementsAre("dataset.yaml", "manifest.jsonl", "train", "valid"));
  const auto info = load_config<DatasetInfo>(path("data/dataset.yaml"));
  EXPECT_EQ(info.samples, 6);
  EXPECT_EQ(info.frames, 7);
  const std::string manifest = read_file(path("data/manifest.jsonl"));
  EXPECT_EQ(std::count(manifest.begin(), manifest.end(), '\n'), 6);
  EXPECT_EQ(read_image(path("data/train/image/000003/0001.png")).size(), cv::Size(48, 48));
}

TEST_F(DataProgram, BuildPrintsSettingsThatLoad) {
  const Outcome printed = facemat_data("build --print-config --seed 7 " + settings());
  ASSERT_EQ(printed.code, 0) << printed.text;
  write_file(path("printed.yaml"), printed.text);
  const auto config = load_config<DataConfig>(path("printed.yaml"));
  EXPECT_EQ(config.seed, 7u);
  EXPECT_EQ(config.size, 48);
  EXPECT_EQ(config_to_yaml(config), printed.text);
}

TEST_F(DataProgram, ShardsInAnyOrderMakeTheSameBytes) {
  const std::string build = "build --quiet --jobs 1 " + settings() + " --out " + path("shards") + " --shard ";
  const Outcome second = facemat_data(build + "2/2");
  EXPECT_EQ(second.code, 0) << second.text;
  EXPECT_THAT(second.text, HasSubstr("shard 2 of 2 is done; " + path("shards") + " appears with the last one"));
  EXPECT_FALSE(fs::exists(path("shards")));
  const Outcome first = facemat_data(build + "1/2");
  EXPECT_EQ(first.code, 0) << first.text;
  EXPECT_THAT(first.text, HasSubstr("6 samples, 7 frames"));
  EXPECT_EQ(tree(path("shards")), tree(path("data")));
  expect_refused("build --out " + path("none") + " --shard 3/2", "--shard 3/2: not a shard");
}

TEST_F(DataProgram, OneSampleIsMadeAgain) {
  const Outcome outcome = facemat_data("build --only train/000003 --from " + path("data") + " --out " + path("again"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("sample train/000003 made again from its recipe, the same bytes as in " + path("data")));
  const auto again = tree(path("again")), all = tree(path("data"));
  EXPECT_EQ(again.size(), 2u * 5);  // two frames, five kinds of files
  for (const auto& [name, bytes] : again) EXPECT_TRUE(all.count(name) && all.at(name) == bytes) << name;
  expect_refused("build --only train/000009 --from " + path("data") + " --out " + path("none"), "no sample 'train/000009'");
}

TEST_F(DataProgram, OnlyAndFromGoTogetherAndAlone) {
  const std::string out = " --out " + path("none"), only = "build --only train/000003";
  const Outcome from = facemat_data("build --from " + path("data") + out);
  EXPECT_EQ(from.code, 2);
  EXPECT_THAT(from.text, HasSubstr("--from requires --only"));
  expect_refused(only + out, "--only needs --from DATASET");
  for (const std::string option : {"--config x.yaml", "--set size=64", "--print-config", "--shard 1/2", "--resume", "--seed 3"})
    expect_refused(only + " --from " + path("data") + out + " " + option,
                   option.substr(0, option.find(' ')) + " does not go with --only");
  EXPECT_FALSE(fs::exists(path("none")));
}

TEST_F(DataProgram, CheckNamesADamagedFile) {
  const Outcome right = facemat_data("check --quiet " + path("data"));
  EXPECT_EQ(right.code, 0) << right.text;
  EXPECT_EQ(right.text, path("data") + ": every file is there and right\n");
  fs::copy(path("data"), path("damaged"), fs::copy_options::recursive);
  fs::remove(path("damaged/valid/alpha/000001.png"));
  const Outcome damaged = facemat_data("check --quiet " + path("damaged"));
  EXPECT_EQ(damaged.code, 1);
  EXPECT_THAT(damaged.text,
              AllOf(HasSubstr("valid/alpha/000001.png"), HasSubstr("facemat-data: " + path("damaged") + ": 1 faults")));
}

TEST_F(DataProgram, StatsCountSamples) {
  const Outcome outcome = facemat_data("stats " + path("data"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, testing::ContainsRegex("\ntrain +4 "));
  EXPECT_THAT(outcome.text, testing::ContainsRegex("\nvalid +2 "));
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("drawn objects"), HasSubstr("covered share of the face"),
                                  HasSubstr("replaced for unusable files: 0"), HasSubstr("licences: generated")));
}

// What a dataset says of itself comes from whoever made it.
TEST_F(DataProgram, WhatDatasetsSayIsSafeForTerminals) {
  fs::copy(path("data"), path("odd"), fs::copy_options::recursive);
  auto info = load_config<DatasetInfo>(path("odd/dataset.yaml"));
  info.licence = "CC0\x1b[2J";
  write_file(path("odd/dataset.yaml"), config_to_yaml(info));
  ASSERT_EQ(load_config<DatasetInfo>(path("odd/dataset.yaml")).licence, info.licence);
  const Outcome outcome = facemat_data("stats " + path("odd"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("licences: CC0\\x1b[2J\n"), Not(HasSubstr("\x1b"))));
  const Outcome built =
      facemat_data("build --quiet --jobs 1 " + settings() + " --set 'splits=[{name: train, stills: 1}]' --set " +
                   R"('faces=[{licence: "CC0\x1b[2J"}]' --out )" + path("odd_too"));
  ASSERT_EQ(built.code, 0) << built.text;
  EXPECT_THAT(built.text, AllOf(HasSubstr("CC0\\x1b[2J"), Not(HasSubstr("\x1b"))));
}

TEST_F(DataProgram, PreviewIsAPicture) {
  const Outcome outcome = facemat_data("preview " + path("data") + " --split valid --out " + path("sheet.png"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(outcome.text, path("sheet.png") + "\n");
  EXPECT_GT(read_image(path("sheet.png")).cols, 2 * 4 * 48);  // two samples beside each other, some pictures each
}

TEST_F(DataProgram, PackedSamplesAreRead) {
  const Outcome outcome = facemat_data("pack --quiet " + path("data") + " --per-shard 3 --out " + path("packed"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(outcome.text, path("packed") + ": 6 samples, 41 files in 3 shards\n");  // five of 7 frames, and 6 recipes
  EXPECT_THAT(names_in(path("packed")),
              ElementsAre("dataset.yaml", "index.jsonl", "train-000000.tar", "train-000001.tar", "valid-000000.tar"));
  EXPECT_EQ(Dataset::open(path("packed")).split("train").size(), 4);
}

TEST_F(DataProgram, ImportedPicturesAreASource) {
  cv::Mat sticker(30, 40, CV_8UC4, cv::Scalar(200, 40, 10, 0));
  sticker(cv::Rect(10, 5, 20, 20)).setTo(cv::Scalar(200, 40, 10, 255));
  write_image(path("stickers/star.png"), sticker);
  const Outcome outcome = facemat_data("import --quiet --rgba " + path("stickers") +
                                       " --licence CC0-1.0 --class accessory --out " + path("source"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("source: 1 of 1 files taken"), HasSubstr("polarity: 1 look right as stated"),
                                  HasSubstr("next: copy " + path("source/source.yaml") + " into your settings")));
  const auto config = load_config<DataConfig>(path("source/source.yaml"));
  ASSERT_EQ(config.occluders.size(), 1u);
  EXPECT_EQ(config.occluders[0].occluder_class, "accessory");
  EXPECT_EQ(config.occluders[0].licence, "CC0-1.0");
}

TEST_F(DataProgram, BenchNamesEveryWayAndLeavesNothing) {
  const auto before = names_in(scratch_->path());
  const Outcome outcome =
      facemat_data("bench --quiet " + settings() + " --size 32 --samples 1 --jobs 2 --work " + path("work"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("32x32, 1 samples each"), HasSubstr("in memory: "), HasSubstr("JPEG picture"),
                                  HasSubstr("PNG picture"), HasSubstr("2 workers"), HasSubstr("SOT colour transfer")));
  EXPECT_EQ(names_in(scratch_->path()), before);
}

TEST_F(DataProgram, MissingOutputsAreOneLine) {
  for (const char* command : {"build", "import"}) expect_refused(command, "--out ");
  for (const char* command : {"preview ", "pack "}) expect_refused(command + path("data"), "--out ");
  expect_refused("check " + path("nowhere"), "nowhere/dataset.yaml: no such file");
}

TEST_F(DataProgram, BenchTakesSourcesWhoseListsNameAnySplit) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path("data/valid/image"))) names.push_back(entry.path().filename().string());
  ASSERT_EQ(names.size(), 2u);
  write_file(path("train.txt"), names[0] + "\n");
  write_file(path("valid.txt"), names[1] + "\n");
  write_file(path("bench.yaml"), fmt::format(R"(
faces:
  - kind: folder
    images: {0}/data/valid/image
    masks: {0}/data/valid/alpha
    lists: [{{split: train, file: {0}/train.txt}}, {{split: valid, file: {0}/valid.txt}}]
splits: [{{name: train, stills: 1}}, {{name: valid, stills: 1}}]
)",
                                             path("")));
  const Outcome outcome = facemat_data("bench --quiet --size 32 --samples 1 --config " + path("bench.yaml"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("samples/s"));
}

TEST_F(DataProgram, WrongUsageIsTwo) {
  const Outcome none = facemat_data("");
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.text, HasSubstr("A subcommand is required"));
  for (const char* arguments : {"paint", "check", "build --colour red", "build --jobs 0", "bench --samples many"})
    EXPECT_EQ(facemat_data(arguments).code, 2) << arguments;
  const Outcome help = facemat_data("--help");
  EXPECT_EQ(help.code, 0);
  for (const std::string command : {"build", "check", "stats", "preview", "import", "pack", "bench"}) {
    EXPECT_THAT(help.text, HasSubstr("\n  " + command));
    EXPECT_THAT(facemat_data(command + " --help").text, HasSubstr("Example:\n  facemat data " + command));
  }
}

}  // namespace
}  // namespace facemat
