// Films of every make, as they are read, counted and written.

#include "src/media/video/film.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "src/media/video/video_writer.h"
#include "tests/support/films.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<MediaFrame> frames_of(const fs::path& path, const ReadOptions& options = {}) {
  VideoReader reader(path, options);
  std::vector<MediaFrame> frames;
  while (auto frame = reader.next_frame()) frames.push_back(*std::move(frame));
  return frames;
}

std::vector<double> seconds_of(const fs::path& path) {
  const TimeBase base = VideoReader(path).info().time_base;
  std::vector<double> out;
  for (const MediaFrame& frame : frames_of(path)) out.push_back(double(frame.time) * base.num / base.den);
  return out;
}

double end_of(const fs::path& path) {
  const VideoReader reader(path);
  return double(reader.info().end) * reader.info().time_base.num / reader.info().time_base.den;
}

double mean_difference(const cv::Mat& a, const cv::Mat& b) {
  EXPECT_EQ(a.size(), b.size());
  return a.size() == b.size() ? cv::norm(a, b, cv::NORM_L1) / (a.total() * a.channels()) : 1e9;
}

// `from` as a film again, frames, times, geometry and tracks.
fs::path written_again(const fs::path& from, const fs::path& to) {
  VideoReader reader(from);
  WriterOptions options;
  options.tracks_from = from;
  VideoWriter writer(to, reader.info(), options);
  while (const auto frame = reader.next_frame()) writer.write(*frame);
  writer.finish();
  return to;
}

// Where the pixel (x, y) of a picture goes by `m`, on a canvas that begins at 0.
cv::Mat shown_by(const cv::Mat& stored, const std::vector<int32_t>& m) {
  const int unit = 1 << 16, a = m[0] / unit, b = m[1] / unit, c = m[3] / unit, d = m[4] / unit;
  const int w = stored.cols - 1, h = stored.rows - 1;
  cv::Mat out(a != 0 ? stored.size() : cv::Size(stored.rows, stored.cols), stored.type());
  for (int y = 0; y <= h; ++y)
    for (int x = 0; x <= w; ++x)
      out.at<cv::Vec3b>(b * x + d * y + (b < 0 ? w : 0) + (d < 0 ? h : 0), a * x + c * y + (a < 0 ? w : 0) + (c < 0 ? h : 0)) =
          stored.at<cv::Vec3b>(y, x);
  return out;
}

std::vector<int32_t> matrix_of(int a, int b, int c, int d) {
  const int unit = 1 << 16;
  return {a * unit, b * unit, 0, c * unit, d * unit, 0, 0, 0, 1 << 30};
}

TEST(Film, EveryTurnAndMirrorIsShownAsPlayersDo) {
  const Scratch folder;
  const std::vector<std::array<int, 4>> turns = {{1, 0, 0, 1},  {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0},
                                                 {-1, 0, 0, 1}, {1, 0, 0, -1}, {0, 1, 1, 0},   {0, -1, -1, 0}};
  for (const auto& [a, b, c, d] : turns) {
    MadeFilm film;
    film.size = {92, 52};  // coded as 96x64, and cut
    film.times = {0, 24};
    film.matrix = matrix_of(a, b, c, d);
    VideoReader reader(write_made_film(folder / "a.mov", film));
    const cv::Mat expected = shown_by(making::picture(film.size, 0), film.matrix);
    EXPECT_EQ(reader.info().size, expected.size());
    EXPECT_LT(mean_difference(*reader.next(), expected), 4) << a << b << c << d;
  }
}

TEST(Film, TheShapeOfPixelsIsKeptAndTurned) {
  const Scratch folder;
  for (const char* name : {"a.mp4", "a.mov", "a.mkv", "a.webm"}) {
    MadeFilm film;
    film.pixel = {16, 11};
    if (fs::path(name).extension() == ".webm")
      film.encoder = "libvpx-vp9", film.options = {{"crf", "20"}, {"b", "0"}, {"lag-in-frames", "0"}}, film.sound = "";
    const fs::path upright = write_made_film(folder / name, film);
    const AVRational kept = facts_of(written_again(upright, folder / (std::string("again_") + name))).pixel;
    EXPECT_NEAR(av_q2d(kept), 16 / 11., 0.01) << name;
  }
  MadeFilm film;
  film.pixel = {2, 1};
  film.matrix = matrix_of(0, 1, -1, 0);
  const VideoReader turned(write_made_film(folder / "turned.mov", film));
  EXPECT_EQ(turned.info().pixel_num * 2, turned.info().pixel_den);
  EXPECT_NEAR(av_q2d(facts_of(written_again(folder / "turned.mov", folder / "out.mp4")).pixel), 0.5, 0.01);
}

