#include "data/sources/pictures/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "src/core/file.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void touch(const fs::path& root, const std::vector<std::string>& names) {
  for (const std::string& name : names) write_file(root / name, "");
}

std::vector<std::string> text(const std::vector<FilePair>& pairs) {
  std::vector<std::string> lines;
  for (const FilePair& pair : pairs) lines.push_back(pair.picture + " " + pair.partner);
  return lines;
}

// --- folders

TEST(Listing, FilesAtAnyDepthSortedWithoutHiddenOnes) {
  const Scratch scratch;
  touch(scratch.path(), {"b.png", "a.PNG", "sub/deep/c.png", "sub/d.jpg", "e.txt", "png", ".f.png", ".git/g.png"});
  EXPECT_THAT(files_below(scratch.path(), {".png"}), ElementsAre("a.PNG", "b.png", "sub/deep/c.png"));
  EXPECT_THAT(files_below(scratch.path(), {".png", ".jpg"}), ElementsAre("a.PNG", "b.png", "sub/d.jpg", "sub/deep/c.png"));
  EXPECT_THAT(files_below(scratch / "sub", {".webp"}), IsEmpty());
  EXPECT_THAT(folders_in(scratch.path()), ElementsAre("sub"));
}

TEST(Listing, LinksAreFollowed) {
  const Scratch scratch;
  touch(scratch.path(), {"real/a.png", "real/b.png", "set/c.png"});
  fs::create_directory_symlink(scratch / "real", scratch / "set/linked");
  fs::create_symlink(scratch / "real/a.png", scratch / "set/d.png");
  EXPECT_THAT(files_below(scratch / "set", {".png"}), ElementsAre("c.png", "d.png", "linked/a.png", "linked/b.png"));
  EXPECT_THAT(folders_in(scratch / "set"), ElementsAre("linked"));
}

TEST(Listing, FoldersThatCannotBeListedAreNamed) {
  const Scratch scratch;
  const auto message = [&] { return message_of([&] { files_below(scratch / "set", {".png"}); }); };
  EXPECT_THAT(message(), HasSubstr("set: no such folder"));
  touch(scratch.path(), {"set/a/b.png"});
  fs::create_directory_symlink(scratch / "set", scratch / "set/a/back");
  EXPECT_THAT(message(), HasSubstr("set/a/back: links back to a folder above it"));
  fs::remove(scratch / "set/a/back");
  fs::create_symlink(scratch / "gone.png", scratch / "set/a/lost.png");
  EXPECT_THAT(message(), HasSubstr("set/a/lost.png: a link that leads nowhere"));
  EXPECT_THAT(message_of([&] { folders_in(scratch / "none"); }), HasSubstr("none: no such folder"));
}

TEST(Listing, AnUnreadableFolderIsNamed) {
  const Scratch scratch;
  touch(scratch.path(), {"set/a.png", "set/locked/b.png"});
  fs::permissions(scratch / "set/locked", fs::perms::none);
  std::string got;
  {
    const WithoutPrivilege nobody;
    got = message_of([&] { files_below(scratch / "set", {".png"}); });
  }
  fs::permissions(scratch / "set/locked", fs::perms::owner_all);
  EXPECT_THAT(got, HasSubstr("set/locked: the folder cannot be read (Permission denied)"));
}

// --- lists of names

TEST(Listing, ListsMayComeFromAnywhere) {
  const Scratch scratch;
  write_file(scratch / "list.txt",
             "\xef\xbb\xbf"
             "12.jpg\r\n\r\n# train/3.jpg\n  00007.PNG \t\ntrain\\5\r\n./a b.jpeg\rlast.v2");
  EXPECT_THAT(read_names(scratch / "list.txt"), ElementsAre("00007", "12", "a b", "last.v2", "train/5"));
  write_file(scratch / "list.txt", "\n# nothing\r\n");
  EXPECT_THAT(message_of([&] { read_names(scratch / "list.txt"); }), HasSubstr("list.txt: the list names nothing"));
  EXPECT_THAT(message_of([&] { read_names(scratch / "none.txt"); }), HasSubstr("none.txt"));
}

TEST(Listing, NamesHoldFilesByNameOrFileName) {
  const std::set<std::string> names = {"12", "train/5"};
  EXPECT_TRUE(names_hold(names, "12.jpg"));
  EXPECT_TRUE(names_hold(names, "sub/12.png"));
  EXPECT_TRUE(names_hold(names, "train/5.png"));
  EXPECT_FALSE(names_hold(names, "test/5.png"));
  EXPECT_FALSE(names_hold(names, "5.png"));
  EXPECT_FALSE(names_hold(names, "12/7.png"));
}

TEST(Listing, OnlyPictureExtensionsAreCut) {
  EXPECT_EQ(without_extension("a/b.png"), "a/b");
  EXPECT_EQ(without_extension("b.JPEG"), "b");
  EXPECT_EQ(without_extension("clip.v2"), "clip.v2");
  EXPECT_EQ(without_extension("v1.5/clip"), "v1.5/clip");
}

