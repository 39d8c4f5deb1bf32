// facemat-eval as its users meet it: command lines, exit codes, messages, what is left on disk.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/results/result.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "tests/eval/example.h"
#include "tests/src/runtime/models.h"
#include "tests/support/command.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Outcome eval(const std::string& arguments) {
  return run(std::string(FACEMAT_BIN_DIR) + "/facemat-eval --quiet --threads 2 " + arguments);
}

// A subcommand, whose options stand behind its name.
Outcome eval_command(const std::string& arguments) { return run(std::string(FACEMAT_BIN_DIR) + "/facemat-eval " + arguments); }

// Four stills and a clip of two frames: images, true mattes, trimaps; predictions that are wrong by 0.2 of the face.
class EvalProgram : public testing::Test {
 protected:
  EvalProgram() {
    for (const char* name : {"a.png", "b.png", "c.png", "d.png", "clip/0000.png", "clip/0001.png"}) {
      write_image(folder_ / "image" / name, cv::Mat(20, 20, CV_8UC3, cv::Scalar(0, 0, 255)));
      write_image(folder_ / "gt" / name, to_u8(square_truth()));
      write_image(folder_ / "pred" / name, to_u8(square_truth() * 0.8));
      write_image(folder_ / "trimap" / name, cv::Mat(20, 20, CV_8UC1, cv::Scalar(128)));
    }
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string pictures() const {
    return "--pred " + path("pred") + " --gt " + path("gt") + " --trimap " + path("trimap") + " --out " + path("r.json") + " ";
  }
  EvaluationResult result(const std::string& name = "r.json") const {
    return result_from_json(read_file(folder_ / name), name);
  }
  // Refused with one line that holds `part`, exit code 1, and nothing written.
  void expect_refused(const std::string& arguments, const std::string& part) const {
    const Outcome outcome = eval(arguments);
    EXPECT_EQ(outcome.code, 1) << outcome.text;
    EXPECT_THAT(outcome.text, AllOf(StartsWith("facemat-eval: "), HasSubstr(part)));
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
    EXPECT_FALSE(fs::exists(folder_ / "r.json") || fs::exists(folder_ / "r_cases"));
  }

  Scratch folder_;
};

TEST_F(EvalProgram, JudgesPicturesInEveryRegion) {
  const Outcome outcome = eval(pictures());
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text,
              AllOf(HasSubstr("6 frames of 5 samples"), HasSubstr("whole"), HasSubstr("boundary"), HasSubstr("0.0200"),
                    HasSubstr("mIoU"), HasSubstr("best constant matte"), Not(HasSubstr("warning"))));
  EXPECT_NEAR(mean_scores(result(), "whole").at("sad"), 0.02, 1e-12);
  EXPECT_TRUE(fs::exists(folder_ / "r_cases/000_pred.png"));
  EXPECT_FALSE(result().environment.processor.empty() && result().environment.system.empty());
}

TEST_F(EvalProgram, IntervalsThatDoNotExistAreNotPrinted) {
  write_image(folder_ / "one/gt/a.png", to_u8(square_truth()));
  write_image(folder_ / "one/pred/a.png", to_u8(square_truth() * 0.8));
  const Outcome one = eval("--pred " + path("one/pred") + " --gt " + path("one/gt") + " --out " + path("r.json"));
  EXPECT_EQ(one.code, 0) << one.text;
  EXPECT_THAT(one.text, AllOf(HasSubstr("1 frames of 1 samples"), HasSubstr("   -\n"), Not(HasSubstr("inf to"))));
  EXPECT_THAT(eval(pictures()).text, AllOf(HasSubstr("   0.0200 to 0.0200\n"), Not(HasSubstr("inf to")))) << "five clips alike";
}

