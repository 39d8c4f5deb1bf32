// facemat-composite with every kind of input and output.

#include <gmock/gmock.h>

#include <gtest/gtest.h>
#include <algorithm>

#include "src/core/json.h"
#include "src/media/pictures/pictures.h"
#include "src/media/streams/sources.h"
#include "src/media/video/video_writer.h"
#include "tests/support/media.h"
#include "tests/support/odd_images.h"
#include "tests/tools/composite/media.h"
#include "tools/composite/outputs.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CompositeMedia, EveryOutputByHand) {
  std::string outputs;
  for (const OutputKind& kind : output_kinds()) outputs += " --" + kind.name + " " + path(kind.name + ".png");
  expect_done(job("target.png") + outputs + " --set green=0000ff");
  EXPECT_EQ(colour("out.png"), cv::Vec3b(86, 86, 86));         // 51 + 0.175 * 200
  EXPECT_EQ(colour("alpha-out.png"), cv::Vec3b(45, 45, 45));   // 0.175 * 255 = 44.6
  EXPECT_EQ(colour("green-out.png"), cv::Vec3b(254, 44, 44));  // 0.175 * 251 = 43.9, and 0.825 * 255 of blue
  const cv::Mat rgba = frames_of(folder_ / "rgba-out.png", true)[0].image;
  EXPECT_EQ(rgba.at<cv::Vec4b>(9, 9), cv::Vec4b(251, 251, 251, 45));

  expect_done(job("target.png") + " --rgba-out " + path("own.png") + " --set layer=target --set premultiplied=true");
  EXPECT_EQ(frames_of(folder_ / "own.png", true)[0].image.at<cv::Vec4b>(9, 9), cv::Vec4b(9, 9, 9, 45));  // 0.175 * 51 = 8.9
}

TEST_F(CompositeMedia, SixteenBitsAndFloatsKeepTheirDepth) {
  write_image(folder_ / "deep.png", cv::Mat(32, 48, CV_16UC3, cv::Scalar::all(13107)));  // 51 * 257
  expect_done(job("deep.png") + " --set bits=16 --out " + path("out.png") + " --alpha-out " + path("alpha.png"));
  EXPECT_EQ(read_image_size(folder_ / "out.png").bit_depth, 16);
  const int out = frames_of(folder_ / "out.png", false, 16)[0].image.at<cv::Vec3w>(9, 9)[0];
  const int alpha = frames_of(folder_ / "alpha.png", false, 16)[0].image.at<cv::Vec3w>(9, 9)[0];
  EXPECT_NEAR(out, 13107 + 0.175 * (64507 - 13107), 1);
  EXPECT_NEAR(alpha, 0.175 * 65535, 1);

  write_file(folder_ / "light.exr",
             encode_picture(cv::Mat(32, 48, CV_32FC3, cv::Scalar::all(0.2)), picture_format_of("light.exr", 16, false)));
  expect_done(job("light.exr") + " --set bits=16 --out " + path("out.exr"));
  const cv::Mat exr = frames_of(folder_ / "out.exr", false, 16)[0].image;
  ASSERT_EQ(exr.type(), CV_32FC3);
  EXPECT_NEAR(exr.at<cv::Vec3f>(9, 9)[0], 0.2 + 0.175 * (251 / 255. - 0.2), 1e-3);
}

TEST_F(CompositeMedia, AlphaGoesIntoVideosAndComesBackAsMattes) {
  for (const std::string film : {"layer.mov", "layer.webm", "layer.mkv"}) {
    expect_done(job("clip") + " --rgba-out " + path(film));
    const auto layers = frames_of(folder_ / film, true, 16);
    ASSERT_EQ(layers.size(), 4u) << film;
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(layers[i].image.at<cv::Vec4w>(9, 9)[3] / 65535., 0.175 * (i + 1), 2. / 255) << film;
    expect_done("--alpha " + path(film) + " --target " + path("clip") + " --swap " + path("swap.png") + " --out " +
                path("from_" + film.substr(6)));
    EXPECT_NEAR(colour("from_" + film.substr(6) + "/2.png")[0], 51 + 0.525 * 200, 2) << film;
  }
  expect_failure(job("clip") + " --rgba-out " + path("layer.mp4"), "layer.mp4: videos with alpha cannot be written as '.mp4'");
}

