// facemat-composite with models that are given more than the frame.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "src/core/file.h"
#include "src/core/random.h"
#include "src/media/video/video_writer.h"
#include "tests/support/odd_images.h"
#include "tests/tools/composite/composite.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// guided.onnx: alpha is 0.5 R + 0.25 R of the background + 0.25 trimap; hinted.onnx: 0.5 hint + 0.25 R. Targets are of grey 51,
// a fifth of white.
class GuidedProgram : public CompositeTest {
 protected:
  GuidedProgram() {
    write_file(folder_ / "guided.onnx", guided_model());
    write_file(folder_ / "hinted.onnx", hinted_model());
    for (const char* name : {"one.png", "clip/a.png", "clip/b.png", "clip/c.png", "clip/d.png"})
      write_image(folder_ / name, grey(kTarget));
    for (const char* name : {"mask.png", "masks/a.png"}) write_mask(name, 204);
  }

  void write_mask(const std::string& name, int value, cv::Size size = {48, 32}) const {
    write_image(folder_ / name, cv::Mat(size, CV_8UC1, cv::Scalar(value)));
  }
  std::string job(const std::string& model, const std::string& target) const {
    return "--faces never --model " + path(model) + " --target " + path(target);
  }
  Outcome done(const std::string& arguments) const {
    const Outcome outcome = composite(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return outcome;
  }
  std::string refusal(const std::string& arguments) const {
    const Outcome outcome = composite(arguments + " --alpha-out " + path("refused.png"));
    EXPECT_EQ(outcome.code, 1) << outcome.text;
    EXPECT_FALSE(fs::exists(folder_ / "refused.png")) << arguments;
    return outcome.text;
  }
  double alpha(const std::string& name) const { return picture(name).at<cv::Vec3b>(9, 20)[0] / 255.0; }

  static constexpr double kStep = 0.51 / 255;  // pictures round to 8 bits once
  static constexpr double kOfFilm = 3. / 255;
};

TEST_F(GuidedProgram, GivesPicturesAndFolders) {
  write_mask("trimap.png", 128);
  write_image(folder_ / "plate.png", cv::Mat(32, 48, CV_8UC3, cv::Scalar(9, 9, 102)));
  for (const char* name : {"plates/a.png", "plates/b.png", "plates/c.png", "plates/d.png"})
    write_image(folder_ / name, cv::Mat(32, 48, CV_8UC3, cv::Scalar(9, 9, name[7] == 'c' ? 204 : 102)));
  done(job("guided.onnx", "one.png") + " --trimap " + path("trimap.png") + " --background " + path("plate.png") +
       " --alpha-out " + path("alpha.png"));
  EXPECT_NEAR(alpha("alpha.png"), 0.1 + 0.1 + 0.125, kStep);
  done(job("guided.onnx", "clip") + " --trimap " + path("trimap.png") + " --background " + path("plates") + " --alpha-out " +
       path("mattes"));
  EXPECT_NEAR(alpha("mattes/b.png"), 0.1 + 0.1 + 0.125, kStep);
  EXPECT_NEAR(alpha("mattes/c.png"), 0.1 + 0.2 + 0.125, kStep);
}

// Films keep values only so far, as JPEG does.
TEST_F(GuidedProgram, TrimapsInFilmsAreStated) {
  VideoWriter writer(folder_ / "trimaps.mp4", constant_rate({48, 32}, 25));
  for (int i = 0; i < 2; ++i) writer.write(grey(138));
  writer.finish();
  write_image(folder_ / "plate.png", grey(102));
  const std::string guided =
      job("guided.onnx", "one.png") + " --trimap " + path("trimaps.mp4") + " --background " + path("plate.png");
  EXPECT_THAT(refusal(guided), HasSubstr("trimaps.mp4: frame 'one': a trimap holds 0, 128 and 255 only, this one 13"));
  done(guided + " --trimap-values 0,128,255 --alpha-out " + path("alpha.png"));
  EXPECT_NEAR(alpha("alpha.png"), 0.1 + 0.1 + 0.125, kStep);
}

TEST_F(GuidedProgram, CarriesAHintOn) {
  done(job("hinted.onnx", "clip") + " --hint " + path("mask.png") + " --alpha-out " + path("mattes"));
  EXPECT_NEAR(alpha("mattes/a.png"), 0.4 + 0.05, kStep);
  EXPECT_NEAR(alpha("mattes/b.png"), 0.225 + 0.05, kStep);
  EXPECT_NEAR(alpha("mattes/c.png"), 0.1375 + 0.05, kStep);
  write_mask("masks/c.png", 255);
  done(job("hinted.onnx", "clip") + " --hint " + path("masks") + " --alpha-out " + path("again"));
  EXPECT_NEAR(alpha("again/b.png"), 0.225 + 0.05, kStep);
  EXPECT_NEAR(alpha("again/c.png"), 0.5 + 0.05, kStep) << "a hint of its own";
  EXPECT_NEAR(alpha("again/d.png"), 0.275 + 0.05, kStep);
}

TEST_F(GuidedProgram, CarriesAHintThroughAFilm) {
  VideoWriter writer(folder_ / "film.mp4", constant_rate({48, 32}, 25));
  for (int i = 0; i < 4; ++i) writer.write(grey(kTarget));
  writer.finish();
  write_mask("numbered/000000.png", 204), write_mask("numbered/2.png", 255);
  done(job("hinted.onnx", "film.mp4") + " --hint " + path("numbered") + " --alpha-out " + path("mattes"));
  EXPECT_NEAR(alpha("mattes/000001.png"), 0.225 + 0.05, kOfFilm);
  EXPECT_NEAR(alpha("mattes/000002.png"), 0.5 + 0.05, kOfFilm);
  EXPECT_NEAR(alpha("mattes/000003.png"), 0.275 + 0.05, kOfFilm);
}

// What needs a hint does nothing before there is one.
TEST_F(GuidedProgram, AHintMayBeginAnywhere) {
  write_mask("late/c.png", 255);
  const Outcome outcome = done(job("hinted.onnx", "clip") + " --hint " + path("late") + " --alpha-out " + path("mattes"));
  EXPECT_THAT(outcome.text, HasSubstr("late: frames before 'c' have no hint"));
  EXPECT_EQ(alpha("mattes/a.png"), 0);
  EXPECT_EQ(alpha("mattes/b.png"), 0);
  EXPECT_NEAR(alpha("mattes/c.png"), 0.5 + 0.05, kStep);
  EXPECT_NEAR(alpha("mattes/d.png"), 0.275 + 0.05, kStep);
}

TEST_F(GuidedProgram, PicturesForThemselvesHaveTheirOwnHints) {
  done(job("hinted.onnx", "clip") + " --stills --hint " + path("mask.png") + " --alpha-out " + path("mattes"));
  EXPECT_NEAR(alpha("mattes/c.png"), 0.4 + 0.05, kStep) << "one picture for all, nothing carried on";
}

// Cells of greys that have nothing to do with those of another seed.
cv::Mat texture(uint64_t seed, cv::Size size) {
  Rng rng(seed);
  cv::Mat cells(16, 24, CV_8UC3), out;
  for (cv::Vec3b& cell : cv::Mat_<cv::Vec3b>(cells)) cell = cv::Vec3b::all(static_cast<uint8_t>(rng.integer(0, 255)));
  cv::resize(cells, out, size, 0, 0, cv::INTER_NEAREST);
  return out;
}

TEST_F(GuidedProgram, SaysThatAShotBeganWithoutAHint) {
  const cv::Size size(144, 96);
  write_mask("wide.png", 204, size);
  for (int i = 0; i < 4; ++i) write_image(folder_ / fmt::format("shots/{}.png", i), texture(i < 2 ? 1 : 2, size));
  const Outcome outcome = done(job("hinted.onnx", "shots") + " --hint " + path("wide.png") + " --alpha-out " + path("mattes"));
  EXPECT_THAT(outcome.text, HasSubstr("wide.png: 1 new shot began without a hint of its own"));
}

TEST_F(GuidedProgram, MistakesAreNamed) {
  write_mask("small.png", 128, {40, 32});
  write_image(folder_ / "colours.png", cv::Mat(32, 48, CV_8UC3, cv::Scalar(200, 20, 20)));
  EXPECT_THAT(refusal(job("guided.onnx", "one.png")),
              AllOf(HasSubstr("guided.onnx: needs --trimap PATH"), HasSubstr("background, face, or unknown")));
  EXPECT_THAT(refusal(job("guided.onnx", "one.png") + " --trimap " + path("mask.png")), HasSubstr("needs --background PATH"));
  EXPECT_THAT(refusal(job("hinted.onnx", "one.png") + " --hint " + path("mask.png") + " --trimap " + path("mask.png")),
              AllOf(HasSubstr("--trimap: "), HasSubstr("hinted.onnx looks at: hint")));
  EXPECT_THAT(refusal(job("hinted.onnx", "one.png") + " --hint " + path("small.png")),
              AllOf(HasSubstr("small.png: the hint of frame 'one' is 40x32, the target 48x32")));
  EXPECT_THAT(refusal(job("hinted.onnx", "one.png") + " --hint " + path("colours.png")), HasSubstr("no mask"));
  EXPECT_THAT(refusal(job("hinted.onnx", "one.png") + " --hint " + path("nowhere.png")), HasSubstr("no such file"));
  EXPECT_THAT(refusal("--alpha " + path("mask.png") + " --target " + path("one.png") + " --hint " + path("mask.png")),
              HasSubstr("--hint is for a --model or a --source"));
}

// One of the two is turned by its EXIF orientation: the other was drawn on what is stored.
TEST_F(GuidedProgram, WhatWasDrawnOnTheUnturnedPictureIsToldByExif) {
  write_file(folder_ / "turned.jpg", with_exif(encode_image(".jpg", grey(kTarget)), 6, true));  // shown as 32x48
  const std::string sizes =
      " of frame 'turned' is 48x32, the target 32x48 (the target is turned by its EXIF orientation 6, the ";
  EXPECT_THAT(refusal(job("hinted.onnx", "turned.jpg") + " --hint " + path("mask.png")),
              HasSubstr("mask.png: the hint" + sizes + "hint is not: turn it, too)"));
  write_mask("trimap.png", 128);
  EXPECT_THAT(
      refusal(job("guided.onnx", "turned.jpg") + " --trimap " + path("trimap.png") + " --background " + path("turned.jpg")),
      HasSubstr("trimap.png: the trimap" + sizes + "trimap is not: turn it, too)"));
}

// Squares fit turned and unturned.
TEST_F(GuidedProgram, HintsThatMayBeTurnedOtherwiseAreSaid) {
  const cv::Size square(32, 32);
  const std::string turned = with_exif(encode_image(".jpg", grey(kTarget, square)), 6, true);
  write_file(folder_ / "turned/0.jpg", encode_image(".jpg", grey(kTarget, square)));
  write_file(folder_ / "turned/1.jpg", turned);
  for (const char* name : {"hints/0.png", "hints/1.png"}) write_mask(name, 204, square);
  const std::string text =
      done(job("hinted.onnx", "turned") + " --hint " + path("hints") + " --alpha-out " + path("mattes")).text;
  EXPECT_THAT(text, HasSubstr("hints: the hints have another EXIF orientation than the target's pictures (1.png and 1.jpg)"));
}

TEST_F(GuidedProgram, HintsThatBelongToNoFrameAreNamed) {
  write_mask("other/a.png", 204), write_mask("other/z.png", 204);
  EXPECT_THAT(refusal(job("hinted.onnx", "clip") + " --hint " + path("other")), HasSubstr("'z' belongs to no frame"));
  for (const char* name : {"frames/0.png", "frames/1.png"}) write_image(folder_ / name, grey(kTarget));
  for (const char* name : {"twice/0.png", "twice/1.png", "twice/01.png"}) write_mask(name, 204);
  EXPECT_THAT(refusal(job("hinted.onnx", "frames") + " --hint " + path("twice")), HasSubstr("is the second of one"));
}

}  // namespace
}  // namespace facemat
