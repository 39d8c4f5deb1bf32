// Faces in the frames of facemat-composite: found or given, shown to the model as crops, counted where there are none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/json.h"
#include "src/runtime/faces/cascade.h"
#include "tests/support/drawn_heads.h"
#include "tests/support/test_data.h"
#include "tests/tools/composite/composite.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The target's alpha is 45 of 255 in the first frame of a clip and 89 in the next.
class CompositeFaces : public CompositeTest {
 protected:
  static constexpr int kWidth = 320, kHeight = 240;

  CompositeFaces() {
    const cv::Mat frame = grey(kTarget, {kWidth, kHeight});
    write_image(folder_ / "target.png", frame);
    for (const char* name : {"a", "b", "c"}) write_image(folder_ / "clip" / (std::string(name) + ".png"), frame);
    // 65 high, so its crop is 100 wide around (150, 100): from 100 to 200 and from 50 to 150.
    write_file(folder_ / "boxes.csv", "frame,x,y,w,h\n0,125,67.5,50,65\n");
  }

  std::string cropping() const { return "--model " + path("m.onnx") + " --set faces.crop.side=100 "; }
  static int green(const cv::Mat& image, int x, int y) { return image.at<cv::Vec3b>(y, x)[1]; }
};

TEST_F(CompositeFaces, TheModelSeesTheCropAndItsMatteComesBackInPlace) {
  const Outcome outcome =
      composite(cropping() + "--faces boxes:" + path("boxes.csv") + " --set faces.crop.fade=0 --target " + path("target.png") +
                " --effect blur --out " + path("out.png") + " --alpha-out " + path("alpha.png") + " --json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(nlohmann::json::parse(outcome.text).at("without_face"), 0);
  const cv::Mat alpha = picture("alpha.png");
  ASSERT_EQ(alpha.size(), cv::Size(kWidth, kHeight));
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const bool inside = x >= 100 && x < 200 && y >= 50 && y < 150;
      ASSERT_EQ(green(alpha, x, y), inside ? 45 : 0) << x << "," << y;
    }
}

