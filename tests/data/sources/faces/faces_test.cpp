#include "data/sources/faces/faces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "data/render/render.h"
#include "src/core/file.h"
#include "tests/data/trees.h"
#include "tests/support/odd_images.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void expect_view(const FaceView& view, int side, bool with_face = true, bool certain = true) {
  EXPECT_EQ(view.image.type(), CV_8UC3);
  EXPECT_EQ(view.mask.type(), CV_32FC1);
  EXPECT_EQ(view.image.size(), cv::Size(side, side));
  EXPECT_EQ(view.mask.size(), cv::Size(side, side));
  EXPECT_TRUE(cv::checkRange(view.mask, true, nullptr, 0, 1 + 1e-6));
  EXPECT_EQ(view.trust.empty(), certain);
  EXPECT_EQ(cv::mean(view.mask)[0] > 0.02, with_face);
  EXPECT_GT(view.layout.width, 0.1 * side);
}

FaceView still(const FaceSource& source, int64_t index, int side) { return source.take(index, Rng(1), side, 1)(0); }

std::vector<std::string> names(const FaceSource& source) {
  std::vector<std::string> all;
  for (int64_t i = 0; i < source.size(); ++i) all.push_back(source.name(i));
  return all;
}

TEST(FaceSources, EveryKindHasATreeAndGivesFaces) {
  for (const FaceSourceEntry& entry : face_source_table()) {
    ASSERT_EQ(face_trees().count(entry.kind), 1u) << entry.kind << " has no tree in trees.h";
    const Scratch scratch;
    const FaceSourceConfig config = face_trees().at(entry.kind)(scratch.path());
    EXPECT_EQ(config.kind, entry.kind);
    const auto source = open_face_source(config);
    ASSERT_GE(source->size(), 2) << entry.kind;
    for (int64_t i = 0; i < 2; ++i) {
      const Item item = source->item(i);
      EXPECT_EQ(item.name, source->name(i));
      for (const fs::path& file : item.files) EXPECT_TRUE(fs::is_regular_file(file)) << file;
      EXPECT_EQ(content_hash(item).empty(), item.files.empty());
      const Face face = source->take(i, Rng(3), 48, 3), again = source->take(i, Rng(3), 48, 3);
      for (const double time : {0.0, 0.5, 1.0}) {
        expect_view(face(time), 48, entry.kind != std::string("no_face"), entry.kind != std::string("unlabelled"));
        EXPECT_EQ(cv::norm(face(time).image, again(time).image, cv::NORM_INF), 0) << entry.kind;
        EXPECT_EQ(cv::norm(face(time).mask, again(time).mask, cv::NORM_INF), 0) << entry.kind;
      }
    }
    EXPECT_NE(source->name(0), source->name(1)) << entry.kind;
  }
}

TEST(FaceSources, ProceduralPeopleAreNumbered) {
  FaceSourceConfig config;
  config.count = 3;
  const auto source = open_face_source(config);
  EXPECT_THAT(names(*source), ElementsAre("0", "1", "2"));
  EXPECT_TRUE(source->item(0).files.empty());
  EXPECT_GT(cv::norm(still(*source, 0, 64).image, still(*source, 1, 64).image, cv::NORM_INF), 12);
  const Face face = source->take(0, Rng(1), 64, 2);
  EXPECT_GT(cv::norm(face(0).image, face(1).image, cv::NORM_INF), 0) << "they move by themselves";
}

TEST(FaceSources, AFolderGivesItsPairs) {
  const Scratch scratch;
  const auto source = open_face_source(face_folder(scratch.path(), 3, 64));
  EXPECT_THAT(names(*source), ElementsAre("0.png", "1.png", "2.png"));
  EXPECT_THAT(source->item(2).files, ElementsAre(scratch / "images/2.png", scratch / "masks/2.png"));
  const FaceView view = still(*source, 2, 64);
  expect_view(view, 64);
  EXPECT_EQ(view.mask.at<float>(32, 32), 1);
  EXPECT_EQ(view.mask.at<float>(2, 2), 0);
  EXPECT_EQ(view.image.at<cv::Vec3b>(5, 5)[0], 40);
  expect_view(still(*source, 2, 32), 32);
}

