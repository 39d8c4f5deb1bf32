// facemat-composite with films as phones, editors and other tools make them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/json.h"
#include "src/media/pictures/profile.h"
#include "src/media/streams/sources.h"
#include "src/media/video/video_writer.h"
#include "tests/support/films.h"
#include "tests/tools/composite/composite.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<MediaFrame> frames_of(const fs::path& path, bool alpha = false) {
  SourceOptions options;
  options.read.alpha = alpha;
  const auto source = open_source(path.string(), options);
  std::vector<MediaFrame> frames;
  while (auto frame = source->next()) frames.push_back(*std::move(frame));
  return frames;
}

std::vector<int64_t> milliseconds_of(const fs::path& path) {
  const TimeBase base = VideoReader(path).info().time_base;
  std::vector<int64_t> out;
  for (const MediaFrame& frame : frames_of(path)) out.push_back(std::llround(1000. * frame.time * base.num / base.den));
  return out;
}

double mean_difference(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() ? cv::norm(a, b, cv::NORM_L1) / (a.total() * a.channels()) : 1e9;
}

class CompositeFilms : public CompositeTest {
 protected:
  // Mattes that show the target alone: what comes out is what went in.
  std::string untouched(const std::string& target) {
    const cv::Size size = VideoReader(folder_ / target).info().size;
    write_image(folder_ / "black.png", cv::Mat(size, CV_8UC1, cv::Scalar(0)));
    return "--alpha " + path("black.png") + " --effect blur --target " + path(target);
  }
  // And the swap alone.
  std::string swapped(const std::string& target, const std::string& swap) {
    write_image(folder_ / "white.png", cv::Mat(VideoReader(folder_ / target).info().size, CV_8UC1, cv::Scalar(255)));
    return "--alpha " + path("white.png") + " --target " + path(target) + " --swap " + path(swap);
  }
  Outcome expect_done(const std::string& arguments) {
    const Outcome outcome = composite(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return outcome;
  }
};

// --- films of phones: everything that can be kept is

struct PhoneFilm {
  const char* trait;
  const char* name;
  MadeFilm film;
};

std::vector<PhoneFilm> phone_films() {
  const int32_t unit = 1 << 16, one = 1 << 30;
  std::vector<PhoneFilm> films(8, {"", "", {}});
  films[0].trait = "turned", films[0].name = "turned.mov";
  films[0].film.matrix = {0, unit, 0, -unit, 0, 0, 0, 0, one};
  films[1].trait = "mirrored", films[1].name = "mirrored.mov";
  films[1].film.matrix = {0, unit, 0, unit, 0, 0, 0, 0, one};
  films[2].trait = "HDR", films[2].name = "hdr.mp4";
  films[2].film.hdr = true, films[2].film.pixels = "yuv420p10le";
  films[3].trait = "variable rate", films[3].name = "variable.mp4";
  films[3].film.times = {0, 20, 44, 60, 300, 310, 340, 500, 520, 541, 560, 600}, films[3].film.last_duration = 300;
  films[4].trait = "edit list", films[4].name = "edited.mp4";
  films[4].film.options = {{"preset", "veryfast"}, {"crf", "12"}, {"bf", "0"}};
  films[5].trait = "unknown track", films[5].name = "apac.mov";
  films[5].film.second_sound = true;
  films[5].film.tags = {{"com.apple.quicktime.model", "a phone"}, {"title", "a clip"}};
  films[6].trait = "cover", films[6].name = "cover.mp4";
  films[6].film.cover = true, films[6].film.chapters = true;
  films[7].trait = "4:2:2, 10 bits", films[7].name = "deep.mov";
  films[7].film.encoder = "prores_ks", films[7].film.pixels = "yuv422p10le", films[7].film.options = {{"profile", "hq"}};
  films[7].film.pixel = {4, 3};
  return films;
}

TEST_F(CompositeFilms, EightFilmsOfPhonesComeBackAsTheyWere) {
  std::printf("%-16s %-7s %-7s %-9s %-7s %-7s\n", "film", "frames", "times", "geometry", "sound", "tags");
  for (const PhoneFilm& phone : phone_films()) {
    SCOPED_TRACE(phone.trait);
    const fs::path made = write_made_film(folder_ / phone.name, phone.film);
    if (std::string(phone.trait) == "edit list") hide_frames(made, 24 * VideoReader(made).info().time_base.den / 600, 3, 40);
    if (std::string(phone.trait) == "unknown track") {
      std::string bytes = read_file(made);
      bytes.replace(bytes.find("sowt"), 4, "apac");
      write_file(made, bytes);
    }
    const std::string out = std::string("out_") + phone.name;
    const Outcome outcome = expect_done(untouched(phone.name) + " --out " + path(out));
    if (std::string(phone.trait) == "unknown track") {
      EXPECT_THAT(outcome.text, HasSubstr("left out, since this kind of file has no place for it: the sound (apac, ger)"));
    } else {
      EXPECT_THAT(outcome.text, Not(HasSubstr("left out")));
    }
    FilmFacts wanted = facts_of(made);
    const FilmFacts got = facts_of(folder_ / out);
    if (std::string(phone.trait) == "unknown track") wanted.sounds.pop_back();
    const VideoReader before(made), after(folder_ / out);
    const auto source = frames_of(made), result = frames_of(folder_ / out);

    bool frames = source.size() == result.size() && !source.empty() && before.info().frames == int64_t(source.size());
    for (size_t i = 0; i < source.size() && frames; ++i) frames = mean_difference(source[i].image, result[i].image) < 3;
    const auto seconds = [](const VideoInfo& info) { return double(info.end) * info.time_base.num / info.time_base.den; };
    const bool times = milliseconds_of(made) == milliseconds_of(folder_ / out) &&
                       std::abs(seconds(before.info()) - seconds(after.info())) < 0.002 && seconds(before.info()) > 0;
    const bool geometry = before.info().size == after.info().size &&
                          before.info().pixel_num * after.info().pixel_den == after.info().pixel_num * before.info().pixel_den;
    const bool sound = !wanted.sounds.empty() && wanted.sounds == got.sounds;
    const bool tags = got.title == "a clip" && got.chapters == wanted.chapters && got.light == wanted.light &&
                      got.cover == wanted.cover && got.transfer == wanted.transfer;
    const auto word = [](bool kept) { return kept ? "kept" : "LOST"; };
    std::printf("%-16s %-7s %-7s %-9s %-7s %-7s\n", phone.trait, word(frames), word(times), word(geometry), word(sound),
                word(tags));
    EXPECT_TRUE(frames && times && geometry && sound && tags);
  }
}

// Of the bands of making::bands, in steps of ten bits, in the middle of the first frame.
std::vector<double> levels_of(const fs::path& path) {
  ReadOptions options;
  options.bits = 16;
  VideoReader reader(path, options);
  const cv::Mat frame = *reader.next();
  const int width = frame.cols / making::kBands;
  std::vector<double> levels;
  for (int i = 0; i < making::kBands; ++i) {
    const cv::Rect inside(i * width + width / 4, frame.rows / 4, width / 2, frame.rows / 2);
    levels.push_back(cv::mean(frame(inside))[1] / 65535 * making::kTenBitSteps);
  }
  return levels;
}

double least_rise(const std::vector<double>& levels) {
  double least = levels.back();
  for (size_t i = 1; i < levels.size(); ++i) least = std::min(least, levels[i] - levels[i - 1]);
  return least;
}

// 4:2:2 of ten bits, as cameras write it: two steps apart there, and still where sixteen bits are asked for.
TEST_F(CompositeFilms, TenBitsStayTenBitsWhereTheyAreAskedFor) {
  MadeFilm film;
  film.encoder = "prores_ks", film.pixels = "yuv422p10le", film.options = {{"profile", "hq"}};
  film.bands = true, film.times = {0, 24, 48};
  const fs::path deep = write_made_film(folder_ / "deep.mov", film);
  ASSERT_EQ(VideoReader(deep).info().bits, 10);
  const std::vector<double> before = levels_of(deep);
  ASSERT_GT(least_rise(before), 1);
  const std::string job = untouched("deep.mov") + " --set video=prores";
  expect_done(job + " --set bits=16 --out " + path("sixteen.mov"));
  EXPECT_GE(VideoReader(folder_ / "sixteen.mov").info().bits, 10);
  const std::vector<double> after = levels_of(folder_ / "sixteen.mov");
  EXPECT_GT(least_rise(after), 0.5);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1) << i;
  expect_done(job + " --out " + path("eight.mov"));
  EXPECT_LT(least_rise(levels_of(folder_ / "eight.mov")), 0.5) << "six bands on four levels";
}

