#include "src/image/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "src/core/file.h"
#include "src/image/pixels.h"
#include "tests/support/image_files.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

std::string flat_png(int width, int height) {
  OddPng png;
  png.width = width, png.height = height;
  png.samples.assign(static_cast<size_t>(width * height), 9);
  return odd_png(png);
}

// A PNG whose header, with a right checksum, promises `width` x `height` pixels.
std::string png_of_size(uint32_t width, uint32_t height) {
  std::string bytes = flat_png(1, 1);
  const std::string header = big_endian(width, 4) + big_endian(height, 4) + std::string("\x8\0\0\0\0", 5);
  return bytes.replace(8, 25, png_chunk("IHDR", header));
}

std::string jpeg_of_size(int width, int height) {
  FlatJpeg jpeg;
  jpeg.components = {128};
  jpeg.width = width, jpeg.height = height;
  return flat_jpeg(jpeg);
}

TEST(Codec, EveryCutIsFound) {
  const std::vector<std::string> files = {
      encoded(".png", ramp(CV_16UC4)), encoded(".jpg", ramp(CV_8UC3)),
      with_exif(encoded(".jpg", ramp(CV_8UC1), {cv::IMWRITE_JPEG_PROGRESSIVE, 1}), 6, true)};
  testing::internal::CaptureStderr();
  for (const std::string& file : files) {
    EXPECT_NO_THROW(decode_image(file, "f"));
    for (size_t size = 8; size < file.size(); ++size)
      EXPECT_EQ(message_of([&] { decode_image(file.substr(0, size), "f"); }), "f: the image is truncated") << size;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Codec, BadFilesAreRefusedByEveryReader) {
  const std::string png = flat_png(8, 8), jpeg = encoded(".jpg", ramp(CV_8UC3));
  OddPng scattered = png_kind(2, 2, 0, 8, {1, 2, 3, 4});
  scattered.between = png_chunk("tEXt", "Title");
  OddPng unknown = png_kind(1, 1, 0, 8, {1});
  unknown.before = png_chunk("ABCD", "");
  OddPng bare = png_kind(1, 1, 3, 8, {0});
  OddPng long_trns = with_palette(bare, "abc", "12");
  std::string apple = png;
  apple.insert(8, png_chunk("CgBI", "1234"));
  std::string odd_type = png;
  odd_type.replace(8, 25, png_chunk("IHDR", big_endian(8, 4) + big_endian(8, 4) + std::string("\x8\5\0\0\0", 5)));
  const size_t scan = jpeg.find("\xff\xda");
  std::string scans = jpeg.substr(0, scan);
  for (int i = 0; i < 101; ++i) scans += jpeg.substr(scan, jpeg.size() - 2 - scan);
  const std::string no_pixels = "\x89PNG\r\n\x1a\n" + png.substr(8, 25) + png_chunk("IEND", "");
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "not a PNG, JPEG, WebP or BMP image: the file is empty"},
      {"hello", "not a PNG, JPEG, WebP or BMP image"},
      {"\x89PNG", "not a PNG, JPEG, WebP or BMP image"},
      {"GIF89a....", "a GIF file; convert it to PNG or JPEG"},
      {std::string("\0\0\0\x18", 4) + "ftypheic0000", "a HEIC file; convert it"},
      {std::string("\0\0\0\x18", 4) + "ftypavif0000", "an AVIF file; convert it"},
      {std::string("\0\0\0\x18", 4) + "ftypisom0000", "a video file; convert it"},
      {std::string("II*\0 ", 5), "a TIFF file; convert it"},
      {std::string("MM\0* ", 5), "a TIFF file; convert it"},
      {"<!DOCTYPE html><title>404", "an HTML file; convert it"},
      {png_of_size(60000, 60000), "60000x60000 pixels (allowed: sides of 1 to 65535, up to 100000000 in all)"},
      {png_of_size(0xffffffff, 0xffffffff), "4294967295x4294967295 pixels"},
      {png_of_size(1, 70000), "1x70000 pixels"},
      {png_of_size(0, 5), "0x5 pixels"},
      {png_of_size(5, 0), "5x0 pixels"},
      {jpeg_of_size(60000, 60000), "60000x60000 pixels"},
      {jpeg_of_size(0, 8), "0x8 pixels"},
      {jpeg_of_size(8, 0), "8x0 pixels"},
      {odd_png(scattered), "the image is damaged (its pixels are scattered)"},
      {odd_png(unknown), "the image is damaged (a PNG chunk at byte 33 of unknown kind)"},
      {odd_png(bare), "the image is damaged (no palette)"},
      {odd_png(long_trns), "the image is damaged (transparency of 2 bytes)"},
      {odd_type, "the image is damaged (no PNG has colour type 5 with 8 bits"},
      {apple, "the image is damaged (no PNG header)"},
      {no_pixels, "the image is damaged (no pixels)"},
      {flat_jpeg_of({1, 2, 3, 4}, -1), "a CMYK JPEG, whose colours depend on a printer's profile; convert it to RGB"},
      {flat_jpeg_of({1, 2, 3, 4}, 0), "a CMYK JPEG"},
      {flat_jpeg_of({1, 2, 3, 4}, 2), "a CMYK JPEG"},  // YCCK
      {flat_jpeg_of({1, 2}, -1), "a JPEG of 2 channels (allowed: 1 or 3)"},
      {flat_jpeg_of({1}, -1, 0xc1, 12), "a 12-bit JPEG"},
      {flat_jpeg_of({1}, -1, 0xc3), "a lossless or hierarchical JPEG"},
      {flat_jpeg_of({1}, -1, 0xc5), "a lossless or hierarchical JPEG"},
      {"\xff\xd8\xff\xd9", "the image is damaged (a JPEG without frame)"},
      {behind_start(jpeg, "xx"), "the image is damaged (no JPEG marker at byte 2)"},
      {jpeg.substr(0, scan) + "\xff\xd9", "the image is damaged (a JPEG of 1 frames and 0 scans)"},
      {scans + "\xff\xd9", "a JPEG of more than 100 scans"},
  };
  // Headers do not tell what is wrong with pixels, and labels are refused in every JPEG.
  expect_refused_by_every_reader(table, "a.png", {"read_image_size", "decode_labels"});
}

