// Trust maps, and which square of a picture is the frame.
#include "data/sources/faces/photographs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "src/core/file.h"
#include "src/image/pixels.h"
#include "tests/data/trees.h"
#include "tests/support/odd_images.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FaceView still(const FaceSourceConfig& config, int64_t index = 0, int side = 64, uint64_t seed = 1) {
  return open_face_source(config)->take(index, Rng(seed), side, 1)(0);
}

// What trees.h calls quarter_trust, in a frame of 64 pixels.
void expect_quarter(const cv::Mat& trust) {
  ASSERT_EQ(trust.type(), CV_32FC1);
  ASSERT_EQ(trust.size(), cv::Size(64, 64));
  EXPECT_EQ(trust.at<float>(10, 10), 0);
  EXPECT_EQ(trust.at<float>(29, 29), 0);
  EXPECT_EQ(trust.at<float>(10, 40), 1);
  EXPECT_EQ(trust.at<float>(40, 10), 1);
  EXPECT_EQ(trust.at<float>(60, 60), 1);
}

TEST(TrustMaps, EveryKindThatIsLabelledTakesThem) {
  const Scratch folder, celebamask, by_name, by_kind;
  expect_quarter(still(trusted_folder(folder.path(), 2)).trust);
  expect_quarter(still(trusted_celebamask(celebamask.path())).trust);
  expect_quarter(still(trusted_clips(by_name.path())).trust);
  expect_quarter(still(trusted_clips(by_kind.path(), true), 1).trust);
}

TEST(TrustMaps, AreFilesOfTheItem) {
  const Scratch folder, celebamask, clips;
  const auto source = open_face_source(trusted_folder(folder.path(), 2));
  EXPECT_THAT(source->item(1).files, ElementsAre(folder / "images/1.png", folder / "masks/1.png", folder / "trust/1.png"));
  const std::string before = content_hash(source->item(1));
  write_image(folder / "trust/1.png", 255 - quarter_trust(64));
  EXPECT_NE(content_hash(source->item(1)), before);
  EXPECT_EQ(open_face_source(trusted_celebamask(celebamask.path()))->item(0).files.back(), celebamask / "believed/7.png");
  EXPECT_EQ(open_face_source(trusted_clips(clips.path()))->item(0).files.size(), 9u) << "three frames";
}

TEST(TrustMaps, MistakesAreNamed) {
  struct Case {
    const char* message;
    std::function<void(const fs::path&, FaceSourceConfig&)> spoil;
  };
  const std::vector<Case> table = {
      {"trust/1.png: the trust map is 32x32 but the mask 64x64",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "trust/1.png", quarter_trust(32)); }},
      {"images/1.png: no trust map '1.*' in ",
       [](const fs::path& root, FaceSourceConfig&) { fs::remove(root / "trust/1.png"); }},
      {"none: no such folder", [](const fs::path& root, FaceSourceConfig& c) { c.trust = (root / "none").string(); }},
      {"trust/1.png: holds only the values 0 and 1 of 255",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "trust/1.png", quarter_trust(64) / 255); }},
      {"kind procedural has no 'trust'", [](const fs::path&, FaceSourceConfig& c) { c.kind = "procedural"; }},
      {"kind no_face has neither 'masks' nor 'trust'", [](const fs::path&, FaceSourceConfig& c) { c.kind = "no_face"; }},
  };
  for (const Case& c : table) {
    const Scratch scratch;
    FaceSourceConfig config = trusted_folder(scratch.path(), 2);
    c.spoil(scratch.path(), config);
    EXPECT_THAT(message_of([&] { still(config, 1); }), HasSubstr(c.message));
  }
  const Scratch scratch;
  const FaceSourceConfig clips = trusted_clips(scratch.path());
  fs::remove(scratch / "talk/trust/3.png");
  EXPECT_THAT(message_of([&] { still(clips, 0); }), HasSubstr("talk/image/3.png: no trust map '3.*'"));
}