// Stills with the face in the middle, where truths show which way round they are.
TEST_F(EvalProgram, TheSideThatIsInvertedIsTheOneThatIsBlamed) {
  cv::Mat face(64, 64, CV_8UC1, cv::Scalar(0));
  face(cv::Rect(16, 16, 32, 32)).setTo(255);
  const auto put = [&](const std::string& side, const cv::Mat& matte) {
    for (const char* name : {"1.png", "2.png"}) write_image(folder_ / side / name, matte);
  };
  put("truth", face), put("turned", 255 - face), put("made", face * 0.9), put("wrong", 255 - face * 0.9);
  const auto sides = [&](const char* truth, const char* made) {
    return "--gt " + path(truth) + " --pred " + path(made) + " --out " + path("r.json") + " ";
  };
  expect_refused(sides("truth", "wrong"),
                 "the predictions are inverted: 1 - alpha is nearer to the truth than alpha (set --pred-polarity occluder)");
  expect_refused(sides("turned", "made"), "the true mattes look inverted");
  EXPECT_EQ(eval(sides("turned", "made") + "--gt-polarity occluder").code, 0);
  EXPECT_NEAR(mean_scores(result(), "whole").at("mad"), 1e3 * 0.1 / 4, 1);
}

TEST_F(EvalProgram, PredictionsOfZeroAndOneAreNamed) {
  for (const char* name : {"a.png", "b.png", "c.png", "d.png", "clip/0000.png", "clip/0001.png"})
    write_image(folder_ / "pred" / name, to_u8(square_truth()) / 255);
  expect_refused(pictures(), "the predictions hold only the values 0 and 1 of 255 and look black (say --pred-zero-one");
  EXPECT_EQ(eval(pictures() + "--pred-zero-one").code, 0);
  EXPECT_NEAR(mean_scores(result(), "whole").at("sad"), 0, 1e-12);
}

TEST_F(EvalProgram, ValuesOfTrimapsAndMasksAreStated) {
  for (const char* name : {"a.png", "b.png", "c.png", "d.png", "clip/0000.png", "clip/0001.png"})
    write_image(folder_ / "trimap" / name, cv::Mat(20, 20, CV_8UC1, cv::Scalar(1)));
  expect_refused(pictures(), "this one 1 (say what they mean: --trimap-values BACKGROUND,UNKNOWN,FACE)");
  expect_refused(pictures() + "--trimap-values 0,1", "--trimap-values has 2 numbers");
  expect_refused(pictures() + "--gt-ignore 255", "--gt-ignore needs --gt-labels");
  EXPECT_EQ(eval(pictures() + "--trimap-values 0,1,2").code, 0);
}

TEST_F(EvalProgram, PicturesOfAnEarlierResultGoAndOthersStay) {
  eval(pictures());
  EXPECT_TRUE(fs::exists(folder_ / "r_cases/004_pred.png"));
  write_file(folder_ / "r_cases/notes.png", "mine");
  eval(pictures() + "--worst 1 --median 0 --best 0");
  EXPECT_TRUE(fs::exists(folder_ / "r_cases/000_pred.png") && fs::exists(folder_ / "r_cases/notes.png"));
  EXPECT_FALSE(fs::exists(folder_ / "r_cases/001_pred.png"));
}

TEST_F(EvalProgram, JudgesAModelOverFolders) {
  write_accumulator(folder_ / "m.onnx");  // alpha is half of the red, and adds up over a clip
  const Outcome outcome =
      eval("--model " + path("m.onnx") + " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  const EvaluationResult r = result();
  EXPECT_NEAR(r.frames[0].regions.at("whole").at("mad"), 1e3 * 0.5, 5);
  EXPECT_EQ(r.model.kind, "onnx");
  EXPECT_EQ(r.model.parameters, 3);
  EXPECT_EQ(r.model.multiply_adds, 3 * 20 * 20);
  EXPECT_EQ(r.speed->frames, 5);
  EXPECT_TRUE(r.uncertainty);
  EXPECT_EQ(r.frames[0].regions.at("whole").count("ssim"), 1u);
}

TEST_F(EvalProgram, JudgesAForeignNetworkByItsSettings) {
  write_file(folder_ / "foreign.onnx",
             tiny_onnx::model(tiny_onnx::node("ReduceMax", {"in"}, "out", tiny_onnx::axes({1})) +
                                  tiny_onnx::port(11, "in", {1, 3, 16, 16}) + tiny_onnx::port(12, "out", {1, 1, 16, 16}),
                              ""));
  write_file(folder_ / "foreign.yaml", "kind: matte\nnetwork:\n  model: foreign.onnx\n");
  const std::string data = " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json");
  const Outcome outcome = eval("--model " + path("foreign.yaml") + data);
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(result().model.kind, "source");
  EXPECT_NEAR(result().frames[0].regions.at("whole").at("sad"), 0.3, 1e-9);  // red is 1 everywhere: three quarters are wrong
  EXPECT_THAT(outcome.text, HasSubstr("warning: 1 - alpha is nearer"));
  const Outcome turned = eval("--model " + path("foreign.yaml") + " --set polarity=occluder" + data);
  EXPECT_NEAR(result().frames[0].regions.at("whole").at("sad"), 0.1, 1e-9) << turned.text;
  EXPECT_EQ(result().model.settings, "polarity=occluder");
  eval("--model " + path("foreign.yaml") + " --set polarity=occluder --set network.model=" + path("foreign.onnx") + data);
  EXPECT_EQ(result().model.settings, "polarity=occluder, network.model=foreign.onnx");  // no folders in what is published
}

