#include "src/core/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <iterator>
#include <set>

#include "src/core/error.h"
#include "tests/support/scratch.h"

// Stand before the C library's: count, then sync, or say that the disk is broken.
namespace {
std::atomic<int> syncs{0};
std::atomic<bool> disk_is_broken{false};

int synced(long call, int fd) {
  if (!disk_is_broken) return static_cast<int>(::syscall(call, fd));
  errno = EIO;
  return -1;
}
}  // namespace
extern "C" int fsync(int fd) {
  ++syncs;
  return synced(SYS_fsync, fd);
}
extern "C" int syncfs(int fd) noexcept { return synced(SYS_syncfs, fd); }

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;

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
  fs::create_directories(scratch / "taken/inside");
  EXPECT_THAT(message_of([&] { write_plain(scratch / "taken", "new"); }), HasSubstr("taken: cannot write"));
  EXPECT_THAT(message_of([&] { write_file(scratch / "none" / std::string(300, 'x') / "a", "new"); }), HasSubstr("cannot make"));
  fs::remove(scratch / "none");
  EXPECT_TRUE(fs::is_directory(scratch / "taken/inside"));
  EXPECT_EQ(names_in(scratch.path()), std::vector<std::string>{"taken"});
}

TEST(File, WhatTheDiskDoesNotTakeIsAnError) {
  const Scratch scratch;
  const std::string reason = "Input/output error";
  write_file(scratch / "old", "old");
  StreamedFile streamed(scratch / "streamed");
  streamed.write("new");
  disk_is_broken = true;
  const std::string whole = message_of([&] { write_file(scratch / "old", "new"); });
  const std::string pieces = message_of([&] { streamed.commit(); });
  const std::string one = message_of([&] { sync_file(scratch / "old"); });
  const std::string all = message_of([&] { sync_filesystem(scratch.path()); });
  disk_is_broken = false;
  EXPECT_THAT(whole, HasSubstr("old: cannot write: " + reason));
  EXPECT_THAT(pieces, HasSubstr("streamed: cannot write: " + reason));
  EXPECT_THAT(one, HasSubstr("old: what was written did not reach the disk: " + reason));
  EXPECT_THAT(all, HasSubstr(scratch.path().string() + ": what was written did not reach the disk: " + reason));
  EXPECT_EQ(read_file(scratch / "old"), "old");
  EXPECT_FALSE(fs::exists(scratch / "streamed"));
  EXPECT_NO_THROW(sync_filesystem(scratch.path()));
}

TEST(File, PlainFilesAreNotWrittenThroughLinksThatLeadNowhere) {
  const Scratch scratch;
  fs::create_symlink("nowhere/file", scratch / "link");
  EXPECT_THAT(message_of([&] { write_plain(scratch / "link", "new"); }), HasSubstr("link: cannot write: No such file"));
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

TEST(File, WhatIsMadeAgainDoesNotStayWithoutItsName) {
  const Scratch scratch;
  fs::create_directories(scratch / "frame" / "in the way");
  const std::string message = message_of([&] { write_file(scratch / "frame", "new", Nameless::kGoes); });
  EXPECT_THAT(message, HasSubstr("frame: cannot be given its name: "));
  EXPECT_THAT(message, Not(HasSubstr("lies at")));
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 1);
  write_file(scratch / "other", "1", Nameless::kGoes);
  EXPECT_EQ(read_file(scratch / "other"), "1");
}