TEST(Codec, FilesThatCannotBeOpenedAreNamed) {
  const Scratch scratch;
  fs::create_directory(scratch / "folder.png");
  EXPECT_THAT(message_of([&] { read_image(scratch / "none.png"); }), HasSubstr("none.png: no such file"));
  EXPECT_THAT(message_of([&] { read_image(scratch / "folder.png"); }), HasSubstr("folder.png: not a regular file"));
  EXPECT_THAT(message_of([&] { read_image_size(scratch / "none.png"); }), HasSubstr("none.png: no such file"));
  EXPECT_THAT(message_of([&] { read_image_size(scratch / "folder.png"); }), HasSubstr("folder.png: not a regular file"));
}

TEST(Codec, FilesWithoutPermissionAreNamed) {
  const Scratch scratch;
  write_file(scratch / "closed.png", flat_png(1, 1));
  fs::permissions(scratch / "closed.png", fs::perms::none);
  const WithoutPrivilege nobody;
  EXPECT_THAT(message_of([&] { read_image(scratch / "closed.png"); }), HasSubstr("closed.png: cannot open: Permission denied"));
}

TEST(Codec, TheContentTellsTheFormat) {
  const Scratch scratch;
  write_file(scratch / "a.png", flat_jpeg_of({77}, -1));
  write_file(scratch / "b.jpg", flat_png(3, 2));
  EXPECT_EQ(read_image(scratch / "a.png").at<cv::Vec3b>(0, 0), cv::Vec3b(77, 77, 77));
  EXPECT_EQ(read_image(scratch / "b.jpg").at<cv::Vec3b>(1, 2), cv::Vec3b(9, 9, 9));
}

// Six fields a..f stored as "abc/def", and how a viewer shows them (EXIF 2.3, tag 0x0112).
const std::vector<std::string>& shown() {
  static const std::vector<std::string> table = {"",         "abc/def",  "cba/fed",  "fed/cba", "def/abc",
                                                 "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad"};
  return table;
}