TEST_F(EvalProgram, JudgesBaselines) {
  const std::string data = " --gt " + path("gt") + " --out " + path("r.json");
  EXPECT_EQ(eval("--baseline hull" + data).code, 0);
  EXPECT_EQ(mean_scores(result(), "whole").at("sad"), 0);
  EXPECT_EQ(eval("--baseline constant" + data).code, 0);
  EXPECT_NEAR(mean_scores(result(), "whole").at("sad"), 0.1, 1e-12);
  fs::remove(folder_ / "r.json"), fs::remove_all(folder_ / "r_cases");
  expect_refused("--baseline clown" + data, "unknown baseline 'clown' (known: constant, hull)");
}

TEST_F(EvalProgram, MapsBecomeMattesByARecipe) {
  write_file(folder_ / "masks.yaml", "kind: segmentation\nsegmentation:\n  marks: face\n  classes: [7]\n");
  for (const char* name : {"a.png", "b.png", "c.png", "d.png", "clip/0000.png", "clip/0001.png"}) {
    cv::Mat classes(20, 20, CV_8UC1, cv::Scalar(3));
    classes.setTo(7, square_truth() > 0);
    write_image(folder_ / "pred" / name, classes);
  }
  const Outcome outcome = eval(pictures() + "--images " + path("image") + " --pred-as " + path("masks.yaml"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_NEAR(mean_scores(result(), "whole").at("iou"), 0.96, 1e-12);  // the 5x5 blur rounds the four corners off
}

// A ramp of greys from black to white, each of them its own alpha, with two known columns at each end.
TEST_F(EvalProgram, JudgesClassicalMattingOverTrimaps) {
  cv::Mat ramp(20, 20, CV_8UC1), trimap(20, 20, CV_8UC1, cv::Scalar(128)), image;
  for (int x = 0; x < 20; ++x) ramp.col(x).setTo(std::min(255, std::max(0, 15 * (x - 1))));
  trimap.colRange(0, 2).setTo(0);
  trimap.colRange(18, 20).setTo(255);
  cv::merge(std::vector<cv::Mat>{ramp, ramp, ramp}, image);
  for (const char* name : {"a.png", "b.png", "c.png", "d.png", "clip/0000.png", "clip/0001.png"}) {
    write_image(folder_ / "image" / name, image);
    write_image(folder_ / "gt" / name, ramp);
    write_image(folder_ / "trimap" / name, trimap);
  }
  const std::string source = std::string(FACEMAT_SOURCE_DIR) + "/configs/sources/closed_form.yaml",
                    data = " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json");
  expect_refused("--model " + source + data, "needs a trimap with each frame");
  const Outcome outcome = eval("--model " + source + data + " --trimap " + path("trimap"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_LT(mean_scores(result(), "unknown").at("mad"), 2);  // thousandths
  EXPECT_EQ(result().model.network, "closed_form");
  EXPECT_EQ(result().model.parameters, 0);
  const Outcome as_pictures =
      eval("--pred " + path("trimap") + " --pred-as " + source + data + " --trimap " + path("trimap") + " --no-pictures");
  EXPECT_EQ(as_pictures.code, 0) << as_pictures.text;
  EXPECT_LT(mean_scores(result(), "unknown").at("mad"), 2);
}

// A model that is given a hint, and answers a quarter of the red and half of the hint.
TEST_F(EvalProgram, JudgesAModelWithWhatItIsGiven) {
  write_file(folder_ / "m.onnx", hinted_model());
  const std::string data =
      "--model " + path("m.onnx") + " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json");
  expect_refused(data, "--hint DIR is missing: the model needs a hint with each frame (a rough alpha");
  expect_refused(data + " --hint " + path("gt") + " --background " + path("image"),
                 "--background: nothing that is judged looks at a background");
  expect_refused(data + " --hint " + path("gt") + " --given trimap.from=face",
                 "--given says how guides are drawn of a dataset");
  const Outcome outcome = eval(data + " --hint " + path("gt"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("given: frame, hint\n"));
  EXPECT_NEAR(mean_scores(result(), "whole").at("mad"), 1e3 * 64 / 255, 1e-9);  // 63.75 and 191.25 in 8 bits
  EXPECT_EQ(result().model.given, (std::vector<std::string>{"frame", "hint"}));
  EXPECT_GT(result().model.multiply_adds, 0) << "it was counted with a hint of its own";
}

TEST_F(EvalProgram, SaysWhatOthersWereGiven) {
  ASSERT_EQ(eval(pictures() + "--pred-given frame,past,trimap").code, 0);
  EXPECT_EQ(given_text(result().model), "frame, past, trimap");
  ASSERT_EQ(eval(pictures() + "--no-pictures").code, 0);
  EXPECT_TRUE(result().model.given.empty());
  const Outcome outcome = eval(pictures() + "--pred-given luck");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.text, HasSubstr("unknown guide 'luck'"));
}

TEST_F(EvalProgram, KeepsALedgerAgainstATeacher) {
  write_accumulator(folder_ / "m.onnx");
  const std::string model = path("m.onnx");
  const Outcome outcome = eval("--model " + model + " --teacher " + model + " --images " + path("image") + " --gt " +
                               path("gt") + " --out " + path("r.json"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  ASSERT_TRUE(result().ledger);
  EXPECT_EQ(result().ledger->bins[0].error, result().ledger->bins[0].teacher_error);
}

TEST_F(EvalProgram, AveragesOverMirroredAndScaledFrames) {
  write_accumulator(folder_ / "m.onnx");
  const std::string data =
      "--model " + path("m.onnx") + " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json");
  const Outcome outcome = eval(data + " --flip --scales 1,2 --size 32");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(result().model.settings, "flip, scales 1 2, longest side at most 32");
  fs::remove(folder_ / "r.json"), fs::remove_all(folder_ / "r_cases");
  expect_refused(data + " --size 3x3x3", "--size 3x3x3: no size");
  expect_refused(data + " --size 4", "out of range");
  expect_refused(data + " --scales 9", "0.1 to 4");
}

TEST_F(EvalProgram, SourcesThatCountFramesAreRefused) {
  write_file(folder_ / "mattes.yaml", "kind: files\nfiles:\n  folder: pred\n");
  write_file(folder_ / "both.yaml", "kind: combine\ncombine: {sources: [{file: mattes.yaml}]}\n");
  write_file(folder_ / "boxed.yaml", "kind: box\nregion: {shape: detected, detector: {kind: boxes, file: faces.csv}}\n");
  const std::string data = " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json");
  expect_refused("--model " + path("mattes.yaml") + data, "facemat eval --pred DIR");
  expect_refused("--model " + path("both.yaml") + data, "mattes in files belong to frames by their numbers");
  write_file(folder_ / "faces.csv", "frame,x,y,w,h\n0,2,2,10,10\n");
  expect_refused("--model " + path("boxed.yaml") + data, "faces in a file belong to frames by their numbers");
}

// --- bad input

TEST_F(EvalProgram, MissingPredictionsAreNamed) {
  fs::remove(folder_ / "pred/b.png");
  expect_refused(pictures(), "no prediction named 'b'");
  expect_refused("--pred " + path("nowhere") + " --gt " + path("gt") + " --out " + path("r.json"), "no such folder");
}

TEST_F(EvalProgram, OtherSizesAreRefusedUnlessResizeIsSaid) {
  write_image(folder_ / "pred/b.png", to_u8(square_truth(40) * 0.8));
  expect_refused(pictures(), "b.png: 40x40 pixels, the true matte has 20x20 (--resize scales it)");
  const Outcome outcome = eval(pictures() + "--resize");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.text, HasSubstr("warning: predictions of another size"));
  EXPECT_NEAR(mean_scores(result(), "whole").at("sad"), 0.02, 1e-12);
}

TEST_F(EvalProgram, InvertedPolarityIsFoundAndNamed) {
  expect_refused(pictures() + "--pred-polarity occluder", "the predictions are inverted: 1 - alpha is nearer to the truth");
  expect_refused(pictures() + "--pred-polarity occluder", "set --pred-polarity visible_face");
}

TEST_F(EvalProgram, SixteenBitsAndJpegAreJudgedWithAWarning) {
  fs::remove(folder_ / "pred/b.png");
  write_image(folder_ / "pred/b.jpg", to_u8(square_truth() * 0.8));
  write_image(folder_ / "pred/c.png", to_u16(square_truth() * 0.8));
  const Outcome outcome = eval(pictures());
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.text,
              HasSubstr("warning: 1 predicted matte is a JPEG or lossy WebP file, whose compression changes alpha"));
  EXPECT_THAT(outcome.text, HasSubstr("warning: 1 predicted matte has 16 bits and is rounded to 8"));
  EXPECT_EQ(result().warnings.size(), 2u);
  EXPECT_NEAR(result().frames[2].regions.at("whole").at("sad"), 0.02, 1e-12);
}

