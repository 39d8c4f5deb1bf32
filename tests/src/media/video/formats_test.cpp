// Every video format that can be written, read back: by our readers, and by FFmpeg's own programs where they are installed.

#include "src/media/video/video_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "src/core/file.h"
#include "src/media/video/video_writer.h"
#include "tests/support/media.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

constexpr int kFrames = 5;
const cv::Size kSize(66, 50);

// Irregular times, that do not begin at 0.
int64_t time_of(int frame) { return 1000 + 40 * frame + 7 * (frame % 3); }

VideoInfo milliseconds(cv::Size size) {
  VideoInfo info = constant_rate(size, 25);
  info.time_base = {1, 1000};
  return info;
}

fs::path write_film(const fs::path& path, const std::string& format, bool alpha, cv::Size size = kSize) {
  WriterOptions options;
  options.format = format;
  options.alpha = alpha;
  VideoWriter writer(path, milliseconds(size), options);
  for (int i = 0; i < kFrames; ++i) writer.write({"", hard_cutout(size, i), time_of(i), time_of(i + 1) - time_of(i)});
  writer.finish();
  return path;
}

TEST(VideoFormats, EveryLineKeepsColoursAlphaAndTimes) {
  Scratch folder;
  for (const VideoFormat& format : video_formats())
    for (const std::string& extension : format.extensions) {
      SCOPED_TRACE(format.name + extension);
      const bool alpha = !format.alpha_pixels.empty();
      ReadOptions options;
      options.alpha = true;
      options.bits = 16;
      VideoReader reader(write_film(folder / ("a" + extension), format.name, alpha), options);
      EXPECT_EQ(reader.info().has_alpha, alpha);
      EXPECT_EQ(reader.info().size, kSize);
      double worst_alpha = 0, mean_colour = 0;
      int frames = 0;
      for (; const auto frame = reader.next_frame(); ++frames) {
        const cv::Mat wanted = hard_cutout(kSize, frames);
        const TimeBase base = reader.info().time_base;
        EXPECT_EQ(frame->time * 1000 * base.num, time_of(frames) * base.den) << frames;
        if (alpha) worst_alpha = std::max(worst_alpha, worst_difference(channel(frame->image, 3), channel(wanted, 3)));
        mean_colour += cv::norm(colours(frame->image), colours(wanted), cv::NORM_L1) / (kSize.area() * 3. * kFrames);
      }
      EXPECT_EQ(frames, kFrames);
      EXPECT_LE(worst_alpha, format.alpha_error + 1e-5);
      EXPECT_LE(mean_colour, 0.02);
    }
}

// What FFmpeg's own program reads as alpha, in parts of 1.
std::vector<double> ffmpeg_alpha(const fs::path& film, const std::string& decoder, int bits) {
  const std::string raw = film.string() + ".raw", grey = bits == 8 ? "gray" : "gray" + std::to_string(bits) + "le";
  const Outcome outcome = run("ffmpeg -v error -y " + decoder + " -i " + film.string() + " -vf alphaextract -pix_fmt " + grey +
                              " -vsync passthrough -f rawvideo " + raw);
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  const std::string bytes = read_file(raw);
  std::vector<double> values;
  for (size_t i = 0; i + (bits > 8) < bytes.size(); i += bits > 8 ? 2 : 1) {
    const int low = static_cast<uint8_t>(bytes[i]), high = bits > 8 ? static_cast<uint8_t>(bytes[i + 1]) : 0;
    values.push_back((low + 256. * high) / ((1 << bits) - 1));
  }
  return values;
}

double worst_against_written(const std::vector<double>& values) {
  EXPECT_EQ(values.size(), size_t(kSize.area()) * kFrames);
  double worst = 0;
  for (int frame = 0; frame < kFrames; ++frame) {
    const cv::Mat alpha = channel(hard_cutout(kSize, frame), 3);
    for (int i = 0; i < kSize.area(); ++i)
      worst = std::max(worst,
                       std::abs(values[size_t(frame) * kSize.area() + i] - alpha.at<float>(i / kSize.width, i % kSize.width)));
  }
  return worst;
}