TEST(Film, TheFilmIsTakenAndNotACover) {
  const Scratch folder;
  MadeFilm film;
  film.cover = true;  // larger than the film
  EXPECT_EQ(VideoReader(write_made_film(folder / "a.mp4", film)).info().size, film.size);
  film.cover = false, film.second_film = true;
  const VideoReader reader(write_made_film(folder / "b.mkv", film));
  EXPECT_EQ(reader.info().size, film.size);
  EXPECT_THAT(reader.info().notes, ElementsAre(HasSubstr("b.mkv: it holds 2 video streams; that of 96x64 is taken")));
}

TEST(Film, HiddenFramesAreNeitherCountedNorShown) {
  const Scratch folder;
  MadeFilm film;
  film.options = {{"preset", "veryfast"}, {"crf", "12"}, {"bf", "0"}};
  film.sound = "";
  const fs::path path = write_made_film(folder / "a.mp4", film);
  EXPECT_EQ(VideoReader(path).info().frames, 12);
  const int64_t step = 24 * VideoReader(path).info().time_base.den / 600;
  hide_frames(path, step, 3, 40);
  const auto frames = frames_of(path);
  EXPECT_EQ(VideoReader(path).info().frames, 9);
  EXPECT_EQ(frames_in_film(path), 9);
  ASSERT_EQ(frames.size(), 9u);
  EXPECT_LT(mean_difference(frames[0].image, making::picture(film.size, 3)), 4);
  const fs::path again = written_again(path, folder / "again.mp4");
  EXPECT_EQ(VideoReader(again).info().frames, 9);
  EXPECT_EQ(seconds_of(again), seconds_of(path));
}

TEST(Film, TheLastFrameIsShownAsLongAsBefore) {
  const Scratch folder;
  MadeFilm film;
  film.base = {1, 1000}, film.times = {0, 520, 1000}, film.last_duration = 3000;
  for (const std::string bframes : {"0", "3"})
    for (const std::string name : {"a.mp4", "a.mkv", "a.mov"}) {
      film.options = {{"preset", "veryfast"}, {"crf", "12"}, {"bf", bframes}};
      film.sound = name == "a.mov" ? "aac" : "";
      write_made_film(folder / name, film);
      EXPECT_NEAR(end_of(folder / name), 4, 0.01) << name;
      for (const std::string again : {"again.mp4", "again.mkv"}) {
        written_again(folder / name, folder / again);
        const auto wanted = seconds_of(folder / name), got = seconds_of(folder / again);
        ASSERT_EQ(got.size(), 3u);
        // Sound of AAC begins before 0, and moves all of a Matroska file.
        EXPECT_NEAR(end_of(folder / again) - got[0], 4, 0.01) << name << again << bframes;
        for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(got[i] - got[0], wanted[i] - wanted[0], 0.0015) << name << again;
      }
    }
  // However the frames before lie, and whatever their own durations say.
  VideoInfo info = constant_rate({32, 32}, 25);
  info.time_base = {1, 1000}, info.end = 4000;
  for (const std::string name : {"close.mp4", "close.mov", "close.mkv"}) {
    VideoWriter writer(folder / name, info);
    for (const int64_t time : {0, 20, 40, 1000}) writer.write({"", cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(90)), time, 2000});
    writer.finish();
    EXPECT_NEAR(end_of(folder / name), 4, 0.01) << name;
  }
}

