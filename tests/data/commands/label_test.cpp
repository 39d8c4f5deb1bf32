// `facemat-data label` as its users meet it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/data/annotate/stand_ins.h"
#include "tests/support/command.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Outcome label(const std::string& arguments) {
  return run(std::string(FACEMAT_BIN_DIR) + "/facemat-data label --quiet " + arguments);
}

// Refused with one line that holds `part`, and exit code 1.
void expect_refused(const std::string& arguments, const std::string& part) {
  const Outcome outcome = label(arguments);
  EXPECT_EQ(outcome.code, 1) << arguments;
  EXPECT_THAT(outcome.text, AllOf(StartsWith("facemat-data: "), HasSubstr(part))) << arguments;
  EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
}

TEST(LabelProgram, LabelsAndIsLabelledFrom) {
  Scratch folder;
  const std::string annotator = write_stand_ins(folder.path()).string(), out = (folder / "out").string();
  for (int i = 0; i < 4; ++i) write_picture(folder / ("in/" + std::to_string(i) + ".png"), stand_in_picture(3 * i));
  write_picture(folder / "in/none.png", picture_without_face());
  const Outcome made =
      label((folder / "in").string() + " --annotator " + annotator + " --licence 'CC BY 4.0' --profile --out " + out);
  EXPECT_EQ(made.code, 0) << made.text;
  EXPECT_THAT(made.text, AllOf(HasSubstr("of 5 pictures 4 faces, 0 that something covers, 1 rejects"),
                               HasSubstr("rejected: 1, no face is found"), HasSubstr("a minute with"), HasSubstr("parsers"),
                               HasSubstr("next: facemat data build --config " + out + "/source.yaml --out DATA")));
  // As it says.
  const Outcome built =
      run(std::string(FACEMAT_BIN_DIR) + "/facemat-data build --quiet --config " + out +
          "/source.yaml --set size=64 --set 'splits=[{name: train, stills: 2}]' --out " + (folder / "data").string());
  EXPECT_EQ(built.code, 0) << built.text;
  EXPECT_THAT(built.text, HasSubstr("CC BY 4.0"));
  // Looked at, and one taken out.
  write_file(folder / "unwanted.txt", "2\n");
  const Outcome checked = label("--check " + out + " --rejects " + (folder / "unwanted.txt").string());
  EXPECT_EQ(checked.code, 0) << checked.text;
  EXPECT_THAT(checked.text, HasSubstr("3 faces, 0 that something covers, 1 removed"));
}

TEST(LabelProgram, RefusesInOneLine) {
  Scratch folder;
  const fs::path file = write_stand_ins(folder.path());
  write_picture(folder / "in/a.png", stand_in_picture());
  const std::string in = (folder / "in").string(), annotator = " --annotator " + file.string(), licence = " --licence CC0-1.0",
                    out = " --out " + (folder / "out").string();
  expect_refused(in + annotator + out, "under which licence may the pictures be learned from?");
  expect_refused(in + licence + out, "an annotator file is needed (--annotator FILE");
  expect_refused(in + licence + out + " --annotator nowhere.yaml", "nowhere.yaml: no such file");
  expect_refused(in + annotator + licence, "--out SOURCE is needed");
  expect_refused(annotator + licence + out, "nothing to label is named");
  expect_refused(in + annotator + licence + out + " --rejects nowhere.txt", "nowhere.txt");
  expect_refused(in + annotator + licence + out + " --set parsers=[]", "at least one");
  expect_refused("--check " + (folder / "nowhere").string(), "nowhere/manifest.tsv: no such file");
  expect_refused(in + " --check " + (folder / "nowhere").string(), "--check looks at what was labelled");
  write_stand_ins(folder.path(), 5);  // a parser of five classes, a table of six
  expect_refused(in + annotator + licence + out,
                 "answers with 5 classes, the class table of parser stand-in has 6 (allowed: 5)");
  fs::remove(folder / "parser.onnx");
  expect_refused(in + annotator + licence + out, "parser.onnx: no such file");
  EXPECT_FALSE(fs::exists(folder / "out.partial"));
}

// Masks that are at hand go through the same crop rule.
TEST(ImportProgram, CutsFacesOutAsLabelDoes) {
  Scratch folder;
  const std::string annotator = write_stand_ins(folder.path()).string();
  const cv::Mat picture = stand_in_picture();
  cv::Mat mask(400, 400, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, kFaceCentre, kFaceAxes, 0, 0, 360, cv::Scalar(255), -1);
  for (const char* name : {"a", "b"}) {
    write_picture(folder / ("images/" + std::string(name) + ".png"), picture);
    write_image(folder / ("masks/" + std::string(name) + ".png"), mask);
  }
  write_picture(folder / "images/none.png", picture_without_face());
  write_image(folder / "masks/none.png", mask);
  const std::string command = std::string(FACEMAT_BIN_DIR) + "/facemat-data import --quiet --images " +
                              (folder / "images").string() + " --masks " + (folder / "masks").string() + " --cut " + annotator +
                              " --out " + (folder / "out").string();
  const Outcome refused = run(command);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.text, HasSubstr("none.png: no face is found"));
  const Outcome imported = run(command + " --bad skip");
  ASSERT_EQ(imported.code, 0) << imported.text;
  EXPECT_THAT(names_in(folder / "out/images"), ::testing::ElementsAre("a.jpg", "b.jpg"));
  const cv::Mat cut = read_mask(folder / "out/masks/a.png");
  const cv::Mat wanted = mask(cv::Rect(47, 35, 306, 306)) > 127;
  EXPECT_EQ(cv::norm(cut > 0.5f, wanted, cv::NORM_INF), 0);
  EXPECT_EQ(read_image(folder / "out/images/a.jpg").size(), cv::Size(306, 306));
}

TEST(LabelProgram, PrintsSettingsThatLoad) {
  Scratch folder;
  const fs::path file = write_stand_ins(folder.path());
  const Outcome printed = label("--annotator " + file.string() + " --set largest=300 --print-config");
  EXPECT_EQ(printed.code, 0);
  write_file(folder / "printed.yaml", printed.text);
  EXPECT_EQ(load_annotator(folder / "printed.yaml").largest, 300);
}

}  // namespace
}  // namespace facemat
