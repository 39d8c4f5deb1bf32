#include "data/render/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "src/core/file.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Rng draw(int i) { return Rng(11).fork("draw", static_cast<uint64_t>(i)); }

std::set<std::string> faces_of(const Pool& pool, int split, int draws = 3000) {
  std::set<std::string> names;
  for (int i = 0; i < draws; ++i) names.insert(pool.choose_face(split, i).item);
  return names;
}
std::set<std::string> occluders_of(const Pool& pool, int split, int draws = 1000) {
  std::set<std::string> names;
  for (int i = 0; i < draws; ++i) names.insert(pool.choose_occluder(split, i, draw(i)).item);
  return names;
}
std::set<std::string> both(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(common, common.end()));
  return common;
}

std::vector<SplitConfig> splits(const std::vector<std::pair<std::string, int>>& sizes) {
  std::vector<SplitConfig> all;
  for (const auto& [name, stills] : sizes) {
    all.emplace_back();
    all.back().name = name, all.back().stills = stills;
  }
  return all;
}

DataConfig people(int count, const std::vector<std::pair<std::string, int>>& sizes) {
  DataConfig config;
  config.faces[0].count = count;
  config.splits = splits(sizes);
  return config;
}

// Bars 0.png .. in folders by the names given.
OccluderSourceConfig bars(const fs::path& root, const std::vector<std::string>& names) {
  for (const std::string& name : names) write_image(root / name, cv::Mat(8, 8, CV_8UC4, cv::Scalar(1, 2, 3, 255)));
  OccluderSourceConfig config;
  config.kind = "cutouts", config.root = root.string();
  return config;
}

// --- weights

TEST(Pool, SourcesAreChosenByWeight) {
  DataConfig config = people(10, {{"train", 1}});
  config.faces.resize(3);
  for (int i = 0; i < 3; ++i)
    config.faces[i].name = std::string("abc").substr(i, 1), config.faces[i].licence = "licence of " + config.faces[i].name;
  config.faces[0].weight = 3, config.faces[1].weight = 1, config.faces[2].weight = 0;
  const Pool pool(config);
  std::map<std::string, int> drawn;
  for (int i = 0; i < 4000; ++i) {
    const Ingredient face = pool.choose_face(0, i);
    ++drawn[face.source];
    ASSERT_EQ(face.licence, "licence of " + face.source);
    ASSERT_EQ(face.item, std::to_string(face.index));
    ASSERT_TRUE(face.content.empty() && face.occluder_class.empty());
  }
  EXPECT_NEAR(drawn["a"], 3000, 4) << "in turns, not by luck";
  EXPECT_EQ(drawn["a"] + drawn["b"], 4000);
  config.faces[0].weight = config.faces[1].weight = 0;
  EXPECT_THAT(message_of([&] { Pool(config).choose_face(0, 0); }), HasSubstr("the weights of the sources are all 0"));
}

TEST(Pool, EveryFaceHasItsTurnBeforeOneComesAgain) {
  const Pool pool(people(97, {{"train", 1}}));
  for (const int64_t first : {0, 97, 500}) {
    std::set<std::string> seen;
    for (int64_t turn = first; turn < first + 97; ++turn) seen.insert(pool.choose_face(0, turn).item);
    EXPECT_EQ(seen.size(), 97u);
  }
  EXPECT_EQ(pool.choose_face(0, 5).item, pool.choose_face(0, 5).item);
}

TEST(Pool, AFurtherFaceIsOneOfTheSameSource) {
  DataConfig config = people(10, {{"train", 1}});
  config.faces.resize(2);
  config.faces[0].name = "many", config.faces[1].name = "few";
  config.faces[0].weight = 9;
  const Pool pool(config);
  for (int turn = 0; turn < 50; ++turn) {
    std::set<int64_t> seen;
    for (int further = 0; further < 10; ++further) {
      const Ingredient face = pool.choose_face(0, turn, further);
      EXPECT_EQ(face.source, pool.choose_face(0, turn).source) << turn;
      seen.insert(face.index);
    }
    EXPECT_EQ(seen.size(), 10u) << turn;
  }
}

TEST(Pool, SmallSplitsAreStratified) {
  const Scratch scratch;
  DataConfig config = people(10, {{"test", 1}});
  config.occluders.resize(4);
  for (size_t i = 0; i < 4; ++i)
    config.occluders[i].name = std::to_string(i), config.occluders[i].weight = 1.0 + static_cast<double>(i);
  const Pool pool(config);
  for (const int64_t first : {0, 1000}) {
    std::map<std::string, int> drawn;
    for (int64_t turn = first; turn < first + 100; ++turn) ++drawn[pool.choose_occluder(0, turn, draw(0)).source];
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(drawn[std::to_string(i)], 10 * (1 + i), 2) << i;
  }
}

