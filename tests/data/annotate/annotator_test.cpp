// An annotator of stand-in networks, on pictures that they understand.

#include "data/annotate/annotator.h"
#include "src/core/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/annotate/stand_ins.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AnnotatorTest, CutsOutLabelsAndJudgesAFace) {
  Scratch folder;
  Annotator annotator(load_annotator(write_stand_ins(folder.path())));
  const std::vector<LabelledFace> faces = annotator.label(stand_in_picture());
  ASSERT_EQ(faces.size(), 1u);
  const LabelledFace& face = faces[0];
  EXPECT_THAT(face.reject, IsEmpty());
  EXPECT_NEAR(face.box.x, 137.5, 0.1);
  EXPECT_NEAR(face.box.height, 175, 0.1);
  EXPECT_EQ(face.crop, cv::Rect(47, 35, 306, 306));
  EXPECT_FALSE(face.natural || face.moved);
  EXPECT_EQ(face.image.size(), cv::Size(306, 306));
  EXPECT_EQ(cv::norm(face.image, stand_in_picture()(face.crop), cv::NORM_INF), 0);
  cv::Mat wanted(400, 400, CV_8UC1, cv::Scalar(0));
  cv::ellipse(wanted, kFaceCentre, kFaceAxes, 0, 0, 360, cv::Scalar(255), -1);
  EXPECT_GT(overlap_of(face.mask, wanted(face.crop)), 0.98);
  EXPECT_NEAR(face.facts.mask, CV_PI * 72 * 96 / (306 * 306), 0.005);
  EXPECT_LT(face.facts.untrusted, 0.02);
  EXPECT_NEAR(face.facts.yaw, 0.5, 0.01);
  EXPECT_NEAR(face.score, 0.9, 1e-6);
}

TEST(AnnotatorTest, SaysWhatCoversAFace) {
  Scratch folder;
  Annotator annotator(load_annotator(write_stand_ins(folder.path())));
  const LabelledFace face = annotator.label(covered_picture()).at(0);
  EXPECT_THAT(face.reject, IsEmpty());
  EXPECT_TRUE(face.natural);
  EXPECT_GT(face.facts.body, 0.1);
  EXPECT_EQ(face.mask.at<uint8_t>(215 - face.crop.y, 190 - face.crop.x), 0);
}

TEST(AnnotatorTest, LargeCropsAreMadeSmall) {
  Scratch folder;
  const LabelledFace face =
      Annotator(load_annotator(write_stand_ins(folder.path()), {"largest=230"})).label(stand_in_picture()).at(0);
  EXPECT_EQ(face.image.size(), cv::Size(230, 230));
  EXPECT_EQ(face.mask.size(), cv::Size(230, 230));
  EXPECT_EQ(face.crop.width, 306);
  EXPECT_THAT(face.reject, IsEmpty());
}

TEST(AnnotatorTest, TakesCropsAsTheyAre) {
  Scratch folder;
  Annotator annotator(load_annotator(write_stand_ins(folder.path()), {"pictures=crops"}));
  const cv::Mat crop = stand_in_picture()(cv::Rect(47, 35, 306, 306)).clone();
  const LabelledFace face = annotator.label(crop).at(0);
  EXPECT_THAT(face.reject, IsEmpty());
  EXPECT_EQ(cv::norm(face.image, crop, cv::NORM_INF), 0);
  EXPECT_THAT(message_of([&] { annotator.label(crop(cv::Rect(0, 0, 306, 290)).clone()); }), HasSubstr("306x290 is no crop"));
}