// The fields of `image`, each of `side` pixels and the value 40 per letter.
std::string fields(const cv::Mat& image, int side) {
  std::string text;
  for (int y = side / 2; y < image.rows; y += side) {
    if (!text.empty()) text += '/';
    for (int x = side / 2; x < image.cols; x += side)
      text += static_cast<char>('a' + cvRound(image.at<cv::Vec3b>(y, x)[1] / 40.0) - 1);
  }
  return text;
}

TEST(Codec, NamesTellWhatAFileShouldEndIn) {
  EXPECT_STREQ(image_extension_of(flat_png(1, 1)), ".png");
  EXPECT_STREQ(image_extension_of(flat_jpeg_of({77}, -1)), ".jpg");
  EXPECT_STREQ(image_extension_of(webp_file(flat_webp_pixels(1, 1, 1, 2, 3))), ".webp");
  EXPECT_STREQ(image_extension_of(odd_bmp({1, 1, 24, {0}})), ".bmp");
}

TEST(Codec, PicturesKeepTheirDepth) {
  EXPECT_EQ(cv::norm(decode_deep(encoded(".png", ramp(CV_16UC4)), "f"), ramp(CV_16UC4), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_deep(encoded(".png", ramp(CV_16UC3)), "f"), ramp(CV_16UC3), cv::NORM_INF), 0);
  cv::Mat widened;
  cv::cvtColor(ramp(CV_16UC1), widened, cv::COLOR_GRAY2BGR);
  EXPECT_EQ(cv::norm(decode_deep(encoded(".png", ramp(CV_16UC1)), "f"), widened, cv::NORM_INF), 0);
  const cv::Mat keyed = decode_deep(odd_png(with_palette(png_kind(2, 1, 0, 8, {50, 51}), "", std::string("\0\x33", 2))), "f");
  EXPECT_EQ(keyed.at<cv::Vec4b>(0, 0), cv::Vec4b(50, 50, 50, 255));
  EXPECT_EQ(keyed.at<cv::Vec4b>(0, 1), cv::Vec4b(51, 51, 51, 0));
}

TEST(Codec, EveryReaderAppliesTheOrientation) {
  const Scratch scratch;
  const cv::Mat small = (cv::Mat_<uint8_t>(2, 3) << 40, 80, 120, 160, 200, 240);
  cv::Mat large;
  cv::resize(small, large, {48, 32}, 0, 0, cv::INTER_NEAREST);
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const bool little_endian : {false, true}) {
      SCOPED_TRACE(orientation);
      OddPng png = png_kind(3, 2, 4, 8, {40, 255, 80, 255, 120, 255, 160, 255, 200, 255, 240, 255});
      png.before = png_chunk("eXIf", exif_tiff(orientation, little_endian));
      const std::string jpeg = with_exif(encoded(".jpg", large), orientation, little_endian);
      EXPECT_EQ(fields(decode_image(odd_png(png), "f"), 1), shown()[static_cast<size_t>(orientation)]);
      EXPECT_EQ(fields(decode_image(jpeg, "f"), 16), shown()[static_cast<size_t>(orientation)]);
      const cv::Mat image = to_float(decode_image(odd_png(png), "f"));
      cv::Mat mask;
      cv::extractChannel(image, mask, 0);
      EXPECT_EQ(cv::norm(decode_mask(odd_png(png), "f"), mask, cv::NORM_INF), 0);
      EXPECT_EQ(cv::norm(layer_colour(decode_cutout(odd_png(png), "f")), image, cv::NORM_INF), 0);
      const bool exchanged = orientation >= 5;
      EXPECT_EQ(decode_image_size(odd_png(png), "f"),
                (ImageSize{exchanged ? 2 : 3, exchanged ? 3 : 2, 2, 8, true, orientation}));
      EXPECT_EQ(decode_image_size(jpeg, "f"), (ImageSize{exchanged ? 32 : 48, exchanged ? 48 : 32, 1, 8, false, orientation}));
    }
}