// --- two films beside each other

TEST_F(CompositeFilms, OurOwnMattesFitTheFilmsTheyAreOf) {
  MadeFilm film;
  film.options = {{"preset", "veryfast"}, {"crf", "12"}, {"bf", "0"}};
  const fs::path edited = write_made_film(folder_ / "edited.mp4", film);
  hide_frames(edited, 24 * VideoReader(edited).info().time_base.den / 600, 3, 40);
  film.base = {1, 1000}, film.times = {0, 520, 1000}, film.last_duration = 3000;
  write_made_film(folder_ / "long.mkv", film);
  for (const std::string name : {"edited.mp4", "long.mkv"})
    for (const std::string matte : {"matte.mkv", "matte.mp4", "matte.webm"}) {
      expect_done(model() + " --target " + path(name) + " --alpha-out " + path(matte));
      expect_done("--alpha " + path(matte) + " --effect tint --target " + path(name) + " --out " + path("out.mp4"));
      EXPECT_EQ(milliseconds_of(folder_ / "out.mp4"), milliseconds_of(folder_ / name)) << name << matte;
    }
  for (int i = 0; i < 3; ++i) write_image(folder_ / fmt::format("odd/{}.png", i), grey(kTarget, {47, 33}));
  expect_done(model() + " --target " + path("odd") + " --alpha-out " + path("odd.webm"));  // padded to 48 x 34
  expect_done("--alpha " + path("odd.webm") + " --effect tint --target " + path("odd") + " --out " + path("from_odd"));
  EXPECT_EQ(picture("from_odd/1.png").size(), cv::Size(47, 33));
}

