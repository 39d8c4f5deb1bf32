#include "src/runtime/sources/prompts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/runtime/sources/alpha_source.h"
#include "tests/src/runtime/tiny_sam.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

double sigmoid(double logit) { return 1 / (1 + std::exp(-logit)); }

cv::Mat frame_of(cv::Size size = {100, 60}) { return cv::Mat(size, CV_8UC3, cv::Scalar::all(90)); }

PromptConfig listed() {
  PromptConfig config;
  config.from = "listed";
  return config;
}

// --- files

FramePrompts read(const std::string& text) {
  const Scratch folder;
  write_file(folder / "prompts.csv", text);
  return read_prompts(folder / "prompts.csv");
}

TEST(ReadPrompts, PlacesByFrameAndObject) {
  const FramePrompts prompts = read(
      "frame,what,x,y,w,h,object\n"
      "0,box,10,20,30,40,0\n"
      "0, unwanted ,15,25\n"
      "0,wanted,70.5,30,,,3\r\n"
      "\n"
      "7,wanted,1,2\n");
  ASSERT_EQ(prompts.size(), 2u);
  const std::vector<ObjectPrompt>& first = prompts.at(0);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].box, cv::Rect2d(10, 20, 30, 40));
  ASSERT_EQ(first[0].points.size(), 1u);
  EXPECT_EQ(first[0].points[0].at, cv::Point2d(15, 25));
  EXPECT_FALSE(first[0].points[0].wanted);
  EXPECT_TRUE(first[1].box.empty());
  EXPECT_EQ(first[1].points[0].at, cv::Point2d(70.5, 30));
  EXPECT_TRUE(first[1].points[0].wanted);
  EXPECT_EQ(prompts.at(7)[0].points[0].at, cv::Point2d(1, 2));
}

TEST(ReadPrompts, ColumnsMayBeInAnyOrder) {
  EXPECT_EQ(read(" y ,x,what,frame\n2,1,wanted,4\n").at(4)[0].points[0].at, cv::Point2d(1, 2));
}

TEST(ReadPrompts, MistakesNameTheLine) {
  const auto message = [](const std::string& text) { return message_of([&] { read(text); }); };
  const std::string head = "frame,what,x,y,w,h,object\n";
  EXPECT_THAT(message("frame,what,x\n"), AllOf(HasSubstr("prompts.csv:1"), HasSubstr("no column 'y'")));
  EXPECT_THAT(message("frame,what,x,y,z\n"), HasSubstr("unknown column 'z'"));
  EXPECT_THAT(message("frame,what,x,y,x\n"), HasSubstr("'x' is there twice"));
  EXPECT_THAT(message(head + "0,wanted,1,2\n0,circle,1,2\n"), AllOf(HasSubstr("prompts.csv:3"), HasSubstr("'circle'")));
  EXPECT_THAT(message(head + "0,wanted,one,2\n"), HasSubstr("x 'one' is no number"));
  EXPECT_THAT(message(head + "0,wanted,1\n"), HasSubstr("it has no y"));
  EXPECT_THAT(message(head + "0,wanted,1,2,3,4,5,6\n"), HasSubstr("8 cells for 7 columns"));
  EXPECT_THAT(message(head + "0.5,wanted,1,2\n"), HasSubstr("frame 0.5"));
  EXPECT_THAT(message(head + "0,wanted,1,2,,,64\n"), HasSubstr("object 64"));
  EXPECT_THAT(message(head + "0,box,1,2\n"), HasSubstr("a box of 0x0"));
  EXPECT_THAT(message(head + "0,box,1,2,3,4\n0,box,1,2,3,4\n"), AllOf(HasSubstr(":3"), HasSubstr("second box of object 0")));
  EXPECT_THAT(message(head + "0,wanted,1e9,2\n"), HasSubstr("allowed: up to"));
  std::string many = head;
  for (size_t i = 0; i <= kMostPromptPoints; ++i) many += "0,wanted,1,2\n";
  EXPECT_THAT(message(many), AllOf(HasSubstr(":1026"), HasSubstr("more than 1024 points of object 0")));
  EXPECT_THAT(message_of([] { read_prompts("/nowhere/prompts.csv"); }), HasSubstr("/nowhere/prompts.csv"));
}

