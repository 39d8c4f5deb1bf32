#include "src/core/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "src/core/file.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

void touch(const fs::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) write_file(folder / name, name);
}

// --- order

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

TEST(NaturalLess, NumbersCountAsNumbers) {
  EXPECT_THAT(sorted({"f10", "f9", "f1", "e20", "f009", "f9b", "f", "f10a"}),
              ElementsAre("e20", "f", "f1", "f009", "f9", "f9b", "f10", "f10a"));
  EXPECT_THAT(sorted({"99999999999999999999999", "100000000000000000000000", "2"}),
              ElementsAre("2", "99999999999999999999999", "100000000000000000000000"));
}

TEST(NaturalLess, SignsPointsAndLettersAreCharacters) {
  EXPECT_THAT(sorted({"v1.10", "v1.9", "v1.9.1", "v1.2"}), ElementsAre("v1.2", "v1.9", "v1.9.1", "v1.10"));
  EXPECT_THAT(sorted({"-2", "-1", "1", "-10"}), ElementsAre("-1", "-2", "-10", "1"));
  EXPECT_THAT(sorted({"a1", "B2", "A10", "b1"}), ElementsAre("A10", "B2", "a1", "b1"));
  EXPECT_THAT(sorted({"1", "01", "001", "1a", "01b"}), ElementsAre("001", "01", "1", "1a", "01b")) << "zeros break ties alone";
}

TEST(NaturalLess, FoldersStayTogether) {
  EXPECT_THAT(sorted({"a-1/x", "a/2", "a/10", "a.b/1"}), ElementsAre("a/2", "a/10", "a-1/x", "a.b/1"));
}

TEST(NaturalLess, IsAnOrder) {
  const std::vector<std::string> names = {"",    "a",   "A",  "1",   "01",   "1a",   "01a",  "10",
                                          "a/1", "a-1", "-1", "1.5", "\xe9", "a1b2", "a01b1"};
  for (const auto& a : names)
    for (const auto& b : names) {
      EXPECT_EQ(natural_less(a, b) || natural_less(b, a), a != b) << a << " " << b;
      EXPECT_FALSE(natural_less(a, b) && natural_less(b, a)) << a << " " << b;
      for (const auto& c : names)
        EXPECT_TRUE(!natural_less(a, b) || !natural_less(b, c) || natural_less(a, c)) << a << " " << b << " " << c;
    }
}

// --- what is data

TEST(LeftOver, WhatSystemsAndProgramsLeaveIsNoData) {
  for (const char* name : {"._f0.png",
                           ".DS_Store",
                           ".ipynb_checkpoints",
                           "__MACOSX",
                           "Thumbs.db",
                           "THUMBS.DB",
                           "desktop.ini",
                           "Icon\r",
                           "@eaDir",
                           "$RECYCLE.BIN",
                           "System Volume Information",
                           "lost+found",
                           "f0.png~",
                           "~$f0.png",
                           "#f0.png#",
                           "f0.png.facemat-part-123",
                           "build.partial",
                           "f0.png.crdownload",
                           "f0.png.tmp",
                           "f0.png.bak"})
    EXPECT_TRUE(is_left_over(name)) << name;
  for (const char* name : {"f0.png", "_f0.png", "part-1.png", "f0.png.part-1", "f.facemat-part-x", "Icon", "macosx", "a~b",
                           "#1", "tmp", "bak.png"})
    EXPECT_FALSE(is_left_over(name)) << name;
  EXPECT_TRUE(has_left_over("set/__MACOSX/f0.png") && has_left_over("./set/._f0.png"));
  EXPECT_FALSE(has_left_over("./set/../f0.png"));
}

TEST(Folder, FilesInOrderWithoutLeftOvers) {
  const Scratch scratch;
  touch(scratch.path(), {"f10.PNG", "f9.png", "c.jpg", "d.txt", "._f9.png", "__MACOSX/f9.png"});
  fs::create_directory(scratch / "e.png");
  EXPECT_THAT(list_files(scratch.path(), {".png"}), ElementsAre(scratch / "f9.png", scratch / "f10.PNG"));
  EXPECT_THAT(message_of([&] { list_files(scratch / "none", {".png"}); }), HasSubstr("none: no such folder"));
}

TEST(Folder, FilesAtAnyDepthWithoutHiddenOnes) {
  const Scratch scratch;
  touch(scratch.path(), {"b.png", "a.PNG", "sub/deep/c.png", "sub/d.jpg", "e.txt", "png", ".f.png", ".git/g.png",
                         "sub/@eaDir/d.jpg", "sub/.ipynb_checkpoints/d-checkpoint.jpg", "old.partial/x.png"});
  EXPECT_THAT(files_below(scratch.path(), {".png"}), ElementsAre("a.PNG", "b.png", "sub/deep/c.png"));
  EXPECT_THAT(files_below(scratch.path(), {".png", ".jpg"}), ElementsAre("a.PNG", "b.png", "sub/d.jpg", "sub/deep/c.png"));
  EXPECT_THAT(files_below(scratch / "sub", {".webp"}), IsEmpty());
  EXPECT_THAT(folders_in(scratch.path()), ElementsAre("sub"));
}

