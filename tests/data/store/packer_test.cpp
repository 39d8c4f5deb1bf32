#include "data/store/packer.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/store/builder.h"
#include "data/store/journal.h"
#include "src/core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/silence.h"

namespace facemat {
namespace {

using testing::HasSubstr;

// Drawn things only: 5 stills and a clip of 2 frames in "train", 2 stills in "test"; image, alpha, trimap, occluder and clean.
DataConfig drawn() {
  DataConfig config;
  config.size = 32;
  config.faces[0].count = 10;
  config.occluders[0].objects = {"cloth", "glasses"};
  config.splits.resize(2);
  config.splits[0].name = "train", config.splits[0].stills = 5, config.splits[0].clips = 1, config.splits[0].frames = 2;
  config.splits[1].name = "test", config.splits[1].stills = 2;
  return config;
}

struct Read {
  std::string name, bytes;
  int64_t mtime, uid, gid, mode;
  bool ustar;
};

std::vector<Read> members_of(const fs::path& tar) {
  archive* in = archive_read_new();
  archive_read_support_format_tar(in);
  EXPECT_EQ(archive_read_open_filename(in, tar.c_str(), 10240), ARCHIVE_OK) << tar;
  std::vector<Read> members;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    std::string bytes(static_cast<size_t>(archive_entry_size(entry)), '\0');
    EXPECT_EQ(archive_read_data(in, bytes.data(), bytes.size()), static_cast<la_ssize_t>(bytes.size()));
    members.push_back({archive_entry_pathname(entry), bytes, archive_entry_mtime(entry), archive_entry_uid(entry),
                       archive_entry_gid(entry), archive_entry_mode(entry), archive_format(in) == ARCHIVE_FORMAT_TAR_USTAR});
  }
  archive_read_free(in);
  return members;
}

class Packer : public testing::Test {
 protected:
  Packer() { build_dataset(drawn(), scratch_ / "data", {}, silence_); }
  Scratch scratch_;
  Silence silence_;
};

TEST_F(Packer, ShardsHoldTheDatasetsBytesInOrder) {
  const PackReport report = pack_dataset(scratch_ / "data", scratch_ / "tars", 4, silence_);
  EXPECT_EQ(names_in(scratch_ / "tars"), (std::vector<std::string>{"dataset.yaml", "index.jsonl", "test-000000.tar",
                                                                   "train-000000.tar", "train-000001.tar"}));
  EXPECT_EQ(read_file(scratch_ / "tars/dataset.yaml"), read_file(scratch_ / "data/dataset.yaml"));
  EXPECT_EQ(report.shards, 3);
  EXPECT_EQ(report.samples, 8);
  EXPECT_EQ(report.files, 8 + 5 * (7 + 2));  // a line a sample, five kinds a frame: 7 stills and a clip of 2

  const std::vector<Read> last = members_of(scratch_ / "tars/train-000001.tar");  // samples 4 and 5, the clip
  std::vector<std::string> names;
  for (const Read& member : last) names.push_back(member.name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "000004.alpha.png", "000004.clean.jpg", "000004.image.jpg", "000004.json", "000004.occluder.png",
                       "000004.trimap.png", "000005.0000.alpha.png", "000005.0000.clean.jpg", "000005.0000.image.jpg",
                       "000005.0000.occluder.png", "000005.0000.trimap.png", "000005.0001.alpha.png", "000005.0001.clean.jpg",
                       "000005.0001.image.jpg", "000005.0001.occluder.png", "000005.0001.trimap.png", "000005.json"}));
  const fs::path train = scratch_ / "data/train";
  EXPECT_EQ(last[2].bytes, read_file(train / "image/000004.jpg"));
  EXPECT_EQ(last[0].bytes, read_file(train / "alpha/000004.png"));
  EXPECT_EQ(last[13].bytes, read_file(train / "image/000005/0001.jpg"));
  EXPECT_EQ(last[15].bytes, read_file(train / "trimap/000005/0001.png"));
  LineReader manifest(scratch_ / "data/manifest.jsonl");
  LineReader::Line line;
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(manifest.next(line));
  EXPECT_EQ(last[16].bytes, line.text);
  for (const Read& member : last) {
    EXPECT_TRUE(member.ustar) << member.name;
    EXPECT_EQ(member.mtime, 0);
    EXPECT_EQ(member.uid, 0);
    EXPECT_EQ(member.gid, 0);
    EXPECT_EQ(member.mode, AE_IFREG | 0644);
  }
}

TEST_F(Packer, EqualDatasetsGiveEqualBytes) {
  build_dataset(drawn(), scratch_ / "again", {2, 1, 1, false}, silence_);
  pack_dataset(scratch_ / "data", scratch_ / "one", 1000, silence_);
  pack_dataset(scratch_ / "again", scratch_ / "two", 1000, silence_);
  ASSERT_EQ(names_in(scratch_ / "one"), names_in(scratch_ / "two"));
  ASSERT_EQ(names_in(scratch_ / "one").size(), 4u);
  for (const std::string& name : names_in(scratch_ / "one"))
    EXPECT_EQ(read_file(scratch_ / "one" / name), read_file(scratch_ / "two" / name)) << name;
}

TEST_F(Packer, ASlashBehindAFoldersNameMeansNothing) {
  const auto with_slash = [&](const char* name) { return fs::path((scratch_ / name).string() + "/"); };
  build_dataset(drawn(), with_slash("again"), {2, 1, 1, false}, silence_);
  pack_dataset(with_slash("again"), with_slash("tars"), 1000, silence_);
  EXPECT_EQ(names_in(scratch_ / "tars").size(), 4u);
  EXPECT_EQ(names_in(scratch_.path()), (std::vector<std::string>{"again", "data", "tars"}));
}

TEST_F(Packer, NothingIsLeftWhenAFileIsNotTheOneThatWasBuilt) {
  write_file(scratch_ / "data/train/alpha/000003.png", read_file(scratch_ / "data/train/alpha/000002.png"));
  EXPECT_THAT(message_of([&] { pack_dataset(scratch_ / "data", scratch_ / "tars", 2, silence_); }),
              HasSubstr("train/image/000003.jpg: this frame's files are not the ones that were built"));
  fs::remove(scratch_ / "data/train/alpha/000003.png");
  EXPECT_THAT(message_of([&] { pack_dataset(scratch_ / "data", scratch_ / "tars", 2, silence_); }), HasSubstr("000003.png"));
  EXPECT_EQ(names_in(scratch_.path()), (std::vector<std::string>{"data"}));
}

TEST_F(Packer, MistakesAreNamed) {
  EXPECT_THAT(message_of([&] { pack_dataset(scratch_ / "data", scratch_ / "tars", 0, silence_); }),
              HasSubstr("0 samples a shard (allowed: 1 and more)"));
  EXPECT_THAT(message_of([&] { pack_dataset(scratch_ / "data", scratch_ / "data", 9, silence_); }),
              HasSubstr("exists already"));
  std::string manifest = read_file(scratch_ / "data/manifest.jsonl");
  write_file(scratch_ / "data/manifest.jsonl", manifest.substr(0, manifest.rfind('\n', manifest.size() - 2) + 1));
  EXPECT_THAT(message_of([&] { pack_dataset(scratch_ / "data", scratch_ / "tars", 9, silence_); }),
              HasSubstr("7 samples, dataset.yaml states 8"));
}

}  // namespace
}  // namespace facemat
