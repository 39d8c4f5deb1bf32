// BMP files: an encoder's (OpenCV's), and every plain kind written byte by byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/pixels.h"
#include "tests/support/image_files.h"
#include "tests/support/mask_blocks.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

OddBmp bmp_kind(int width, int height, int bits, std::vector<int> values, const std::string& palette = "") {
  OddBmp bmp;
  bmp.width = width, bmp.height = height, bmp.bits = bits;
  bmp.values = std::move(values);
  bmp.palette = palette;
  return bmp;
}

// 0xrrggbb of each pixel, row by row.
std::vector<int> colours_of(const cv::Mat& image) {
  std::vector<int> out;
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const auto& p = image.at<cv::Vec3b>(y, x);
      out.push_back(p[2] << 16 | p[1] << 8 | p[0]);
    }
  return out;
}

const std::string kRedAndBlue("\0\0\xff\0\xff\0\0\0", 8), kBlackAndWhite("\0\0\0\0\xff\xff\xff\0", 8);

TEST(Bmp, EveryPlainKindIsReadRight) {
  const int red = 0xff0000, blue = 0x0000ff, white = 0xffffff;
  struct Case {
    const char* name;
    OddBmp bmp;
    std::vector<int> pixels;
    int channels;
  };
  const std::vector<int> four = {0x010203, 0x405060, 0xff0000, 0x0000fe};
  OddBmp top_down = bmp_kind(2, -2, 24, four), masked = bmp_kind(2, 2, 32, four);
  masked.packing = 3;
  masked.header = lowest_first(0xff0000, 4) + lowest_first(0xff00, 4) + lowest_first(0xff, 4) + std::string(4, '\0');
  const Case cases[] = {
      {"1 bit", bmp_kind(3, 2, 1, {0, 1, 1, 1, 0, 0}, kRedAndBlue), {red, blue, blue, blue, red, red}, 3},
      {"1 bit, grey", bmp_kind(3, 1, 1, {0, 1, 0}, kBlackAndWhite), {0, white, 0}, 1},
      {"4 bits", bmp_kind(3, 1, 4, {1, 0, 1}, kRedAndBlue), {blue, red, blue}, 3},
      {"8 bits", bmp_kind(3, 2, 8, {1, 0, 1, 0, 0, 0}, kRedAndBlue), {blue, red, blue, red, red, red}, 3},
      {"8 bits, grey", bmp_kind(3, 1, 8, {1, 0, 1}, kBlackAndWhite), {white, 0, white}, 1},
      {"24 bits", bmp_kind(2, 2, 24, four), four, 3},
      {"24 bits, from the top down", top_down, four, 3},
      {"32 bits, one byte unused", bmp_kind(2, 1, 32, {0x7f010203, 0x00405060}), {0x010203, 0x405060}, 3},
      {"32 bits, the usual masks", masked, four, 3},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const std::string bytes = odd_bmp(one.bmp);
    const ImageSize size = decode_image_size(bytes, "f");
    EXPECT_EQ(size.width, one.bmp.width);
    EXPECT_EQ(size.height, std::abs(one.bmp.height));
    EXPECT_EQ(size.channels, one.channels);
    EXPECT_EQ(size.bit_depth, 8);
    EXPECT_FALSE(size.has_alpha || size.lossy);
    EXPECT_EQ(colours_of(decode_image(bytes, "f")), one.pixels);
    EXPECT_EQ(colours_of(decode_deep(bytes + "and more", "f")), one.pixels);
    EXPECT_THAT(message_of([&] { decode_cutout(bytes, "f"); }), HasSubstr("f: a cut-out needs an alpha channel"));
    EXPECT_THAT(message_of([&] { decode_mask(bytes, "f"); }),
                HasSubstr(one.channels == 1 ? "no error" : "f: a mask must be grey, this image has colours"));
  }
}

TEST(Bmp, MasksAndLabelsAreExact) {
  const Scratch scratch;
  const auto read = [&](const cv::Mat& picture, const MaskValues& values) {
    write_file(scratch / "m.bmp", encoded(".bmp", picture));
    return values_of(read_mask_file(scratch / "m.bmp", values, {"say zero_one", "say labels"}).value);
  };
  EXPECT_EQ(read(blocks({0, 2, 128, 255}), {}), (std::vector<int>{0, 2, 128, 255}));
  MaskValues face;
  face.labels = {10};
  EXPECT_EQ(read(blocks({0, 10, 17}), face), (std::vector<int>{0, 255, 0}));
  EXPECT_THAT(message_of([&] { read(blocks({0, 10, 17}), {}); }), HasSubstr("m.bmp: holds the values 0, 10, 17: labels"));
}

