// PNG files: every kind, written byte by byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

#include "src/core/error.h"
#include "src/core/random.h"
#include "src/image/codec.h"
#include "tests/support/image_files.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

// A file of some kind, and its pixels as straight R, G, B, A in 0..1.
struct Kind {
  const char* name;
  OddPng png;
  std::vector<cv::Vec4d> pixels;
};

cv::Vec4d grey(double value, double alpha = 1) { return {value, value, value, alpha}; }
cv::Vec4d rgb(double r, double g, double b, double a, double top) { return {r / top, g / top, b / top, a / top}; }

std::vector<Kind> png_kinds() {
  const double k8 = 255, k16 = 65535;
  const std::string palette("\xff\x00\x00\x0a\x14\x1e\x07\x07\x07", 9);  // red; 10, 20, 30; grey 7
  const std::vector<cv::Vec4d> three = {rgb(255, 0, 0, 255, k8), rgb(10, 20, 30, 255, k8), rgb(7, 7, 7, 255, k8)};
  return {
      {"grey 1 bit",
       png_kind(10, 1, 0, 1, {1, 0, 1, 1, 0, 0, 1, 0, 1, 1}),
       {grey(1), grey(0), grey(1), grey(1), grey(0), grey(0), grey(1), grey(0), grey(1), grey(1)}},
      {"grey 2 bits", png_kind(2, 2, 0, 2, {0, 1, 2, 3}), {grey(0), grey(85 / k8), grey(170 / k8), grey(1)}},
      {"grey 4 bits", png_kind(3, 1, 0, 4, {0, 5, 15}), {grey(0), grey(85 / k8), grey(1)}},
      {"grey 8 bits", png_kind(1, 3, 0, 8, {0, 77, 255}), {grey(0), grey(77 / k8), grey(1)}},
      {"grey 16 bits",
       png_kind(5, 1, 0, 16, {0, 128, 129, 256, 65535}),
       {grey(0), grey(128 / k16), grey(129 / k16), grey(256 / k16), grey(1)}},
      {"RGB 8 bits", png_kind(2, 1, 2, 8, {1, 2, 3, 255, 0, 9}), {rgb(1, 2, 3, 255, k8), rgb(255, 0, 9, 255, k8)}},
      {"RGB 8 bits, grey", png_kind(2, 1, 2, 8, {5, 5, 5, 200, 200, 200}), {grey(5 / k8), grey(200 / k8)}},
      {"RGB 16 bits",
       png_kind(2, 1, 2, 16, {100, 20000, 300, 65535, 0, 40000}),
       {rgb(100, 20000, 300, k16, k16), rgb(65535, 0, 40000, k16, k16)}},
      {"grey and alpha 8 bits",
       png_kind(3, 1, 4, 8, {100, 255, 200, 51, 7, 0}),
       {grey(100 / k8), grey(200 / k8, 51 / k8), grey(7 / k8, 0)}},
      {"grey and opaque alpha", png_kind(2, 1, 4, 8, {100, 255, 200, 255}), {grey(100 / k8), grey(200 / k8)}},
      {"grey and alpha 16 bits",
       png_kind(2, 1, 4, 16, {1000, 65535, 50000, 3}),
       {grey(1000 / k16), grey(50000 / k16, 3 / k16)}},
      {"RGB and alpha 8 bits",
       png_kind(2, 1, 6, 8, {255, 102, 51, 51, 1, 2, 3, 0}),
       {rgb(255, 102, 51, 51, k8), rgb(1, 2, 3, 0, k8)}},
      {"RGB and alpha 16 bits",
       png_kind(2, 1, 6, 16, {65535, 1, 30001, 4097, 9, 8, 7, 65534}),
       {rgb(65535, 1, 30001, 4097, k16), rgb(9, 8, 7, 65534, k16)}},
      {"palette 8 bits", with_palette(png_kind(3, 1, 3, 8, {0, 1, 2}), palette), three},
      {"palette 4 bits", with_palette(png_kind(3, 1, 3, 4, {0, 1, 2}), palette), three},
      {"palette 2 bits", with_palette(png_kind(3, 1, 3, 2, {0, 1, 2}), palette), three},
      {"palette 1 bit", with_palette(png_kind(3, 1, 3, 1, {1, 0, 1}), palette.substr(0, 6)), {three[1], three[0], three[1]}},
      {"palette of greys",
       with_palette(png_kind(2, 1, 3, 1, {1, 0}), std::string("\0\0\0\x50\x50\x50", 6)),
       {grey(80 / k8), grey(0)}},
      {"palette and tRNS",
       with_palette(png_kind(3, 1, 3, 2, {0, 1, 2}), palette, "\x33\xff"),
       {rgb(255, 0, 0, 51, k8), three[1], three[2]}},
      {"grey 2 bits and tRNS",
       with_palette(png_kind(4, 1, 0, 2, {0, 1, 2, 3}), "", std::string("\0\2", 2)),
       {grey(0), grey(85 / k8), grey(170 / k8, 0), grey(1)}},
      {"grey 8 bits and tRNS",
       with_palette(png_kind(2, 1, 0, 8, {50, 51}), "", std::string("\0\x33", 2)),
       {grey(50 / k8), grey(51 / k8, 0)}},
      {"grey 16 bits and tRNS",
       with_palette(png_kind(2, 1, 0, 16, {0x1234, 0x1235}), "", "\x12\x34"),
       {grey(0x1234 / k16, 0), grey(0x1235 / k16)}},
      {"RGB 8 bits and tRNS",
       with_palette(png_kind(2, 1, 2, 8, {1, 2, 3, 1, 2, 4}), "", std::string("\0\1\0\2\0\3", 6)),
       {rgb(1, 2, 3, 0, k8), rgb(1, 2, 4, 255, k8)}},
      {"RGB 8 bits and a suggested palette", with_palette(png_kind(1, 1, 2, 8, {1, 2, 3}), palette), {rgb(1, 2, 3, 255, k8)}},
  };
}