// A target of 12 frames at changing times, whose swap has a frame every 1/60 s that shows when it is.
TEST_F(CompositeFilms, FilmsOfOtherRatesArePairedByTime) {
  VideoInfo info = constant_rate({48, 32}, 60);
  VideoWriter swap(folder_ / "swap.mkv", info);
  for (int i = 0; i < 60; ++i) swap.write(grey(4 * i + 8));
  swap.finish();
  info.time_base = {1, 600};
  VideoWriter target(folder_ / "target.mp4", info);
  const std::vector<int64_t> times = {0, 20, 100, 110, 140, 300, 310, 320, 500, 540, 560, 580};
  for (const int64_t time : times) target.write({"", grey(20), 600 + time, 10});
  target.finish();
  const Outcome outcome = expect_done(swapped("target.mp4", "swap.mkv") + " --out " + path("out"));
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("swap.mkv: the swap has 60 frames, the target 12: they are paired by their times"),
                                  Not(HasSubstr("frames left"))));
  for (size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(picture(fmt::format("out/{:06}.png", i)).at<cv::Vec3b>(9, 9)[0], 4 * (times[i] / 10) + 8, 3) << i;
}

TEST_F(CompositeFilms, WhatEndsBeforeTheTargetEndsTheResult) {
  const auto film = [&](const char* name, int frames, int rate, int value) {
    VideoWriter writer(folder_ / name, constant_rate({48, 32}, rate));
    for (int i = 0; i < frames; ++i) writer.write(grey(value));
    writer.finish();
  };
  film("target.mp4", 60, 30, 20), film("short.mp4", 59, 30, 200), film("half.mp4", 25, 25, 200);
  Outcome outcome = expect_done(swapped("target.mp4", "short.mp4") + " --out " + path("out.mp4"));
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("short.mp4: the swap has 59 frames, the target 60"),
                                  HasSubstr("short.mp4: ends before the target, so the result ends there, after 59 frames")));
  EXPECT_EQ(frames_of(folder_ / "out.mp4").size(), 59u);
  outcome = expect_done(swapped("target.mp4", "half.mp4") + " --json --out " + path("half"));  // one second of two
  EXPECT_EQ(nlohmann::json::parse(outcome.text.substr(outcome.text.find("{\""))).at("frames"), 30);
  EXPECT_EQ(names_in(folder_ / "half").size(), 30u);

  for (int i = 0; i < 3; ++i) write_image(folder_ / fmt::format("clip/{}.png", i), grey(20));
  for (int i = 0; i < 2; ++i) write_image(folder_ / fmt::format("swaps/{}.png", i), grey(200));
  write_image(folder_ / "white.png", cv::Mat(32, 48, CV_8UC1, cv::Scalar(255)));
  outcome = expect_done("--alpha " + path("white.png") + " --target " + path("clip") + " --swap " + path("swaps") + " --out " +
                        path("pictures"));
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("swaps: the swap has 2 frames, the target 3"),
                                  HasSubstr("swaps: ends before the target, so the result ends there, after 2 frames")));
  EXPECT_EQ(names_in(folder_ / "pictures").size(), 2u);

  VideoWriter mattes(folder_ / "mattes.mkv", constant_rate({48, 32}, 30));
  for (int i = 0; i < 59; ++i) mattes.write(cv::Mat(32, 48, CV_8UC1, cv::Scalar(128)));
  mattes.finish();
  outcome = expect_done("--alpha " + path("mattes.mkv") + " --effect tint --target " + path("target.mp4") + " --out " +
                        path("m.mp4"));
  EXPECT_THAT(outcome.text, HasSubstr("mattes.mkv: ends before the target"));
  EXPECT_EQ(frames_of(folder_ / "m.mp4").size(), 59u);
  outcome = expect_done("--alpha " + path("mattes.mkv") + " --effect tint --target " + path("half.mp4") + " --frames 9 --out " +
                        path("n.mp4"));
  EXPECT_EQ(frames_of(folder_ / "n.mp4").size(), 9u);
}