TEST(VideoFormats, FfmpegReadsTheAlphaThatWasWritten) {
  if (!has_program("ffmpeg")) GTEST_SKIP() << "no ffmpeg program";
  Scratch folder;
  const double prores = worst_against_written(ffmpeg_alpha(write_film(folder / "a.mov", "prores", true), "", 12));
  const double vp9 = worst_against_written(ffmpeg_alpha(write_film(folder / "a.webm", "vp9", true), "-c:v libvpx-vp9", 8));
  std::printf("largest difference of alpha: ProRes 4444 %.5f (%.2f/1023), VP9 %.5f (%.2f/255)\n", prores, prores * 1023, vp9,
              vp9 * 255);
  EXPECT_LE(prores, 1. / 1023);
  EXPECT_LE(vp9, 2. / 255);
}

TEST(VideoFormats, AreFoundByNameExtensionAndAlpha) {
  EXPECT_EQ(find_video_format("auto", "x.mp4", false).name, "h264");
  EXPECT_EQ(find_video_format("auto", "x.MOV", false).name, "h264");
  EXPECT_EQ(find_video_format("auto", "x.mov", true).name, "prores");
  EXPECT_EQ(find_video_format("auto", "x.webm", true).name, "vp9");
  EXPECT_EQ(find_video_format("prores", "x.mov", false).name, "prores");
  const auto message = [](const std::string& name, const std::string& extension, bool alpha) {
    return message_of([&] { find_video_format(name, "x" + extension, alpha); });
  };
  EXPECT_THAT(message("auto", ".mp4", true),
              HasSubstr("x.mp4: videos with alpha cannot be written as '.mp4' (allowed: prores"));
  EXPECT_THAT(message("auto", ".avi", false), HasSubstr("videos cannot be written as '.avi'"));
  EXPECT_THAT(message("vp9", ".mov", false), HasSubstr("vp9 is not written as '.mov'"));
  EXPECT_THAT(message("h264", ".mov", true), HasSubstr("h264 holds no alpha"));
  EXPECT_THAT(message("mpeg2", ".mov", true), HasSubstr("unknown video format 'mpeg2' (known: h264, prores, vp9)"));
}

// Y, U, V of a colour by the definitions of ITU-R BT.601, BT.709 and BT.2020: luma weights of red and blue.
std::array<double, 3> yuv(const cv::Vec3b& bgr, double red, double blue, bool full_range) {
  const double r = bgr[2] / 255., g = bgr[1] / 255., b = bgr[0] / 255., y = red * r + (1 - red - blue) * g + blue * b;
  const double u = (b - y) / (2 * (1 - blue)), v = (r - y) / (2 * (1 - red));
  if (full_range) return {255 * y, 128 + 255 * u, 128 + 255 * v};
  return {16 + 219 * y, 128 + 224 * u, 128 + 224 * v};
}

struct Space {
  int matrix;  // ITU-T H.273
  double red, blue;
  bool full_range;
};

TEST(VideoFormats, MatrixAndRangeAreThoseOfTheClipAndTagged) {
  if (!has_program("ffmpeg")) GTEST_SKIP() << "no ffmpeg program";
  Scratch folder;
  const Space spaces[] = {{1, 0.2126, 0.0722, false},
                          {1, 0.2126, 0.0722, true},
                          {6, 0.299, 0.114, false},
                          {6, 0.299, 0.114, true},
                          {9, 0.2627, 0.0593, false}};
  const cv::Vec3b colours[] = {{30, 60, 220}, {30, 200, 40}, {230, 90, 60}, {250, 250, 250}};
  for (const Space& space : spaces) {
    SCOPED_TRACE(fmt::format("matrix {} full range {}", space.matrix, space.full_range));
    VideoInfo info = constant_rate({32, 32}, 25);
    info.colour.matrix = space.matrix;
    info.colour.full_range = space.full_range;
    VideoWriter writer(folder / "a.mp4", info);
    for (const cv::Vec3b& colour : colours) writer.write(cv::Mat(32, 32, CV_8UC3, cv::Scalar(colour)));
    writer.finish();

    const std::string raw = (folder / "a.raw").string();
    ASSERT_EQ(run("ffmpeg -v error -y -i " + (folder / "a.mp4").string() + " -f rawvideo " + raw).code, 0);
    const std::string bytes = read_file(raw);
    ASSERT_EQ(bytes.size(), 4u * 32 * 32 * 3 / 2);
    VideoReader reader(folder / "a.mp4");
    EXPECT_EQ(reader.info().colour.matrix, space.matrix);
    EXPECT_EQ(reader.info().colour.full_range, space.full_range);
    for (int i = 0; i < 4; ++i) {
      const std::array<double, 3> wanted = yuv(colours[i], space.red, space.blue, space.full_range);
      const size_t at[] = {i * 1536u + 16 * 32 + 16, i * 1536u + 1024 + 8 * 16 + 8, i * 1536u + 1280 + 8 * 16 + 8};
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(static_cast<uint8_t>(bytes[at[c]]), wanted[c], 2.1) << i << " " << c;
      const cv::Vec3b back = reader.next()->at<cv::Vec3b>(16, 16);
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(back[c], colours[i][c], 5) << i << " " << c;
    }
  }
}