TEST_F(EvalProgram, EmptyUnknownRegionsAreCounted) {
  write_image(folder_ / "trimap/b.png", cv::Mat(20, 20, CV_8UC1, cv::Scalar(255)));
  const Outcome outcome = eval(pictures());
  EXPECT_THAT(outcome.text, HasSubstr("warning: 1 of 6 frames have no unknown pixel and count as perfect"));
  EXPECT_EQ(result().empty.at("unknown"), 1);
}

TEST_F(EvalProgram, NumbersThatAreNotFiniteAreRefused) {
  const auto bytes =
      tiny_onnx::model(tiny_onnx::node("Sub", {"in", "in"}, "zero") + tiny_onnx::node("Div", {"zero", "zero"}, "nan") +
                           tiny_onnx::node("ReduceMax", {"nan"}, "out", tiny_onnx::axes({1})) +
                           tiny_onnx::port(11, "in", {1, 3, 16, 16}) + tiny_onnx::port(12, "out", {1, 1, 16, 16}),
                       "");
  write_file(folder_ / "nan.onnx", bytes);
  write_file(folder_ / "nan.yaml", "network:\n  model: nan.onnx\n");
  expect_refused(
      "--model " + path("nan.yaml") + " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json"),
      "not finite");
}

TEST_F(EvalProgram, ContradictionsAreRefused) {
  expect_refused("--out " + path("r.json"), "give either --data DATASET, or --gt DIR");
  expect_refused("--gt " + path("gt") + " --out " + path("r.json"), "give one of --model, --baseline and --pred");
  expect_refused("--baseline hull " + pictures(), "give one of --model, --baseline and --pred");
  expect_refused("--pred " + path("pred") + " --gt " + path("gt"), "--out RESULT.json is needed");
  expect_refused(pictures() + "--regions nose", "unknown region 'nose' (known: whole, unknown, face");
  expect_refused(pictures() + "--variants conn", "unknown variant 'conn' (known: grad_unstretched");
  expect_refused(pictures() + "--set a=b --pred-as " + path("no.yaml"), "no.yaml");
  write_accumulator(folder_ / "m.onnx");
  expect_refused("--model " + path("m.onnx") + " --gt " + path("gt") + " --out " + path("r.json"),
                 "needs the frames' images (give --images)");
  expect_refused("--model " + path("m.onnx") + " --untrained --gt " + path("gt") + " --out " + path("r.json"),
                 "--untrained needs a run or a checkpoint");
}