// --- dealing

TEST(Pool, FacesAreDealtInProportionAndNobodyIsInTwoSplits) {
  const Pool pool(people(100, {{"train", 80}, {"test", 20}}));
  const auto train = faces_of(pool, 0), test = faces_of(pool, 1);
  EXPECT_EQ(train.size(), 79u) << "one each, and 0.8 of the other 98, rounded down";
  EXPECT_EQ(test.size(), 21u);
  EXPECT_THAT(both(train, test), IsEmpty());
  EXPECT_EQ(train.count("0") + train.count("78"), 2u) << "in blocks";
}

TEST(Pool, SharesDealAlikeWhateverTheNumberOfSamples) {
  const auto dealt = [](int train, int test) {
    DataConfig config = people(100, {{"train", train}, {"test", test}});
    config.splits[0].share = 60, config.splits[1].share = 40;
    return Pool(config);
  };
  EXPECT_EQ(faces_of(dealt(1000, 1000), 0), faces_of(dealt(500, 0), 0));
  EXPECT_EQ(faces_of(dealt(1000, 1000), 1), faces_of(dealt(0, 500), 1));
  EXPECT_EQ(faces_of(dealt(1000, 1000), 0).size(), 59u) << "one each, and 0.6 of the other 98, rounded down";
}

TEST(Pool, FramesOfAFilmStayInOneSplit) {
  const Scratch scratch;
  for (const char* folder : {"images", "masks"})
    for (const char* name : {"a@000000", "a@000025", "a@000050", "b", "c@2", "c", "d"})
      write_image(scratch / folder / (std::string(name) + ".png"), cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(255)));
  DataConfig config = people(10, {{"train", 50}, {"test", 50}});
  config.faces[0].kind = "folder";
  config.faces[0].images = (scratch / "images").string(), config.faces[0].masks = (scratch / "masks").string();
  const auto dealt = [&](int train, int test) {
    config.splits[0].stills = train, config.splits[1].stills = test;
    return Pool(config);
  };
  EXPECT_EQ(faces_of(dealt(10, 90), 0).size(), 3u) << "all of a";
  EXPECT_EQ(faces_of(dealt(60, 40), 0).size(), 4u) << "a and b";
  EXPECT_EQ(faces_of(dealt(85, 15), 0).size(), 6u) << "a, b and both of c";
  config.faces[0].exclude = (scratch / "not.txt").string();
  write_file(config.faces[0].exclude, "b\nc\nc@2\nd\n");
  EXPECT_THAT(message_of([&] { dealt(50, 50); }), HasSubstr("its 3 items are of too few films or photographs for 2 splits"));
}

TEST(Pool, FoldsCutTheFacesOfASplitIntoBlocks) {
  const auto fold = [](int number) {
    DataConfig config = people(100, {{"train", 80}, {"test", 20}});
    config.splits[0].folds = 3, config.splits[0].fold = number;
    return Pool(config);
  };
  std::set<std::string> all;
  for (int number = 0; number < 3; ++number) {
    const auto faces = faces_of(fold(number), 0);
    EXPECT_THAT(both(all, faces), IsEmpty());
    EXPECT_NEAR(static_cast<double>(faces.size()), 79.0 / 3, 1);
    all.insert(faces.begin(), faces.end());
    EXPECT_EQ(faces_of(fold(number), 1).size(), 21u) << "the other split has none";
  }
  EXPECT_EQ(all.size(), 79u);
  EXPECT_THAT(message_of([&] { fold(3); }), HasSubstr("split 'train': fold 3 of 3 (the first is 0)"));
}

TEST(Pool, SharesAreForAllSplitsOrForNone) {
  DataConfig config = people(100, {{"train", 80}, {"test", 20}});
  config.splits[1].share = 1;
  EXPECT_THAT(message_of([&] { Pool{config}; }), HasSubstr("split 'test': a share is for all splits or for none"));
}

TEST(Pool, EverySplitHasItems) {
  const Pool pool(people(3, {{"train", 1000}, {"valid", 1}, {"test", 1}, {"none", 0}}));
  EXPECT_THAT(faces_of(pool, 0, 50), ElementsAre("0"));
  EXPECT_THAT(faces_of(pool, 1, 50), ElementsAre("1"));
  EXPECT_THAT(faces_of(pool, 2, 50), ElementsAre("2"));
  EXPECT_THAT(message_of([&] { pool.choose_face(3, 0); }),
              HasSubstr("source 'procedural' has no items for split number 3, which has no samples"));
  EXPECT_THAT(message_of([&] {
                Pool(people(2, {{"train", 9}, {"valid", 1}, {"test", 1}}));
              }),
              HasSubstr("face source 'procedural' has 2 items for 3 splits that share them (give it more)"));
}