TEST(Film, BroadcastsBeginAtZero) {
  const Scratch folder;
  MadeFilm film;
  film.options = {{"preset", "veryfast"}, {"g", "6"}, {"bf", "0"}};
  const fs::path path = write_made_film(folder / "a.ts", film, "mpegts");
  ASSERT_TRUE(is_video(path));
  const auto times = seconds_of(path);
  ASSERT_EQ(times.size(), 12u);
  EXPECT_NEAR(times[0], 0, 0.1);
  EXPECT_NEAR(times[11] - times[0], 0.44, 0.001);
  const FilmFacts facts = facts_of(written_again(path, folder / "out.mp4"));
  ASSERT_EQ(facts.sounds.size(), 1u);
  EXPECT_LT(std::abs(std::stod(facts.sounds[0])), 0.1);

  // Recorded from the middle of a group of pictures on: what cannot be decoded is left out, and told.
  const std::string whole = read_file(path);
  size_t pictures = 0, at = 0;  // packets in which a picture of stream 256 begins
  for (; at + 188 <= whole.size() && pictures < 3; at += 188) {
    const int id = (whole[at + 1] & 0x1f) << 8 | static_cast<uint8_t>(whole[at + 2]);
    pictures += id == 256 && (whole[at + 1] & 0x40);
  }
  const std::string tables = whole.substr(0, 3 * 188);
  write_file(folder / "cut.ts", tables + whole.substr(at - 188));
  const auto frames = frames_of(folder / "cut.ts");
  EXPECT_GE(frames.size(), 6u);
  EXPECT_LT(frames.size(), 12u);
  EXPECT_LT(mean_difference(frames.back().image, making::picture(film.size, 11)), 6);
  EXPECT_THAT(VideoReader(folder / "cut.ts").info().notes,
              ElementsAre(HasSubstr("cut.ts: it begins within a group of pictures")));
  EXPECT_TRUE(VideoReader(path).info().notes.empty());
}

// Cut by an editor that does not code anew.
TEST(Film, WhatBeginsWithinAGroupOfPicturesIsReadFromTheNextOn) {
  const Scratch folder;
  MadeFilm film;
  film.options = {{"preset", "veryfast"}, {"crf", "12"}, {"g", "6"}, {"bf", "0"}};
  film.sound = "", film.skipped = 2;
  for (const std::string name : {"a.mkv", "a.mp4", "a.mov"}) {
    SCOPED_TRACE(name);
    const fs::path path = write_made_film(folder / name, film);
    const auto frames = frames_of(path);
    ASSERT_EQ(frames.size(), 6u);
    EXPECT_EQ(frames_in_film(path), 6);
    EXPECT_LT(mean_difference(frames[0].image, making::picture(film.size, 6)), 4);
    EXPECT_NEAR(seconds_of(path)[0], 0.24, 0.001);
    EXPECT_THAT(VideoReader(path).info().notes, ElementsAre(HasSubstr(name + ": it begins within a group of pictures")));
    const fs::path again = written_again(path, folder / ("again_" + name));
    EXPECT_NEAR(seconds_of(again)[0], 0.24, 0.001);
    EXPECT_TRUE(VideoReader(again).info().notes.empty());
  }
}

// B-frames whose offsets have signs.
TEST(Film, FilesMayBeginBeforeZero) {
  const Scratch folder;
  const fs::path path = write_made_film(folder / "a.mp4", {});
  show_earlier(path, 6 * 24 * VideoReader(path).info().time_base.den / 600);
  const auto wanted = seconds_of(path);
  ASSERT_EQ(wanted.size(), 12u);
  ASSERT_LT(wanted[0], -0.1);
  EXPECT_LT(VideoReader(path).info().start, 0);
  EXPECT_NEAR(end_of(path) - wanted[0], 0.48, 0.002);
  EXPECT_EQ(frames_in_film(path), 12);
  for (const char* name : {"again.mp4", "again.mkv"}) {
    const fs::path again = written_again(path, folder / name);
    const auto got = seconds_of(again);
    ASSERT_EQ(got.size(), 12u) << name;
    EXPECT_NEAR(got[0], 0, 0.001) << name;
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i] - got[0], wanted[i] - wanted[0], 0.0015) << name << i;
    EXPECT_NEAR(end_of(again) - got[0], 0.48, 0.01) << name;
    const double before = std::stod(facts_of(path).sounds[0]), after = std::stod(facts_of(again).sounds[0]);
    EXPECT_NEAR(after - before, -wanted[0], 0.025) << name;
  }
}