// --- frame after frame

TEST(Prompter, ListedPlacesAreThereInEveryFrame) {
  PromptConfig config = listed();
  config.points = {{5, 6, "wanted", 1}, {7, 8, "unwanted", 1}};
  config.boxes = {{1, 2, 30, 40, 0}};
  Prompter prompter(config, 1);
  for (int i = 0; i < 2; ++i) {
    const std::vector<ObjectPrompt> prompts = prompter.find(frame_of());
    ASSERT_EQ(prompts.size(), 2u);
    EXPECT_EQ(prompts[0].box, cv::Rect2d(1, 2, 30, 40));
    EXPECT_EQ(prompts[1].points.size(), 2u);
    prompter.reset();
  }
  config.boxes.push_back({3, 4, 5, 6, 0});
  EXPECT_THAT(message_of([&] { check(config); }), AllOf(HasSubstr("prompts.boxes"), HasSubstr("second box")));
}

// The default asks for faces: places that are listed without saying so would be forgotten.
TEST(Prompter, PlacesThatNobodyLooksAtAreRefused) {
  PromptConfig points, boxes, file;
  points.points = {{5, 6, "wanted", 0}};
  boxes.boxes = {{1, 2, 30, 40, 0}};
  boxes.from = "file";
  file.file = "prompts.csv";
  const auto message = [](const PromptConfig& config) { return message_of([&] { check(config); }); };
  EXPECT_THAT(message(points), AllOf(HasSubstr("prompts.from is face"), HasSubstr("with prompts.from listed")));
  EXPECT_THAT(message(boxes), AllOf(HasSubstr("prompts.from is file"), HasSubstr("with prompts.from listed")));
  EXPECT_THAT(message(file), AllOf(HasSubstr("prompts.from is face"), HasSubstr("with prompts.from file")));
  points.from = "listed", file.from = "file";
  EXPECT_EQ(message(points), "no error");
  EXPECT_EQ(message(file), "no error");
}

TEST(Prompter, SharesAreOfTheFrame) {
  PromptConfig config = listed();
  config.units = "shares";
  config.points = {{0.5, 0.25, "wanted", 0}};
  config.boxes = {{0.1, 0.2, 0.5, 0.5, 0}};
  const std::vector<ObjectPrompt> prompts = Prompter(config, 1).find(frame_of());
  EXPECT_EQ(prompts[0].points[0].at, cv::Point2d(50, 15));
  EXPECT_EQ(prompts[0].box, cv::Rect2d(10, 12, 50, 30));
}

TEST(Prompter, AFileSpeaksOfItsFramesAlone) {
  const Scratch folder;
  write_file(folder / "p.csv", "frame,what,x,y\n1,wanted,3,4\n");
  PromptConfig config;
  config.from = "file";
  EXPECT_THAT(message_of([&] { Prompter(config, 1); }), HasSubstr("prompts.file"));
  config.file = (folder / "p.csv").string();
  Prompter prompter(config, 1);
  EXPECT_TRUE(prompter.find(frame_of()).empty());
  prompter.reset();  // a cut: the count goes on
  EXPECT_EQ(prompter.find(frame_of()).size(), 1u);
  EXPECT_TRUE(prompter.find(frame_of()).empty());
}

// A face of 26x26 at (20, 10) by the detector `boxes`: its crop is a square of 40 about (33, 23).
PromptConfig faces(const Scratch& folder) {
  write_file(folder / "boxes.csv", "frame,x,y,w,h\n0,20,10,26,26\n");
  PromptConfig config;
  config.detector.kind = "boxes";
  config.detector.file = (folder / "boxes.csv").string();
  config.grow = 1;
  return config;
}

