#include "data/sources/pictures/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void touch(const fs::path& root, const std::vector<std::string>& names) {
  for (const std::string& name : names) write_file(root / name, "");
}

std::vector<std::string> text(const std::vector<FilePair>& pairs) {
  std::vector<std::string> lines;
  for (const FilePair& pair : pairs) lines.push_back(pair.picture + " " + pair.partner);
  return lines;
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

TEST(Listing, AListInItsOrder) {
  const Scratch scratch;
  write_file(scratch / "list.txt", "b.png\na.png\n# c\nb.png\n");
  EXPECT_THAT(read_ordered_names(scratch / "list.txt"), ElementsAre("b", "a", "b"));
}

TEST(Listing, ANameWithoutItsNumberHoldsAll) {
  EXPECT_EQ(without_number("a/film@000025.png"), "a/film");
  EXPECT_EQ(without_number("party@2"), "party");
  EXPECT_EQ(without_number("me@home.jpg"), "me@home");
  EXPECT_EQ(without_number("film25.png"), "film25");
  const std::set<std::string> names = {"film", "party@2"};
  EXPECT_TRUE(names_hold(names, "film@000025.png"));
  EXPECT_TRUE(names_hold(names, "a/film@7.png"));
  EXPECT_TRUE(names_hold(names, "party@2.jpg"));
  EXPECT_FALSE(names_hold(names, "party@3.jpg"));
  EXPECT_FALSE(names_hold(names, "films@1.jpg"));
}

TEST(Listing, OnlyPictureExtensionsAreCut) {
  EXPECT_EQ(without_extension("a/b.png"), "a/b");
  EXPECT_EQ(without_extension("b.JPEG"), "b");
  EXPECT_EQ(without_extension("b.webp"), "b");
  EXPECT_EQ(without_extension("b.heic"), "b") << "a picture, if one that is not read";
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

TEST(Joined, EveryFormatThatIsRead) {
  const Scratch scratch;
  touch(scratch.path(), {"p/a.webp", "p/b.bmp", "p/c.JPG", "m/a.bmp", "m/b.webp", "m/c.png"});
  EXPECT_THAT(text(joined(scratch / "p", scratch / "m", {}, {})), ElementsAre("a.webp a.bmp", "b.bmp b.webp", "c.JPG c.png"));
}

TEST(JoinedSiblings, EveryClassHasItsTwoFolders) {
  const Scratch scratch;
  touch(scratch.path(),
        {"train/fire/fg/1.jpg", "train/fire/alpha/1.png", "train/fire/original/1.jpg", "fg/x/2.jpg", "alpha/x/2.jpg"});
  EXPECT_THAT(text(joined_siblings(scratch.path(), "fg", "alpha", {}, {})),
              ElementsAre("fg/x/2.jpg alpha/x/2.jpg", "train/fire/fg/1.jpg train/fire/alpha/1.png"));
}

TEST(Listing, PicturesOfFormatsThatAreNotReadAreSaid) {
  const Scratch scratch;
  touch(scratch.path(), {"images/a.jpg", "images/b.heic", "masks/a.png", "masks/c.tif"});
  const auto pairs = [&](bool skip) { return joined(scratch / "images", scratch / "masks", {"", skip, "mask"}, {}); };
  EXPECT_THAT(message_of([&] { pairs(false); }),
              HasSubstr("images/b.heic: a format that is not read (convert it to PNG or JPEG)"));
  EXPECT_THAT(text(pairs(true)), ElementsAre("a.jpg a.png"));
  EXPECT_THAT(message_of([&] { list_source(scratch / "images", {".png"}, {}, "pictures"); }),
              HasSubstr("images/b.heic: a format"));
}

TEST(Listing, TwoPartnersOfOneNameAreRefusedAndLeftOversAreNone) {
  const Scratch scratch;
  touch(scratch.path(), {"images/f10.png", "images/f9.png", "images/._f9.png", "masks/f9.png", "masks/f10.png",
                         "masks/__MACOSX/f9.png", "masks/.ipynb_checkpoints/f9-checkpoint.png"});
  const auto pairs = [&] { return joined(scratch / "images", scratch / "masks", {}, {}); };
  EXPECT_THAT(text(pairs()), ElementsAre("f9.png f9.png", "f10.png f10.png"));
  touch(scratch.path(), {"masks/f9.JPG"});
  EXPECT_THAT(message_of(pairs), HasSubstr("f9.png: two files 'f9.*' in"));
}

// --- classes

TEST(ClassOf, TheNearestFolderWithAClass) {
  EXPECT_EQ(class_of("hand", "root", "fire/1.png"), "hand");
  EXPECT_EQ(class_of("folder", "root", "train/smoke_cloud/fg/1.jpg"), "translucent");
  EXPECT_EQ(class_of("folder", "root", "Hair/food/1.jpg"), "food");
  EXPECT_EQ(class_of("folder", "/data/hands/", "1.jpg"), "hand") << "the root's own name counts";
  EXPECT_EQ(class_of("folder", "/hair/things", "cup/1.jpg"), "object") << "what is above the root does not";
}

}  // namespace
}  // namespace facemat