TEST(FaceSources, PhotographsStandStill) {
  const Scratch scratch;
  const Face face = open_face_source(face_folder(scratch.path(), 1))->take(0, Rng(1), 64, 5);
  EXPECT_EQ(cv::norm(face(0).image, face(1).image, cv::NORM_INF), 0);
}

TEST(FaceSources, FoldersMayBeTreesWithSuffixes) {  // FFHQ: 00000/00012.png with masks in a tree beside it
  const Scratch scratch;
  for (const char* name : {"00000/00012", "00000/00013", "01000/01012"}) {
    write_image(scratch / (std::string("ffhq/") + name + ".png"), ramp_picture(64, 1));
    write_image(scratch / (std::string("parsed/") + name + "_mask.png"), disc_mask(64));
  }
  FaceSourceConfig config;
  config.kind = "folder", config.images = (scratch / "ffhq").string(), config.masks = (scratch / "parsed").string();
  config.mask_suffix = "_mask";
  const auto source = open_face_source(config);
  EXPECT_THAT(names(*source), ElementsAre("00000/00012.png", "00000/00013.png", "01000/01012.png"));
  expect_view(still(*source, 2, 64), 64);
}

TEST(FaceSources, PicturesAndMasksMayShareAFolder) {
  const Scratch scratch;
  write_image(scratch / "anna.jpg", ramp_picture(64, 1));
  write_image(scratch / "anna_mask.png", disc_mask(64));
  FaceSourceConfig config;
  config.kind = "folder", config.images = scratch.path().string(), config.masks = scratch.path().string() + "/";
  config.mask_suffix = "_mask";
  EXPECT_THAT(names(*open_face_source(config)), ElementsAre("anna.jpg"));
  config.mask_suffix.clear();
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("in one folder need a suffix"));
}

TEST(FaceSources, NatOccMasksMayBeSmallerJpegOrLabels) {
  const Scratch scratch;
  for (int i = 0; i < 3; ++i) {
    write_image(scratch / fmt::format("CelebAMask-HQ-WO-Train_img/{}.jpg", i), ramp_picture(128, i));
    const cv::Mat mask = disc_mask(64);
    const std::string stem = fmt::format("CelebAMask-HQ-WO-Train_mask/{}", i);
    write_image(scratch / (stem + (i == 0 ? ".png" : ".jpg")), mask, 60);
    if (i == 2) fs::remove(scratch / (stem + ".jpg")), write_image(scratch / (stem + ".png"), mask / 255);
  }
  FaceSourceConfig config;
  config.kind = "folder", config.images = (scratch / "CelebAMask-HQ-WO-Train_img").string();
  config.masks = (scratch / "CelebAMask-HQ-WO-Train_mask").string();
  EXPECT_THAT(message_of([&] { open_face_source(config); }),
              HasSubstr("2.png: holds only the values 0 and 1 of 255 and looks black (set binary: true"));
  config.binary = true;
  const auto source = open_face_source(config);
  for (int i = 0; i < 3; ++i) {
    const FaceView view = still(*source, i, 64);
    EXPECT_EQ(view.mask.at<float>(32, 32), 1) << i;
    EXPECT_EQ(view.mask.at<float>(2, 2), 0) << i;
    EXPECT_NEAR(cv::mean(view.mask)[0], CV_PI * 0.3 * 0.24, 0.01) << i;
  }
}