TEST(Codec, OddOrientationsCountAsNone) {
  const std::string jpeg = encoded(".jpg", ramp(CV_8UC3)), tiff = exif_tiff(6, true);
  const auto orientation = [&](const std::string& exif) {
    const std::string file = behind_start(jpeg, jpeg_segment(0xe1, std::string("Exif\0\0", 6) + exif));
    EXPECT_EQ(decode_image(file, "f").cols, decode_image_size(file, "f").width);
    return decode_image_size(file, "f").orientation;
  };
  EXPECT_EQ(orientation(tiff), 6);
  EXPECT_EQ(orientation(exif_tiff(0, true)), 1);
  EXPECT_EQ(orientation(exif_tiff(9, false)), 1);
  EXPECT_EQ(orientation(""), 1);
  EXPECT_EQ(orientation("nonsense"), 1);
  EXPECT_EQ(orientation(tiff.substr(0, 30)), 1);
  EXPECT_EQ(orientation(tiff.substr(0, 4) + "\xff\xff\xff\xff"), 1);
}

TEST(Codec, SizesComeFromTheHeaderAlone) {
  const Scratch scratch;
  write_file(scratch / "huge.png", png_of_size(20000, 5000).substr(0, 45));  // 8 bytes into the pixels
  EXPECT_EQ(read_image_size(scratch / "huge.png"), (ImageSize{20000, 5000, 1, 8, false, 1}));
  EXPECT_THAT(message_of([&] { read_image(scratch / "huge.png"); }), HasSubstr("huge.png: the image is truncated"));
  write_file(scratch / "cut.png", flat_png(3, 2).substr(0, 30));
  EXPECT_THAT(message_of([&] { read_image_size(scratch / "cut.png"); }), HasSubstr("cut.png: the image is truncated"));
  write_file(scratch / "cmyk.jpg", flat_jpeg_of({1, 2, 3, 4}, 2));
  EXPECT_THAT(message_of([&] { read_image_size(scratch / "cmyk.jpg"); }), HasSubstr("cmyk.jpg: a CMYK JPEG"));
  write_file(scratch / "sixty.png", png_of_size(60000, 60000));
  EXPECT_THAT(message_of([&] { read_image_size(scratch / "sixty.png"); }), HasSubstr("sixty.png: 60000x60000 pixels"));
  std::string comments;
  for (int i = 0; i < 17; ++i) comments += jpeg_segment(0xfe, std::string(65000, ' '));
  write_file(scratch / "long.jpg", behind_start(flat_jpeg_of({77}, -1), comments));
  EXPECT_EQ(read_image(scratch / "long.jpg").cols, 8);
  EXPECT_THAT(message_of([&] { read_image_size(scratch / "long.jpg"); }), HasSubstr("header is longer than 1048576 bytes"));
}

TEST(Codec, LosslessFilesComeBack) {
  const Scratch scratch;
  write_image(scratch / "colour.png", ramp(CV_8UC3));
  EXPECT_EQ(cv::norm(read_image(scratch / "colour.png"), ramp(CV_8UC3), cv::NORM_INF), 0);
  write_image(scratch / "mask8.png", ramp(CV_8UC1));
  EXPECT_EQ(cv::norm(read_mask(scratch / "mask8.png"), to_float(ramp(CV_8UC1)), cv::NORM_INF), 0);
  write_image(scratch / "mask16.png", ramp(CV_16UC1));
  EXPECT_EQ(cv::norm(read_mask(scratch / "mask16.png"), to_float(ramp(CV_16UC1)), cv::NORM_INF), 0);
  EXPECT_EQ(read_image_size(scratch / "mask16.png"), (ImageSize{32, 24, 1, 16, false, 1}));
}

TEST(Codec, JpegComesBackNearly) {
  const Scratch scratch;
  const cv::Mat image(32, 32, CV_8UC3, cv::Scalar(40, 90, 200));
  write_image(scratch / "a.jpg", image, 95);
  EXPECT_LE(cv::norm(read_image(scratch / "a.jpg"), image, cv::NORM_INF), 3);
}

TEST(Codec, CutoutsArePremultiplied) {
  const Scratch scratch;
  cv::Mat image(4, 4, CV_8UC4, cv::Scalar(255, 102, 51, 0));
  image.col(1).setTo(cv::Scalar(255, 102, 51, 255));
  image.col(2).setTo(cv::Scalar(255, 102, 51, 51));
  write_image(scratch / "a.png", image);
  const cv::Mat layer = read_cutout(scratch / "a.png");
  EXPECT_EQ(layer.at<cv::Vec4f>(0, 0), cv::Vec4f(0, 0, 0, 0));
  EXPECT_LT(cv::norm(layer.at<cv::Vec4f>(0, 1) - cv::Vec4f(1, 0.4f, 0.2f, 1)), 1e-6);
  EXPECT_LT(cv::norm(layer.at<cv::Vec4f>(0, 2) - cv::Vec4f(0.2f, 0.08f, 0.04f, 0.2f)), 1e-6);
}

