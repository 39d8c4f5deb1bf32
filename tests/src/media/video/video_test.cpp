#include "src/media/video/video_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "src/core/error.h"
#include "src/core/random.h"
#include "tests/src/runtime/models.h"
#include "tests/support/locale.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

// Four flat quarters, whose colours turn with the frame number.
cv::Mat quarters(cv::Size size, int number) {
  const cv::Scalar colours[] = {{40, 40, 220}, {40, 200, 40}, {220, 60, 40}, {128, 128, 128}};
  cv::Mat image(size, CV_8UC3);
  const int x = size.width / 2, y = size.height / 2;
  image(cv::Rect(0, 0, x, y)).setTo(colours[number % 4]);
  image(cv::Rect(x, 0, size.width - x, y)).setTo(colours[(number + 1) % 4]);
  image(cv::Rect(0, y, x, size.height - y)).setTo(colours[(number + 2) % 4]);
  image(cv::Rect(x, y, size.width - x, size.height - y)).setTo(colours[(number + 3) % 4]);
  return image;
}

fs::path write_video(const fs::path& path, cv::Size size, int frames, const fs::path& audio = {}) {
  WriterOptions options;
  options.tracks_from = audio;
  VideoWriter writer(path, constant_rate(size, 30000, 1001), options);
  for (int i = 0; i < frames; ++i) writer.write(quarters(size, i));
  writer.finish();
  return path;
}

double worst_channel(const cv::Vec3b& a, const cv::Vec3b& b) {
  double worst = 0;
  for (int c = 0; c < 3; ++c) worst = std::max(worst, std::abs(double(a[c]) - b[c]));
  return worst;
}

// One second of 8000 Hz mono, 16 bit, no two neighbouring samples alike.
std::string samples() {
  std::string out;
  for (int i = 0; i < 8000; ++i) out += {static_cast<char>(i % 251), static_cast<char>(i * 7 % 13)};
  return out;
}

enum class Sound { kLinear16 = 1, kMuLaw8 = 7 };  // WAVE format tags; no MP4 takes the second

fs::path write_wav(const fs::path& path, Sound sound = Sound::kLinear16) {
  const auto little = [](uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 255);
    return out;
  };
  const std::string data = samples();
  const uint32_t width = sound == Sound::kLinear16 ? 2 : 1;  // bytes a sample
  write_file(path, "RIFF" + little(36 + data.size(), 4) + "WAVEfmt " + little(16, 4) + little(static_cast<uint32_t>(sound), 2) +
                       little(1, 2) + little(8000, 4) + little(8000 * width, 4) + little(width, 2) + little(8 * width, 2) +
                       "data" + little(data.size(), 4) + data);
  return path;
}

std::string message_of(const fs::path& path) {
  try {
    VideoReader reader(path);
    while (reader.next()) {
    }
  } catch (const Error& error) {
    return error.what();
  }
  return "(read)";
}

TEST(Video, RoundTripKeepsCountRateAndColours) {
  Scratch folder;
  for (const char* name : {"a.mp4", "a.mkv", "a.mov"}) {
    VideoReader reader(write_video(folder / name, {64, 48}, 11));
    EXPECT_EQ(reader.info().size, cv::Size(64, 48));
    EXPECT_NEAR(double(reader.info().rate_num) / reader.info().rate_den, 29.97, 0.01) << name;
    int frames = 0;
    for (; const auto frame = reader.next(); ++frames) {
      const cv::Mat expected = quarters({64, 48}, frames);
      for (const cv::Point at : {cv::Point(16, 12), cv::Point(48, 12), cv::Point(16, 36), cv::Point(48, 36)})
        EXPECT_LE(worst_channel(frame->at<cv::Vec3b>(at), expected.at<cv::Vec3b>(at)), 6) << name << " " << frames << at;
    }
    EXPECT_EQ(frames, 11) << name;
  }
}