TEST_F(CompositeMedia, MattesThatExist) {
  const std::string rest = " --target " + path("target.png") + " --swap " + path("swap.png") + " --out " + path("out.png");
  write_image(folder_ / "grey.png", cv::Mat(32, 48, CV_8UC1, cv::Scalar(102)));
  expect_done("--alpha " + path("grey.png") + rest);
  EXPECT_EQ(colour("out.png")[0], 131);  // 51 + 0.4 * 200
  write_image(folder_ / "deep.png", cv::Mat(32, 48, CV_16UC1, cv::Scalar(6554)));
  expect_done("--alpha " + path("deep.png") + rest);
  EXPECT_EQ(colour("out.png")[0], 71);
  write_image(folder_ / "rgba.png", cv::Mat(32, 48, CV_8UC4, cv::Scalar(1, 2, 200, 51)));
  expect_done("--alpha " + path("rgba.png") + rest);
  EXPECT_EQ(colour("out.png")[0], 91);
  expect_failure("--alpha " + path("missing.png") + rest, "missing.png: no such file or folder");
  write_image(folder_ / "colour.png", cv::Mat(32, 48, CV_8UC3, cv::Scalar(1, 2, 200)));
  expect_failure("--alpha " + path("colour.png") + rest, "a colour picture without alpha is no matte");
  write_image(folder_ / "small.png", cv::Mat(16, 16, CV_8UC1, cv::Scalar(102)));
  expect_failure("--alpha " + path("small.png") + rest, "the matte of frame 'target' is 16x16, the target 48x32");
  expect_failure(model() + " --alpha " + path("grey.png") + rest, "give one of --model, --source and --alpha");

  for (int i = 0; i < 3; ++i) write_image(folder_ / fmt::format("mattes/{}.png", i), cv::Mat(32, 48, CV_8UC1, cv::Scalar(102)));
  const std::string clip =
      "--alpha " + path("mattes") + " --target " + path("clip") + " --swap " + path("swap.png") + " --out " + path("result");
  expect_failure(clip, "mattes: 3 mattes, the target has 4 frames");
  write_image(folder_ / "mattes/x.png", cv::Mat(32, 48, CV_8UC1, cv::Scalar(102)));
  expect_failure(clip, "the mattes have 'x' where the target has '3'");
  fs::rename(folder_ / "mattes/x.png", folder_ / "mattes/3.png");
  expect_done(clip);
  EXPECT_EQ(colour("result/3.png")[0], 131);
}

// One of the two is turned by its EXIF orientation: the other was drawn on what is stored.
TEST_F(CompositeMedia, MattesAndRegionsOfTheUnturnedPictureAreToldByExif) {
  const std::string turned = with_exif(encode_image(".jpg", grey(kTarget)), 6, true);  // shown as 32x48
  write_file(folder_ / "turned.jpg", turned);
  write_file(folder_ / "turned/0.jpg", turned);
  for (const char* name : {"stored.png", "stored/0.png"})
    write_image(folder_ / name, cv::Mat(32, 48, CV_8UC1, cv::Scalar(255)));
  write_image(folder_ / "tall.png", grey(kSwap, {32, 48}));
  const std::string swap = " --swap " + path("tall.png"), out = " --out " + path("out.png");
  const std::string sizes = " is 48x32, the target 32x48 (the target is turned by its EXIF orientation 6, the ";
  expect_failure("--alpha " + path("stored.png") + " --target " + path("turned.jpg") + swap + out,
                 "stored.png: the matte of frame 'turned'" + sizes + "matte is not: turn it, too)");
  expect_failure("--alpha " + path("stored") + " --target " + path("turned") + swap + " --out " + path("result"),
                 "stored: the matte of frame '0'" + sizes + "matte is not: turn it, too)");
  expect_failure(model() + " --region " + path("stored.png") + " --target " + path("turned.jpg") + swap + out,
                 "stored.png: the region" + sizes + "region is not: turn it, too)");
  write_image(folder_ / "tall_matte.png", cv::Mat(48, 32, CV_8UC1, cv::Scalar(255)));
  expect_failure("--alpha " + path("tall_matte.png") + " --target " + path("turned.jpg") + " --swap " + path("swap.png") + out,
                 "swap.png: the swap of frame 'turned'" + sizes + "swap is not: turn it, too)");
  expect_failure("--alpha " + path("turned.jpg") + " --target " + path("target.png") + " --swap " + path("swap.png") + out,
                 "turned.jpg: the matte of frame 'target' is 32x48, the target 48x32 (the matte is turned by its EXIF "
                 "orientation 6, the target is not: turn it, too)");
}