TEST(FaceSources, OfficialListsChooseFaces) {
  const Scratch scratch;
  FaceSourceConfig config = face_folder(scratch.path(), 5);
  write_file(scratch / "WO-Train.txt", "0.jpg\r\n3.jpg\r\n4.jpg\r\n");  // Windows; the pictures are PNG here
  write_file(scratch / "bad.txt", "# blurred\n3\n");
  config.include = (scratch / "WO-Train.txt").string();
  config.exclude = (scratch / "bad.txt").string();
  EXPECT_THAT(names(*open_face_source(config)), ElementsAre("0.png", "4.png"));
  write_file(scratch / "WO-Train.txt", "0.jpg\n17.jpg\n18.jpg\n");
  EXPECT_THAT(message_of([&] { open_face_source(config); }),
              HasSubstr("WO-Train.txt: 2 of its 3 names are not in " + (scratch / "images").string() + ", the first is '17'"));
}

TEST(FaceSources, PicturesWithoutMaskMayBeSkipped) {
  const Scratch scratch;
  FaceSourceConfig config = face_folder(scratch.path(), 3);
  fs::remove(scratch / "masks/1.png");
  config.unpaired = "skip";
  EXPECT_THAT(names(*open_face_source(config)), ElementsAre("0.png", "2.png"));
}

TEST(FaceSources, WidePicturesAreCroppedInTheMiddle) {
  const Scratch scratch;
  cv::Mat image(40, 80, CV_8UC3, cv::Scalar::all(0)), mask(40, 80, CV_8UC1, cv::Scalar(0));
  image.colRange(20, 60).setTo(cv::Scalar::all(100));
  cv::circle(mask, {40, 20}, 15, cv::Scalar(255), -1);
  const FaceSourceConfig config = face_folder(scratch.path(), 1);
  write_image(scratch / "images/0.png", image);
  write_image(scratch / "masks/0.png", mask);
  const FaceView view = still(*open_face_source(config), 0, 40);
  EXPECT_EQ(cv::norm(view.image, cv::Mat(40, 40, CV_8UC3, cv::Scalar::all(100)), cv::NORM_INF), 0);
}

TEST(FaceSources, MotionMovesPictureMaskAndLayoutTogether) {
  const Scratch scratch;
  const FaceSourceConfig config = face_folder(scratch.path(), 1);
  cv::Mat picture;
  cv::cvtColor(disc_mask(64), picture, cv::COLOR_GRAY2BGR);
  write_image(scratch / "images/0.png", picture);  // the picture is its own mask
  Recipe recipe;
  recipe.size = 64, recipe.still = false, recipe.frames = 2;
  recipe.face.stream.motion.to = {5, 0.05, -0.03, 1.05, 2};
  const Face face = open_face_source(config)->take(0, Rng(3), 64, 2);
  const FaceView start = face_at(recipe, face, 0), end = face_at(recipe, face, 1);
  cv::Mat blue;
  cv::extractChannel(end.image, blue, 0);
  blue.convertTo(blue, CV_32F, 1.0 / 255);
  EXPECT_LT(cv::norm(blue, end.mask, cv::NORM_INF), 1.0 / 255) << "8 bits";
  EXPECT_GT(cv::norm(start.mask, end.mask, cv::NORM_L1), 10);
  const cv::Point2f way =
      0.5f * (end.layout.left_edge + end.layout.right_edge - start.layout.left_edge - start.layout.right_edge);
  EXPECT_NEAR(way.x, 0.05 * 64, 1);  // the edges lie near the centre of the turn
  EXPECT_NEAR(way.y, -0.03 * 64, 1);
}