TEST(Video, OddSizesArePaddedByOnePixel) {
  Scratch folder;
  VideoReader reader(write_video(folder / "odd.mp4", {33, 47}, 3));
  EXPECT_EQ(reader.info().size, cv::Size(34, 48));
  const auto frame = reader.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_LE(worst_channel(frame->at<cv::Vec3b>(40, 33), frame->at<cv::Vec3b>(40, 31)), 6);  // replicated, not black
}

TEST(Video, SoundIsCopiedUntouched) {
  Scratch folder;
  const fs::path first = write_video(folder / "a.mkv", {32, 32}, 30, write_wav(folder / "sound.wav"));
  const fs::path second = write_video(folder / "b.mkv", {32, 32}, 30, first);
  const std::string sound = samples();
  for (const fs::path& film : {first, second}) {
    const std::string bytes = read_file(film);
    for (const size_t at : {0, 4000, 12000})  // uncompressed sound lies in the container as it is
      EXPECT_NE(bytes.find(sound.substr(at, 400)), std::string::npos) << film << " " << at;
    EXPECT_EQ(message_of(film), "(read)");
  }
  EXPECT_EQ(read_file(write_video(folder / "c.mkv", {32, 32}, 30)).find(sound.substr(0, 400)), std::string::npos);
}

TEST(Video, SoundThatDoesNotFitIsNamedAndLeftOut) {
  Scratch folder;
  const fs::path sound = write_wav(folder / "sound.wav", Sound::kMuLaw8);
  EXPECT_THAT(lost_tracks(sound, folder / "a.mp4", true), HasSubstr("a.mp4: left out"));
  EXPECT_THAT(lost_tracks(sound, folder / "a.mp4", true), HasSubstr("the sound (pcm_mulaw)"));
  EXPECT_EQ(lost_tracks(sound, folder / "a.mkv", true), "");
  EXPECT_EQ(message_of(write_video(folder / "a.mp4", {32, 32}, 3, sound)), "(read)");
}

// x264 tells how it codes in the film itself, crf=18.0, and Matroska how long a stream is: 00:00:00.100000000.
TEST(Video, TheHostsLocaleDoesNotMatter) {
  Scratch folder;
  const std::string usual = read_file(write_video(folder / "usual.mp4", {32, 32}, 3));
  ASSERT_NE(usual.find("crf=18.0 "), std::string::npos);
  const SystemLocale german(kWithComma);
  if (!german.found()) GTEST_SKIP() << kNoLocale;
  ASSERT_EQ(std::stod("2.5"), 2) << "the locale does not show";
  EXPECT_EQ(read_file(write_video(folder / "german.mp4", {32, 32}, 3)), usual);
  EXPECT_NE(read_file(write_video(folder / "german.mkv", {32, 32}, 3)).find("00:00:00.1"), std::string::npos);
  EXPECT_EQ(std::stod("2.5"), 2) << "it is the host's again";
}

