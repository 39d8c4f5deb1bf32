#include "src/core/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <set>

#include "src/core/error.h"
#include "tests/support/scratch.h"

// Stands before the C library's: counts, then syncs.
namespace {
std::atomic<int> syncs{0};
}
extern "C" int fsync(int fd) {
  ++syncs;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace facemat {
namespace {

using testing::HasSubstr;

TEST(File, WhatIsWrittenIsRead) {
  const Scratch scratch;
  const std::string bytes("a\0b\n\xff", 5);
  write_file(scratch / "deep/er/file", bytes);
  EXPECT_EQ(read_file(scratch / "deep/er/file"), bytes);
  write_file(scratch / "deep/er/file", "");
  EXPECT_EQ(read_file(scratch / "deep/er/file"), "");
}

TEST(File, ReadingSaysWhatIsWrong) {
  const Scratch scratch;
  write_file(scratch / "ten", "0123456789");
  EXPECT_THAT(message_of([&] { read_file(scratch / "none"); }), HasSubstr("none: no such file"));
  EXPECT_THAT(message_of([&] { read_file(scratch.path()); }), HasSubstr("not a regular file"));
  EXPECT_THAT(message_of([&] { read_file(scratch / "ten", 9); }), HasSubstr("10 bytes are more than the 9 allowed"));
  EXPECT_EQ(read_file(scratch / "ten", 10).size(), 10u);
}

TEST(File, TheStartOfAFileIsRead) {
  const Scratch scratch;
  write_file(scratch / "ten", "0123456789");
  EXPECT_EQ(read_file_start(scratch / "ten", 4), "0123");
  EXPECT_EQ(read_file_start(scratch / "ten", 11), "0123456789");
  EXPECT_EQ(read_file_start(scratch / "ten", 0), "");
  EXPECT_THAT(message_of([&] { read_file_start(scratch / "none", 4); }), HasSubstr("none: no such file"));
  EXPECT_THAT(message_of([&] { read_file_start(scratch.path(), 4); }), HasSubstr("not a regular file"));
}

TEST(File, PathsThatLeadOutAreTold) {
  for (const char* path : {"a.png", "a/b.png", "a..b/c", "...", "./a", "a/."}) EXPECT_FALSE(leads_out(path)) << path;
  for (const char* path : {"/a", "..", "../a", "a/..", "a/../b", "./../a"}) EXPECT_TRUE(leads_out(path)) << path;
}

TEST(File, OnlySyncedFilesWaitForTheDisk) {
  const Scratch scratch;
  syncs = 0;
  write_plain(scratch / "deep/plain", "older");
  write_plain(scratch / "deep/plain", "new");
  EXPECT_EQ(syncs, 0);
  EXPECT_EQ(read_file(scratch / "deep/plain"), "new");
  write_file(scratch / "synced", "1");
  EXPECT_EQ(syncs, 2);  // the file and its folder
  write_file(scratch / "synced", "2");
  EXPECT_EQ(syncs, 4);
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 2);
}

TEST(File, AFailedWriteLeavesTheOldFileAndNothingElse) {
  const Scratch scratch;
  fs::create_directories(scratch / "taken/inside");  // a folder that is not empty cannot be replaced by a file
  for (const auto write : {write_file, write_plain}) {
    EXPECT_THAT(message_of([&] { write(scratch / "taken", "new"); }), HasSubstr("taken: cannot write"));
    EXPECT_TRUE(fs::is_directory(scratch / "taken/inside"));
    EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1);
  }
}

TEST(File, AFullDiskIsOneClearLine) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Scratch scratch;
  fs::create_symlink("/dev/full", (scratch / "out").string() + ".part-" + std::to_string(::getpid()));
  EXPECT_THAT(message_of([&] { write_file(scratch / "out", "new"); }), HasSubstr("No space left on device"));
  EXPECT_TRUE(fs::is_empty(scratch.path()));
  EXPECT_THAT(message_of([] { write_plain("/dev/full", "new"); }), HasSubstr("No space left on device"));
}

TEST(StreamedFile, AppearsWholeOnCommit) {
  const Scratch scratch;
  {
    StreamedFile dropped(scratch / "a");
    dropped.write("half");
  }
  EXPECT_TRUE(fs::is_empty(scratch.path()));
  StreamedFile file(scratch / "a");
  file.write("one ");
  file.write("two");
  EXPECT_FALSE(fs::exists(scratch / "a"));
  file.commit();
  EXPECT_EQ(read_file(scratch / "a"), "one two");
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1);
}

TEST(PendingFolder, AppearsWholeOnCommit) {
  const Scratch scratch;
  PendingFolder folder(scratch / "out");
  write_file(folder.path() / "a", "1");
  EXPECT_FALSE(fs::exists(scratch / "out"));
  folder.commit();
  EXPECT_EQ(read_file(scratch / "out/a"), "1");
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1);
}

TEST(PendingFolder, LeavesNothingWithoutCommit) {
  const Scratch scratch;
  {
    PendingFolder folder(scratch / "out");
    write_file(folder.path() / "deep/a", "1");
  }
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(PendingFolder, RefusesWhatExists) {
  const Scratch scratch;
  write_file(scratch / "out", "precious");
  EXPECT_THAT(message_of([&] { PendingFolder folder(scratch / "out"); }), HasSubstr("out: exists already"));
  EXPECT_EQ(read_file(scratch / "out"), "precious");
}

TEST(File, ListsByExtensionInOrder) {
  const Scratch scratch;
  for (const char* name : {"b.PNG", "a.png", "c.jpg", "d.txt"}) write_file(scratch / name, "");
  fs::create_directory(scratch / "e.png");
  EXPECT_EQ(list_files(scratch.path(), {".png"}), (std::vector<fs::path>{scratch / "a.png", scratch / "b.PNG"}));
  EXPECT_THAT(message_of([&] { list_files(scratch / "none", {".png"}); }), HasSubstr("none: no such folder"));
}

TEST(File, HalfWrittenFilesAreToldByTheirNames) {
  const Scratch scratch;
  for (const char* name : {"a.json.part-12", "b.part-", "c.part-1x", "d.json", "sub/e.part-3"}) write_file(scratch / name, "x");
  remove_half_written(scratch.path());
  std::set<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path())) left.insert(entry.path().filename().string());
  EXPECT_EQ(left, (std::set<std::string>{"b.part-", "c.part-1x", "d.json", "sub", "e.part-3"}));
}

}  // namespace
}  // namespace facemat