TEST(FaceSources, FolderMistakesAreNamed) {
  struct Case {
    const char* message;
    std::function<void(const fs::path&, FaceSourceConfig&)> spoil;
  };
  const std::vector<Case> table = {
      {"none: no such folder", [](const fs::path& root, FaceSourceConfig& c) { c.images = (root / "none").string(); }},
      {"none: no such folder", [](const fs::path& root, FaceSourceConfig& c) { c.masks = (root / "none").string(); }},
      {"kind folder needs 'images' and 'masks'", [](const fs::path&, FaceSourceConfig& c) { c.masks.clear(); }},
      {"images: no pictures",
       [](const fs::path& root, FaceSourceConfig&) { fs::remove_all(root / "images"), fs::create_directory(root / "images"); }},
      {"images/1.png: no mask '1.*' in ", [](const fs::path& root, FaceSourceConfig&) { fs::remove(root / "masks/1.png"); }},
      {"images/0.png: no mask '0_seg.*' in ", [](const fs::path&, FaceSourceConfig& c) { c.mask_suffix = "_seg"; }},
      {"images/1.png: two files '1.*' in ",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "masks/1.jpg", disc_mask(64)); }},
      {"1.png: the picture is 64x64 but its mask 32x64",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "masks/1.png", disc_mask(64).colRange(16, 48)); }},
      {"1.png: the picture is 48x64 but its mask 64x48 (the picture is turned by its EXIF orientation 6, the mask is not",
       [](const fs::path& root, FaceSourceConfig&) {
         fs::remove(root / "images/1.png");
         write_file(root / "images/1.jpg", with_exif(encode_image(".jpg", ramp_picture(64, 1).rowRange(8, 56)), 6, true));
         write_image(root / "masks/1.png", disc_mask(64).rowRange(8, 56));
       }},
      {"1.png: the mask holds no face",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "masks/1.png", cv::Mat::zeros(64, 64, CV_8U)); }},
      {"masks/1.png: ",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "masks/1.png", ramp_picture(64, 1)); }},
      {"images/1.png: ",
       [](const fs::path& root, FaceSourceConfig&) {
         const std::string bytes = read_file(root / "images/1.png");
         write_file(root / "images/1.png", bytes.substr(0, bytes.size() / 2));
       }},
      {"masks/1.png: not a PNG, JPEG, WebP or BMP image",
       [](const fs::path& root, FaceSourceConfig&) { write_file(root / "masks/1.png", "hello"); }},
      {"unknown kind 'painting' (known: procedural, folder, celebamask, clips, no_face, unlabelled, mattes)",
       [](const fs::path&, FaceSourceConfig& c) { c.kind = "painting"; }},
  };
  for (const Case& c : table) {
    const Scratch scratch;
    FaceSourceConfig config = face_folder(scratch.path(), 2);
    c.spoil(scratch.path(), config);
    EXPECT_THAT(message_of([&] { still(*open_face_source(config), 1, 32); }), HasSubstr(c.message));
  }
}

TEST(FaceSources, InvertedMasksAreRefusedByName) {
  const Scratch scratch;
  FaceSourceConfig config = face_folder(scratch.path(), 3);
  for (int i = 0; i < 3; ++i) write_image(scratch / ("masks/" + std::to_string(i) + ".png"), 255 - disc_mask(64));
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("set polarity: occluder"));
  config.polarity = "occluder";
  const FaceView view = still(*open_face_source(config), 0, 64);
  EXPECT_EQ(view.mask.at<float>(32, 32), 1);
  EXPECT_EQ(view.mask.at<float>(2, 2), 0);

  const Scratch upright;
  FaceSourceConfig other = face_folder(upright.path(), 3);
  other.polarity = "occluder";
  EXPECT_THAT(message_of([&] { open_face_source(other); }), HasSubstr("set polarity: visible_face"));
}

TEST(FaceSources, CelebaMaskJoinsItsLabels) {
  const Scratch scratch;
  const auto source = open_face_source(celebamask_tree(scratch.path()));
  EXPECT_THAT(names(*source), ElementsAre("7.jpg", "2000.jpg")) << "by number, not by text";
  EXPECT_EQ(source->item(0).files.size(), 3u) << "picture, skin, nose";
  EXPECT_EQ(source->item(1).files.size(), 4u) << "and hair";
  const FaceView plain = still(*source, 0, 64), haired = still(*source, 1, 64);
  expect_view(plain, 64);
  EXPECT_EQ(plain.mask.at<float>(32, 32), 1) << "nose and skin together";
  EXPECT_EQ(plain.mask.at<float>(20, 32), 1);
  EXPECT_EQ(haired.mask.at<float>(20, 32), 0) << "hair lies over the skin";
  EXPECT_EQ(haired.mask.at<float>(40, 32), 1);
}