TEST(Listing, IncludeAndExclude) {
  const Scratch scratch;
  const std::vector<std::string> all = {"a/1.png", "a/2.png", "b/3.png"};
  write_file(scratch / "in.txt", "1\n3.jpg\n");
  write_file(scratch / "out.txt", "b/3.png\nunknown\n");
  const std::string in = (scratch / "in.txt").string(), out = (scratch / "out.txt").string();
  EXPECT_EQ(filtered(all, {}, "root"), all);
  EXPECT_THAT(filtered(all, {in, ""}, "root"), ElementsAre("a/1.png", "b/3.png"));
  EXPECT_THAT(filtered(all, {"", out}, "root"), ElementsAre("a/1.png", "a/2.png"));
  EXPECT_THAT(filtered(all, {in, out}, "root"), ElementsAre("a/1.png"));
  write_file(scratch / "in.txt", "1\n7\n8\n");
  EXPECT_THAT(message_of([&] {
                filtered(all, {in, ""}, "root");
              }),
              HasSubstr("in.txt: 2 of its 3 names are not in root, the first is '7'"));
  write_file(scratch / "out.txt", "1\n2\n3\n");
  EXPECT_THAT(message_of([&] { filtered(all, {"", out}, "root"); }), HasSubstr("root: the lists leave none of its 3 files"));
}

// --- partners

TEST(Joined, TwoTreesByPathWithoutExtension) {
  const Scratch scratch;
  touch(scratch.path(), {"p/a.jpg", "p/s/a.jpeg", "m/a.png", "m/s/a.png", "m/more.png"});
  EXPECT_THAT(text(joined(scratch / "p", scratch / "m", {}, {})), ElementsAre("a.jpg a.png", "s/a.jpeg s/a.png"));
}

TEST(Joined, PartnersInTheSameFolderOrInOneBelow) {
  const Scratch scratch;
  touch(scratch.path(), {"same/a.jpg", "same/a_m.png", "same/b.jpg", "same/b_m.png", "in/a.jpg", "in/masks/a.png"});
  EXPECT_THAT(text(joined(scratch / "same", scratch / "same", {"_m"}, {})), ElementsAre("a.jpg a_m.png", "b.jpg b_m.png"));
  EXPECT_THAT(text(joined(scratch / "in", scratch / "in/masks", {}, {})), ElementsAre("a.jpg a.png"));
}

TEST(Joined, WhatIsMissingOrDoubtfulIsNamed) {
  const Scratch scratch;
  touch(scratch.path(), {"p/a.jpg", "p/b.jpg", "m/a.png", "n/a.png", "n/a.jpg", "n/b.png"});
  const auto message = [&](const char* partners, const Joining& joining) {
    return message_of([&] { joined(scratch / "p", scratch / partners, joining, {}); });
  };
  EXPECT_THAT(message("m", {}), HasSubstr("p/b.jpg: no mask 'b.*' in " + (scratch / "m").string()));
  EXPECT_THAT(text(joined(scratch / "p", scratch / "m", {"", true}, {})), ElementsAre("a.jpg a.png"));
  EXPECT_THAT(message("n", {}), HasSubstr("p/a.jpg: two files 'a.*' in " + (scratch / "n").string() + " could be its mask"));
  EXPECT_THAT(message("p", {}), HasSubstr("p: pictures and masks in one folder need a suffix"));
  EXPECT_THAT(message("m", {"_x", true, "alpha"}), HasSubstr("none of 2 pictures has its alpha in "));
}

TEST(JoinedSiblings, EveryClassHasItsTwoFolders) {
  const Scratch scratch;
  touch(scratch.path(),
        {"train/fire/fg/1.jpg", "train/fire/alpha/1.png", "train/fire/original/1.jpg", "fg/x/2.jpg", "alpha/x/2.jpg"});
  EXPECT_THAT(text(joined_siblings(scratch.path(), "fg", "alpha", {}, {})),
              ElementsAre("fg/x/2.jpg alpha/x/2.jpg", "train/fire/fg/1.jpg train/fire/alpha/1.png"));
}

// --- order and classes

TEST(NaturalLess, NumbersCountAsNumbers) {
  std::vector<std::string> names = {"f10", "f9", "f1", "e20", "f009", "f9b", "f", "f10a"};
  std::sort(names.begin(), names.end(), natural_less);
  EXPECT_THAT(names, ElementsAre("e20", "f", "f1", "f009", "f9", "f9b", "f10", "f10a"));
}

TEST(ClassOf, TheNearestFolderWithAClass) {
  EXPECT_EQ(class_of("hand", "root", "fire/1.png"), "hand");
  EXPECT_EQ(class_of("folder", "root", "train/smoke_cloud/fg/1.jpg"), "translucent");
  EXPECT_EQ(class_of("folder", "root", "Hair/food/1.jpg"), "food");
  EXPECT_EQ(class_of("folder", "/data/hands/", "1.jpg"), "hand") << "the root's own name counts";
  EXPECT_EQ(class_of("folder", "/hair/things", "cup/1.jpg"), "object") << "what is above the root does not";
}

}  // namespace
}  // namespace facemat