TEST(AnnotatorTest, SaysWhyAFaceIsNotKept) {
  Scratch folder;
  Annotator annotator(load_annotator(write_stand_ins(folder.path())));
  EXPECT_EQ(message_of([&] { annotator.label(picture_without_face()); }), "no face is found");
  cv::Mat small;
  cv::resize(stand_in_picture(), small, {46, 46});  // a face of 20 pixels
  EXPECT_EQ(annotator.label(small).at(0).reject, "a face 20 pixels high, its crop 35 (allowed: from 224)");
  Annotator unsure(load_annotator(write_stand_ins(folder.path(), 6, 1, 0.2f)));
  EXPECT_EQ(unsure.label(stand_in_picture()).at(0).reject, "its landmarks score 0.20 (allowed: from 0.5)");
  Annotator crowd(load_annotator(write_stand_ins(folder.path(), 6, 40)));
  EXPECT_EQ(message_of([&] { crowd.label(stand_in_picture()); }), "more than 16 faces (allowed: up to 16, most_faces)");
}

TEST(AnnotatorTest, WhatWasLabelledBeforeChangesNothing) {
  Scratch folder;
  const AnnotatorConfig config = load_annotator(write_stand_ins(folder.path()));
  Annotator one(config), other(config);
  other.label(covered_picture());
  const LabelledFace a = one.label(stand_in_picture()).at(0), b = other.label(stand_in_picture()).at(0);
  EXPECT_EQ(cv::norm(a.mask, b.mask, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(a.trust, b.trust, cv::NORM_INF), 0);
}

TEST(AnnotatorFile, NamesItsNetworksRelativeToItself) {
  Scratch folder;
  write_stand_ins(folder.path());
  write_file(folder / "sub/mine.yaml", "base: ../annotator.yaml\nlargest: 300\ndetector: {file: other.onnx}\n");
  const AnnotatorConfig config = load_annotator(folder / "sub/mine.yaml");
  EXPECT_EQ(config.largest, 300);
  EXPECT_EQ(config.detector.file, (folder / "sub/other.onnx").string());
  EXPECT_EQ(config.parsers.at(0).network.model, (folder / "parser.onnx").string());
  EXPECT_EQ(model_files_of(config).size(), 3u);
  EXPECT_EQ(load_annotator(folder / "annotator.yaml", {"landmarks.network.model=x.onnx"}).landmarks.network.model, "x.onnx");
}

// Before the first picture, and not as a reject of every one.
TEST(AnnotatorTest, NetworksThatDoNotFitAreRefusedAtOnce) {
  const Scratch folder;
  const fs::path file = write_stand_ins(folder.path());
  const auto message = [&](const std::vector<std::string>& set) {
    return message_of([&] { Annotator(load_annotator(file, set)); });
  };
  EXPECT_THAT(message({"mesh.nose=9999"}), AllOf(HasSubstr("468 landmarks"), HasSubstr("number 9999")));
  EXPECT_THAT(message({"landmarks.level=[33, 9999]", "landmarks.refine=1"}), HasSubstr("9999"));
}

TEST(AnnotatorFile, MistakesAreNamed) {
  Scratch folder;
  const fs::path file = write_stand_ins(folder.path());
  const auto message = [&](const std::vector<std::string>& set) { return message_of([&] { load_annotator(file, set); }); };
  EXPECT_THAT(message_of([] { load_annotator("nowhere.yaml"); }), AllOf(HasSubstr("nowhere.yaml"), HasSubstr("no such file")));
  EXPECT_THAT(message_of([] { load_annotator(""); }), HasSubstr("--annotator FILE"));
  EXPECT_THAT(message({"detector.kind=whole"}), HasSubstr("detector.kind is whole"));
  EXPECT_THAT(message({"smallest=600"}), HasSubstr("smallest is 600 and largest 512"));
  EXPECT_THAT(message({"parsers=[]"}), HasSubstr("at least one"));
  EXPECT_THAT(message({"ears=false"}), HasSubstr("ears"));
  fs::remove(folder / "points.onnx");
  EXPECT_THAT(message_of([&] { Annotator(load_annotator(file)); }), HasSubstr("points.onnx: no such file"));
}

TEST(AnnotatorFile, EveryOneThatIsShippedLoads) {
  for (const fs::path& file : list_files(FACEMAT_SOURCE_DIR "/configs/annotators", {".yaml"}))
    EXPECT_EQ(message_of([&] { load_annotator(file); }), "no error") << file;
}

}  // namespace
}  // namespace facemat