TEST(Codec, CutoutsMayBeReadStraight) {
  const cv::Mat bytes = decode_straight_cutout(odd_png(png_kind(2, 1, 6, 8, {9, 8, 7, 0, 6, 5, 4, 255})), "f");
  ASSERT_EQ(bytes.type(), CV_8UC4);
  EXPECT_EQ(bytes.at<cv::Vec4b>(0, 0), cv::Vec4b(7, 8, 9, 0)) << "the colour is kept where alpha is 0";
  EXPECT_EQ(bytes.at<cv::Vec4b>(0, 1), cv::Vec4b(4, 5, 6, 255));
  const cv::Mat words = decode_straight_cutout(odd_png(png_kind(1, 1, 6, 16, {257, 514, 65535, 128 * 257 + 128})), "f");
  EXPECT_EQ(words.at<cv::Vec4b>(0, 0), cv::Vec4b(255, 2, 1, 128));
  EXPECT_THAT(message_of([] {
                decode_straight_cutout(odd_png(png_kind(1, 1, 2, 8, {1, 2, 3})), "f");
              }),
              HasSubstr("f: a cut-out needs an alpha channel"));
}

TEST(Codec, ColourAndAlphaMayBeTwoFiles) {
  const Scratch scratch;
  write_file(scratch / "colour.png", odd_png(png_kind(2, 1, 2, 16, {65535, 13107, 1, 100, 200, 300})));
  write_file(scratch / "alpha.png", odd_png(png_kind(2, 1, 0, 8, {51, 255})));
  const cv::Mat layer = read_colour_and_alpha(scratch / "colour.png", scratch / "alpha.png");
  ASSERT_EQ(layer.type(), CV_32FC4);
  EXPECT_LT(cv::norm(layer.at<cv::Vec4f>(0, 0) - cv::Vec4f(0.2f / 65535, 0.04f, 0.2f, 0.2f)), 1e-7);
  EXPECT_LT(cv::norm(layer.at<cv::Vec4f>(0, 1) - cv::Vec4f(300, 200, 100, 65535) / 65535), 1e-7);

  write_file(scratch / "rgba.png", odd_png(png_kind(2, 1, 6, 8, {255, 0, 51, 7, 0, 0, 0, 9})));  // its own alpha is dropped
  const cv::Mat over = read_colour_and_alpha(scratch / "rgba.png", scratch / "alpha.png");
  EXPECT_LT(cv::norm(over.at<cv::Vec4f>(0, 0) - cv::Vec4f(0.04f, 0, 0.2f, 0.2f)), 1e-7);

  write_file(scratch / "small.png", odd_png(png_kind(1, 2, 0, 8, {51, 255})));
  EXPECT_EQ(message_of([&] { read_colour_and_alpha(scratch / "colour.png", scratch / "small.png"); }),
            (scratch / "colour.png").string() + ": 2x1 pixels, but its alpha " + (scratch / "small.png").string() + " has 1x2");
  EXPECT_THAT(message_of([&] { read_colour_and_alpha(scratch / "alpha.png", scratch / "colour.png"); }),
              HasSubstr("colour.png: a mask must be grey"));
}