// Squares fit turned and unturned.
TEST_F(CompositeMedia, WhatMayBeTurnedOtherwiseIsSaid) {
  const cv::Size square(32, 32);
  const std::string turned = with_exif(encode_image(".jpg", grey(kTarget, square)), 6, true);
  write_file(folder_ / "turned.jpg", turned);
  write_file(folder_ / "turned/0.jpg", turned);
  for (const char* name : {"matte.png", "mattes/0.png"}) write_image(folder_ / name, cv::Mat(square, CV_8UC1, cv::Scalar(255)));
  write_image(folder_ / "swap.png", grey(kSwap, square));
  write_image(folder_ / "upright.png", grey(kTarget, square));
  const auto warnings = [&](const std::string& arguments) {
    const Outcome outcome = composite(arguments + " --swap " + path("swap.png") + " --out " + path("out.png"));
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return outcome.text;
  };
  const std::string apart = " another EXIF orientation than the target's pictures (", rest = "): look whether they lie right";
  const std::string text = warnings("--target " + path("turned.jpg") + " --alpha " + path("matte.png"));
  EXPECT_THAT(text, HasSubstr("matte.png: the mattes have" + apart + "matte.png and turned.jpg" + rest));
  EXPECT_THAT(text, HasSubstr("swap.png: the swap has" + apart + "swap.png and turned.jpg" + rest));
  EXPECT_THAT(warnings("--target " + path("turned.jpg") + " " + model() + " --region " + path("matte.png")),
              HasSubstr("matte.png: the region has" + apart));
  EXPECT_THAT(warnings("--target " + path("upright.png") + " --alpha " + path("matte.png")), Not(HasSubstr("EXIF")));
  const Outcome folders = composite("--target " + path("turned") + " --alpha " + path("mattes") + " --swap " + path("turned") +
                                    " --out " + path("out"));
  EXPECT_EQ(folders.code, 0) << folders.text;
  EXPECT_THAT(folders.text, HasSubstr("mattes: the mattes have" + apart + "0.png and 0.jpg" + rest));
  EXPECT_THAT(folders.text, Not(HasSubstr("the swap has")));
}

TEST_F(CompositeMedia, MattesThatLookBlackAreSaid) {
  const auto text_with = [&](const std::string& alpha) {
    const Outcome outcome = composite("--alpha " + path(alpha) + " --target " + path("target.png") + " --swap " +
                                      path("swap.png") + " --out " + path("out.png"));
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return outcome.text;
  };
  cv::Mat mask(32, 48, CV_8UC1, cv::Scalar(0));
  mask.colRange(0, 24).setTo(1);
  write_image(folder_ / "mask.png", mask);
  EXPECT_THAT(text_with("mask.png"),
              HasSubstr("warning: " + path("mask.png") + ": the mattes hold only the values 0 and 1 of 255"));
  write_image(folder_ / "masks/target.png", mask);
  EXPECT_THAT(text_with("masks"), HasSubstr("masks: the mattes hold only the values 0 and 1 of 255 and look black"));
  mask.colRange(0, 12).setTo(17);
  write_image(folder_ / "mask.png", mask);
  EXPECT_THAT(text_with("mask.png"), HasSubstr("mask.png: the mattes hold the values 0, 1, 17: labels"));
  mask.colRange(0, 12).setTo(255);
  write_image(folder_ / "mask.png", mask);
  EXPECT_THAT(text_with("mask.png"), Not(HasSubstr("warning")));
}

TEST_F(CompositeMedia, MattesFromAnotherSource) {
  write_file(folder_ / "n.onnx", tiny_onnx::accumulator("", {1, 0, 0}));  // alpha is red
  write_file(folder_ / "source.yaml",
             "kind: matte\nnetwork: {model: n.onnx, states: [{input: r1i, output: r1o}], output: pha}\n");
  expect_done("--source " + path("source.yaml") + " --target " + path("clip") + " --swap " + path("swap.png") + " --out " +
              path("out"));
  EXPECT_EQ(colour("out/0.png")[0], 91);   // 51 + 0.2 * 200
  EXPECT_EQ(colour("out/1.png")[0], 131);  // 51 + 0.4 * 200
  expect_failure("--source " + path("none.yaml") + " --target " + path("clip") + " --effect tint --out " + path("x"),
                 "none.yaml");
}

