#include "data/sources/faces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "tests/data/trees.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

using testing::HasSubstr;

void expect_view(const FaceView& view, int side) {
  EXPECT_EQ(view.image.type(), CV_32FC3);
  EXPECT_EQ(view.mask.type(), CV_32FC1);
  EXPECT_EQ(view.image.size(), cv::Size(side, side));
  EXPECT_EQ(view.mask.size(), cv::Size(side, side));
  EXPECT_TRUE(cv::checkRange(view.image, true, nullptr, 0, 1 + 1e-6));
  EXPECT_TRUE(cv::checkRange(view.mask, true, nullptr, 0, 1 + 1e-6));
  EXPECT_GT(cv::mean(view.mask)[0], 0.02);
  EXPECT_GT(view.layout.width, 0.1 * side);
}

TEST(FaceSources, ProceduralPeopleAreNumbered) {
  FaceSourceConfig config;
  config.count = 3;
  const auto source = open_face_source(config);
  EXPECT_EQ(source->size(), 3);
  const FaceView first = source->view(0, Rng(1), 64, 0), again = source->view(0, Rng(1), 64, 0),
                 other = source->view(1, Rng(1), 64, 0);
  expect_view(first, 64);
  EXPECT_EQ(cv::norm(first.image, again.image, cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(first.image, other.image, cv::NORM_INF), 0.05);
}

TEST(FaceSources, AFolderGivesItsPairs) {
  const Scratch scratch;
  const auto source = open_face_source(face_folder(scratch.path(), 3, 64));
  EXPECT_EQ(source->size(), 3);
  EXPECT_EQ(source->item(2), "2.png");
  const FaceView view = source->view(2, Rng(1), 64, 0);
  expect_view(view, 64);
  EXPECT_EQ(view.mask.at<float>(32, 32), 1);
  EXPECT_EQ(view.mask.at<float>(2, 2), 0);
  EXPECT_NEAR(view.image.at<cv::Vec3f>(5, 5)[0], 40 / 255.0, 1e-6);
  expect_view(source->view(2, Rng(1), 32, 1), 32);
}

TEST(FaceSources, WidePicturesAreCroppedInTheMiddle) {
  const Scratch scratch;
  cv::Mat image(40, 80, CV_8UC3, cv::Scalar::all(0)), mask(40, 80, CV_8UC1, cv::Scalar(0));
  image.colRange(20, 60).setTo(cv::Scalar::all(100));
  cv::circle(mask, {40, 20}, 15, cv::Scalar(255), -1);
  FaceSourceConfig config = face_folder(scratch.path(), 1);
  write_image(scratch / "images/0.png", image);
  write_image(scratch / "masks/0.png", mask);
  const FaceView view = open_face_source(config)->view(0, Rng(1), 40, 0);
  EXPECT_NEAR(cv::mean(view.image)[0], 100 / 255.0, 1e-6);
}

TEST(FaceSources, MotionIsGentleAndMovesPictureAndMaskTogether) {
  const Scratch scratch;
  FaceSourceConfig config = face_folder(scratch.path(), 1);
  cv::Mat picture;
  cv::cvtColor(disc_mask(64), picture, cv::COLOR_GRAY2BGR);
  write_image(scratch / "images/0.png", picture);  // the picture is its own mask
  const auto source = open_face_source(config);
  const FaceView start = source->view(0, Rng(3), 64, 0), end = source->view(0, Rng(3), 64, 1);
  cv::Mat blue;
  cv::extractChannel(end.image, blue, 0);
  EXPECT_LT(cv::norm(blue, end.mask, cv::NORM_INF), 1e-5);
  EXPECT_GT(cv::norm(start.mask, end.mask, cv::NORM_L1), 1);
  EXPECT_LT(cv::norm(start.layout.nose_tip - end.layout.nose_tip), 0.08 * 64);
}

TEST(FaceSources, FolderMistakesAreNamed) {
  struct Case {
    const char* message;
    std::function<void(const fs::path&, FaceSourceConfig&)> spoil;
  };
  const std::vector<Case> table = {
      {"no such folder", [](const fs::path& root, FaceSourceConfig& c) { c.images = (root / "none").string(); }},
      {"no such folder", [](const fs::path& root, FaceSourceConfig& c) { c.masks = (root / "none").string(); }},
      {"needs 'images' and 'masks'", [](const fs::path&, FaceSourceConfig& c) { c.masks.clear(); }},
      {"1.png: no mask with this stem", [](const fs::path& root, FaceSourceConfig&) { fs::remove(root / "masks/1.png"); }},
      {"1.png: the picture is 64x64 but its mask 32x64",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "masks/1.png", disc_mask(64).colRange(16, 48)); }},
      {"1.png: the mask holds no face",
       [](const fs::path& root, FaceSourceConfig&) { write_image(root / "masks/1.png", cv::Mat::zeros(64, 64, CV_8U)); }},
      {"images/1.png: the image is truncated",
       [](const fs::path& root, FaceSourceConfig&) {
         const std::string bytes = read_file(root / "images/1.png");
         write_file(root / "images/1.png", bytes.substr(0, bytes.size() / 2));
       }},
      {"masks/1.png: not a PNG or JPEG image",
       [](const fs::path& root, FaceSourceConfig&) { write_file(root / "masks/1.png", "hello"); }},
      {"unknown kind 'painting' (known: procedural, folder, celebamask)",
       [](const fs::path&, FaceSourceConfig& c) { c.kind = "painting"; }},
  };
  for (const Case& c : table) {
    const Scratch scratch;
    FaceSourceConfig config = face_folder(scratch.path(), 2);
    c.spoil(scratch.path(), config);
    EXPECT_THAT(message_of([&] { open_face_source(config)->view(1, Rng(1), 32, 0); }), HasSubstr(c.message));
  }
}