TEST_F(EvalProgram, TablesInThreeFormats) {
  eval(pictures());
  EXPECT_EQ(eval_command("report " + path("r.json") + " --tables " + path("tables")).code, 0);
  EXPECT_THAT(read_file(folder_ / "tables/scores_whole.md"), HasSubstr("| pred |"));
  EXPECT_THAT(read_file(folder_ / "tables/scores_whole.tex"), HasSubstr("\\begin{tabular}"));
  EXPECT_THAT(read_file(folder_ / "tables/scores_whole.csv"), HasSubstr("0.02"));
  EXPECT_THAT(read_file(folder_ / "tables/all.md"), HasSubstr("| pred |"));
}

TEST_F(EvalProgram, TheGateExitsWithThree) {
  eval(pictures());
  fs::rename(folder_ / "r.json", folder_ / "base.json");
  write_image(folder_ / "pred/a.png", to_u8(square_truth() * 0.6));
  eval(pictures());
  const std::string compared = "report " + path("r.json") + " --baseline " + path("base.json");
  const Outcome worse = eval_command(compared + " --fail-if 'sad > +2%'");
  EXPECT_EQ(worse.code, 3);
  EXPECT_THAT(worse.text, AllOf(StartsWith("pred: sad: "), HasSubstr("above the baseline's"), HasSubstr("allowed: +2 %")));
  EXPECT_EQ(eval_command(compared + " --fail-if 'sad > +50%' --fail-if 'unknown.mad < 0'").code, 0);
  eval(pictures() + "--name 'a\x1b[2J'");
  EXPECT_THAT(eval_command(compared + " --fail-if 'sad > +2%'").text, StartsWith("a\\x1b[2J: sad: ")) << "for a terminal";
  const Outcome wrong = eval_command(compared + " --fail-if 'sad is bad'");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.text, HasSubstr("sad is bad"));
  EXPECT_EQ(eval_command("report " + path("r.json") + " --fail-if 'sad > +2%'").code, 1);  // there is no baseline
  EXPECT_EQ(eval_command("report " + path("r.json")).code, 1);                             // nothing to do
}