// FFmpeg tells of it from 7.1 on; before, nothing is said.
TEST(Film, ACropOfTheContainerIsToldAndNotTaken) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 19, 100)
  constexpr bool kIsTold = true;
#else
  constexpr bool kIsTold = false;
#endif
  const Scratch folder;
  MadeFilm film;
  film.sound = "";
  for (const std::string name : {"a.mp4", "a.mov", "a.mkv"}) {
    SCOPED_TRACE(name);
    const fs::path path = write_made_film(folder / name, film);
    if (name == "a.mkv")
      show_without_top(path, 8);
    else
      show_middle(path, {80, 64});
    VideoReader reader(path);
    EXPECT_EQ(reader.info().size, film.size);
    EXPECT_LT(mean_difference(*reader.next(), making::picture(film.size, 0)), 4);
    const std::vector<std::string>& notes = reader.info().notes;
    ASSERT_EQ(notes.size(), kIsTold ? 1u : 0u);
    if (kIsTold) {
      EXPECT_THAT(notes[0], HasSubstr(name + ": it wants a part of its pictures shown; they are taken whole"));
    }
  }
  if (!kIsTold) GTEST_SKIP() << "this FFmpeg does not tell of a container's own crop (from 7.1 on it does)";
}

TEST(Film, M4vFilesAreFilmsReadAndWritten) {
  const Scratch folder;
  const fs::path path = write_made_film(folder / "a.m4v", {});
  ASSERT_TRUE(is_video(path) && holds_film(path));
  EXPECT_EQ(VideoReader(path).info().frames, 12);
  const fs::path again = written_again(path, folder / "again.m4v");
  const auto frames = frames_of(again);
  ASSERT_EQ(frames.size(), 12u);
  for (int i = 0; i < 12; ++i) EXPECT_LT(mean_difference(frames[i].image, making::picture({96, 64}, i)), 4) << i;
  EXPECT_EQ(seconds_of(again), seconds_of(path));
  const FilmFacts wanted = facts_of(path), got = facts_of(again);
  ASSERT_EQ(got.sounds.size(), 1u);
  EXPECT_EQ(got.sounds, wanted.sounds);
  EXPECT_EQ(got.title, "a clip");
  EXPECT_EQ(lost_tracks(path, "x.m4v", true), "");
}

TEST(Film, WhatBeginsBeforeZeroIsMovedWithItsSound) {
  const Scratch folder;
  const fs::path sound = write_made_film(folder / "sound.mov", {});
  VideoInfo info = constant_rate({32, 32}, 25);
  info.time_base = {1, 1000};
  WriterOptions options;
  options.tracks_from = sound;
  for (const std::string name : {"a.mp4", "a.mkv"}) {
    VideoWriter writer(folder / name, info, options);
    for (const int64_t time : {-100, -40, 20, 90}) writer.write({"", cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(90)), time, 40});
    writer.finish();
    const auto times = seconds_of(folder / name);
    ASSERT_EQ(times.size(), 4u) << name;
    EXPECT_NEAR(times[0], 0, 0.001);
    EXPECT_NEAR(times[3], 0.19, 0.001);
    const double before = std::stod(facts_of(sound).sounds[0]), after = std::stod(facts_of(folder / name).sounds[0]);
    EXPECT_NEAR(after - before, 0.1, 0.025) << name;
  }
}

TEST(Film, GifsAreFilms) {
  const Scratch folder;
  MadeFilm film;
  film.encoder = "gif", film.pixels = "rgb8", film.options = {}, film.sound = "", film.base = {1, 100};
  film.times = {0, 10, 15, 40}, film.last_duration = 10, film.tags = {};
  const fs::path path = write_made_film(folder / "a.gif", film);
  ASSERT_TRUE(is_video(path));
  const auto frames = frames_of(path);
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_FALSE(VideoReader(path).info().has_alpha);  // opaque, though all are read with alpha
  const auto times = seconds_of(path);
  EXPECT_NEAR(times[3] - times[0], 0.4, 0.011);
  fs::copy_file(path, folder / "no_name");
  EXPECT_TRUE(holds_film(folder / "no_name"));
  write_file(folder / "text", "a letter, which FFmpeg would show as a terminal does\n");
  EXPECT_FALSE(holds_film(folder / "text"));
}