void expect_right(const Kind& kind, const std::string& bytes) {
  const bool is_grey =
      std::all_of(kind.pixels.begin(), kind.pixels.end(), [](auto& p) { return p[0] == p[1] && p[0] == p[2]; });
  const bool opaque = std::all_of(kind.pixels.begin(), kind.pixels.end(), [](auto& p) { return p[3] == 1; });
  const OddPng& png = kind.png;
  const bool has_alpha = png.colour_type == 4 || png.colour_type == 6 || !png.transparency.empty();
  const int channels = (png.colour_type == 0 || png.colour_type == 4 ? 1 : 3) + (has_alpha ? 1 : 0);
  EXPECT_EQ(decode_image_size(bytes, "f"),
            (ImageSize{png.width, png.height, channels, png.colour_type == 3 ? 8 : png.bit_depth, has_alpha, 1}));

  cv::Mat image(png.height, png.width, CV_8UC3), mask(png.height, png.width, CV_32FC1), layer(png.height, png.width, CV_32FC4);
  for (int i = 0; i < png.width * png.height; ++i) {
    const cv::Vec4d& p = kind.pixels[static_cast<size_t>(i)];
    for (int c = 0; c < 3; ++c)
      image.at<cv::Vec3b>(i / png.width, i % png.width)[c] = static_cast<uint8_t>(std::floor(255 * p[2 - c] + 0.5));
    mask.at<float>(i / png.width, i % png.width) = static_cast<float>(p[0]);
    layer.at<cv::Vec4f>(i / png.width, i % png.width) = cv::Vec4d(p[2] * p[3], p[1] * p[3], p[0] * p[3], p[3]);
  }
  const cv::Mat got = decode_image(bytes, "f");
  ASSERT_EQ(got.type(), CV_8UC3);
  ASSERT_EQ(got.size(), image.size());
  EXPECT_EQ(cv::norm(got, image, cv::NORM_INF), 0) << got;

  const std::string mask_fault = message_of([&] {
    const cv::Mat got = decode_mask(bytes, "f");
    ASSERT_EQ(got.type(), CV_32FC1);
    EXPECT_LE(cv::norm(got, mask, cv::NORM_INF), 1e-7);
  });
  EXPECT_THAT(mask_fault, HasSubstr(!is_grey ? "f: a mask must be grey" : !opaque ? "f: a mask must be opaque" : "no error"));
  const std::string cutout_fault = message_of([&] {
    const cv::Mat got = decode_cutout(bytes, "f");
    ASSERT_EQ(got.type(), CV_32FC4);
    EXPECT_LE(cv::norm(got, layer, cv::NORM_INF), 1e-7);
  });
  EXPECT_THAT(cutout_fault, HasSubstr(has_alpha ? "no error" : "f: a cut-out needs an alpha channel"));
}