TEST(Pool, OccludersAreDealtByFolder) {
  const Scratch scratch;
  std::vector<std::string> names;
  for (const char* folder : {"cups", "hands", "nets"})
    for (int i = 0; i < 10; ++i) names.push_back(fmt::format("{}/{}.png", folder, i));
  DataConfig config = people(10, {{"train", 80}, {"test", 20}});
  config.occluders = {bars(scratch.path(), names)};
  const Pool pool(config);
  const auto train = occluders_of(pool, 0), test = occluders_of(pool, 1);
  EXPECT_THAT(both(train, test), IsEmpty());
  EXPECT_EQ(train.size() + test.size(), 30u);
  for (const std::string folder : {"cups", "hands", "nets"}) {
    const auto inside = [&](const std::string& name) { return name.compare(0, folder.size(), folder) == 0; };
    EXPECT_NEAR(std::count_if(test.begin(), test.end(), inside), 2, 1) << folder;
    EXPECT_GE(std::count_if(test.begin(), test.end(), inside), 1) << folder;
  }
}

TEST(Pool, WhatIsNotDealtIsForAll) {
  const Scratch scratch;
  DataConfig config = people(10, {{"train", 80}, {"test", 20}});
  config.occluders = {bars(scratch.path(), {"a.png", "b.png", "c.png"})};
  config.occluders[0].deal = false;
  const Pool pool(config);
  EXPECT_THAT(occluders_of(pool, 0), ElementsAre("a.png", "b.png", "c.png"));
  EXPECT_THAT(occluders_of(pool, 1), ElementsAre("a.png", "b.png", "c.png"));
  config.occluders = {OccluderSourceConfig{}};
  config.occluders[0].objects = {"hand", "cup"};
  const Pool drawn(config);
  EXPECT_THAT(occluders_of(drawn, 0), ElementsAre("cup", "hand")) << "each drawing is another thing";
  EXPECT_THAT(occluders_of(drawn, 1), ElementsAre("cup", "hand"));
}

TEST(Pool, OccludersMayServeSomeSplitsAlone) {
  const Scratch scratch;
  DataConfig config = people(10, {{"train", 80}, {"test", 20}});
  config.occluders.resize(2);
  config.occluders[0].name = "hands", config.occluders[0].objects = {"hand"};
  config.occluders[1].name = "smoke", config.occluders[1].objects = {"smoke"}, config.occluders[1].splits = {"test"};
  config.occluders.push_back(bars(scratch.path(), {"a.png", "b.png"}));
  config.occluders[2].splits = {"train"};
  const Pool pool(config);
  EXPECT_THAT(occluders_of(pool, 0), ElementsAre("a.png", "b.png", "hand")) << "both cut-outs: none is dealt to the other";
  EXPECT_THAT(occluders_of(pool, 1), ElementsAre("hand", "smoke"));
  int hands = 0;
  for (int turn = 0; turn < 100; ++turn) hands += pool.choose_occluder(1, turn, draw(turn)).item == "hand";
  EXPECT_NEAR(hands, 50, 3) << "in turns among those that serve the split";
}

TEST(Pool, TextureFoldersAreAlike) {
  const Scratch scratch;
  for (int i = 0; i < 10; ++i)
    write_image(scratch / fmt::format("{}/{}.png", i == 0 ? "dotted" : "banded", i),
                cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(9)));
  DataConfig config = people(10, {{"train", 1}});
  OccluderSourceConfig shapes;
  shapes.kind = "shapes", shapes.textures = scratch.path().string();
  config.occluders = {shapes};
  const Pool pool(config);
  int dotted = 0;
  for (int i = 0; i < 1000; ++i) dotted += pool.choose_occluder(0, i, draw(i)).item == "dotted/0.png";
  EXPECT_NEAR(dotted, 500, 4 * std::sqrt(1000 * 0.25)) << "one of two folders, not one of ten pictures";
}

// --- lists