// --- what cannot be kept is said before the work

TEST_F(CompositeFilms, LimitsAreSaidAtTheStart) {
  MadeFilm film;
  film.interlaced = true, film.pixels = "yuv420p", film.subtitles = true, film.chapters = true;
  write_made_film(folder_ / "a.mkv", film);
  const Outcome outcome = expect_done(untouched("a.mkv") + " --set bits=16 --out " + path("out.mp4"));
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("warning: " + path("a.mkv") + ": interlaced"),
                                  HasSubstr("out.mp4: left out, since this kind of file has no place for it: the subtitles"),
                                  HasSubstr("out.mp4: h264 keeps 8 bits of a value, of 16 (prores, in .mov, keeps 10)")));
  const std::string text = composite(untouched("a.mkv") + " --json --out " + path("out.mp4")).text;
  EXPECT_EQ(nlohmann::json::parse(text.substr(text.find("{\""))).at("limits").size(), 2u) << text;
  EXPECT_EQ(facts_of(folder_ / "out.mp4").chapters.size(), 2u);
  EXPECT_THAT(expect_done(untouched("a.mkv") + " --set deinterlace=true --mute --out " + path("clean.mkv")).text,
              Not(HasSubstr("warning")));
  EXPECT_TRUE(facts_of(folder_ / "clean.mkv").sounds.empty());
}

TEST_F(CompositeFilms, TheMatrixOfSilentFilmsIsASetting) {
  write_made_film(folder_ / "a.mp4", {});
  expect_done(untouched("a.mp4") + " --out " + path("auto"));
  expect_done(untouched("a.mp4") + " --set matrix=bt709 --out " + path("other"));
  const cv::Mat truth = making::picture({96, 64}, 0);
  EXPECT_LT(mean_difference(picture("auto/000000.png"), truth), 4);
  EXPECT_GT(mean_difference(picture("other/000000.png"), truth), 6);
  // Of a swap, too, beside a target that states its own.
  MadeFilm stated;
  stated.matrix_code = AVCOL_SPC_SMPTE170M;
  write_made_film(folder_ / "stated.mp4", stated);
  const std::string job = swapped("stated.mp4", "a.mp4");
  expect_done(job + " --out " + path("swap"));
  expect_done(job + " --set matrix=bt709 --out " + path("other_swap"));
  expect_done(untouched("stated.mp4") + " --set matrix=bt709 --out " + path("target"));
  EXPECT_LT(mean_difference(picture("swap/000000.png"), truth), 4);
  EXPECT_GT(mean_difference(picture("other_swap/000000.png"), truth), 6);
  EXPECT_LT(mean_difference(picture("target/000000.png"), truth), 4) << "what a film states, holds";
}