TEST(File, OutputsLieWhereTheirNamesMean) {
  const Scratch scratch;
  EXPECT_EQ(output_place("results/"), "results");
  EXPECT_EQ(output_place("a/b//"), "a/b");
  EXPECT_EQ(output_place("a/b"), "a/b");
  EXPECT_EQ(output_place("a/./"), "a");
  for (const char* same : {"/", ".", "..", "a/.."}) EXPECT_EQ(output_place(same), same);
  EXPECT_THAT(message_of([] { PendingFolder folder(std::string(256, 'x')); }),
              HasSubstr("x: a name of 256 bytes (allowed: up to 255)"));
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
  EXPECT_THAT(message_of([&] { PendingFolder folder(scratch / "loop"); }), HasSubstr("loop: a link that leads nowhere"));
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
  fs::create_symlink("/dev/full", (scratch / "out").string() + ".facemat-part-" + std::to_string(::getpid()));
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

TEST(File, WhatIsGoneIsNotSaidToBeComplete) {
  const Scratch scratch;
  EXPECT_THAT(
      message_of([&] { give_name(scratch / "a.facemat-part-1", scratch / "a"); }),
      testing::AllOf(HasSubstr("a: cannot be given its name: "), HasSubstr("a.facemat-part-1 was removed by somebody else")));
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

// Folders beside it under its passing names: of killed processes they go, what somebody is at stays, and so does all else.
TEST(PendingFolder, WhatKilledProcessesLeftGoes) {
  const Scratch scratch;
  const std::string longest(255, 'n');
  for (const std::string& name : {std::string("out"), longest}) {
    const auto left = [&](const std::string& number) { return beside(scratch / name, ".facemat-part-" + number); };
    write_file(left("999999998") / "a", "half");
    write_file(left("999999999") / "a", "half");
    write_file(scratch / "other.facemat-part-999999998/a", "half");
    write_file(scratch / "out.facemat-part-x/a", "mine");
    write_file(scratch / "out.part-1/a", "mine");  // as people call parts of a set
    const Lock busy(left("999999999"), "is at it");
    {
      PendingFolder folder(scratch / name);
      EXPECT_FALSE(fs::exists(left("999999998"))) << name;
      EXPECT_FALSE(Lock::if_free(folder.path())) << "nobody else may take it for abandoned";
      remove_abandoned(scratch / name);
      EXPECT_TRUE(fs::exists(folder.path())) << name;
      folder.commit();
      EXPECT_TRUE(Lock::if_free(scratch / name)) << name;
    }
    EXPECT_TRUE(fs::exists(left("999999999") / "a")) << name;
    for (const char* other : {"other.facemat-part-999999998/a", "out.facemat-part-x/a", "out.part-1/a"})
      EXPECT_TRUE(fs::exists(scratch / other)) << other;
  }
}

// Two systems on one disk may have processes of one number.
TEST(PendingFolder, AnothersOfTheSameNumberStays) {
  const Scratch scratch;
  const fs::path theirs = pending_place(scratch / "out");
  write_file(theirs / "a", "half");
  {
    const Lock busy(theirs, "is at it");
    EXPECT_THAT(message_of([&] { PendingFolder folder(scratch / "out"); }), HasSubstr("another process writes it"));
    EXPECT_EQ(read_file(theirs / "a"), "half");
  }
  PendingFolder folder(scratch / "out");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(PendingFolder, ReplacesWhatExistsWhenItIsWhole) {
  const Scratch scratch;
  write_file(scratch / "out/old", "old");
  {
    PendingFolder dropped(scratch / "out", PendingFolder::Existing::kReplaced);
    write_file(dropped.path() / "new", "half");
  }
  EXPECT_EQ(names_in(scratch / "out"), std::vector<std::string>{"old"});
  PendingFolder folder(scratch / "out", PendingFolder::Existing::kReplaced);
  write_file(folder.path() / "new", "new");
  EXPECT_EQ(names_in(scratch / "out"), std::vector<std::string>{"old"});
  folder.commit();
  EXPECT_EQ(names_in(scratch / "out"), std::vector<std::string>{"new"});
  EXPECT_EQ(names_in(scratch.path()), std::vector<std::string>{"out"});
}

TEST(PendingFolder, RefusesWhatExists) {
  const Scratch scratch;
  write_file(scratch / "out", "precious");
  EXPECT_THAT(message_of([&] { PendingFolder folder(scratch / "out"); }), HasSubstr("out: exists already"));
  EXPECT_EQ(read_file(scratch / "out"), "precious");
}

TEST(File, WhatIsHalfWrittenIsToldByItsName) {
  const Scratch scratch;
  for (const char* name : {"a.json.facemat-part-12", "b.facemat-part-", "c.facemat-part-1x", "d.json", "sub/e.facemat-part-3",
                           "folder.facemat-part-7/inside"})
    write_file(scratch / name, "x");
  fs::create_symlink("sub", scratch / "link.facemat-part-8");  // not ours
  remove_half_written(scratch.path());
  std::set<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path())) left.insert(entry.path().filename().string());
  EXPECT_EQ(left, (std::set<std::string>{"b.facemat-part-", "c.facemat-part-1x", "d.json", "sub", "e.facemat-part-3",
                                         "link.facemat-part-8"}));
}

// Where others keep files, too, what bears such a name may be theirs.
TEST(File, OnlyWhatIsLeftOfOneFileGoes) {
  const Scratch scratch;
  const std::string longest = std::string(255, 'n');
  for (const char* name : {"1.png.facemat-part-12", "1.png.facemat-part-7", "2.png.facemat-part-12", "film.mov.facemat-part-1",
                           "1.png.facemat-part-8/inside", "1.png"})
    write_file(scratch / name, "x");
  write_file(beside(scratch / longest, ".facemat-part-5"), "x");
  const std::vector<fs::path> found = half_written_files(scratch.path());
  EXPECT_EQ(found.size(), 5u);
  remove_half_written(found, scratch / "1.png");
  remove_half_written(found, scratch / "1.png");  // it is gone
  remove_half_written(found, scratch / longest);
  EXPECT_EQ(names_in(scratch.path()),
            (std::vector<std::string>{"1.png", "1.png.facemat-part-8", "2.png.facemat-part-12", "film.mov.facemat-part-1"}));
}

}  // namespace
}  // namespace facemat