TEST(Film, MomentsInAFrameAreToldAndKeptOrTakenApart) {
  const Scratch folder;
  MadeFilm film;
  film.interlaced = true;
  const fs::path path = write_made_film(folder / "a.mp4", film);
  const VideoReader reader(path);
  EXPECT_TRUE(reader.info().interlaced);
  EXPECT_TRUE(reader.info().top_first);
  EXPECT_THAT(reader.info().notes, ElementsAre(HasSubstr("a.mp4: interlaced: frames are taken as they are")));
  const int order = facts_of(written_again(path, folder / "again.mp4")).field_order;
  EXPECT_TRUE(order == AV_FIELD_TT || order == AV_FIELD_TB) << order;

  ReadOptions options;
  options.deinterlace = true;
  EXPECT_TRUE(VideoReader(path, options).info().notes.empty());
  EXPECT_FALSE(VideoReader(path, options).info().interlaced);
  const auto combed = frames_of(path), clean = frames_of(path, options);
  // Within the reach of the two moments' bars lines differ from their neighbours, but no longer.
  const auto comb = [](const cv::Mat& image) {
    double sum = 0;
    for (int y = 29; y < 35; ++y)
      sum +=
          std::abs(2 * image.at<cv::Vec3b>(y, 22)[1] - image.at<cv::Vec3b>(y - 1, 22)[1] - image.at<cv::Vec3b>(y + 1, 22)[1]);
    return sum;
  };
  EXPECT_GT(comb(combed[3].image), 300);
  EXPECT_LT(comb(clean[3].image), comb(combed[3].image) / 2);
}

TEST(Film, LightIsKept) {
  const Scratch folder;
  MadeFilm film;
  film.hdr = true;
  const fs::path path = write_made_film(folder / "a.mp4", film);
  // As MadeFilm::hdr states it.
  const std::vector<double> made = {0.02, 0.04, 0.04, 0.06, 0.06, 0.08, 0.3127, 0.329, 0.005, 1000, 1000, 400};
  const auto as_made = ::testing::Pointwise(::testing::DoubleNear(1e-4), made);
  ASSERT_THAT(facts_of(path).light, as_made);
  for (const char* name : {"again.mp4", "again.mkv"}) {
    const FilmFacts got = facts_of(written_again(path, folder / name));
    EXPECT_THAT(got.light, as_made) << name;
    EXPECT_EQ(got.matrix, AVCOL_SPC_BT2020_NCL);
    EXPECT_EQ(got.transfer, AVCOL_TRC_SMPTE2084);
  }
}

TEST(Film, TheMatrixOfASilentFilmCanBeStated) {
  const Scratch folder;
  const fs::path path = write_made_film(folder / "a.mp4", {});  // 64 lines: coded by BT.601
  const auto error = [&](int matrix) {
    ReadOptions options;
    options.matrix = matrix;
    return mean_difference(frames_of(path, options)[0].image, making::picture({96, 64}, 0));
  };
  EXPECT_LT(error(AVCOL_SPC_UNSPECIFIED), 4);
  EXPECT_LT(error(AVCOL_SPC_SMPTE170M), 4);
  EXPECT_GT(error(AVCOL_SPC_BT709), 6);
  MadeFilm stated;
  stated.matrix_code = AVCOL_SPC_BT709;
  write_made_film(folder / "a.mp4", stated);
  EXPECT_LT(error(AVCOL_SPC_SMPTE170M), 4);  // what a film states, holds
}

// --- what lies beside the film