TEST(Pool, ListsNameASplitsItems) {
  const Scratch scratch;
  DataConfig config = people(0, {{"train", 80}, {"test", 20}, {"valid", 10}});
  config.faces = {face_folder(scratch.path(), 9)};
  write_file(scratch / "WO-Test.txt", "2.jpg\r\n5.jpg\r\n");
  config.faces[0].lists = {{"test", (scratch / "WO-Test.txt").string()}};
  const Pool pool(config);
  EXPECT_THAT(faces_of(pool, 1, 200), ElementsAre("2.png", "5.png"));
  const auto train = faces_of(pool, 0, 500), valid = faces_of(pool, 2, 500);
  EXPECT_EQ(train.size() + valid.size(), 7u) << "the rest";
  EXPECT_THAT(both(train, valid), IsEmpty());
  EXPECT_EQ(train.count("2.png") + valid.count("5.png"), 0u);
}

TEST(Pool, TwoListsOfASplitAreJoined) {
  const Scratch scratch;
  DataConfig config = people(0, {{"train", 1}});
  config.faces = {face_folder(scratch.path(), 5)};
  write_file(scratch / "a.txt", "0\n1\n");
  write_file(scratch / "b.txt", "1\n4\n");
  config.faces[0].lists = {{"train", (scratch / "a.txt").string()}, {"train", (scratch / "b.txt").string()}};
  EXPECT_THAT(faces_of(Pool(config), 0, 200), ElementsAre("0.png", "1.png", "4.png"));
}

