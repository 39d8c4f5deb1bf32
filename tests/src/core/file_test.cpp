#include "src/core/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
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
  fs::create_directories(scratch / "taken/inside");
  EXPECT_THAT(message_of([&] { write_plain(scratch / "taken", "new"); }), HasSubstr("taken: cannot write"));
  EXPECT_THAT(message_of([&] { write_file(scratch / "none" / std::string(300, 'x') / "a", "new"); }), HasSubstr("cannot make"));
  fs::remove(scratch / "none");
  EXPECT_TRUE(fs::is_directory(scratch / "taken/inside"));
  EXPECT_EQ(names_in(scratch.path()), std::vector<std::string>{"taken"});
}

// What lacks its name alone is not thrown away.
TEST(File, WhatCannotBeRenamedStays) {
  const Scratch scratch;
  const auto what_lies_at = [&](const std::string& message) {
    const std::string mark = "it is complete and lies at ";
    const size_t at = message.find(mark);
    EXPECT_NE(at, std::string::npos) << message;
    return fs::path(message.substr(at + mark.size(), message.find(" (", at) - at - mark.size()));
  };
  const auto block = [&](const char* name) { fs::create_directories(scratch / name / "in the way"); };
  block("file");
  EXPECT_EQ(read_file(what_lies_at(message_of([&] { write_file(scratch / "file", "new"); }))), "new");
  fs::path left;
  {
    StreamedFile file(scratch / "streamed");
    file.write("all of it");
    block("streamed");
    left = what_lies_at(message_of([&] { file.commit(); }));
  }
  EXPECT_EQ(read_file(left), "all of it");
  {
    PendingFolder folder(scratch / "folder");
    write_file(folder.path() / "a", "1");
    block("folder");
    left = what_lies_at(message_of([&] { folder.commit(); }));
  }
  EXPECT_EQ(read_file(left / "a"), "1");
}

TEST(File, OutputsLieWhereTheirNamesMean) {
  const Scratch scratch;
  EXPECT_EQ(output_place("results/"), "results");
  EXPECT_EQ(output_place("a/b//"), "a/b");
  EXPECT_EQ(output_place("a/b"), "a/b");
  EXPECT_EQ(output_place("/"), "/");
  {
    PendingFolder folder((scratch / "folder").string() + "/");
    write_file(folder.path() / "a", "1");
    folder.commit();
  }
  write_file((scratch / "file").string() + "/", "2");
  EXPECT_EQ(read_file(scratch / "folder/a"), "1");
  EXPECT_EQ(read_file(scratch / "file"), "2");
  EXPECT_EQ(names_in(scratch.path()), (std::vector<std::string>{"file", "folder"}));
}

TEST(File, LinksKeepPointing) {
  const Scratch scratch;
  write_file(scratch / "far/file", "old");
  fs::create_symlink("far/file", scratch / "link");
  fs::create_symlink(scratch / "far/new", scratch / "dangling");
  fs::create_symlink("dangling", scratch / "twice");
  write_file(scratch / "link", "new");
  StreamedFile file(scratch / "twice");
  file.write("through two");
  file.commit();
  EXPECT_EQ(read_file(scratch / "far/file"), "new");
  EXPECT_EQ(read_file(scratch / "far/new"), "through two");
  for (const char* name : {"link", "dangling", "twice"}) EXPECT_TRUE(fs::is_symlink(scratch / name)) << name;
  fs::create_symlink("loop", scratch / "loop");
  EXPECT_NE(message_of([&] { PendingFolder folder(scratch / "loop"); }), "");  // no endless search
}

// File systems take names of 255 bytes.
TEST(File, NamesOfAnyLengthCanBeWritten) {
  const Scratch scratch;
  std::string umlauts;
  for (int i = 0; i < 127; ++i) umlauts += "\xc3\xb6";
  const std::string names[] = {std::string(255, 'a'), std::string(254, 'a') + "b", std::string(246, 'c'), umlauts};
  for (const std::string& name : names) {
    write_file(scratch / name, name);
    StreamedFile file(scratch / name);
    file.write(name + "!");
    file.commit();
  }
  for (const std::string& name : names) EXPECT_EQ(read_file(scratch / name), name + "!");
  EXPECT_EQ(names_in(scratch.path()).size(), 4u);
  EXPECT_NE(pending_place(names[0]), pending_place(names[1]));  // alike in their first 254 bytes
  EXPECT_EQ(beside("a/b", ".partial"), "a/b.partial");
  for (const std::string& name : names) {
    const std::string made = beside(name, ".partial").string();
    EXPECT_LE(made.size(), 255u);
    EXPECT_EQ(made.substr(made.size() - 8), ".partial");
  }
  const std::string cut = beside(umlauts, ".partial").string();
  EXPECT_EQ(static_cast<unsigned char>(cut[cut.find('~') - 1]), 0xb6);  // between two characters
}

TEST(File, WhatIsNoFileIsNotReplaced) {
  const Scratch scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  const int end = ::open((scratch / "pipe").c_str(), O_RDWR);  // lets a writer in, without waiting for one
  write_file(scratch / "pipe", "through");
  char read[8] = {};
  EXPECT_EQ(::read(end, read, 7), 7);
  ::close(end);
  EXPECT_STREQ(read, "through");
  EXPECT_TRUE(fs::is_fifo(scratch / "pipe"));
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