TEST_F(CompositeMedia, PatternsAndPipes) {
  expect_done(job("clip/%d.png") + " --out " + path("pattern"));
  EXPECT_EQ(colour("pattern/1.png")[0], 121);

  std::string raw;
  for (int i = 0; i < 3; ++i) raw += std::string(48 * 32 * 3, static_cast<char>(kTarget));
  write_file(folder_ / "in.raw", raw);
  const std::string piped =
      "cat " + path("in.raw") + " | " + program() + model() + " --swap " + path("swap.png") + " --target - ";
  Outcome outcome = run("sh -c '" + piped + " --raw bgr24:48x32@10 --out - > " + path("out.raw") + "'");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("-: 3 frames"));  // beside the frames, not among them
  const std::string bytes = read_file(folder_ / "out.raw");
  ASSERT_EQ(bytes.size(), raw.size());
  EXPECT_EQ(static_cast<uint8_t>(bytes[48 * 32 * 3 + 100]), 121);
  if (fs::exists("/dev/full")) {
    outcome = run("sh -c '" + piped + " --raw bgr24:48x32@10 --out - > /dev/full'");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.text, HasSubstr("-: cannot write: No space left on device"));
  }
  outcome = run("sh -c '" + piped + " --raw bgr24:48x32@10 --rgba-out - --set pipe=rgba > " + path("out.raw") + "'");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(read_file(folder_ / "out.raw").substr(0, 4), "\xfb\xfb\xfb\x2d");  // 251, 251, 251, 45

  outcome = run("sh -c '" + piped + " --raw bgr24:48x33@10 --out " + path("cut.mp4") + "'");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.text, HasSubstr("standard input: the video is damaged: frame 2 is incomplete"));
  EXPECT_FALSE(fs::exists(folder_ / "cut.mp4"));
  outcome = run("sh -c '" + program() + model() + " --effect tint --raw bgr24:48x32@10 --target - --out " + path("none.mp4") +
                " < /dev/null'");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.text, HasSubstr("-: no frames"));

  std::string y4m = "YUV4MPEG2 W48 H32 F10:1 Ip C444\n";
  for (int i = 0; i < 2; ++i) y4m += "FRAME\n" + std::string(48 * 32, '\x3c') + std::string(48 * 32 * 2, '\x80');
  write_file(folder_ / "in.raw", y4m);
  outcome = run("sh -c '" + piped + " --raw y4m --out " + path("y4m.mp4") + "'");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(frames_of(folder_ / "y4m.mp4").size(), 2u);
}

TEST_F(CompositeMedia, AFilterIsUsedWhenNothingElseIsGiven) {
  const Outcome outcome = run(std::string(FACEMAT_BIN_DIR) + "/facemat-composite --threads 1 " + model() + " --target " +
                              path("target.png") + " --out " + path("out.png"));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.text, HasSubstr("no --swap and no --effect: the face gets the filter '"));
  EXPECT_THAT(outcome.text, HasSubstr("compositing 1/1 frames"));
}

TEST_F(CompositeMedia, NoCameraIsOneLine) {
  expect_failure(model() + " --target camera:93 --effect tint --out " + path("out.mp4"), "camera:93: no such camera (");
}

// --- films: times and sound ---

// Frames of 1/1000 s, irregular, from 0.4 s on, with samples of sound from 0 on.
void write_irregular_film(const fs::path& path) {
  VideoInfo info = constant_rate({48, 32}, 25);
  info.time_base = {1, 1000};
  VideoWriter writer(path, info);
  for (int i = 0; i < 12; ++i) writer.write({"", grey(51), 400 + 40 * i + i * i % 17, 40});
  writer.finish();
}

TEST_F(CompositeMedia, TimesAreTheTargets) {
  write_irregular_film(folder_ / "film.mp4");
  for (const std::string name : {"out.mp4", "out.mov", "out.mkv", "out.webm"}) {
    expect_done(job("film.mp4") + " --out " + path(name));
    const VideoReader a(folder_ / "film.mp4"), b(folder_ / name);
    const auto wanted = frames_of(folder_ / "film.mp4"), got = frames_of(folder_ / name);
    ASSERT_EQ(got.size(), wanted.size()) << name;
    for (size_t i = 0; i < got.size(); ++i)
      EXPECT_EQ(got[i].time * b.info().time_base.num * int64_t{a.info().time_base.den},
                wanted[i].time * a.info().time_base.num * int64_t{b.info().time_base.den})
          << name << i;
  }
}