TEST(Prompter, ByDefaultFacesAreAskedForByTheirBox) {
  const Scratch folder;
  EXPECT_EQ(PromptConfig().from, "face");
  EXPECT_EQ(PromptConfig().face, "box");
  Prompter prompter(faces(folder), 1);
  const std::vector<ObjectPrompt> prompts = prompter.find(frame_of());
  ASSERT_EQ(prompts.size(), 1u);
  const cv::Rect2d box = prompts[0].box;
  EXPECT_NEAR(box.x + box.width / 2, 33, 1e-9);
  EXPECT_NEAR(box.y + box.height / 2, 23, 1e-9);
  EXPECT_NEAR(box.height, 26, 1e-9);
  EXPECT_NEAR(box.width, 26 * 0.81 / 1.13, 1e-9);  // as faces are wide
  EXPECT_TRUE(prompts[0].points.empty());
}

TEST(Prompter, OrByPointsOnEyesNoseAndMouth) {
  const Scratch folder;
  PromptConfig config = faces(folder);
  config.face = "both";
  const std::vector<ObjectPrompt> prompts = Prompter(config, 1).find(frame_of());
  ASSERT_EQ(prompts[0].points.size(), kFacePoints);
  EXPECT_FALSE(prompts[0].box.empty());
  const cv::Point2d eye = face_template()[0];
  EXPECT_NEAR(prompts[0].points[0].at.x, 13 + 40 * eye.x, 1e-9);
  EXPECT_NEAR(prompts[0].points[0].at.y, 3 + 40 * eye.y, 1e-9);
  config.face = "points";
  EXPECT_TRUE(Prompter(config, 1).find(frame_of())[0].box.empty());
}

TEST(Prompter, AFaceIsFollowedAndWithoutAnyThereIsNoPrompt) {
  const Scratch folder;
  Prompter prompter(faces(folder), 1);
  EXPECT_EQ(prompter.find(frame_of()).size(), 1u);
  EXPECT_EQ(prompter.find(frame_of()).size(), 1u);  // held for as long as it was seen
  EXPECT_TRUE(prompter.find(frame_of()).empty());
  PromptConfig whole;
  whole.detector.kind = "whole";
  EXPECT_EQ(Prompter(whole, 1).find(frame_of())[0].box, cv::Rect2d(0, 0, 100, 60));
}

TEST(Prompter, FramesThatAreNotLookedAtCount) {
  const Scratch folder;
  PromptConfig config = faces(folder);
  write_file(folder / "boxes.csv", "frame,x,y,w,h\n1,20,10,26,26\n");
  Prompter first(config, 1), second(config, 1);
  EXPECT_TRUE(first.find(frame_of()).empty());
  second.skip();
  EXPECT_EQ(second.find(frame_of()).size(), 1u);
}

// --- as a source

TEST(SegmentAnythingSource, TheLargestOfTheObjectsMasks) {
  const Scratch folder;
  AlphaSourceConfig config = sam_settings(folder.path(), {0.01f, 0, 0, 0}, 64);
  config.prompts = listed();
  config.prompts.points = {{10, 20, "wanted", 0}, {30, 20, "wanted", 1}};
  const auto value = [&] { return make_alpha_source(config, 1)->predict(frame_of({64, 32})).alpha.at<float>(9, 9); };
  EXPECT_NEAR(value(), sigmoid(0.01 * (29.5 + 19.5)), 1e-5);
  config.polarity = "occluder";
  EXPECT_NEAR(value(), 1 - sigmoid(0.01 * (29.5 + 19.5)), 1e-5);
}

TEST(SegmentAnythingSource, WithoutAPromptNothingIsThere) {
  const Scratch folder;
  AlphaSourceConfig config = sam_settings(folder.path(), {0, 0, 0, 0, {5}}, 64);
  config.prompts = faces(folder);
  const auto source = make_alpha_source(config, 1);
  EXPECT_GT(source->predict(frame_of()).alpha.at<float>(9, 9), 0.9);
  source->reset();
  EXPECT_EQ(cv::countNonZero(source->predict(frame_of()).alpha), 0);
}