TEST(Folder, LinksAreFollowed) {
  const Scratch scratch;
  touch(scratch.path(), {"real/a.png", "real/b.png", "set/c.png"});
  fs::create_directory_symlink(scratch / "real", scratch / "set/linked");
  fs::create_symlink(scratch / "real/a.png", scratch / "set/d.png");
  EXPECT_THAT(files_below(scratch / "set", {".png"}), ElementsAre("c.png", "d.png", "linked/a.png", "linked/b.png"));
  EXPECT_THAT(folders_in(scratch / "set"), ElementsAre("linked"));
}

TEST(Folder, WhatCannotBeListedIsNamed) {
  const Scratch scratch;
  const auto message = [&] { return message_of([&] { files_below(scratch / "set", {".png"}); }); };
  EXPECT_THAT(message(), HasSubstr("set: no such folder"));
  touch(scratch.path(), {"set/a/b.png"});
  fs::create_directory_symlink(scratch / "set", scratch / "set/a/back");
  EXPECT_THAT(message(), HasSubstr("set/a/back: links back to a folder above it"));
  fs::remove(scratch / "set/a/back");
  fs::create_symlink(scratch / "gone.png", scratch / "set/a/lost.png");
  EXPECT_THAT(message(), HasSubstr("set/a/lost.png: a link that leads nowhere"));
  EXPECT_THAT(message_of([&] { list_files(scratch / "set/a", {".png"}); }), HasSubstr("lost.png: a link that leads nowhere"));
  EXPECT_THAT(list_files(scratch / "set/a", {".jpg"}), IsEmpty()) << "not asked for";
  fs::remove(scratch / "set/a/lost.png");
  fs::create_symlink("itself.png", scratch / "set/a/itself.png");
  EXPECT_THAT(message(), HasSubstr("set/a/itself.png: cannot be looked at (a link to itself"));
  EXPECT_THAT(message_of([&] { list_files(scratch / "set/a", {".png"}); }), HasSubstr("itself.png: cannot be looked at"));
  EXPECT_THAT(message_of([&] { folders_in(scratch / "none"); }), HasSubstr("none: no such folder"));
  EXPECT_THAT(message_of([] { folders_in("none/at/all"); }),
              HasSubstr("none/at/all: no such folder (relative to the working directory, /"));
  EXPECT_THAT(message_of([] { require_folder("none/at/all"); }), HasSubstr("all: no such folder (relative to the working"));
}

TEST(Folder, AnUnreadableFolderIsNamed) {
  const Scratch scratch;
  touch(scratch.path(), {"set/locked/a.png"});
  fs::permissions(scratch / "set/locked", fs::perms::none);
  std::string got;
  {
    const WithoutPrivilege nobody;
    got = message_of([&] { files_below(scratch / "set", {".png"}); });
  }
  fs::permissions(scratch / "set/locked", fs::perms::owner_all);
  EXPECT_THAT(got, HasSubstr("set/locked: the folder cannot be read (Permission denied)"));
}

TEST(Folder, NamesThatNoManifestCanHoldAreRefusedEscaped) {
  const Scratch scratch;
  touch(scratch.path(), {"latin/caf\xe9.png", "control/a\x1b[2J\nb.png"});
  const auto latin = [&] { files_below(scratch / "latin", {".png"}); };
  EXPECT_THAT(message_of(latin), HasSubstr("caf\\xe9.png: a name that is not UTF-8"));
  EXPECT_THAT(message_of([&] { list_files(scratch / "latin", {".png"}); }),
              HasSubstr("caf\\xe9.png: a name that is not UTF-8"));
  EXPECT_THAT(message_of([&] { files_below(scratch / "control", {".png"}); }),
              AllOf(HasSubstr("a\\x1b[2J\\nb.png: a name with control characters"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(files_below(scratch / "latin", {".png"}, OddNames::kListed), ElementsAre("caf\xe9.png"));
  EXPECT_THAT(files_below(scratch / "latin", {".jpg"}), IsEmpty()) << "not asked for";
  touch(scratch / "clips", {"caf\xe9/0.png"});
  EXPECT_THAT(message_of([&] { folders_in(scratch / "clips"); }), HasSubstr("caf\\xe9: a name that is not UTF-8"));
}

}  // namespace
}  // namespace facemat