TEST(FaceSources, InvertedMasksAreRefusedByName) {
  const Scratch scratch;
  FaceSourceConfig config = face_folder(scratch.path(), 3);
  for (int i = 0; i < 3; ++i) write_image(scratch / ("masks/" + std::to_string(i) + ".png"), 255 - disc_mask(64));
  EXPECT_THAT(message_of([&] { open_face_source(config); }), HasSubstr("set polarity: occluder"));
  config.polarity = "occluder";
  const FaceView view = open_face_source(config)->view(0, Rng(1), 64, 0);
  EXPECT_EQ(view.mask.at<float>(32, 32), 1);
  EXPECT_EQ(view.mask.at<float>(2, 2), 0);

  const Scratch upright;
  FaceSourceConfig other = face_folder(upright.path(), 3);
  other.polarity = "occluder";
  EXPECT_THAT(message_of([&] { open_face_source(other); }), HasSubstr("set polarity: visible_face"));
}

// Two people in CelebAMask-HQ's layout: pictures of 64 pixels, labels of 32; 2000 lies in another folder than 7.
FaceSourceConfig celebamask_tree(const fs::path& root) {
  cv::Mat hair(32, 32, CV_8UC1, cv::Scalar(0));
  hair.rowRange(0, 14).setTo(255);
  for (const auto& [id, folder] : {std::pair{7, "0"}, std::pair{2000, "1"}}) {
    write_image(root / "CelebA-HQ-img" / (std::to_string(id) + ".jpg"), ramp_picture(64, 1));
    const fs::path labels = root / "CelebAMask-HQ-mask-anno" / folder;
    const auto name = [&, id = id](const char* label) { return labels / fmt::format("{:05}_{}.png", id, label); };
    cv::Mat nose(32, 32, CV_8UC1, cv::Scalar(0)), skin = disc_mask(32), wide;
    nose(cv::Rect(14, 14, 4, 4)).setTo(255);
    skin(cv::Rect(14, 14, 4, 4)).setTo(0);  // labels do not overlap
    cv::cvtColor(skin, wide, cv::COLOR_GRAY2BGR);
    write_image(name("skin"), wide);  // as distributed: three equal channels
    write_image(name("nose"), nose);
    if (id == 2000) write_image(name("hair"), hair);
  }
  FaceSourceConfig config;
  config.kind = "celebamask";
  config.root = root.string();
  return config;
}

TEST(FaceSources, CelebaMaskJoinsItsLabels) {
  const Scratch scratch;
  const auto source = open_face_source(celebamask_tree(scratch.path()));
  ASSERT_EQ(source->size(), 2);
  EXPECT_EQ(source->item(0), "7.jpg");
  EXPECT_EQ(source->item(1), "2000.jpg") << "by number, not by text";
  const FaceView plain = source->view(0, Rng(1), 64, 0), haired = source->view(1, Rng(1), 64, 0);
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
  const FaceView view = open_face_source(config)->view(1, Rng(1), 64, 0);
  EXPECT_EQ(view.mask.at<float>(32, 32), 0);
  EXPECT_EQ(view.mask.at<float>(20, 32), 1);
}

TEST(FaceSources, CelebaMaskMistakesAreNamed) {
  const Scratch scratch;
  FaceSourceConfig config = celebamask_tree(scratch.path());
  const auto message = [&](int64_t index) { return message_of([&] { open_face_source(config)->view(index, Rng(1), 32, 0); }); };
  write_image(scratch / "CelebAMask-HQ-mask-anno/0/00007_mouth.png", disc_mask(16));
  EXPECT_THAT(message(0), HasSubstr("00007_mouth.png: 16x16 pixels, the other labels have 32x32"));
  fs::remove_all(scratch / "CelebAMask-HQ-mask-anno/0");
  EXPECT_THAT(message(0), HasSubstr("00007_skin.png: no file of the labels"));
  write_file(scratch / "CelebA-HQ-img/anna.jpg", "");
  EXPECT_THAT(message(0), HasSubstr("anna.jpg: pictures of CelebAMask-HQ are named by number"));
  config.root = (scratch / "none").string();
  EXPECT_THAT(message(0), HasSubstr("no such folder"));
  config.root.clear();
  EXPECT_THAT(message(0), HasSubstr("needs 'root'"));
}

TEST(FaceSources, RealPhotographsLoad) {
  const auto faces = test_data("faces");
  if (!faces) GTEST_SKIP() << "no photographs here (FACEMAT_TEST_DATA)";
  FaceSourceConfig folder, celeba;
  folder.kind = "folder", folder.images = (*faces / "images").string(), folder.masks = (*faces / "masks").string();
  celeba.kind = "celebamask", celeba.root = (*faces / "celebamask_layout").string();
  for (const FaceSourceConfig& config : {folder, celeba}) {
    const auto source = open_face_source(config);
    for (int64_t i = 0; i < source->size(); ++i) expect_view(source->view(i, Rng(1), 96, 0.5), 96);
  }
}

}  // namespace
}  // namespace facemat