TEST(SegmentAnythingSource, AHintIsEveryPromptsMask) {
  const Scratch folder;
  AlphaSourceConfig config = sam_settings(folder.path(), {0, 0, 0, 0.1f}, 64);
  config.prompts = listed();
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("nothing is listed"));
  write_image(folder / "mattes/0.png", cv::Mat(64, 64, CV_8UC1, cv::Scalar(255)));
  write_file(folder / "mattes.yaml", fmt::format("kind: files\nfiles: {{folder: {}}}\n", (folder / "mattes").string()));
  config.hint.file = (folder / "mattes.yaml").string();
  EXPECT_NEAR(make_alpha_source(config, 1)->predict(frame_of({64, 64})).alpha.at<float>(9, 9), sigmoid(0.1 * kMaskLogit), 1e-5);
  config.polarity = "occluder";  // all of it is face, so the mask of what covers it is empty
  EXPECT_NEAR(make_alpha_source(config, 1)->predict(frame_of({64, 64})).alpha.at<float>(9, 9), 1 - sigmoid(-0.1 * kMaskLogit),
              1e-5);
}

TEST(SegmentAnythingSource, PlacesHoldForTheFrameAsItIs) {
  AlphaSourceConfig config;
  config.kind = "segment_anything";
  config.prompts = listed();
  config.prompts.points = {{0.5, 0.5, "wanted", 0}};
  EXPECT_EQ(message_of([&] { check(config); }), "no error");
  config.working_size.max_side = 64;
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("prompts.units"));
  config.prompts.units = "shares";
  EXPECT_EQ(message_of([&] { check(config); }), "no error");
  config.augment.flip = true;
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("not augmented"));
  config.prompts = {};  // faces are found in whatever is seen
  EXPECT_EQ(message_of([&] { check(config); }), "no error");
  config.hint.file = "mattes.yaml";
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("hint is not augmented"));
}

// The sources around it may scale and crop frames as well as it may itself.
TEST(SegmentAnythingSource, PlacesAreRefusedWhereASourceAroundItChangesFrames) {
  const Scratch folder;
  AlphaSourceConfig inner = sam_settings(folder.path(), {}, 64);
  inner.prompts = listed();
  inner.prompts.points = {{0.5, 0.5, "wanted", 0}};
  const auto message = [&](const AlphaSourceConfig& outer) {
    write_file(folder / "sam.yaml", config_to_yaml(inner));
    return message_of([&] { make_alpha_source(outer, 1); });
  };
  AlphaSourceConfig solver, faces;
  solver.kind = "closed_form", solver.trimap.from = "hint", solver.hint.file = (folder / "sam.yaml").string();
  faces.kind = "faces", faces.faces.detector.kind = "whole", faces.combine.sources = {{(folder / "sam.yaml").string(), ""}};
  EXPECT_EQ(message(solver), "no error");
  EXPECT_THAT(message(faces), HasSubstr("crops or augments"));
  solver.working_size.max_side = 32;
  EXPECT_THAT(message(solver), HasSubstr("prompts.units"));
  inner.prompts.units = "shares";
  EXPECT_EQ(message(solver), "no error");
}

TEST(SegmentAnythingSource, PublishedIsTheFirstMaskCutAtZero) {
  const Scratch folder;
  AlphaSourceConfig config = sam_settings(folder.path(), {0, 0, 0, 0, {0.5f, 4}, {0.1f, 0.9f}}, 64);
  config.prompts = listed();
  config.prompts.points = {{10, 20, "wanted", 0}};
  const auto value = [&] { return make_alpha_source(config, 1)->predict(frame_of({64, 32})).alpha.at<float>(9, 9); };
  EXPECT_NEAR(value(), sigmoid(4), 1e-6);
  config.published = true;
  EXPECT_EQ(value(), 1);
}

TEST(SegmentAnythingSource, FilesAreRelativeToTheSettingsThatNameThem) {
  const Scratch folder;
  write_file(folder / "base/sam.yaml",
             "kind: segment_anything\nnetwork: {model: e.onnx}\nsegment_anything: {decoder: d.onnx}\n"
             "prompts: {from: file, file: p.csv}\n");
  write_file(folder / "own.yaml", "base: base/sam.yaml\nsegment_anything: {decoder: mine.onnx}\n");
  const AlphaSourceConfig config = load_alpha_source(folder / "own.yaml");
  EXPECT_EQ(config.network.model, (folder / "base/e.onnx").string());
  EXPECT_EQ(config.segment_anything.decoder, (folder / "mine.onnx").string());
  EXPECT_EQ(config.prompts.file, (folder / "base/p.csv").string());
}

}  // namespace
}  // namespace facemat