TEST(Png, EveryKindIsReadRight) {
  for (const Kind& kind : png_kinds()) {
    SCOPED_TRACE(kind.name);
    expect_right(kind, odd_png(kind.png));
    OddPng interlaced = kind.png;
    interlaced.interlaced = true;
    expect_right(kind, odd_png(interlaced));
  }
}

TEST(Png, InterlacedPicturesOfManyPassesAreTheSame) {
  Rng rng(1);
  for (const auto& [colour_type, bit_depth] : {std::pair(0, 1), {0, 16}, {2, 8}, {6, 16}}) {
    OddPng png = png_kind(19, 13, colour_type, bit_depth, {});
    const int channels = colour_type == 0 ? 1 : colour_type == 2 ? 3 : 4;
    for (int i = 0; i < 19 * 13 * channels; ++i) png.samples.push_back(static_cast<int>(rng.integer(0, (1 << bit_depth) - 1)));
    OddPng interlaced = png;
    interlaced.interlaced = true;
    const cv::Mat plain = decode_image(odd_png(png), "f");
    EXPECT_EQ(plain.at<cv::Vec3b>(12, 18)[2],
              (255 * png.samples[static_cast<size_t>((12 * 19 + 18) * channels)] * 2 / ((1 << bit_depth) - 1) + 1) / 2);
    EXPECT_EQ(cv::norm(plain, decode_image(odd_png(interlaced), "f"), cv::NORM_INF), 0) << bit_depth;
  }
}

TEST(Png, WhatElseAFileHoldsChangesNothingAndPrintsNothing) {
  OddPng png = png_kind(2, 1, 2, 8, {1, 2, 3, 4, 5, 6});
  png.before = png_chunk("gAMA", big_endian(45455, 4)) + png_chunk("iCCP", "a broken profile") + png_chunk("tEXt", "Title") +
               png_chunk("eXIf", "nonsense") + png_chunk("acTL", "12345678") + png_chunk("abCd", "of my own");
  png.after = png_chunk("tIME", "odd") + png_chunk("fdAT", "?");
  const cv::Mat expected = (cv::Mat_<cv::Vec3b>(1, 2) << cv::Vec3b(3, 2, 1), cv::Vec3b(6, 5, 4));
  testing::internal::CaptureStderr();
  EXPECT_EQ(cv::norm(decode_image(odd_png(png) + "and more, IEND or not", "f"), expected, cv::NORM_INF), 0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Png, EveryFlippedByteIsFound) {
  Kind kind = png_kinds()[11];
  ASSERT_STREQ(kind.name, "RGB and alpha 8 bits");
  kind.png.before = png_chunk("tEXt", "Title");
  const std::string png = odd_png(kind.png);
  testing::internal::CaptureStderr();
  for (size_t i = 0; i < png.size(); ++i)
    for (const int bit : {0, 5}) {
      std::string damaged = png;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_THROW(decode_cutout(damaged, "f"), Error) << "byte " << i;
    }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace facemat