TEST(Codec, TrimapsHoldThreeValues) {
  const Scratch scratch;
  cv::Mat trimap = (cv::Mat_<uint8_t>(1, 3) << 0, 128, 255);
  write_image(scratch / "t.png", trimap);
  EXPECT_EQ(cv::norm(read_trimap(scratch / "t.png"), trimap, cv::NORM_INF), 0);
  const auto read = [](const OddPng& png) { return decode_trimap(odd_png(png), "t"); };
  EXPECT_EQ(cv::norm(read(png_kind(3, 1, 0, 16, {0, 128 * 257, 65535})), trimap, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(read(png_kind(3, 1, 2, 8, {0, 0, 0, 128, 128, 128, 255, 255, 255})), trimap, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(read(with_palette(png_kind(3, 1, 3, 2, {1, 2, 0}), std::string("\xff\xff\xff\0\0\0\x80\x80\x80", 9))),
                     trimap, cv::NORM_INF),
            0);
  EXPECT_EQ(read(png_kind(2, 1, 0, 1, {0, 1})).at<uint8_t>(1), 255);
  EXPECT_THAT(message_of([&] {
                read(png_kind(3, 1, 0, 8, {0, 127, 255}));
              }),
              HasSubstr("t: a trimap holds 0, 128 and 255 only, this one 0, 127, 255"));
  TrimapValues stated;
  stated.unknown = 127, stated.stated = true;
  EXPECT_EQ(decode_trimap(odd_png(png_kind(3, 1, 0, 8, {0, 127, 255})), "t", stated).at<uint8_t>(1), 128);
  const auto jpeg = [&](int value) { return flat_jpeg({{value}}); };
  EXPECT_EQ(decode_trimap(jpeg(130), "t", stated).at<uint8_t>(3, 3), 128) << "near enough in a JPEG";
  EXPECT_EQ(decode_trimap(jpeg(9), "t", stated).at<uint8_t>(3, 3), 0);
  EXPECT_THAT(message_of([&] { decode_trimap(jpeg(60), "t", stated); }), HasSubstr("holds 0, 127 and 255 only, this one 60"));
  EXPECT_THAT(message_of([&] { decode_trimap(jpeg(130), "t"); }), HasSubstr("holds 0, 128 and 255 only, this one 130"));
  EXPECT_THAT(message_of([&] { read(png_kind(1, 1, 2, 8, {0, 128, 255})); }), HasSubstr("t: a trimap must be grey"));
  EXPECT_THAT(message_of([&] { read(png_kind(1, 1, 4, 8, {128, 0})); }), HasSubstr("t: a trimap must be opaque"));
}

TEST(Codec, BytesDecodeAsTheirFile) {
  const Scratch scratch;
  const std::string cutout = odd_png(png_kind(2, 1, 6, 8, {9, 8, 7, 100, 6, 5, 4, 255})),
                    mask = odd_png(png_kind(2, 1, 0, 8, {0, 255}));
  write_file(scratch / "cutout.png", cutout);
  write_file(scratch / "mask.png", mask);
  EXPECT_EQ(cv::norm(read_image(scratch / "cutout.png"), decode_image(cutout, "f"), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(read_cutout(scratch / "cutout.png"), decode_cutout(cutout, "f"), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(read_mask(scratch / "mask.png"), decode_mask(mask, "f"), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(read_trimap(scratch / "mask.png"), decode_trimap(mask, "f"), cv::NORM_INF), 0);
  EXPECT_EQ(read_image_size(scratch / "cutout.png"), decode_image_size(cutout, "f"));
  EXPECT_EQ(cv::norm(read_colour_and_alpha(scratch / "cutout.png", scratch / "mask.png"),
                     decode_colour_and_alpha(cutout, "f", mask, "g"), cv::NORM_INF),
            0);
}

TEST(Codec, WhatCannotBeWrittenIsRefused) {
  const Scratch scratch;
  EXPECT_THAT(message_of([&] { write_image(scratch / "a.webp", ramp(CV_8UC3)); }), HasSubstr("'.webp' cannot be written"));
  EXPECT_THAT(message_of([&] { write_image(scratch / "a.jpg", ramp(CV_16UC3)); }), HasSubstr("cannot be written as .jpg"));
  EXPECT_THAT(message_of([&] { write_image(scratch / "a.jpg", ramp(CV_8UC4)); }), HasSubstr("cannot be written as .jpg"));
  EXPECT_THAT(message_of([&] { write_image(scratch / "a.png", cv::Mat(2, 2, CV_32FC3)); }),
              HasSubstr("cannot be written as .png"));
  EXPECT_THAT(message_of([&] { write_image(scratch / "a.png", cv::Mat()); }), HasSubstr("cannot be written as .png"));
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

}  // namespace
}  // namespace facemat