TEST_F(CompositeFilms, ATransparentTargetKeepsItsAlpha) {
  cv::Mat cutout(32, 48, CV_8UC4, cv::Scalar(10, 20, 30, 255));
  cutout(cv::Rect(0, 0, 24, 32)).setTo(cv::Scalar(200, 210, 220, 0));  // hidden colours
  cutout(cv::Rect(24, 0, 12, 32)).setTo(cv::Scalar(100, 100, 100, 51));
  write_image(folder_ / "cutout.png", cutout);
  for (int i = 0; i < 3; ++i) write_image(folder_ / fmt::format("layers/{}.png", i), cutout);
  write_image(folder_ / "black.png", cv::Mat(32, 48, CV_8UC1, cv::Scalar(0)));
  const std::string job = "--alpha " + path("black.png") + " --effect blur --target ";
  EXPECT_THAT(expect_done(job + path("cutout.png") + " --out " + path("out.png")).text, Not(HasSubstr("warning")));
  EXPECT_EQ(cv::norm(frames_of(folder_ / "out.png", true)[0].image, cutout, cv::NORM_INF), 0);
  expect_done(job + path("cutout.png") + " --out " + path("out.exr"));
  EXPECT_NEAR(frames_of(folder_ / "out.exr", true)[0].image.at<cv::Vec4b>(9, 30)[3], 51, 1);
  const Outcome flat = expect_done(job + path("cutout.png") + " --out " + path("out.jpg"));
  EXPECT_THAT(flat.text,
              HasSubstr("cutout.png: transparent, which " + path("out.jpg") + " cannot keep: it is shown over black"));
  EXPECT_LT(picture("out.jpg").at<cv::Vec3b>(16, 4)[0], 8);  // not the colours that nobody was to see
  EXPECT_NEAR(picture("out.jpg").at<cv::Vec3b>(16, 30)[0], 20, 6);
  for (const std::string film : {"out.mov", "out.webm"}) {
    expect_done(job + path("layers") + " --out " + path(film));
    const auto frames = frames_of(folder_ / film, true);
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_NEAR(frames[1].image.at<cv::Vec4b>(16, 8)[3], 0, 1) << film;
    EXPECT_NEAR(frames[1].image.at<cv::Vec4b>(16, 30)[3], 51, 1) << film;
  }
  EXPECT_THAT(expect_done(job + path("layers") + " --out " + path("out.mp4")).text, HasSubstr("out.mp4 cannot keep"));
  expect_done(job + path("out.mov") + " --out " + path("again.mov"));
  EXPECT_NEAR(frames_of(folder_ / "again.mov", true)[2].image.at<cv::Vec4b>(16, 30)[3], 51, 1);
}

// Many pictures have an alpha channel that is opaque.
TEST_F(CompositeFilms, AnOpaqueAlphaChannelIsNothingToKeep) {
  const cv::Mat opaque(32, 48, CV_8UC4, cv::Scalar(10, 120, 30, 255)), clear(32, 48, CV_8UC4, cv::Scalar(10, 120, 30, 0));
  for (int i = 0; i < 3; ++i) write_image(folder_ / fmt::format("opaque/{}.png", i), opaque);
  for (int i = 0; i < 3; ++i) write_image(folder_ / fmt::format("late/{}.png", i), i == 0 ? opaque : clear);
  write_image(folder_ / "black.png", cv::Mat(32, 48, CV_8UC1, cv::Scalar(0)));
  const std::string job = "--alpha " + path("black.png") + " --effect blur --target ";
  EXPECT_THAT(expect_done(job + path("opaque") + " --out " + path("out.mov")).text, Not(HasSubstr("warning")));
  EXPECT_THAT(facts_of(folder_ / "out.mov").tracks, ElementsAre("h264"));
  const std::string text = expect_done(job + path("late") + " --out " + path("late.mp4")).text;
  EXPECT_THAT(text, HasSubstr("late: transparent, though not in its first frame: shown over black (frames: 2)"));
  EXPECT_LT(frames_of(folder_ / "late.mp4")[2].image.at<cv::Vec3b>(9, 9)[1], 8);
}

TEST_F(CompositeFilms, ASwapOfOtherColoursIsSaid) {
  write_image(folder_ / "target.png", grey(20));
  write_image(folder_ / "swap.png", grey(200));
  write_image(folder_ / "white.png", cv::Mat(32, 48, CV_8UC1, cv::Scalar(255)));
  std::string profile(200, '\0');
  profile.replace(16, 4, "RGB ");
  write_file(folder_ / "target.png", with_colour_profile(read_file(folder_ / "target.png"), profile));
  const std::string job = "--alpha " + path("white.png") + " --swap " + path("swap.png") + " --target " + path("target.png");
  EXPECT_THAT(expect_done(job + " --out " + path("out.png")).text,
              HasSubstr("swap.png: its colour profile (none) is not the target's (of its own)"));
  EXPECT_EQ(colour_profile(read_file(folder_ / "out.png")), profile);
  profile.replace(16, 4, "GRAY");
  write_image(folder_ / "target.png", grey(20));
  write_file(folder_ / "target.png", with_colour_profile(read_file(folder_ / "target.png"), profile));
  EXPECT_THAT(expect_done(job + " --out " + path("out.png")).text,
              HasSubstr("target.png: its colour profile is left out: it is of GRAY, not RGB"));
  EXPECT_THAT(expect_done(job + " --alpha-out " + path("alpha.png")).text, Not(HasSubstr("profile")));
}

}  // namespace
}  // namespace facemat