TEST(Pool, SplitsWithTheSameListShareIt) {
  const Scratch scratch;
  DataConfig config = people(0, {{"train", 80}, {"valid", 20}, {"test", 10}});
  config.faces = {face_folder(scratch.path(), 12)};
  write_file(scratch / "WO-Train.txt", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  for (const char* split : {"train", "valid"}) config.faces[0].lists.push_back({split, (scratch / "WO-Train.txt").string()});
  const Pool pool(config);
  const auto train = faces_of(pool, 0, 500), valid = faces_of(pool, 1, 500);
  EXPECT_EQ(train.size(), 7u) << "one each, and 0.8 of the other 8, rounded down";
  EXPECT_EQ(valid.size(), 3u);
  EXPECT_THAT(both(train, valid), IsEmpty());
  EXPECT_THAT(faces_of(pool, 2, 100), ElementsAre("10.png", "11.png")) << "the rest";
}

TEST(Pool, ListsThatDoNotFitAreNamed) {
  const Scratch scratch;
  DataConfig config = people(0, {{"train", 80}, {"test", 20}});
  config.faces = {face_folder(scratch.path(), 5)};
  write_file(scratch / "train.txt", "0\n1\n2\n");
  write_file(scratch / "test.txt", "2\n3\n");
  config.faces[0].lists = {{"train", (scratch / "train.txt").string()}, {"test", (scratch / "test.txt").string()}};
  const auto message = [&] { return message_of([&] { Pool pool(config); }); };
  EXPECT_THAT(message(), HasSubstr("test.txt: '2.png' is in the list of split 'train' as well"));
  write_file(scratch / "test.txt", "anna\n");
  EXPECT_THAT(message(), HasSubstr("test.txt: none of its names is in the source"));
  fs::remove(scratch / "test.txt");
  EXPECT_THAT(message(), HasSubstr("test.txt"));
}

TEST(Pool, OccludersMayHaveListsToo) {
  const Scratch scratch;
  DataConfig config = people(10, {{"train", 80}, {"test", 20}});
  config.occluders = {bars(scratch.path(), {"a.png", "b.png", "c.png", "d.png"})};
  write_file(scratch / "hiu_test.txt", "c\n");
  config.occluders[0].lists = {{"test", (scratch / "hiu_test.txt").string()}};
  const Pool pool(config);
  EXPECT_THAT(occluders_of(pool, 0), ElementsAre("a.png", "b.png", "d.png"));
  EXPECT_THAT(occluders_of(pool, 1), ElementsAre("c.png"));
}

// --- folders

TEST(Pool, FoldersStartAtTheRoot) {
  const Scratch scratch;
  face_folder(scratch / "data/faces", 3);
  simd_tree(scratch / "data/simd");
  texture_tree(scratch / "data/dtd");
  cutout_folder(scratch / "elsewhere");
  write_file(scratch / "data/lists/some.txt", "0\n2\n");
  DataConfig config = people(0, {{"train", 1}});
  config.root = (scratch / "data").string();
  config.faces[0].kind = "folder", config.faces[0].images = "faces/images", config.faces[0].masks = "faces/masks";
  config.faces[0].include = "lists/some.txt", config.faces[0].lists = {{"train", "lists/some.txt"}};
  config.occluders.resize(3);
  config.occluders[0].kind = "pairs", config.occluders[0].root = "simd";
  config.occluders[0].colours = "fg", config.occluders[0].alphas = "alpha";  // names below it, not folders of their own
  config.occluders[1].kind = "shapes", config.occluders[1].textures = "dtd/images";
  config.occluders[2].kind = "cutouts", config.occluders[2].root = (scratch / "elsewhere").string();
  const Pool pool(config);
  EXPECT_THAT(faces_of(pool, 0, 100), ElementsAre("0.png", "2.png"));
  EXPECT_EQ(occluders_of(pool, 0).size(), 4u + 3u + 1u);
  clip_tree(scratch / "data/clips");
  config.faces[0] = {};
  config.faces[0].kind = "clips", config.faces[0].root = "clips", config.faces[0].images = "image";
  EXPECT_THAT(faces_of(Pool(config), 0, 100), ElementsAre("talk", "walk"));
  config.faces[0].root = "films";
  EXPECT_THAT(message_of([&] { Pool pool(config); }), HasSubstr((scratch / "data/films").string() + ": no such folder"));
}

// --- sources that have changed

Recipe recipe_of(const Pool& pool) {
  Recipe recipe;
  recipe.face.from = pool.choose_face(0, 0);
  recipe.occluders.resize(1);
  recipe.occluders[0].from = pool.choose_occluder(0, 0, draw(0));
  pool.note_content(recipe);
  return recipe;
}

TEST(Pool, ContentIsHeldToItsHash) {
  const Scratch scratch;
  DataConfig config = people(0, {{"train", 1}});
  config.faces = {face_folder(scratch.path(), 1)};
  config.occluders = {bars(scratch / "bars", {"a.png"})};
  const Pool pool(config);
  const Recipe recipe = recipe_of(pool);
  EXPECT_EQ(recipe.face.from.content.size(), 16u);
  EXPECT_NE(recipe.face.from.content, recipe.occluders[0].from.content);
  EXPECT_EQ(message_of([&] { pool.require_same_content(recipe); }), "no error");
  const std::string mask = read_file(scratch / "masks/0.png");
  write_image(scratch / "masks/0.png", disc_mask(64, 0.25));
  EXPECT_THAT(message_of([&] { pool.require_same_content(recipe); }),
              HasSubstr("images/0.png: this file of source 'folder' is not the one the sample was made with"));
  write_file(scratch / "masks/0.png", mask);
  write_image(scratch / "bars/a.png", cv::Mat(8, 8, CV_8UC4, cv::Scalar::all(9)));
  EXPECT_THAT(message_of([&] { pool.require_same_content(recipe); }), HasSubstr("bars/a.png: this file of source 'cutouts'"));
}

TEST(Pool, DrawnThingsHaveNoContent) {
  const Pool pool(people(10, {{"train", 1}}));
  const Recipe recipe = recipe_of(pool);
  EXPECT_EQ(recipe.face.from.content + recipe.occluders[0].from.content, "");
  EXPECT_EQ(message_of([&] { pool.require_same_content(recipe); }), "no error");
}

TEST(Pool, SourcesThatHaveChangedAreNamed) {
  const Scratch scratch;
  DataConfig config = people(0, {{"train", 1}});
  config.faces = {face_folder(scratch.path(), 3)};
  const Ingredient last{"folder", 2, "2.png", "", "", ""};
  EXPECT_EQ(Pool(config).face_source(last).name(2), "2.png");
  const auto message = [&](const Ingredient& ingredient) { return message_of([&] { Pool(config).face_source(ingredient); }); };
  EXPECT_THAT(message({"film", 0, "0.png", "", "", ""}), HasSubstr("source 'film' is not in the settings"));
  EXPECT_THAT(message({"folder", 3, "3.png", "", "", ""}),
              HasSubstr("source 'folder' has no item 3 ('3.png'): it has changed"));
  EXPECT_THAT(message({"folder", -1, "x", "", "", ""}), HasSubstr("has no item -1"));
  fs::remove(scratch / "images/0.png");
  EXPECT_THAT(message({"folder", 1, "1.png", "", "", ""}),
              HasSubstr("source 'folder' has changed: its item 1 was '1.png' and is '2.png'"));
}

TEST(Pool, SettingsOfAnOccluder) {
  const Scratch scratch;
  DataConfig config = people(10, {{"train", 1}});
  config.occluders = {bars(scratch.path(), {"a.png"})};
  config.occluders[0].name = "bars", config.occluders[0].transparent = 0.25, config.occluders[0].occluder_class = "food";
  const Pool pool(config);
  const Ingredient bar = pool.choose_occluder(0, 0, draw(0));
  EXPECT_EQ(bar.source, "bars");
  EXPECT_EQ(bar.occluder_class, "food");
  EXPECT_EQ(pool.occluder_config(bar).transparent, 0.25);
}

}  // namespace
}  // namespace facemat