TEST(FaceSources, CelebaMaskLabelsAreAChoice) {
  const Scratch scratch;
  FaceSourceConfig config = celebamask_tree(scratch.path());
  config.labels = {"skin"};
  config.cut_labels = {};
  const FaceView view = still(*open_face_source(config), 1, 64);
  EXPECT_EQ(view.mask.at<float>(32, 32), 0);
  EXPECT_EQ(view.mask.at<float>(20, 32), 1);
}

TEST(FaceSources, CelebaMaskMistakesAreNamed) {
  const Scratch scratch;
  FaceSourceConfig config = celebamask_tree(scratch.path());
  const auto message = [&](int64_t index) { return message_of([&] { still(*open_face_source(config), index, 32); }); };
  config.cut_labels = {"har"};
  EXPECT_THAT(message(0), HasSubstr("unknown label 'har' (known: skin, "));
  config.cut_labels = {"hair"};
  write_image(scratch / "CelebAMask-HQ-mask-anno/0/00007_hair.png", disc_mask(16));
  EXPECT_THAT(message(0), HasSubstr("00007_hair.png: 16x16 pixels, the other labels have 32x32"));
  write_image(scratch / "CelebAMask-HQ-mask-anno/0/00007_mouth.png", disc_mask(16));
  EXPECT_THAT(message(0), HasSubstr("00007_mouth.png: 16x16 pixels, the other labels have 32x32"));
  fs::remove_all(scratch / "CelebAMask-HQ-mask-anno/0");
  EXPECT_THAT(message(0), HasSubstr("00007_skin.png: no file of the labels"));
  write_file(scratch / "CelebA-HQ-img/anna.jpg", "");
  EXPECT_THAT(message(0), HasSubstr("anna.jpg: pictures of CelebAMask-HQ are named by number"));
  fs::remove_all(scratch / "CelebA-HQ-img");
  EXPECT_THAT(message(0), HasSubstr("CelebA-HQ-img: no such folder"));
  config.root = (scratch / "none").string();
  EXPECT_THAT(message(0), HasSubstr("CelebAMask-HQ-mask-anno: no such folder"));
  config.root.clear();
  EXPECT_THAT(message(0), HasSubstr("needs 'root'"));
}

TEST(FaceSources, CelebaMaskPartsThatLookBlackAndFormatsThatAreNotReadAreNamed) {
  const Scratch scratch;
  FaceSourceConfig config = celebamask_tree(scratch.path());
  const auto message = [&] { return message_of([&] { still(*open_face_source(config), 0, 64); }); };
  const fs::path skin = scratch / "CelebAMask-HQ-mask-anno/0/00007_skin.png";
  cv::Mat part = disc_mask(32) / 255;
  write_image(skin, part);
  EXPECT_THAT(message(), HasSubstr("00007_skin.png: holds only the values 0 and 1 of 255 and looks black (set binary: true"));
  config.binary = true;
  EXPECT_EQ(still(*open_face_source(config), 0, 64).mask.at<float>(20, 32), 1);
  part.rowRange(0, 16).setTo(13, part.rowRange(0, 16) == 1);
  write_image(skin, part);
  EXPECT_THAT(message(),
              HasSubstr("00007_skin.png: holds the values 0, 1, 13: labels, not levels (of this kind each label is"));
  write_file(scratch / "CelebA-HQ-img/8.tif", "II*");
  EXPECT_THAT(message(), HasSubstr("CelebA-HQ-img/8.tif: a format that is not read"));
}

