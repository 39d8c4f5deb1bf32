// Every picture format that can be written, read back: by our reader, and by FFmpeg's own program where it is installed.

#include "src/media/pictures/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "src/core/file.h"
#include "src/media/pictures/exr.h"
#include "tests/support/media.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

TEST(PictureFormats, EveryLineReadsBack) {
  Scratch folder;
  for (const PictureFormat& format : picture_formats()) {
    SCOPED_TRACE(format.name);
    for (const int channels : {1, 3, 4}) {
      if (channels == 4 && !format.alpha) continue;
      cv::Mat picture = hard_cutout({37, 23}, 3);
      if (channels == 1) picture = channel(picture, 3);
      if (channels == 3) picture = colours(picture);
      if (format.name == "jpg") cv::GaussianBlur(picture, picture, {}, 3);
      const fs::path file = folder / ("a" + format.extension);
      write_file(file, encode_picture(picture, format));
      EXPECT_EQ(has_alpha(file), channels == 4);
      ReadOptions options;
      options.bits = 16;
      options.alpha = channels == 4;
      const cv::Mat back = read_picture(file, options);
      ASSERT_EQ(back.channels(), channels == 4 ? 4 : 3);
      if (channels == 1) {
        for (int c = 0; c < 3; ++c) EXPECT_LE(worst_difference(channel(back, c), picture), format.error + 1e-5) << channels;
        continue;
      }
      // What is premultiplied in the file keeps less of a colour the less of it shows.
      cv::Mat shown_back = to_float(back).clone(), shown = picture.clone();
      if (channels == 4) {
        EXPECT_LE(worst_difference(channel(back, 3), channel(picture, 3)), format.error + 1e-5);
        const cv::Mat mask = channel(picture, 3) < 0.2;
        shown_back.setTo(0, mask), shown.setTo(0, mask);
      }
      EXPECT_LE(worst_difference(shown_back, shown), 4 * format.error + 1e-5) << channels;
    }
  }
}

TEST(PictureFormats, ExrHoldsAmountsOfLight) {
  if (!has_program("ffmpeg")) GTEST_SKIP() << "no ffmpeg program";
  Scratch folder;
  const cv::Mat half_grey(8, 8, CV_8UC4, cv::Scalar(188, 188, 188, 128));  // sRGB 188: light 0.503
  write_file(folder / "a.exr", encode_picture(half_grey, picture_format_of("a.exr", 8, true)));
  const std::string raw = (folder / "a.raw").string();
  ASSERT_EQ(run("ffmpeg -v error -i " + (folder / "a.exr").string() + " -f rawvideo -pix_fmt gbrapf32le " + raw).code, 0);
  const std::string bytes = read_file(raw);
  ASSERT_EQ(bytes.size(), 4u * 4 * 64);
  const auto* values = reinterpret_cast<const float*>(bytes.data());
  EXPECT_NEAR(values[0], 0.503 * 128 / 255, 5e-4);                // green, alpha multiplied in
  EXPECT_NEAR(values[192], 128 / 255., 5e-4);                     // alpha
  EXPECT_LT(fs::file_size(folder / "a.exr"), 8 * 8 * 16u + 400);  // halves, not floats
}

TEST(PictureFormats, SixteenBitsStay) {
  Scratch folder;
  cv::Mat picture(4, 300, CV_16UC3);
  for (int x = 0; x < 300; ++x) picture.col(x).setTo(cv::Scalar(217 * x, 65535 - 217 * x, x));
  write_file(folder / "a.png", encode_picture(picture, picture_format_of("a.png", 16, false)));
  ReadOptions deep;
  deep.bits = 16;
  EXPECT_EQ(cv::norm(read_picture(folder / "a.png", deep), picture, cv::NORM_INF), 0);
  EXPECT_EQ(read_picture(folder / "a.png", {}).type(), CV_8UC3);
}