class FfmpegFilms : public CompositeMedia {
 protected:
  void SetUp() override {
    if (!has_program("ffmpeg") || !has_program("ffprobe")) GTEST_SKIP() << "no ffmpeg and ffprobe programs";
  }
  void ffmpeg(const std::string& arguments) const {
    const Outcome outcome = run("ffmpeg -v error -y " + arguments);
    ASSERT_EQ(outcome.code, 0) << outcome.text;
  }
  std::string film_job(const std::string& name) const { return model() + " --effect tint --target " + path(name); }
  std::string times(const std::string& name) const {
    return run("ffprobe -v error -select_streams v -show_entries frame=pts_time -of csv=p=0 " + path(name)).text;
  }
  std::string sound(const std::string& name) const {
    return run("ffmpeg -v error -i " + path(name) + " -map 0:a -c copy -f md5 -").text;
  }
  std::string sound_times(const std::string& name) const {
    return run("ffprobe -v error -select_streams a -show_entries packet=pts_time,size -of csv=p=0 " + path(name)).text;
  }
};

TEST_F(FfmpegFilms, VariableRateStartAndSoundAreKept) {
  const std::string drawn = "-f lavfi -i testsrc2=s=96x64:r=30 -f lavfi -i sine=440:r=48000 -t 4 ";
  const std::string irregular = "-vf \"select='not(eq(mod(n,7),3))*not(eq(mod(n,3),1))',setpts=PTS+0.4/TB\" -vsync vfr ";
  const std::pair<std::string, std::string> films[] = {
      {"constant.mp4", drawn + "-c:v libx264 -c:a aac "},
      {"irregular.mp4", drawn + irregular + "-c:v libx264 -c:a aac "},
      {"irregular.mkv", drawn + irregular + "-c:v libx264 -c:a libopus "},
      {"ntsc.mov", drawn + "-r 30000/1001 -c:v libx264 -c:a pcm_s16le "},
      {"late_sound.mp4",
       "-f lavfi -i testsrc2=s=96x64:r=25 -itsoffset 0.7 -f lavfi -i sine=440:r=48000 -t 4 -c:v libx264 -c:a aac "},
  };
  for (const auto& [name, made] : films) {
    SCOPED_TRACE(name);
    ffmpeg(made + path(name));
    const std::string out = "out_" + name;
    expect_done(film_job(name) + " --out " + path(out));
    EXPECT_GT(times(name).size(), 100u);
    EXPECT_EQ(times(out), times(name));
    EXPECT_GT(sound_times(name).size(), 100u);
    EXPECT_EQ(sound(out), sound(name));
    EXPECT_EQ(sound_times(out), sound_times(name));
  }
  expect_done(film_job("constant.mp4") + " --mute --out " + path("mute.mp4"));
  EXPECT_EQ(sound_times("mute.mp4"), "");
  expect_done(film_job("constant.mp4") + " --frames 20 --out " + path("short.mp4"));
  EXPECT_EQ(frames_of(folder_ / "short.mp4").size(), 20u);
  const double end =
      std::stod(run("ffprobe -v error -select_streams a -show_entries stream=duration -of csv=p=0 " + path("short.mp4")).text);
  EXPECT_NEAR(end, 20 / 25., 0.2);  // 30 a second, but sound and picture end together
  EXPECT_THAT(composite(film_job("constant.mp4") + " --out " + path("out.webm")).text, HasSubstr("the sound (aac"));
}

TEST_F(FfmpegFilms, AnotherSizeInTheMiddle) {
  ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25 -t 0.4 -c:v mpeg2video -f mpegts " + path("a.ts"));
  ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25 -t 0.4 -c:v mpeg2video -f mpegts " + path("b.ts"));
  write_file(folder_ / "film.mp4", read_file(folder_ / "a.ts") + read_file(folder_ / "b.ts"));
  const auto frames = frames_of(folder_ / "film.mp4");
  ASSERT_GT(frames.size(), 12u);
  EXPECT_EQ(frames.front().image.size(), cv::Size(96, 64));
  EXPECT_EQ(frames.back().image.size(), cv::Size(64, 48));
  const std::string with_effect = model() + " --effect tint --target " + path("film.mp4");
  expect_failure(with_effect + " --out " + path("out.mp4"), "is 64x48, the video began with 96x64");
  expect_done(with_effect + " --set size_changes=scale --out " + path("out.mp4"));
  EXPECT_EQ(frames_of(folder_ / "out.mp4").size(), frames.size());
  expect_done(with_effect + " --out " + path("pictures"));  // files may differ
  EXPECT_EQ(names_in(folder_ / "pictures").size(), frames.size());
}