TEST(Video, UnfinishedLeavesNothing) {
  Scratch folder;
  {
    VideoWriter writer(folder / "a.mp4", constant_rate({32, 32}, 25));
    writer.write(quarters({32, 32}, 0));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Video, AFinishedFileReplacesTheOldOne) {
  Scratch folder;
  write_file(folder / "a.mp4", "old");
  write_video(folder / "a.mp4", {32, 32}, 2);
  EXPECT_EQ(message_of(folder / "a.mp4"), "(read)");
}

TEST(Video, WriterRefusesWhatItCannotWrite) {
  Scratch folder;
  VideoInfo info;
  EXPECT_THROW(VideoWriter(folder / "a.mp4", info), Error);  // no size
  info.size = {32, 32};
  EXPECT_THROW(VideoWriter(folder / "a.txt", info), Error);
  VideoWriter writer(folder / "a.mp4", info);
  EXPECT_THROW(writer.write(cv::Mat(16, 16, CV_8UC3)), Error);
  EXPECT_THROW(writer.write(cv::Mat(32, 32, CV_8UC2)), Error);
  EXPECT_THROW(writer.finish(), Error);  // no frame
}

TEST(Video, ReaderNamesWhatIsNoVideo) {
  Scratch folder;
  EXPECT_THAT(message_of(folder / "none.mp4"), HasSubstr("none.mp4: no such file"));
  write_file(folder / "text.mp4", "not a film");
  EXPECT_THAT(message_of(folder / "text.mp4"), HasSubstr("text.mp4: not a readable video"));
  const std::string whole = read_file(write_video(folder / "a.mp4", {64, 48}, 20));
  write_file(folder / "head.mp4", whole.substr(0, 100));
  EXPECT_THAT(message_of(folder / "head.mp4"), HasSubstr("head.mp4: no video stream"));
  for (const size_t missing : {1, 10, 300}) {  // the index in front is whole, the last frames are not
    write_file(folder / "cut.mp4", whole.substr(0, whole.size() - missing));
    EXPECT_THAT(message_of(folder / "cut.mp4"), HasSubstr("cut.mp4: the video is damaged")) << missing;
  }
}

TEST(Video, KnowsContainersByExtension) {
  for (const char* name : {"a.mp4", "a.MOV", "b/c.mkv", "a.webm", "a.avi", "a.m4v", "a.ts", "a.gif"})
    EXPECT_TRUE(is_video(name)) << name;
  for (const char* name : {"a.png", "mp4", "a", "a.mp4.txt"}) EXPECT_FALSE(is_video(name)) << name;
}

// Every byte of a file may be wrong: it reads, or it is refused in one line.
TEST(Video, DamagedFilesAreReadOrRefused) {
  Scratch folder;
  for (const char* name : {"a.mp4", "a.mkv", "a.webm"}) {
    const std::string whole = read_file(write_video(folder / name, {64, 48}, 12));
    Rng rng(7);
    int refused = 0;
    for (int i = 0; i < 60; ++i) {
      std::string bytes = whole.substr(0, i % 3 == 0 ? rng.integer(0, whole.size()) : whole.size());
      for (int flips = 0; flips < i % 5 && !bytes.empty(); ++flips)
        bytes[rng.integer(0, bytes.size() - 1)] ^= static_cast<char>(1 << rng.integer(0, 7));
      write_file(folder / ("bad" + fs::path(name).extension().string()), bytes);
      const std::string message = message_of(folder / ("bad" + fs::path(name).extension().string()));
      EXPECT_EQ(message.find('\n'), std::string::npos);
      refused += message != "(read)";
    }
    EXPECT_GT(refused, 5) << name;
  }
}

TEST(Video, AMatroskaFileThatWasCutIsNoticed) {
  Scratch folder;
  const std::string whole = read_file(write_video(folder / "a.mkv", {64, 48}, 90));
  write_file(folder / "cut.mkv", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(message_of(folder / "cut.mkv"), HasSubstr("cut.mkv: the video is damaged"));
}

TEST(Video, TimesAreKeptWhateverTheyAre) {
  Scratch folder;
  VideoInfo info = constant_rate({32, 32}, 25);
  info.time_base = {1, 90000};
  const std::vector<int64_t> times = {45000, 45001, 48600, 60000, 60090, 150000};  // the second lies 1/90000 s after the first
  for (const char* name : {"a.mp4", "a.mov"}) {
    VideoWriter writer(folder / name, info);
    for (size_t i = 0; i < times.size(); ++i) writer.write({"", quarters({32, 32}, static_cast<int>(i)), times[i], 100});
    writer.finish();
    VideoReader reader(folder / name);
    const TimeBase base = reader.info().time_base;
    for (const int64_t time : times) EXPECT_EQ(reader.next_frame()->time * 90000 * base.num, time * base.den) << name;
  }
  VideoWriter writer(folder / "b.mp4", info);
  writer.write({"", quarters({32, 32}, 0), 10, 1});
  EXPECT_THROW(writer.write({"", quarters({32, 32}, 0), 10, 1}), Error);
}

TEST(Video, AnotherSizeInTheMiddle) {
  Scratch folder;
  WriterOptions options;
  VideoWriter strict(folder / "a.mp4", constant_rate({64, 48}, 25), options);
  strict.write(quarters({64, 48}, 0));
  EXPECT_THROW(strict.write(quarters({32, 48}, 0)), Error);
  options.rescale = true;
  VideoWriter writer(folder / "b.mp4", constant_rate({64, 48}, 25), options);
  writer.write(quarters({64, 48}, 0));
  writer.write(quarters({32, 48}, 1));
  writer.finish();
  VideoReader reader(folder / "b.mp4");
  reader.next();
  EXPECT_LE(worst_channel(reader.next()->at<cv::Vec3b>(12, 16), quarters({64, 48}, 1).at<cv::Vec3b>(12, 16)), 8);
}

constexpr const char* kNoFilters = "this FFmpeg was built without its device for filters (lavfi)";

// The frames of a graph of filters, which that device gives; none where there is no such device. Throws Error for all else.
std::optional<VideoReader> frames_of_graph(const std::string& name, const std::string& graph, bool live) {
  try {
    return VideoReader(StreamInput{name, "lavfi", graph, {}, live});
  } catch (const Error& error) {
    if (name + ": this FFmpeg cannot read 'lavfi'" != error.what()) throw;
    return std::nullopt;
  }
}

// What a camera goes through, with FFmpeg's test pattern as the device.
TEST(Video, ReadsADevice) {
  auto reader = frames_of_graph("camera:test", "testsrc=size=64x48:rate=10:duration=0.5,setpts=PTS+1000/TB", /*live=*/true);
  if (!reader) GTEST_SKIP() << kNoFilters;
  EXPECT_EQ(reader->info().size, cv::Size(64, 48));
  int frames = 0;
  const TimeBase base = reader->info().time_base;
  for (; const auto frame = reader->next_frame(); ++frames) {
    EXPECT_EQ(frame->image.size(), cv::Size(64, 48));
    EXPECT_EQ(frame->time * base.num * 10, frames * int64_t{base.den});  // from the first, whatever the device's clock says
  }
  EXPECT_EQ(frames, 5);
}

// Sums of such times would be more than a number holds.
TEST(Video, TimesBeyondReasonAreRefused) {
  for (const std::string time : {"4e18", "-4e18"}) {
    const std::string graph = "testsrc=size=64x48:rate=10:duration=0.5,setpts='if(eq(N,2)," + time + ",N)'";
    auto reader = frames_of_graph("odd film", graph, /*live=*/false);
    if (!reader) GTEST_SKIP() << kNoFilters;
    EXPECT_EQ(reader->next_frame()->time, 0);
    EXPECT_EQ(reader->next_frame()->time, 1);
    EXPECT_THAT(facemat::message_of([&] { reader->next_frame(); }),
                HasSubstr("odd film: the video is damaged: it states the time " + time.substr(0, time.size() - 3)));
  }
}

TEST(Video, ReadsARealFilm) {
  const char* named = std::getenv("FACEMAT_TEST_DATA");
  const fs::path data = named ? fs::path(named) : fs::path(FACEMAT_SOURCE_DIR) / "../shared/data";
  const fs::path film = data / "video/portrait.mp4";
  if (!fs::exists(film)) GTEST_SKIP() << "no test data (set FACEMAT_TEST_DATA)";
  VideoReader reader(film);
  int64_t frames = 0;
  while (const auto frame = reader.next()) {
    ASSERT_EQ(frame->size(), reader.info().size);
    ++frames;
  }
  EXPECT_GT(frames, 10);
  EXPECT_EQ(frames, reader.info().frames);
}

}  // namespace
}  // namespace facemat