TEST(Tracks, SoundSubtitlesChaptersAndTagsAreCopiedWhereTheyFit) {
  const Scratch folder;
  MadeFilm film;
  film.sound = "flac", film.subtitles = true, film.chapters = true;
  const fs::path path = write_made_film(folder / "a.mkv", film);
  const FilmFacts wanted = facts_of(path);
  ASSERT_EQ(wanted.chapters.size(), 2u);
  const FilmFacts mkv = facts_of(written_again(path, folder / "again.mkv")),
                  mp4 = facts_of(written_again(path, folder / "b.mp4"));
  EXPECT_EQ(mkv.tracks, wanted.tracks);
  EXPECT_EQ(mkv.sounds, wanted.sounds);
  for (const FilmFacts& facts : {mkv, mp4}) {
    EXPECT_EQ(facts.chapters, wanted.chapters);
    EXPECT_EQ(facts.title, "a clip");
    EXPECT_EQ(facts.sounds.size(), 1u);
  }
  EXPECT_THAT(mp4.tracks, ::testing::Contains("flac"));
  EXPECT_EQ(lost_tracks(path, "x.mkv", true), "");
  EXPECT_EQ(lost_tracks(path, "x.mp4", true),
            "x.mp4: left out, since this kind of file has no place for it: the subtitles (subrip) (.mkv takes most)");
  EXPECT_THAT(lost_tracks(path, "x.webm", true), HasSubstr("the sound (flac, ger)"));
  EXPECT_THAT(lost_tracks(path, "x.webm", false), ::testing::Not(HasSubstr("sound")));
}

TEST(Tracks, WhatNobodyKnowsIsNamedAndLeftOut) {
  const Scratch folder;
  MadeFilm film;
  film.second_sound = true;
  const fs::path path = write_made_film(folder / "phone.mov", film);
  std::string bytes = read_file(path);
  const size_t at = bytes.find("sowt");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 4, "apac");
  write_file(path, bytes);
  for (const char* name : {"out.mov", "out.mp4", "out.mkv"}) {
    const FilmFacts got = facts_of(written_again(path, folder / name));
    EXPECT_EQ(got.sounds.size(), 1u) << name;
    EXPECT_THAT(got.tracks, ::testing::Contains("aac")) << name;
    EXPECT_THAT(lost_tracks(path, folder / name, true), HasSubstr("the sound (apac, ger)")) << name;
  }
}

TEST(Tracks, CoversAreKept) {
  const Scratch folder;
  MadeFilm film;
  film.cover = true;
  const fs::path path = write_made_film(folder / "a.mp4", film);
  ASSERT_TRUE(facts_of(path).cover);
  for (const char* name : {"out.mp4", "out.mkv"}) {
    EXPECT_TRUE(facts_of(written_again(path, folder / name)).cover) << name;
    EXPECT_EQ(VideoReader(folder / name).info().size, film.size) << name;
  }
  EXPECT_TRUE(facts_of(written_again(folder / "out.mkv", folder / "back.mkv")).cover);
  EXPECT_THAT(lost_tracks(path, "x.mov", true), HasSubstr("the cover picture (png)"));
  EXPECT_FALSE(facts_of(written_again(path, folder / "out.mov")).cover);
}

TEST(Tracks, ChaptersEndWithAFilmThatBreaksOff) {
  const Scratch folder;
  MadeFilm film;
  film.sound = "", film.chapters = true;  // from 0 and from 0.2 s on
  film.base = {1, 25}, film.times = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, film.last_duration = 1;
  const fs::path path = write_made_film(folder / "a.mkv", film);
  for (const char* name : {"short.mp4", "short.mkv"}) {
    VideoReader reader(path);
    WriterOptions options;
    options.tracks_from = path;
    VideoWriter writer(folder / name, reader.info(), options);
    for (int i = 0; i < 3; ++i) writer.write(*reader.next_frame());
    writer.finish(false);
    EXPECT_THAT(facts_of(folder / name).chapters, ElementsAre("one")) << name;
    EXPECT_NEAR(end_of(folder / name), 0.12, 0.01) << name;
  }
}

TEST(Tracks, NamesOfPhonesAreKept) {
  const Scratch folder;
  MadeFilm film;
  film.tags = {{"com.apple.quicktime.model", "a phone"}};
  const fs::path path = write_made_film(folder / "a.mov", film);
  written_again(path, folder / "out.mov");
  const av::Input input = av::open_file(folder / "out.mov");
  const AVDictionaryEntry* model = av_dict_get(input->metadata, "com.apple.quicktime.model", nullptr, 0);
  ASSERT_NE(model, nullptr);
  EXPECT_STREQ(model->value, "a phone");
}

}  // namespace
}  // namespace facemat