TEST(PictureFormats, RefuseWhatTheyCannotHold) {
  EXPECT_THAT(message_of([] { picture_format_of("a.tif", 8, false); }),
              HasSubstr("a.tif: pictures cannot be written as '.tif'"));
  EXPECT_THAT(message_of([] { picture_format_of("a.webp", 8, false); }),
              HasSubstr("a.webp: pictures cannot be written as '.webp' (allowed: .png, .jpg, .exr)"));
  EXPECT_THAT(message_of([] { picture_format_of("a.jpg", 8, true); }), HasSubstr("a.jpg: jpg holds no alpha"));
  EXPECT_EQ(picture_format_of("a.PNG", 16, true).name, "png16");
  Scratch folder;
  write_file(folder / "a.exr", "v/1\x01 not a picture");
  EXPECT_THAT(message_of([&] { read_picture(folder / "a.exr", {}); }), HasSubstr("a.exr: an OpenEXR picture of tiles"));
  const std::string whole = encode_picture(hard_cutout({64, 64}, 1), picture_format_of("a.exr", 16, true));
  for (const size_t keep : {whole.size() / 3, whole.size() / 2, whole.size() - 10}) {
    write_file(folder / "cut.exr", whole.substr(0, keep));
    EXPECT_THAT(message_of([&] { read_picture(folder / "cut.exr", {}); }), HasSubstr("cut.exr: ")) << keep;
  }
}

// Bytes as OpenEXR has its numbers, the lowest first.
std::string little(uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> 8 * i & 0xff);
  return bytes;
}

// A grey picture of 3x2 zeros whose values are of this type: 0 whole numbers, 1 halves, 2 floats (OpenEXR File Layout).
std::string plain_exr(int type) {
  const std::string zero(1, '\0'), one = little(0x3f800000, 4), window = little(0, 8) + little(2, 4) + little(1, 4);
  std::string exr = "v/1\1" + little(2, 4);
  const auto attribute = [&](const std::string& name, const std::string& kind, const std::string& value) {
    exr += name + zero + kind + zero + little(value.size(), 4) + value;
  };
  attribute("channels", "chlist", "Y" + zero + little(type, 4) + little(0, 4) + little(1, 4) + little(1, 4) + zero);
  attribute("compression", "compression", zero);
  attribute("dataWindow", "box2i", window);
  attribute("displayWindow", "box2i", window);
  attribute("lineOrder", "lineOrder", zero);
  attribute("pixelAspectRatio", "float", one);
  attribute("screenWindowCenter", "v2f", little(0, 8));
  attribute("screenWindowWidth", "float", one);
  exr += zero;
  const uint64_t line = 3 * (type == 1 ? 2 : 4), table_end = exr.size() + 16;
  exr += little(table_end, 8) + little(table_end + 8 + line, 8);
  for (const int y : {0, 1}) exr += little(y, 4) + little(line, 4) + std::string(line, '\0');
  return exr;
}

// Whole numbers are identities of things, not amounts of light, and FFmpeg decodes them to pixels of another kind.
TEST(PictureFormats, OpenExrHoldsFloats) {
  Scratch folder;
  for (const int type : {0, 1, 2}) write_file(folder / (std::to_string(type) + ".exr"), plain_exr(type));
  for (const int bits : {8, 16}) {
    ReadOptions options;
    options.bits = bits;
    EXPECT_THAT(message_of([&] { read_picture(folder / "0.exr", options); }),
                HasSubstr("0.exr: an OpenEXR picture of whole numbers"));
    for (const char* name : {"1.exr", "2.exr"}) EXPECT_EQ(read_picture(folder / name, options).size(), cv::Size(3, 2)) << name;
  }
}

TEST(PictureFormats, OpenExrHeadersAreHeldToWhatIsThere) {
  const std::string whole = encode_picture(hard_cutout({64, 64}, 1), picture_format_of("a.exr", 16, true));
  EXPECT_EQ(check_exr(whole, "a.exr"), 64 * 64);
  const auto message = [](const std::string& exr) { return message_of([&] { check_exr(exr, "a.exr"); }); };
  const std::string head("dataWindow\0box2i\0\x10\0\0\0", 21);
  std::string wide = whole, twice = whole, swapped = whole;
  wide[wide.find(head) + head.size() + 11] = '\x7f';  // the highest byte of its right end
  EXPECT_THAT(message(wide), HasSubstr("a.exr: 2130706496x64 pixels (allowed: sides of 1 to 65535"));
  twice.insert(8, head + std::string(16, '\0'));
  EXPECT_THAT(message(twice), HasSubstr("states 'dataWindow' twice"));
  // The table of four pieces stands right before the first of them.
  const auto place = [&](size_t at) {
    uint64_t value = 0;
    std::memcpy(&value, &whole[at], sizeof value);
    return value;
  };
  size_t table = 8;
  while (place(table) != table + 4 * 8) ++table;
  std::swap_ranges(&swapped[table], &swapped[table + 8], &swapped[table + 8]);
  EXPECT_THAT(message(swapped), HasSubstr("line 0 is not where it should be"));
}

}  // namespace
}  // namespace facemat