// --- cuts ---

TEST_F(CompositeMedia, TheModelForgetsAtCuts) {
  // Two places with structure, dark enough for the sums to stay below 1.
  const auto place = [](int seed, int x) {
    Rng rng(seed);
    cv::Mat coarse(16, 24, CV_8UC3), fine;
    for (cv::Vec3b& pixel : cv::Mat_<cv::Vec3b>(coarse))
      for (uint8_t& value : pixel.val) value = static_cast<uint8_t>(rng.integer(0, 50));
    cv::resize(coarse, fine, {192, 128}, 0, 0, cv::INTER_CUBIC);
    return cv::Mat(fine(cv::Rect(x, 0, 160, 128))).clone();
  };
  for (int i = 0; i < 6; ++i) write_image(folder_ / fmt::format("shots/{}.png", i), place(i < 3 ? 1 : 2, 2 * i));
  for (int i = 3; i < 6; ++i) write_image(folder_ / fmt::format("second/{}.png", i), place(2, 2 * i));
  const std::string rest = " --alpha-out ";
  const Outcome outcome = composite(model() + " --json --target " + path("shots") + rest + path("auto"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(nlohmann::json::parse(outcome.text).at("cuts"), 1);
  expect_done(model() + " --target " + path("second") + rest + path("alone"));
  expect_done(model() + " --set cuts=off --target " + path("shots") + rest + path("off"));
  for (int i = 3; i < 6; ++i) {
    const std::string name = fmt::format("/{}.png", i);
    EXPECT_EQ(read_file(path("auto" + name)), read_file(path("alone" + name))) << i;
    EXPECT_NE(read_file(path("off" + name)), read_file(path("alone" + name))) << i;
  }
}

// --- swaps and films that do not fit ---

TEST_F(CompositeMedia, SwapsOfAnotherLength) {
  for (const int frames : {3, 4, 5}) {
    VideoWriter writer(folder_ / fmt::format("{}.mkv", frames), constant_rate({48, 32}, 25));
    for (int i = 0; i < frames; ++i) writer.write(grey(kSwap));
    writer.finish();
  }
  const auto with = [&](const std::string& swap) {
    return model() + " --target " + path("4.mkv") + " --swap " + path(swap) + " --out " + path("out.mp4");
  };
  const Outcome shorter = composite(with("3.mkv"));
  EXPECT_EQ(shorter.code, 0);
  EXPECT_THAT(shorter.text, HasSubstr("3.mkv: ends before the target, so the result ends there, after 3 frames"));
  EXPECT_EQ(frames_of(folder_ / "out.mp4").size(), 3u);
  expect_done(with("4.mkv"));
  EXPECT_EQ(frames_of(folder_ / "out.mp4").size(), 4u);
  const Outcome longer = composite(with("5.mkv"));
  EXPECT_EQ(longer.code, 0);
  EXPECT_THAT(longer.text, HasSubstr("5.mkv: the swap has frames left after the target's last one"));
  EXPECT_THAT(composite(with("5.mkv") + " --frames 2").text, Not(HasSubstr("frames left")));
}

TEST_F(CompositeMedia, BadFilmsAreOneLine) {
  VideoWriter writer(folder_ / "film.mp4", constant_rate({48, 32}, 25));
  for (int i = 0; i < 20; ++i) writer.write(grey(10 * i));
  writer.finish();
  const std::string whole = read_file(folder_ / "film.mp4");
  write_file(folder_ / "empty.mp4", "");
  write_file(folder_ / "head.mp4", whole.substr(0, 60));
  write_file(folder_ / "cut.mp4", whole.substr(0, whole.size() - 20));
  for (const std::string name : {"empty.mp4", "head.mp4", "cut.mp4"})
    expect_failure(job(name) + " --out " + path("out.mp4"), name + ": ");
  write_image(folder_ / "small.png", grey(9, {16, 16}));
  expect_failure(model() + " --target " + path("film.mp4") + " --swap " + path("small.png") + " --out " + path("out.mp4"),
                 "small.png: the swap of frame '000000' is 16x16, the target 48x32");
}

}  // namespace
}  // namespace facemat
