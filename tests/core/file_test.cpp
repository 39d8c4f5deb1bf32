#include "src/core/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/error.h"
#include "tests/support/scratch.h"

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

TEST(File, AFailedWriteLeavesTheOldFileAndNothingElse) {
  const Scratch scratch;
  fs::create_directories(scratch / "taken/inside");  // a folder that is not empty cannot be replaced by a file
  EXPECT_THAT(message_of([&] { write_file(scratch / "taken", "new"); }), HasSubstr("taken: cannot write"));
  EXPECT_TRUE(fs::is_directory(scratch / "taken/inside"));
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1);
}

TEST(File, AFullDiskIsOneClearLine) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Scratch scratch;
  fs::create_symlink("/dev/full", (scratch / "out").string() + ".part-" + std::to_string(::getpid()));
  EXPECT_THAT(message_of([&] { write_file(scratch / "out", "new"); }), HasSubstr("No space left on device"));
  EXPECT_TRUE(fs::is_empty(scratch.path()));
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

}  // namespace
}  // namespace facemat