// Which frame (1, 2, ...) of a tree's clip is shown.
int shown(const FaceView& view) { return view.image.at<cv::Vec3b>(5, 5)[0] / 20; }

TEST(FaceClips, BothLayoutsGiveTheSame) {
  const Scratch by_name, by_kind;
  const auto a = open_face_source(clip_tree(by_name.path())), b = open_face_source(clip_tree(by_kind.path(), true));
  EXPECT_THAT(names(*a), ElementsAre("talk", "walk"));
  EXPECT_THAT(names(*b), ElementsAre("talk", "walk"));
  const Face first = a->take(1, Rng(7), 64, 4), second = b->take(1, Rng(7), 64, 4);
  for (int t = 0; t < 4; ++t) EXPECT_EQ(cv::norm(first(t / 3.0).image, second(t / 3.0).image, cv::NORM_INF), 0);
  EXPECT_EQ(a->item(1).files.size(), 6u) << "first, middle and last frame, picture and mask";
}

TEST(FaceClips, FoldersMayHaveOtherNames) {
  const Scratch scratch;
  FaceSourceConfig config = clip_tree(scratch.path(), true);
  fs::rename(scratch / "image", scratch / "clean");
  fs::rename(scratch / "mask", scratch / "alpha");
  write_image(scratch / "clean/000000.png", ramp_picture(64, 1));  // a still of our own datasets is no clip
  config.images = "clean", config.masks = "alpha";
  EXPECT_THAT(names(*open_face_source(config)), ElementsAre("talk", "walk"));
}

// 40 frames that differ, named without leading zeros.
FaceSourceConfig long_clip(const fs::path& root) {
  for (int n = 0; n < 40; ++n) {
    cv::Mat image(16, 16, CV_8UC3, cv::Scalar(6 * n, 0, 0));
    write_image(root / fmt::format("one/image/{}.png", n), image);
    write_image(root / fmt::format("one/mask/{}.png", n), disc_mask(16));
  }
  FaceSourceConfig config;
  config.kind = "clips", config.root = root.string();
  return config;
}

TEST(FaceClips, FramesArePlayedAsRvmSamplesThem) {
  const Scratch scratch;
  const auto source = open_face_source(long_clip(scratch.path()));
  const int frames = 5, length = 40;
  std::map<std::vector<int>, int> seen;  // steps between the shown frames, modulo the length
  std::set<int> starts;
  for (uint64_t i = 0; i < 300; ++i) {
    const Face face = source->take(0, Rng(5).fork("look", i), 16, frames);
    std::vector<int> shown, steps;
    for (int t = 0; t < frames; ++t) shown.push_back(face(t / (frames - 1.0)).image.at<cv::Vec3b>(8, 8)[0] / 6);
    for (int t = 1; t < frames; ++t) steps.push_back((shown[t] - shown[t - 1] + length) % length);
    ++seen[steps];
    starts.insert(shown[0]);
  }
  // int(f speed) for f = 0..4 and speeds 1/2, 1, 2, 3, 4, 5; and the same backwards.
  const std::vector<std::vector<int>> forwards = {{0, 1, 0, 1}, {1, 1, 1, 1}, {2, 2, 2, 2},
                                                  {3, 3, 3, 3}, {4, 4, 4, 4}, {5, 5, 5, 5}};
  EXPECT_EQ(seen.size(), 12u);
  for (const std::vector<int>& steps : forwards) {
    std::vector<int> back(steps.rbegin(), steps.rend());
    for (int& step : back) step = (length - step) % length;
    EXPECT_NEAR(seen[steps], 25, 20) << steps[1];  // 300 / 12, four standard deviations
    EXPECT_NEAR(seen[back], 25, 20) << steps[1];
  }
  EXPECT_GT(starts.size(), 35u) << "start anywhere";
}