TEST(Bmp, EncodersFilesComeBack) {
  cv::Mat colours(5, 7, CV_8UC3), grey(5, 7, CV_8UC1);
  for (int i = 0; i < 5 * 7 * 3; ++i) colours.data[i] = static_cast<uint8_t>(2 * i);
  for (int i = 0; i < 5 * 7; ++i) grey.data[i] = static_cast<uint8_t>(7 * i);
  EXPECT_EQ(cv::norm(decode_image(encoded(".bmp", colours), "f"), colours, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_mask(encoded(".bmp", grey), "f"), to_float(grey), cv::NORM_INF), 0);
}

TEST(Bmp, EveryCutIsFound) {
  testing::internal::CaptureStderr();
  for (const std::string& file :
       {odd_bmp(bmp_kind(3, 2, 24, {1, 2, 3, 4, 5, 6})), odd_bmp(bmp_kind(3, 1, 8, {1, 0, 1}, kRedAndBlue))})
    for (size_t size = 2; size < file.size(); ++size)
      EXPECT_EQ(message_of([&] { decode_image(file.substr(0, size), "f"); }), "f: the image is truncated") << size;
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Bmp, PixelsOfNoColourOfThePaletteAreRefused) {
  const auto refusal = [](const OddBmp& bmp) { return message_of([&] { decode_image(odd_bmp(bmp), "f"); }); };
  const std::string red = kRedAndBlue.substr(0, 4), damaged = "f: the image is damaged ";
  EXPECT_EQ(refusal(bmp_kind(3, 1, 1, {0, 0, 1}, red)), damaged + "(a pixel of colour 1, of a palette of 1)");
  EXPECT_EQ(refusal(bmp_kind(3, 2, 4, {1, 0, 5, 0, 0, 0}, kRedAndBlue)), damaged + "(a pixel of colour 5, of a palette of 2)");
  EXPECT_EQ(refusal(bmp_kind(3, 2, 8, {0, 0, 0, 0, 1, 2}, kRedAndBlue)), damaged + "(a pixel of colour 2, of a palette of 2)");
}

TEST(Bmp, BitsBehindARowAreNoPixels) {
  for (const int bits : {1, 4, 8}) {
    std::string file = odd_bmp(bmp_kind(3, 1, bits, {0, 0, 0}, kRedAndBlue.substr(0, 4)));
    const size_t row = file.size() - 4;
    for (size_t bit = 3 * static_cast<size_t>(bits); bit < 32; ++bit)
      file[row + bit / 8] = static_cast<char>(file[row + bit / 8] | 0x80 >> bit % 8);
    EXPECT_EQ(colours_of(decode_image(file, "f")), (std::vector<int>(3, 0xff0000))) << bits;
  }
}

TEST(Bmp, BadOnesAreRefusedByName) {
  const auto with = [](std::string file, size_t at, uint32_t value, int bytes = 4) {
    return file.replace(at, static_cast<size_t>(bytes), lowest_first(value, bytes));
  };
  const std::string plain = odd_bmp(bmp_kind(2, 1, 24, {1, 2})), indexed = odd_bmp(bmp_kind(2, 1, 8, {0, 1}, kRedAndBlue));
  OddBmp alpha = bmp_kind(2, 1, 32, {1, 2}), swapped = alpha, runs = bmp_kind(2, 1, 8, {0, 1}, kRedAndBlue);
  alpha.packing = swapped.packing = 3, runs.packing = 1;
  alpha.header = lowest_first(0xff0000, 4) + lowest_first(0xff00, 4) + lowest_first(0xff, 4) + lowest_first(0xff000000, 4);
  swapped.header = lowest_first(0xff, 4) + lowest_first(0xff00, 4) + lowest_first(0xff0000, 4) + lowest_first(0, 4);
  const std::vector<std::pair<std::string, std::string>> table = {
      {"BM", "the image is truncated"},
      {with(with(plain, 18, 60000), 22, 60000), "60000x60000 pixels (allowed: sides of 1 to 65535"},
      {with(plain, 22, 0x80000000), "2x2147483648 pixels"},
      {with(plain, 18, 0xfffffffe), "-2x1 pixels"},
      {with(plain, 18, 0), "0x1 pixels"},
      {with(plain, 14, 12), "the image is damaged, or an old BMP (a header of 12 bytes); convert it to PNG"},
      {with(plain, 28, 16, 2), "a BMP of 16 bits a pixel (allowed: 1, 4, 8, 24, 32); convert it to PNG"},
      {odd_bmp(runs), "a BMP with packed pixels (8 bits, kind 1); convert it to PNG"},
      {odd_bmp(alpha), "a BMP with alpha, or with colours in an odd order; convert it to PNG"},
      {odd_bmp(swapped), "a BMP with alpha, or with colours in an odd order; convert it to PNG"},
      {with(plain, 10, 20), "the image is damaged (pixels at byte 20, within the header)"},
      {with(indexed, 46, 3), "the image is damaged (pixels at byte 62, within the header)"},
      {with(indexed, 46, 257), "the image is damaged (a palette of 257 colours)"},
  };
  expect_refused_by_every_reader(table, "a.bmp");
}

}  // namespace
}  // namespace facemat
