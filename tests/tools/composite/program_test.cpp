// facemat-composite and facemat as their users meet them: command lines, exit codes, messages, what is left on disk.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "src/core/folder.h"
#include "src/core/json.h"
#include "src/media/video/video.h"
#include "tests/tools/composite/composite.h"
#include "tools/composite/config.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CompositeProgram : public CompositeTest {
 protected:
  CompositeProgram() {
    write_image(folder_ / "target.png", grey(kTarget, {41, 33}));
    write_image(folder_ / "swap.png", grey(kSwap, {41, 33}));
    for (const char* name : {"a", "b", "c"}) {
      write_image(folder_ / "clip" / (std::string(name) + ".png"), grey(kTarget, {24, 20}));
      write_image(folder_ / "swaps" / (std::string(name) + ".png"), grey(kSwap, {24, 20}));
    }
  }

  int value(const std::string& name) const { return picture(name).at<cv::Vec3b>(7, 7)[1]; }
};

TEST_F(CompositeProgram, Image) {
  const Outcome outcome =
      composite(model() + " --target " + path("target.png") + " --swap " + path("swap.png") + " --out " + path("out.png") +
                " --alpha-out " + path("alpha.png") + " --side-by-side " + path("sheet.png"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("1 frame in"));
  EXPECT_EQ(value("out.png"), 86);    // 51 + 0.175 * 200
  EXPECT_EQ(value("alpha.png"), 45);  // 0.175 * 255 = 44.6
  EXPECT_EQ(read_image(folder_ / "out.png").size(), cv::Size(41, 33));
  EXPECT_GT(read_image(folder_ / "sheet.png").cols, 4 * 300);
}

TEST_F(CompositeProgram, OpacityFromTheCommandLine) {
  const Outcome outcome = composite(model() + " --target " + path("target.png") + " --swap " + path("swap.png") + " --out " +
                                    path("out.png") + " --set opacity=0.4 --json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(nlohmann::json::parse(outcome.text).at("frames"), 1);
  EXPECT_EQ(value("out.png"), 65);  // 51 + 0.07 * 200
}

TEST_F(CompositeProgram, JsonIsTextWhateverBytesNamesHave) {
  const std::string name = "caf\xe9.png";
  const Outcome outcome = composite(model() + " --target " + path("target.png") + " --swap " + path("swap.png") + " --out " +
                                    path(name) + " --json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(parse_json(outcome.text).at("out").get<std::string>(), path("caf\xef\xbf\xbd.png"));
  EXPECT_EQ(value(name), 86);
}

// Alpha 0.175 of grey 251 over grey 51, in light: (0.175 * 0.9647 + 0.825 * 0.0331) light is grey 122.
TEST_F(CompositeProgram, NamesCannotWriteToTheTerminal) {
  const Outcome outcome = composite(model() + " --target " + path("target.png") + " --swap " + path("swap.png") + " --out '" +
                                    path("\x1b[31mred.png") + "'");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("\\x1b[31mred.png: 1 frame"));
  EXPECT_EQ(outcome.text.find('\x1b'), std::string::npos);
}

TEST_F(CompositeProgram, BlendSettingsReachTheBlend) {
  const auto value_with = [&](const std::string& settings) {
    const Outcome outcome = composite(model() + " --target " + path("target.png") + " --swap " + path("swap.png") + " --out " +
                                      path("out.png") + settings);
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return value("out.png");
  };
  EXPECT_EQ(value_with(" --set linear_light=true"), 122);
  EXPECT_EQ(value_with(" --set threshold=0.17"), kSwap);
  EXPECT_EQ(value_with(" --set threshold=0.18"), kTarget);
  EXPECT_EQ(value_with(" --config " + std::string(FACEMAT_SOURCE_DIR) + "/configs/composite/recompose.yaml"), 86);
  cv::Mat mask(33, 41, CV_8UC1, cv::Scalar(0));
  write_image(folder_ / "mask.png", mask);
  EXPECT_EQ(value_with(" --region " + path("mask.png")), kTarget);
}

// A ramp of greys from black to white, each of them its own alpha, with two known columns at each end.
class TrimapProgram : public CompositeProgram {
 protected:
  TrimapProgram() {
    cv::Mat ramp(30, 20, CV_8UC1), image;
    for (int x = 0; x < 20; ++x) ramp.col(x).setTo(std::min(255, std::max(0, 15 * (x - 1))));
    cv::merge(std::vector<cv::Mat>{ramp, ramp, ramp}, image);
    for (const char* name : {"ramp.png", "ramps/a.png", "ramps/b.png"}) write_image(folder_ / name, image);
    for (const char* name : {"trimap.png", "trimaps/a.png", "trimaps/b.png"}) write_image(folder_ / name, trimap());
  }

  static cv::Mat trimap(int unknown = 128) {
    cv::Mat trimap(30, 20, CV_8UC1, cv::Scalar(unknown));
    trimap.colRange(0, 2).setTo(0);
    trimap.colRange(18, 20).setTo(255);
    return trimap;
  }

  std::string job(const std::string& target, const std::string& trimap) const {
    return "--source " + std::string(FACEMAT_SOURCE_DIR) + "/configs/sources/closed_form.yaml --target " + path(target) +
           (trimap.empty() ? "" : " --trimap " + path(trimap));
  }
  void expect_ramp(const std::string& name) const {
    const cv::Mat alpha = picture(name);
    for (const int x : {0, 1, 5, 10, 16, 19})
      EXPECT_NEAR(alpha.at<cv::Vec3b>(7, x)[1], std::min(255, std::max(0, 15 * (x - 1))), 1);
  }
};

TEST_F(TrimapProgram, SolvesOverTrimaps) {
  Outcome outcome = composite(job("ramp.png", "trimap.png") + " --alpha-out " + path("alpha.png"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_ramp("alpha.png");
  outcome = composite(job("ramps", "trimaps") + " --alpha-out " + path("mattes"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_ramp("mattes/a.png");
  expect_ramp("mattes/b.png");
  outcome = composite(job("ramps", "trimap.png") + " --alpha-out " + path("same"));  // one for all
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_ramp("same/b.png");
}

// As in `facemat eval`: 102 is unknown in some collections, and JPEG keeps no value.
TEST_F(TrimapProgram, OtherValuesAreStated) {
  write_image(folder_ / "102.png", trimap(102));
  write_image(folder_ / "odd/a.png", trimap(102)), write_image(folder_ / "odd/b.png", trimap(103));
  write_image(folder_ / "near.jpg", trimap(131)), write_image(folder_ / "near.png", trimap(131));
  const std::string out = " --alpha-out " + path("alpha.png"), only = " a trimap holds 0, 128 and 255 only, this one ";
  const auto refusal = [&](const std::string& arguments) {
    const Outcome outcome = composite(arguments);
    EXPECT_EQ(outcome.code, 1) << outcome.text;
    return outcome.text;
  };
  EXPECT_THAT(refusal(job("ramp.png", "102.png") + out),
              HasSubstr("102.png:" + only + "0, 102, 255 (say what they mean: --trimap-values BACKGROUND,UNKNOWN,FACE)"));
  EXPECT_THAT(refusal(job("ramp.png", "near.jpg") + out), HasSubstr("near.jpg:" + only));
  EXPECT_THAT(refusal(job("ramp.png", "near.png") + " --trimap-values 0,128,255" + out), HasSubstr("near.png:" + only));
  EXPECT_THAT(refusal(job("ramps", "odd") + " --trimap-values 0,102,255 --alpha-out " + path("odd_mattes")),
              HasSubstr("odd: frame 'b': a trimap holds 0, 102 and 255 only, this one 0, 103, 255"));
  EXPECT_THAT(refusal(job("ramp.png", "102.png") + " --trimap-values 0,102" + out), HasSubstr("has 2 numbers"));
  EXPECT_THAT(refusal(model() + " --target " + path("ramp.png") + " --trimap-values 0,102,255" + out),
              HasSubstr("--trimap-values is for a --trimap"));
  for (const char* arguments : {"102.png --trimap-values 0,102,255", "near.jpg --trimap-values 0,128,255"}) {
    const Outcome outcome = composite(job("ramp.png", arguments) + out);
    ASSERT_EQ(outcome.code, 0) << outcome.text;
    expect_ramp("alpha.png");
  }
}

TEST_F(TrimapProgram, MistakesAreNamed) {
  write_image(folder_ / "small.png", cv::Mat(trimap().colRange(0, 16)));
  write_image(folder_ / "colours.png", cv::Mat(30, 20, CV_8UC3, cv::Scalar(200, 20, 20)));
  write_image(folder_ / "known.png", cv::Mat(30, 20, CV_8UC1, cv::Scalar(255)));
  const auto message = [&](const std::string& arguments) {
    const Outcome outcome = composite(arguments + " --alpha-out " + path("alpha.png"));
    EXPECT_EQ(outcome.code, 1) << outcome.text;
    EXPECT_FALSE(fs::exists(folder_ / "alpha.png")) << arguments;
    return outcome.text;
  };
  EXPECT_THAT(message(job("ramp.png", "")), AllOf(HasSubstr("closed_form.yaml"), HasSubstr("needs --trimap PATH")));
  EXPECT_THAT(message(job("ramp.png", "small.png")), AllOf(HasSubstr("small.png"), HasSubstr("16x30"), HasSubstr("20x30")));
  EXPECT_THAT(message(job("ramp.png", "colours.png")), HasSubstr("a colour picture is no trimap"));
  EXPECT_THAT(message(job("ramp.png", "known.png")), HasSubstr("no unknown pixel"));
  EXPECT_THAT(message(model() + " --target " + path("ramp.png") + " --trimap " + path("trimap.png")),
              AllOf(HasSubstr("--trimap: "), HasSubstr("m.onnx looks at no guides")));
}

TEST_F(CompositeProgram, BenchNamesEveryWay) {
  const Outcome outcome = run(std::string(FACEMAT_BIN_DIR) + "/facemat bench composite --rounds 1");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  for (const char* way : {"standard", "uncertainty", "linear light", "recompose", "decontaminate", "16 bits"})
    EXPECT_THAT(outcome.text, HasSubstr(way));
}

TEST_F(CompositeProgram, BenchOfAJobNamesEveryStage) {
  const Outcome outcome = run(std::string(FACEMAT_BIN_DIR) + "/facemat bench composite --pipeline --rounds 1 --frames 6");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  for (const char* stage : {"source", "matte", "swap", "composite", "out", "overlapped", "of the slowest stage alone"})
    EXPECT_THAT(outcome.text, HasSubstr(stage));
}

TEST_F(CompositeProgram, FolderIsAClipUnlessStills) {
  const std::string inputs = model() + " --target " + path("clip") + " --swap " + path("swaps");
  Outcome outcome = composite(inputs + " --out " + path("out") + " --alpha-out " + path("mattes"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(names_in(folder_ / "out"), (std::vector<std::string>{"a.png", "b.png", "c.png"}));
  EXPECT_EQ(value("out/a.png"), 86);
  EXPECT_EQ(value("out/b.png"), 121);     // 51 + 0.35 * 200
  EXPECT_EQ(value("mattes/c.png"), 134);  // 0.525 * 255 = 133.9

  outcome = composite(inputs + " --stills --out " + path("independent"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(value(std::string("independent/") + name + ".png"), 86);
}

TEST_F(CompositeProgram, FolderToVideoAndVideoToVideo) {
  Outcome outcome = composite(model() + " --target " + path("clip") + " --effect tint --set rate=10 --out " + path("clip.mp4"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(VideoReader(folder_ / "clip.mp4").info().rate_num / VideoReader(folder_ / "clip.mp4").info().rate_den, 10);

  outcome = composite(model() + " --target " + path("clip.mp4") + " --swap " + path("swaps") + " --out " + path("result.mp4") +
                      " --alpha-out " + path("mattes"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  VideoReader reader(folder_ / "result.mp4");
  int frames = 0;
  while (reader.next()) ++frames;
  EXPECT_EQ(frames, 3);
  EXPECT_EQ(names_in(folder_ / "mattes"), (std::vector<std::string>{"000000.png", "000001.png", "000002.png"}));
}

TEST_F(CompositeProgram, FailuresAreOneLineAndLeaveNothing) {
  write_file(folder_ / "bad.onnx", "no model");
  write_file(folder_ / "bad.png", "no picture");
  write_file(folder_ / "bad.mp4", "no film");
  write_file(folder_ / "clip" / "d.png", "no picture");
  write_image(folder_ / "small.png", cv::Mat(20, 24, CV_8UC3, cv::Scalar::all(9)));
  cv::Mat mask(33, 41, CV_8UC1, cv::Scalar(0));
  mask.colRange(0, 20).setTo(1);
  write_image(folder_ / "zero_one.png", mask);
  mask.rowRange(0, 9).setTo(17);
  write_image(folder_ / "labels.png", mask);
  fs::create_directories(folder_ / "empty");
  for (const char* name : {"others/a.png", "others/x.png"})
    write_image(folder_ / name, cv::Mat(33, 41, CV_8UC3, cv::Scalar::all(9)));
  const std::string target = " --target " + path("target.png"), swap = " --swap " + path("swap.png"),
                    clip = " --target " + path("clip");
  const std::string out = " --out " + path("out.png"), dir = " --out " + path("outdir");
  struct Case {
    std::string arguments, message;
  };
  const Case cases[] = {
      {target + swap + out, "--model FILE.onnx is needed"},
      {model() + swap + out, "--target PATH is needed"},
      {model() + target + swap, "--out PATH is needed"},
      {model() + target + swap + " --effect blur" + out, "not both"},
      {model() + target + " --effect sparkle" + out, "unknown effect 'sparkle' (known: blur"},
      {"--model " + path("bad.onnx") + target + swap + out, "not a readable ONNX model"},
      {"--model " + path("none.onnx") + target + swap + out, "none.onnx: no such file"},
      {model() + " --target " + path("none.png") + swap + out, "none.png: no such file or folder"},
      {model() + " --target " + path("bad.png") + swap + out, "bad.png"},
      {model() + " --target " + path("m.onnx") + swap + out, "not an image, a folder of images or a video"},
      {model() + " --target " + path("bad.mp4") + swap + " --out " + path("out.mp4"), "bad.mp4: not a readable video"},
      {model() + " --target " + path("empty") + swap + dir, "the folder holds no images"},
      {model() + target + " --swap " + path("small.png") + out,
       "small.png: the swap of frame 'target' is 24x20, the target 41x33"},
      {model() + clip + " --effect blur" + dir, "d.png"},  // fails at the last of four
      {model() + clip + " --effect blur --out " + path("out.mp4"), "d.png"},
      {model() + clip + " --swap " + path("others") + dir, "others: the swap has 'x' where the target has 'b'"},
      {model() + clip + " --effect blur --out " + path("swaps"), "exists already"},
      {model() + clip + " --effect blur --out " + path("out.gif"), "videos cannot be written as '.gif'"},
      {model() + target + swap + " --out " + path("out.mp4"), "the target is an image, so the output must be one"},
      {model() + target + swap + " --out " + path("target.png"), "would overwrite an input"},
      {model() + target + swap + out + " --alpha-out " + path("out.png"), "two outputs cannot share one place"},
      {model() + target + swap + out + " --set opacity=2", "opacity"},
      {model() + target + swap + out + " --set colour=red", "colour"},
      {model() + target + swap + out + " --set mode=hard", "mode"},
      {model() + target + swap + out + " --region " + path("small.png"), "the region is 24x20, the target 41x33"},
      {model() + target + swap + out + " --region " + path("zero_one.png"),
       "zero_one.png: holds only the values 0 and 1 of 255"},
      {model() + target + swap + out + " --region " + path("labels.png"), "labels.png: holds the values 0, 1, 17: labels"},
  };
  const auto before = names_in(folder_.path());
  for (const Case& bad : cases) {
    const Outcome outcome = composite(bad.arguments);
    EXPECT_EQ(outcome.code, 1) << bad.arguments;
    EXPECT_THAT(outcome.text, AllOf(HasSubstr(bad.message), StartsWith("facemat-composite: "))) << bad.arguments;
    EXPECT_EQ(outcome.text.find('\n'), outcome.text.size() - 1) << outcome.text;
    EXPECT_EQ(names_in(folder_.path()), before) << bad.arguments;
  }
}

TEST_F(CompositeProgram, WrongUsageIsTwo) {
  EXPECT_EQ(composite("--colour red").code, 2);
  EXPECT_EQ(run(std::string(FACEMAT_BIN_DIR) + "/facemat-composite --threads 0").code, 2);
  const Outcome help = composite("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.text, AllOf(HasSubstr("Examples:"), HasSubstr("--alpha-out")));
}

TEST(CompositeConfigs, AllLoadAndDefaultIsTheDefault) {
  const auto files = list_files(fs::path(FACEMAT_SOURCE_DIR) / "configs/composite", {".yaml"});
  EXPECT_GE(files.size(), 3u);
  for (const fs::path& file : files) EXPECT_NO_THROW(load_config<CompositeConfig>(file)) << file;
  EXPECT_EQ(config_to_yaml(load_config<CompositeConfig>(fs::path(FACEMAT_SOURCE_DIR) / "configs/composite/default.yaml")),
            config_to_yaml(CompositeConfig{}));
  EXPECT_EQ(load_config<CompositeConfig>(fs::path(FACEMAT_SOURCE_DIR) / "configs/composite/fast.yaml").max_side, 256);
  EXPECT_EQ(load_config<CompositeConfig>(fs::path(FACEMAT_SOURCE_DIR) / "configs/composite/recompose.yaml").blend.mode,
            "recompose");
}

}  // namespace
}  // namespace facemat