TEST_F(EvalProgram, ResultsOnOtherDataAreNotCompared) {
  eval(pictures());
  fs::rename(folder_ / "r.json", folder_ / "base.json");
  write_image(folder_ / "gt/a.png", to_u8(square_truth() * 0.9));
  eval(pictures());
  for (const std::string& command : {"--tables " + path("t"), "--out " + path("page.html")}) {
    const Outcome outcome = eval_command("report " + path("base.json") + " " + path("r.json") + " " + command);
    EXPECT_EQ(outcome.code, 1) << command;
    EXPECT_THAT(outcome.text, HasSubstr("on other data than")) << command;
  }
  EXPECT_FALSE(fs::exists(folder_ / "t"));
  EXPECT_FALSE(fs::exists(folder_ / "page.html"));
}

TEST_F(EvalProgram, WritesACard) {
  write_accumulator(folder_ / "m.onnx");
  eval("--model " + path("m.onnx") + " --images " + path("image") + " --gt " + path("gt") + " --out " + path("r.json"));
  write_file(folder_ / "facts.yaml", "licence: CC0-1.0\nsummary: A test.\n");
  const std::string facts = " --facts " + path("facts.yaml");
  const Outcome outcome =
      eval_command("card " + path("r.json") + facts + " --model " + path("m.onnx") + " --out " + path("CARD.md"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(read_file(folder_ / "CARD.md"), AllOf(HasSubstr("A test."), HasSubstr("CC0-1.0"), HasSubstr("accumulator")));
  EXPECT_EQ(nlohmann::json::parse(read_file(folder_ / "CARD.json")).is_object(), true);
  EXPECT_EQ(eval_command("card " + path("r.json") + " --out " + path("CARD.txt")).code, 1);
  EXPECT_EQ(eval_command("card " + path("nothing.json") + " --out " + path("CARD.md")).code, 1);
}

TEST_F(EvalProgram, WrongUsageIsTwo) {
  EXPECT_EQ(eval("--bogus").code, 2);
  EXPECT_EQ(eval_command("report").code, 2);
}

TEST_F(EvalProgram, HelpShowsExamples) {
  for (const char* command : {"", "report ", "compare ", "card ", "bench "})
    EXPECT_THAT(eval_command(std::string(command) + "--help").text, HasSubstr("Example")) << command;
}

}  // namespace
}  // namespace facemat