TEST(FaceClips, AStillIsOneFrameAndFilesAreReadWhenShown) {
  const Scratch scratch;
  const auto source = open_face_source(clip_tree(scratch.path()));
  std::set<int> stills;
  for (uint64_t i = 0; i < 60; ++i) stills.insert(shown(source->take(1, Rng(i), 64, 1)(0)));
  EXPECT_THAT(stills, ElementsAre(1, 2, 3, 4, 5, 6));
  const Face face = source->take(1, Rng(0), 64, 2);
  fs::remove_all(scratch / "walk");
  EXPECT_THAT(message_of([&] { face(0); }), HasSubstr("walk/image/"));
}

TEST(FaceClips, MasksMayHaveASuffixAndTheOtherPolarity) {
  const Scratch scratch;
  FaceSourceConfig config = clip_tree(scratch.path());
  for (const char* clip : {"walk", "talk"})
    for (const auto& entry : fs::directory_iterator(scratch / clip / "mask")) {
      write_image(entry.path().parent_path() / (entry.path().stem().string() + "_m.png"), 255 - disc_mask(64));
      fs::remove(entry.path());
    }
  config.mask_suffix = "_m";
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("set polarity: occluder"));
  config.polarity = "occluder";
  EXPECT_EQ(still(*open_face_source(config), 0, 64).mask.at<float>(32, 32), 1);
}

TEST(FaceClips, MistakesAreNamed) {
  struct Case {
    const char* message;
    std::function<void(const fs::path&, FaceSourceConfig&)> spoil;
  };
  const std::vector<Case> table = {
      {"kind clips needs 'root'", [](const fs::path&, FaceSourceConfig& c) { c.root.clear(); }},
      {"none: no such folder", [](const fs::path& root, FaceSourceConfig& c) { c.root = (root / "none").string(); }},
      {": no clips (NAME/image with NAME/mask, or image/NAME with mask/NAME)",
       [](const fs::path& root, FaceSourceConfig&) { fs::remove_all(root / "walk"), fs::remove_all(root / "talk"); }},
      {"talk/mask: no such folder (NAME/image with NAME/mask",
       [](const fs::path& root, FaceSourceConfig&) { fs::remove_all(root / "talk/mask"); }},
      {"talk/image/3.png: no mask '3.*'",
       [](const fs::path& root, FaceSourceConfig&) { fs::remove(root / "talk/mask/3.png"); }},
      {"walk/image: no pictures",
       [](const fs::path& root, FaceSourceConfig&) {
         fs::remove_all(root / "walk/image"), fs::create_directory(root / "walk/image");
       }},
      {"mask/2.png: the picture is 64x64 but its mask 32x64",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "walk/mask/2.png", disc_mask(64).colRange(16, 48)); }},
  };
  for (const Case& c : table) {
    const Scratch scratch;
    FaceSourceConfig config = clip_tree(scratch.path());
    c.spoil(scratch.path(), config);
    EXPECT_THAT(message_of([&] {
                  const auto source = open_face_source(config);
                  for (uint64_t i = 0; i < 60; ++i) source->take(1, Rng(i), 32, 1)(0);
                }),
                HasSubstr(c.message));
  }
}

TEST(FaceSources, RealPhotographsLoad) {
  const auto faces = test_data("faces");
  if (!faces) GTEST_SKIP() << "no photographs here (FACEMAT_TEST_DATA)";
  FaceSourceConfig folder, celeba;
  folder.kind = "folder", folder.images = (*faces / "images").string(), folder.masks = (*faces / "masks").string();
  celeba.kind = "celebamask", celeba.root = (*faces / "celebamask_layout").string();
  for (const FaceSourceConfig& config : {folder, celeba}) {
    const auto source = open_face_source(config);
    for (int64_t i = 0; i < source->size(); ++i) expect_view(still(*source, i, 96), 96);
  }
}

}  // namespace
}  // namespace facemat