// Every pixel by the standards' formulas, from raw YUV without subsampling: random values, in and out of gamut.
TEST(VideoFormats, YuvIsReadByTheStandards) {
  Scratch folder;
  constexpr int kSide = 64, kPlane = kSide * kSide;
  std::string raw(size_t{3} * kPlane, '\0');
  Rng rng(5);
  for (char& byte : raw) byte = static_cast<char>(rng.integer(16, 235));
  write_file(folder / "a.raw", raw);
  const std::pair<std::string, bool> forms[] = {{"yuv444p", false}, {"yuvj444p", true}};
  for (const auto& [pixels, full] : forms) {
    VideoReader reader(StreamInput{"raw",
                                   "rawvideo",
                                   "file:" + (folder / "a.raw").string(),
                                   {{"pixel_format", pixels}, {"video_size", "64x64"}, {"framerate", "25"}},
                                   false});
    const cv::Mat image = *reader.next();
    double worst = 0;
    for (int i = 0; i < kPlane; ++i) {
      const auto at = [&](int plane) { return double(static_cast<uint8_t>(raw[plane * kPlane + i])); };
      const double y = full ? at(0) / 255 : (at(0) - 16) / 219, u = (at(1) - 128) / (full ? 255 : 224),
                   v = (at(2) - 128) / (full ? 255 : 224);  // ITU-R BT.601: below 720 lines nothing else is stated
      const double r = y + 1.402 * v, b = y + 1.772 * u, g = (y - 0.299 * r - 0.114 * b) / 0.587;
      const double wanted[] = {b, g, r};
      for (int c = 0; c < 3; ++c) {
        const double clamped = std::min(std::max(255 * wanted[c], 0.), 255.);
        worst = std::max(worst, std::abs(image.at<cv::Vec3b>(i / kSide, i % kSide)[c] - clamped));
      }
    }
    EXPECT_LE(worst, 0.75) << pixels;  // rounding is half of a step
  }
}

TEST(VideoFormats, TenBitsAreReadAsSixteen) {
  if (!has_program("ffmpeg")) GTEST_SKIP() << "no ffmpeg program";
  Scratch folder;
  const std::string film = (folder / "deep.mkv").string();
  // A ramp of 1024 columns whose luma is the column: 10 bits, full range (said within the filters too, or FFmpeg 7 converts to
  // it), without loss.
  ASSERT_EQ(run("ffmpeg -v error -f lavfi -i "
                "nullsrc=s=1024x16:r=5:d=0.2,format=yuv444p10le,geq=lum=X:cb=512:cr=512,setparams=range=pc "
                "-color_range pc -colorspace bt709 -c:v ffv1 " +
                film)
                .code,
            0);
  ReadOptions deep;
  deep.bits = 16;
  VideoReader reader(film, deep);
  EXPECT_EQ(reader.info().bits, 10);
  const cv::Mat image = *reader.next();
  ASSERT_EQ(image.type(), CV_16UC3);
  for (int x = 0; x < 1024; ++x)
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(image.at<cv::Vec3w>(8, x)[c], x * 65535. / 1023, 65.) << x;
}

}  // namespace
}  // namespace facemat