// Masks of 50 and of 32 pixels (in a picture of 64) in a frame of 24: what an untrusted pixel says reaches no pixel that is
// trusted at all, though its neighbours are mixed with it.
TEST(TrustMaps, ABrokenMaskWhereNobodyBelievesItChangesNothing) {
  const Scratch scratch;
  const std::vector<std::pair<FaceSourceConfig, fs::path>> table = {
      {trusted_folder(scratch / "folder", 1, 50), scratch / "folder/masks/0.png"},
      {trusted_celebamask(scratch / "celebamask"), scratch / "celebamask/CelebAMask-HQ-mask-anno/0/00007_skin.png"}};
  for (const auto& [config, file] : table) {
    const FaceView whole = still(config, 0, 24);
    cv::Mat mask = to_u8(read_mask(file));
    mask(cv::Rect(0, 0, mask.cols / 2, mask.rows / 2)).setTo(255);
    write_image(file, mask);
    const FaceView broken = still(config, 0, 24);
    const cv::Mat trusted = whole.trust > 0;
    EXPECT_EQ(cv::norm(whole.trust, broken.trust, cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(whole.mask, broken.mask, cv::NORM_INF, trusted), 0) << config.kind;
    EXPECT_GT(cv::norm(whole.mask, broken.mask, cv::NORM_INF), 0.9) << config.kind;
    EXPECT_GT(cv::countNonZero(trusted & (whole.trust < 1)), 0) << config.kind << ": there are mixed pixels";
  }
}

// A picture of one colour with a face of 40 x 60 pixels, whose middle lies at (x, y).
Photograph portrait(cv::Size size, cv::Point at) {
  Photograph out{cv::Mat(size, CV_8UC3, cv::Scalar(50, 100, 150)), {cv::Mat(size, CV_32FC1, cv::Scalar(0)), {}}, "portrait"};
  cv::ellipse(out.mask.value, at, {20, 30}, 0, 0, 360, cv::Scalar(1), -1);
  return out;
}

TEST(Crops, AroundTheFaceIsWhatTheRuntimeCuts) {
  FaceSourceConfig config;
  config.crop = "face";
  // The mask's box has 41 x 61 pixels; its middle is at 70.5, 90.5 in pixels from the corner.
  EXPECT_EQ(square_of(portrait({200, 300}, {70, 90}), config, Rng(1), 64), cv::Rect(23, 43, 94, 94)) << "61 / 0.65";
  config.face_share = 0.5;
  EXPECT_EQ(square_of(portrait({200, 300}, {70, 90}), config, Rng(1), 64), cv::Rect(9, 29, 122, 122));
}

TEST(Crops, TheLargestSquareHoldsTheFaceOfAnUprightPhotograph) {
  const FaceSourceConfig config;  // crop: centre
  EXPECT_EQ(square_of(portrait({100, 100}, {50, 50}), config, Rng(1), 64), cv::Rect(0, 0, 100, 100));
  EXPECT_EQ(square_of(portrait({100, 300}, {50, 150}), config, Rng(1), 64), cv::Rect(0, 100, 100, 100)) << "in the middle";
  EXPECT_EQ(square_of(portrait({100, 300}, {50, 125}), config, Rng(1), 64), cv::Rect(0, 95, 100, 100)) << "as far as it takes";
  EXPECT_EQ(square_of(portrait({100, 300}, {50, 40}), config, Rng(1), 64), cv::Rect(0, 10, 100, 100));
  EXPECT_EQ(square_of(portrait({100, 300}, {50, 20}), config, Rng(1), 64), cv::Rect(0, 0, 100, 100)) << "the picture ends";
  EXPECT_EQ(square_of(portrait({300, 100}, {270, 50}), config, Rng(1), 64), cv::Rect(191, 0, 100, 100));
  EXPECT_EQ(square_of(portrait({50, 300}, {25, 150}), config, Rng(1), 64), cv::Rect(0, 125, 50, 50)) << "no square holds it";
  EXPECT_EQ(square_of(portrait({50, 300}, {25, 80}), config, Rng(1), 64), cv::Rect(0, 55, 50, 50));
}

TEST(Crops, BeyondThePictureIsItsBorderAndNoFace) {
  FaceSourceConfig config;
  config.crop = "face";
  Photograph at_the_edge = portrait({100, 100}, {5, 50});  // cut through
  at_the_edge.image.col(0).setTo(cv::Scalar(1, 2, 3));
  at_the_edge.mask.trust = cv::Mat(at_the_edge.image.size(), CV_32FC1, cv::Scalar(1));
  const cv::Rect square = square_of(at_the_edge, config, Rng(1), 94);
  ASSERT_LT(square.x, -20);
  const FaceView view = view_of(at_the_edge, square, square.width, false);
  const int middle = square.height / 2;
  EXPECT_EQ(view.image.at<cv::Vec3b>(middle, 0), cv::Vec3b(1, 2, 3));
  EXPECT_EQ(view.image.at<cv::Vec3b>(middle, -square.x - 1), cv::Vec3b(1, 2, 3));
  EXPECT_EQ(view.mask.at<float>(middle, -square.x - 1), 0);
  EXPECT_EQ(view.trust.at<float>(middle, -square.x - 1), 0);
  EXPECT_EQ(view.mask.at<float>(middle, -square.x), 1);
  EXPECT_EQ(view.trust.at<float>(middle, -square.x), 1);
}

TEST(Crops, BesideTheFaceNoneIsSeen) {
  FaceSourceConfig config;
  config.crop = "beside";
  const Photograph photograph = portrait({200, 160}, {70, 80});
  std::set<int> left, sides;
  for (uint64_t i = 0; i < 200; ++i) {
    const cv::Rect square = square_of(photograph, config, Rng(i), 160);
    EXPECT_EQ(square & cv::Rect({}, photograph.image.size()), square);
    EXPECT_EQ(square & cv::Rect(50 - 2, 50 - 2, 41 + 4, 61 + 4), cv::Rect()) << "with a margin";
    EXPECT_GE(square.width, 16);
    left.insert(square.x < 70), sides.insert(square.width);
  }
  EXPECT_EQ(left.size(), 2u) << "on every side";
  EXPECT_GT(sides.size(), 20u);
  EXPECT_EQ(square_of(photograph, config, Rng(3), 160), square_of(photograph, config, Rng(3), 160));
  EXPECT_THAT(message_of([&] {
                square_of(portrait({48, 70}, {24, 35}), config, Rng(1), 160);
              }),
              HasSubstr("portrait: no 16x16 pixels beside the face"));
  EXPECT_THAT(message_of([&] {
                square_of(portrait({40, 40}, {400, 400}), config, Rng(1), 160);
              }),
              HasSubstr("the mask holds no face"));
}

TEST(Crops, BelongToEveryKindOfPhotograph) {
  const Scratch scratch;
  for (FaceSourceConfig config :
       {trusted_folder(scratch / "folder", 2), trusted_celebamask(scratch / "celebamask"), trusted_clips(scratch / "clips")}) {
    config.crop = "face";
    const FaceView around = still(config, 0, 48);
    const cv::Rect box = cv::boundingRect(cv::Mat(around.mask >= 0.5f));
    EXPECT_NEAR(box.height, 0.65 * 48, 2) << config.kind;
    EXPECT_NEAR(box.y + box.height / 2.0, 24, 1.5) << config.kind;
    config.crop = "beside";
    const FaceView beside = still(config, 0, 32);
    EXPECT_EQ(cv::countNonZero(beside.mask), 0) << config.kind;
    EXPECT_FALSE(beside.trust.empty()) << config.kind;
    EXPECT_NEAR(beside.layout.chin.y - beside.layout.forehead.y, 0.65 * 32 * 0.82, 2) << "where a face would be";
  }
}

// The square is that of the frame shown first: the crop does not shake with the mask.
TEST(Crops, OfAClipRest) {
  const Scratch scratch;
  FaceSourceConfig config = clip_tree(scratch.path());
  for (int n = 1; n <= 6; ++n) {
    cv::Mat mask(64, 64, CV_8UC1, cv::Scalar(0));
    cv::ellipse(mask, {20 + 4 * n, 32}, {10, 14}, 0, 0, 360, cv::Scalar(255), -1);
    write_image(scratch / fmt::format("walk/mask/{}.png", n), mask);
  }
  config.crop = "face";
  const auto source = open_face_source(config);
  double furthest = 0;
  for (uint64_t i = 0; i < 10; ++i) {
    const Face face = source->take(1, Rng(i), 48, 3);
    const auto middle = [&](double time) {
      const cv::Rect box = cv::boundingRect(cv::Mat(face(time).mask >= 0.5f));
      return box.x + box.width / 2.0;
    };
    EXPECT_NEAR(middle(0), 24, 1.5);
    furthest = std::max(furthest, std::abs(middle(1) - 24));
  }
  EXPECT_GT(furthest, 3) << "the face moves in it";
}

// Labels 1 and 10 make the face, 17 covers it, 255 is what nobody labelled.
TEST(MasksOfLabels, MakeFaceAndTrust) {
  const Scratch scratch;
  FaceSourceConfig config = trusted_folder(scratch.path(), 1);
  config.trust.clear();
  cv::Mat labels(64, 64, CV_8UC1, cv::Scalar(0));
  labels(cv::Rect(16, 16, 32, 32)).setTo(1), labels(cv::Rect(28, 28, 8, 8)).setTo(10),
      labels(cv::Rect(16, 40, 32, 8)).setTo(17);
  labels.colRange(56, 64).setTo(255);
  write_image(scratch / "masks/0.png", labels);
  EXPECT_THAT(message_of([&] { still(config); }),
              HasSubstr("masks/0.png: holds the values 0, 1, 10, 17, 255: labels, not levels"));
  config.labels = {"1", "10"};
  EXPECT_TRUE(still(config).trust.empty());
  config.ignore = 255;
  const FaceView view = still(config);
  EXPECT_EQ(view.mask.at<float>(20, 20), 1);
  EXPECT_EQ(view.mask.at<float>(32, 32), 1);
  EXPECT_EQ(view.mask.at<float>(44, 32), 0);
  EXPECT_EQ(view.trust.at<float>(20, 20), 1);
  EXPECT_EQ(view.trust.at<float>(20, 60), 0);
  DataConfig data;
  data.faces = {config};
  EXPECT_TRUE(has_trust(data));
  config.labels = usual_labels(), config.ignore = -1;
  EXPECT_THAT(message_of([&] { still(config); }), HasSubstr("labels, not levels")) << "as if there were none";
  config.labels = {"skin"}, config.ignore = 255;
  EXPECT_THAT(message_of([&] { still(config); }), HasSubstr("labels: 'skin' is no value of a mask"));
  config.labels.clear();
  EXPECT_THAT(message_of([&] { still(config); }), HasSubstr("'ignore' needs 'labels'"));
}

// A square picture that viewers turn, with a mask that they do not: it fits either way.
TEST(Turned, PicturesWhoseMasksMayLieOtherwiseAreSaid) {
  const Scratch scratch;
  const FaceSourceConfig config = face_folder(scratch.path(), 3);
  EXPECT_EQ(open_face_source(config)->warning(), "");
  fs::remove(scratch / "images/1.png");
  write_file(scratch / "images/1.jpg", with_exif(encode_image(".jpg", ramp_picture(64, 1)), 6, true));
  EXPECT_THAT(open_face_source(config)->warning(),
              HasSubstr("images: 1 of 3 pictures are turned by an EXIF orientation that their masks have not"));
}

TEST(NoFace, PicturesAreEmptyAndCertain) {
  const Scratch scratch;
  const auto source = open_face_source(no_face_folder(scratch.path()));
  ASSERT_EQ(source->size(), 3);
  EXPECT_THAT(source->item(2).files, ElementsAre(scratch / "rooms/2.png"));
  const Face face = source->take(2, Rng(1), 48, 2);
  EXPECT_EQ(cv::norm(face(0).image, face(1).image, cv::NORM_INF), 0) << "it stands still";
  EXPECT_EQ(cv::countNonZero(face(0).mask), 0);
  EXPECT_TRUE(face(0).trust.empty());
  EXPECT_NEAR(face(0).layout.nose_tip.x, 24, 2);
  EXPECT_GT(cv::norm(face(0).image, source->take(2, Rng(2), 48, 2)(0).image, cv::NORM_INF), 0) << "another square";
  FaceSourceConfig config = no_face_folder(scratch.path());
  config.images.clear();
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("kind no_face needs 'images'"));
}

TEST(Unlabelled, NothingOfTheFaceIsBelieved) {
  const Scratch scratch;
  const auto source = open_face_source(unlabelled_folder(scratch.path()));
  ASSERT_EQ(source->size(), 3);
  const FaceView view = source->take(1, Rng(1), 48, 1)(0);
  EXPECT_EQ(cv::countNonZero(view.trust), 0);
  EXPECT_EQ(view.trust.size(), cv::Size(48, 48));
  EXPECT_NEAR(view.layout.nose_tip.x, 24, 2) << "occluders find the middle";
  FaceSourceConfig config = unlabelled_folder(scratch.path());
  config.masks = config.images;
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("are a source of kind folder"));
  config.masks.clear(), config.crop = "face";
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("shows the middle of its pictures"));
  config.crop = "centre", config.images.clear();
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("kind unlabelled needs 'images'"));
}

}  // namespace
}  // namespace facemat