TEST_F(CompositeFaces, WholeFramesAreSeenWhenAsked) {
  const Outcome outcome =
      composite(cropping() + "--faces never --target " + path("target.png") + " --alpha-out " + path("a.png"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(green(picture("a.png"), 0, 0), 45);
  EXPECT_EQ(green(picture("a.png"), 319, 239), 45);
  EXPECT_THAT(outcome.text, ::testing::Not(HasSubstr("no face")));
}

TEST_F(CompositeFaces, AFrameWithoutAFaceStaysAsItIsAndIsCounted) {
  const std::string clip = cropping() + "--faces boxes:" + path("none.csv") + " --target " + path("clip") + " --effect tint ";
  write_file(folder_ / "none.csv", "frame,x,y,w,h\n7,125,67.5,50,65\n");
  const Outcome outcome = composite(clip + "--out " + path("out"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("no face found in 3 of them, which stay as they are (--faces never:"));
  EXPECT_EQ(cv::norm(picture("out/b.png"), picture("clip/b.png"), cv::NORM_INF), 0);

  const Outcome whole = composite(clip + "--set faces.on_missing=whole --alpha-out " + path("alpha"));
  ASSERT_EQ(whole.code, 0) << whole.text;
  EXPECT_EQ(green(picture("alpha/b.png"), 0, 0), 89);  // the second frame of a clip
  EXPECT_THAT(whole.text, ::testing::Not(HasSubstr("stay as they are")));
}

TEST_F(CompositeFaces, BoxesBelongToTheFramesTheyNameInStillsToo) {
  write_file(folder_ / "third.csv", "frame,x,y,w,h\n2,125,67.5,50,65\n");
  const Outcome outcome = composite(cropping() + "--stills --faces boxes:" + path("third.csv") + " --target " + path("clip") +
                                    " --alpha-out " + path("alpha") + " --json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(nlohmann::json::parse(outcome.text).at("without_face"), 2);
  EXPECT_EQ(green(picture("alpha/b.png"), 150, 100), 0);
  EXPECT_EQ(green(picture("alpha/c.png"), 150, 100), 45);
}

// The picture rests, so of alpha 0.175 and then 0.35 the second is 0.175 + (1 - 0.5) 0.175 = 0.2625.
TEST_F(CompositeFaces, SmoothingReachesTheMattes) {
  const Outcome outcome = composite(cropping() + "--faces never --set smooth.strength=0.5 --target " + path("clip") +
                                    " --alpha-out " + path("alpha"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(green(picture("alpha/a.png"), 9, 9), 45);
  EXPECT_EQ(green(picture("alpha/b.png"), 9, 9), 67);
}

// Sources that know mattes or places of whole frames are not shown crops; a source sees whole frames by default.
TEST_F(CompositeFaces, WhatIsOfWholeFramesIsNotShownCrops) {
  write_image(folder_ / "mattes/a.png", cv::Mat(kHeight, kWidth, CV_8UC1, cv::Scalar(204)));
  write_file(folder_ / "files.yaml", "kind: files\nfiles: {folder: mattes}\n");
  write_file(folder_ / "points.yaml",
             "kind: segment_anything\nnetwork: {model: e.onnx}\nsegment_anything: {decoder: d.onnx}\n"
             "prompts: {from: listed, points: [{x: 5, y: 5}]}\n");
  const auto matted = [&](const std::string& source, const std::string& more) {
    return composite("--source " + path(source) + more + " --target " + path("target.png") + " --alpha-out " + path("a.png"));
  };
  for (const char* source : {"files.yaml", "points.yaml"}) {
    const Outcome outcome = matted(source, " --faces boxes:" + path("boxes.csv"));
    EXPECT_EQ(outcome.code, 1) << source;
    EXPECT_THAT(outcome.text, AllOf(HasSubstr("of whole frames"), HasSubstr("--faces never"))) << source;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
    EXPECT_FALSE(fs::exists(folder_ / "a.png")) << source;
  }
  const Outcome whole = matted("files.yaml", "");
  ASSERT_EQ(whole.code, 0) << whole.text;
  EXPECT_EQ(green(picture("a.png"), 9, 9), 204);
}

TEST_F(CompositeFaces, FailuresAreOneLine) {
  const std::string rest = " --target " + path("target.png") + " --out " + path("out.png");
  const std::vector<std::pair<std::string, std::string>> table = {
      {"--faces eyes", "'eyes' (known: cascade, yunet"},     {"--faces yunet", "yunet needs its ONNX file"},
      {"--faces yunet:" + path("target.png"), "target.png"}, {"--faces boxes:" + path("none.csv"), "none.csv"},
      {"--faces cascade:" + path("boxes.csv"), "boxes.csv"}, {"--set faces.use=sometimes", "faces.use"},
      {"--set faces.on_missing=guess", "on_missing"},
  };
  for (const auto& [arguments, message] : table) {
    const Outcome outcome = composite(cropping() + arguments + rest);
    EXPECT_EQ(outcome.code, 1) << arguments;
    EXPECT_THAT(outcome.text, AllOf(StartsWith("facemat-composite: "), HasSubstr(message))) << arguments;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
    EXPECT_FALSE(fs::exists(folder_ / "out.png")) << arguments;
  }
}

// A head that leans beside one that does not.
TEST_F(CompositeFaces, StillsAreSearchedForAllTheirFaces) {
  const std::string cascades = message_of([] { find_cascade({}); });
  if (cascades != "no error") GTEST_SKIP() << cascades;
  const TwoHeads two = leaning_beside_upright();
  for (const char* name : {"two.png", "two/a.png", "two/b.png"}) write_image(folder_ / name, two.picture);
  const cv::Point leaning = two.leaning, upright = two.upright;
  const auto alpha = [&](const std::string& target, const std::string& more, const std::string& out) {
    const Outcome outcome =
        composite("--model " + path("m.onnx") + " --target " + path(target) + more + " --alpha-out " + path(out));
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return fs::is_directory(folder_ / out) ? picture(out + "/a.png") : picture(out);
  };
  const cv::Mat film = alpha("two", "", "film"), stills = alpha("two", " --stills", "stills");
  const cv::Mat still = alpha("two.png", "", "still.png");
  const cv::Mat as_set = alpha("two.png", " --set faces.stills=as_set", "as_set.png");
  for (const cv::Mat& each : {film, stills, still, as_set}) EXPECT_GT(green(each, upright.x, upright.y), 0);
  for (const cv::Mat& each : {stills, still}) EXPECT_GT(green(each, leaning.x, leaning.y), 0);
  for (const cv::Mat& each : {film, as_set}) EXPECT_EQ(green(each, leaning.x, leaning.y), 0);
}

// A photograph of an astronaut, laid into a larger grey frame: the usual settings find her face there and nowhere else.
TEST_F(CompositeFaces, FindsThePhotographedFaceByItself) {
  const auto faces = test_data("faces");
  if (!faces) GTEST_SKIP() << "no test data: faces (FACEMAT_TEST_DATA)";
  cv::Mat frame(720, 1280, CV_8UC3, cv::Scalar::all(90));
  const cv::Mat face = read_image(*faces / "images/19_astronaut.jpg");
  ASSERT_LE(face.rows, 600);
  const cv::Rect place(600, 60, face.cols, face.rows);
  face.copyTo(frame(place));
  write_image(folder_ / "frame.png", frame);
  const Outcome outcome = composite("--model " + path("m.onnx") + " --target " + path("frame.png") + " --alpha-out " +
                                    path("alpha.png") + " --json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(nlohmann::json::parse(outcome.text).at("without_face"), 0);
  cv::Mat alpha;
  cv::extractChannel(picture("alpha.png"), alpha, 1);
  EXPECT_EQ(cv::countNonZero(alpha.colRange(0, 600)), 0);
  const cv::Mat mask = read_mask(*faces / "masks/19_astronaut.png");
  EXPECT_GT(cv::mean(alpha(place), mask > 0.5f)[0], 40);  // the crop covers her face
}

}  // namespace
}  // namespace facemat
