// WebP files: an encoder's (libwebp's, by way of OpenCV), and chunks laid by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "src/core/file.h"
#include "src/core/random.h"
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

constexpr int kLossless = 101;  // as a quality
const MaskAdvice kAdvice{"say zero_one", "say labels"};

std::string encoded(const cv::Mat& picture, int quality) {
  return facemat::encoded(".webp", picture, {cv::IMWRITE_WEBP_QUALITY, quality});
}

// With noise, which takes bytes. No value is 0: where alpha is, lossless encoders change colours, too.
cv::Mat picture(int channels) {
  cv::Mat out(24, 32, CV_8UC(channels));
  Rng rng(3);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols * channels; ++x)
      out.ptr<uint8_t>(y)[x] = static_cast<uint8_t>(1 + (7 * y + x + rng.integer(0, 60)) % 255);
  return out;
}

cv::Mat plane(const cv::Mat& image, int index) {
  cv::Mat out;
  cv::extractChannel(image, out, index);
  return out;
}

std::string told(const ImageSize& s) {
  return fmt::format("{}x{}, {} channels of {} bits{}{}, orientation {}", s.width, s.height, s.channels, s.bit_depth,
                     s.has_alpha ? ", alpha" : "", s.lossy ? ", lossy" : "", s.orientation);
}

// The pixels of a file that has nothing else, with more around them.
std::string extended(const std::string& webp, uint32_t flags, const std::string& before, const std::string& after) {
  const ImageSize size = decode_image_size(webp, "f");
  return webp_file(webp_canvas(flags, size.width, size.height) + before + webp.substr(12) + after);
}

class Webp : public testing::Test {
 protected:
  void SetUp() override {
    if (!cv::haveImageWriter(".webp")) GTEST_SKIP() << "this OpenCV was built without WebP";
  }
};

TEST_F(Webp, LosslessOnesAreExact) {
  const cv::Mat grey = picture(1), colours = picture(3), cutout = picture(4);
  const std::string of_grey = encoded(grey, kLossless), of_colours = encoded(colours, kLossless),
                    of_cutout = encoded(cutout, kLossless);
  EXPECT_EQ(told(decode_image_size(of_grey, "f")), "32x24, 3 channels of 8 bits, orientation 1");
  EXPECT_EQ(told(decode_image_size(of_colours, "f")), "32x24, 3 channels of 8 bits, orientation 1");
  EXPECT_EQ(told(decode_image_size(of_cutout, "f")), "32x24, 4 channels of 8 bits, alpha, orientation 1");
  EXPECT_EQ(cv::norm(decode_mask(of_grey, "f"), to_float(grey), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_labels(of_grey, "f"), grey, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_image(of_colours, "f"), colours, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_deep(of_colours, "f"), colours, cv::NORM_INF), 0);
  EXPECT_THAT(message_of([&] { decode_mask(of_colours, "f"); }), HasSubstr("f: a mask must be grey"));
  EXPECT_THAT(message_of([&] { decode_cutout(of_colours, "f"); }), HasSubstr("f: a cut-out needs an alpha channel"));
  EXPECT_EQ(cv::norm(decode_straight_cutout(of_cutout, "f"), cutout, cv::NORM_INF), 0);
  const cv::Mat layer = premultiply(to_float(decode_image(of_cutout, "f")), to_float(plane(cutout, 3)));
  EXPECT_LE(cv::norm(decode_cutout(of_cutout, "f"), layer, cv::NORM_INF), 1e-6);
}

TEST_F(Webp, LossyOnesAreNearAndKeepTheirAlpha) {
  const cv::Mat flat(32, 32, CV_8UC3, cv::Scalar(40, 90, 200));
  const std::string of_flat = encoded(flat, 95);
  EXPECT_EQ(told(decode_image_size(of_flat, "f")), "32x32, 3 channels of 8 bits, lossy, orientation 1");
  EXPECT_LE(cv::norm(decode_image(of_flat, "f"), flat, cv::NORM_INF), 8);
  const cv::Mat cutout = picture(4);
  const std::string of_cutout = encoded(cutout, 95);
  EXPECT_EQ(told(decode_image_size(of_cutout, "f")), "32x24, 4 channels of 8 bits, alpha, lossy, orientation 1");
  const cv::Mat deep = decode_deep(of_cutout, "f");
  ASSERT_EQ(deep.type(), CV_8UC4);
  EXPECT_EQ(cv::norm(plane(deep, 3), plane(cutout, 3), cv::NORM_INF), 0);
}

// Lossy WebP keeps brightness and colour: each grey comes back as three channels that are nearly alike.
TEST_F(Webp, LossyGreysAreGrey) {
  cv::Mat greys(16, 256, CV_8UC1);
  for (int x = 0; x < 256; ++x) greys.col(x).setTo(x);
  const std::string bytes = encoded(greys, 100);
  EXPECT_LE(cv::norm(decode_mask(bytes, "f"), to_float(greys), cv::NORM_INF), 4.5 / 255);
  EXPECT_LE(cv::norm(decode_levels(bytes, "f"), greys, cv::NORM_INF), 4);
  EXPECT_THAT(message_of([&] { decode_labels(bytes, "f"); }), HasSubstr("f: labels in a lossy WebP are not exact"));
  EXPECT_THAT(message_of([&] { decode_mask(encoded(picture(3), 90), "f"); }), HasSubstr("f: a mask must be grey"));
}

TEST_F(Webp, LossyMasksLoseTheirNoiseAtTheEnds) {
  const Scratch scratch;
  cv::Mat noisy(48, 64, CV_8UC1, cv::Scalar(2));
  noisy.colRange(32, 64).setTo(253);
  const auto read = [&](int quality) {
    write_file(scratch / "m.webp", encoded(noisy, quality));
    return read_mask_file(scratch / "m.webp", {}, kAdvice).value;
  };
  const cv::Mat lossy = read(100), exact = read(kLossless);
  EXPECT_EQ(lossy.at<float>(24, 8), 0);
  EXPECT_EQ(lossy.at<float>(24, 56), 1);
  EXPECT_FLOAT_EQ(exact.at<float>(24, 8), 2 / 255.f);
  EXPECT_FLOAT_EQ(exact.at<float>(24, 56), 253 / 255.f);
  EXPECT_FALSE(is_lossy_mask(read_image_size(scratch / "m.webp")));
  write_file(scratch / "m.webp", encoded(noisy, 100));
  EXPECT_TRUE(is_lossy_mask(read_image_size(scratch / "m.webp")));
  write_file(scratch / "m.webp", encoded(picture(4), 100));
  EXPECT_FALSE(is_lossy_mask(read_image_size(scratch / "m.webp"))) << "its alpha is exact";
}

TEST_F(Webp, LabelsAreReadFromLosslessOnes) {
  const Scratch scratch;
  MaskValues face;
  face.labels = {1, 10}, face.ignore = 255;
  write_file(scratch / "m.webp", encoded(blocks({0, 1, 10, 17, 255}), kLossless));
  const MaskPlanes planes = read_mask_file(scratch / "m.webp", face, kAdvice);
  EXPECT_EQ(values_of(planes.value), (std::vector<int>{0, 255, 255, 0, 0}));
  EXPECT_EQ(values_of(planes.trust), (std::vector<int>{255, 255, 255, 255, 0}));
  EXPECT_THAT(message_of([&] { read_mask_file(scratch / "m.webp", {}, kAdvice); }), HasSubstr("0, 1, 10, 17, 255: labels"));
}

TEST_F(Webp, TrimapsAreRead) {
  const cv::Mat trimap = blocks({0, 128, 255});
  EXPECT_EQ(cv::norm(decode_trimap(encoded(trimap, kLossless), "t"), trimap, cv::NORM_INF), 0);
  TrimapValues stated;
  stated.stated = true;
  cv::Mat large;
  cv::resize(trimap, large, {}, 4, 4, cv::INTER_NEAREST);
  EXPECT_EQ(decode_trimap(encoded(large, 100), "t", stated).at<uint8_t>(16, 48), 128) << "near enough";
}

TEST_F(Webp, TheOrientationStandsBehindThePixels) {
  const Scratch scratch;
  for (const int quality : {90, kLossless}) {
    const std::string plain = encoded(picture(3), quality);
    const cv::Mat upright = decode_image(plain, "f");
    cv::Mat turned;
    cv::rotate(upright, turned, cv::ROTATE_90_CLOCKWISE);
    for (const std::string& mark : {std::string(), std::string("Exif\0\0", 6)}) {
      const std::string exif = riff_chunk("EXIF", mark + exif_tiff(6, true)), file = extended(plain, kWebpExif, "", exif);
      EXPECT_EQ(decode_image_size(file, "f").orientation, 6);
      EXPECT_EQ(decode_image_size(file, "f").width, 24);
      EXPECT_EQ(cv::norm(decode_image(file, "f"), turned, cv::NORM_INF), 0);
      EXPECT_EQ(decode_image_size(extended(plain, 0, "", exif), "f").orientation, 1) << "not promised";
      EXPECT_EQ(decode_image_size(extended(plain, kWebpExif, exif, ""), "f").orientation, 6) << "before the pixels";
    }
    EXPECT_EQ(decode_image_size(extended(plain, kWebpExif, "", riff_chunk("EXIF", "nonsense")), "f").orientation, 1);
    EXPECT_EQ(decode_image_size(extended(plain, kWebpExif, "", ""), "f").orientation, 1) << "promised, and not there";
  }
}

TEST_F(Webp, WhatElseAFileHoldsChangesNothing) {
  for (const int channels : {3, 4})
    for (const int quality : {90, kLossless}) {
      if (channels == 4 && quality == 90) continue;  // has a canvas of its own
      const std::string plain = encoded(picture(channels), quality);
      const std::string more = extended(plain, kWebpProfile, riff_chunk("ICCP", "odd") + riff_chunk("what", "not"),
                                        riff_chunk("XMP ", "words") + riff_chunk("VP8 ", "another"));
      EXPECT_EQ(cv::norm(decode_deep(more + "and more", "f"), decode_deep(plain, "f"), cv::NORM_INF), 0) << channels << quality;
    }
}

// With the lengths right: a file that was mended, or is meant to trick.
TEST_F(Webp, PixelsThatEndTooEarlyAreDamage) {
  cv::Mat noise(64, 64, CV_8UC3);
  Rng rng(5);
  for (int i = 0; i < 64 * 64 * 3; ++i) noise.data[i] = static_cast<uint8_t>(rng.integer(0, 255));
  for (const int quality : {90, kLossless}) {
    const std::string whole = encoded(noise, quality), type = whole.substr(12, 4), data = whole.substr(20);
    for (const int tenths : {1, 3, 5, 9}) {
      const std::string cut = webp_file(riff_chunk(type, data.substr(0, data.size() * static_cast<size_t>(tenths) / 10)));
      EXPECT_EQ(message_of([&] { decode_image(cut, "f"); }), "f: the image is damaged") << type << tenths;
    }
  }
  const std::string cutout = encoded(picture(4), 90);
  const size_t at = cutout.find("ALPH"), pixels = cutout.find("VP8 ");
  ASSERT_LT(at, pixels);
  const std::string half = cutout.substr(at + 8, (pixels - at - 8) / 2);
  const std::string cut = webp_file(cutout.substr(12, at - 12) + riff_chunk("ALPH", half) + cutout.substr(pixels));
  EXPECT_EQ(message_of([&] { decode_deep(cut, "f"); }), "f: the image is damaged");
}

TEST_F(Webp, FlatPicturesLaidByHandAreRead) {
  EXPECT_EQ(cv::norm(decode_image(webp_file(flat_webp_pixels(5, 3, 200, 90, 40)), "f"),
                     cv::Mat(3, 5, CV_8UC3, cv::Scalar(40, 90, 200)), cv::NORM_INF),
            0);
  const std::string glass = webp_file(flat_webp_pixels(1, 1, 200, 90, 40, 51));
  EXPECT_EQ(told(decode_image_size(glass, "f")), "1x1, 4 channels of 8 bits, alpha, orientation 1");
  EXPECT_EQ(decode_straight_cutout(glass, "f").at<cv::Vec4b>(0, 0), cv::Vec4b(40, 90, 200, 51));
}

// --- of headers, which no library sees

std::string flat_webp(int width, int height) { return webp_file(flat_webp_pixels(width, height, 1, 2, 3)); }

TEST(WebpHeaders, EveryCutIsFound) {
  std::vector<std::string> files = {flat_webp(9, 7),
                                    webp_file(webp_canvas(kWebpExif | kWebpProfile, 9, 7) + riff_chunk("ICCP", "odd") +
                                              flat_webp_pixels(9, 7, 1, 2, 3) + riff_chunk("EXIF", exif_tiff(6, false)))};
  if (cv::haveImageWriter(".webp")) files.push_back(encoded(picture(4), 90));
  testing::internal::CaptureStderr();
  for (const std::string& file : files)
    for (size_t size = 12; size < file.size(); ++size)
      EXPECT_EQ(message_of([&] { decode_image(file.substr(0, size), "f"); }), "f: the image is truncated") << size;
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(WebpHeaders, BadOnesAreRefusedByName) {
  const std::string pixels = flat_webp_pixels(9, 7, 1, 2, 3), canvas = webp_canvas(0, 9, 7);
  std::string longer = webp_file(canvas + pixels);
  longer[12 + canvas.size() + 4] = '\x7f';  // the length of the pixels
  std::string no_pixels = pixels, version = pixels;
  no_pixels[8] = 'x', version[8 + 4] = static_cast<char>(version[8 + 4] | 0x20);
  const std::vector<std::pair<std::string, std::string>> table = {
      {webp_file(webp_canvas(kWebpAnimation, 9, 7) + riff_chunk("ANIM", "123456") + riff_chunk("ANMF", "frames")),
       "an animated WebP; convert it to a film, or to pictures"},
      {webp_file(flat_webp_pixels(16384, 16384, 1, 2, 3)), "16384x16384 pixels (allowed: sides of 1 to 65535, up to 100000000"},
      {webp_file(webp_canvas(0, 1 << 24, 1 << 24) + pixels),
       "the image is damaged (9x7 pixels on a canvas of 16777216x16777216)"},
      {webp_file(webp_canvas(0, 9, 8) + pixels), "the image is damaged (9x7 pixels on a canvas of 9x8)"},
      {webp_file(canvas), "the image is damaged (no pixels)"},
      {webp_file(""), "the image is damaged (no pixels)"},
      {webp_file(riff_chunk("ICCP", "odd") + pixels), "the image is damaged (no WebP header)"},
      {webp_file(pixels.substr(0, 4) + std::string(4, '\0')), "the image is damaged (a WebP chunk of 0 bytes)"},
      {webp_file(riff_chunk("VP8X", "1234") + pixels), "the image is damaged (a WebP chunk of 4 bytes)"},
      {webp_file(riff_chunk("VP8 ", std::string(10, '\0'))), "the image is damaged (no WebP picture)"},
      {webp_file(no_pixels), "the image is damaged (no WebP picture)"},
      {webp_file(version), "the image is damaged (no WebP picture)"},
      {longer, "the image is damaged (a WebP chunk at byte 30 is longer than the file)"},
      {"RIFF1234AVI ", "not a PNG, JPEG, WebP or BMP image"},
  };
  expect_refused_by_every_reader(table, "a.webp");
}

TEST(WebpHeaders, TellAlphaAndWhatIsLossy) {
  const auto size = [](const std::string& chunks) { return told(decode_image_size(webp_file(chunks), "f")); };
  const std::string lossy = lossy_webp_start(9, 7), alpha = riff_chunk("ALPH", "its values");
  EXPECT_EQ(size(lossy), "9x7, 3 channels of 8 bits, lossy, orientation 1");
  EXPECT_EQ(size(webp_canvas(kWebpAlpha, 9, 7) + alpha + lossy), "9x7, 4 channels of 8 bits, alpha, lossy, orientation 1");
  EXPECT_EQ(size(webp_canvas(kWebpAlpha, 9, 7) + lossy + alpha), "9x7, 3 channels of 8 bits, lossy, orientation 1");
  EXPECT_EQ(size(flat_webp_pixels(9, 7, 1, 2, 3, 4)), "9x7, 4 channels of 8 bits, alpha, orientation 1");
  EXPECT_EQ(size(webp_canvas(kWebpAlpha, 9, 7) + alpha + flat_webp_pixels(9, 7, 1, 2, 3)),
            "9x7, 3 channels of 8 bits, orientation 1")
      << "lossless pixels have theirs in themselves";
}

TEST(WebpHeaders, AreReadAsFarAsTheirExif) {
  const Scratch scratch;
  const std::string pixels = flat_webp_pixels(9, 7, 1, 2, 3),
                    junk = riff_chunk("junk", std::string(kMostImageHeaderBytes, ' '));
  const std::string file = webp_file(webp_canvas(kWebpExif, 9, 7) + pixels + junk + riff_chunk("EXIF", exif_tiff(8, true)));
  write_file(scratch / "long.webp", file);
  EXPECT_EQ(told(read_image_size(scratch / "long.webp")), "7x9, 3 channels of 8 bits, orientation 8");
  write_file(scratch / "cut.webp", file.substr(0, file.size() - 40));
  EXPECT_THAT(message_of([&] { read_image_size(scratch / "cut.webp"); }), HasSubstr("cut.webp: the image is truncated"));
  write_file(scratch / "plain.webp", webp_file(webp_canvas(0, 9, 7) + pixels + junk).substr(0, 60));
  EXPECT_EQ(told(read_image_size(scratch / "plain.webp")), "9x7, 3 channels of 8 bits, orientation 1");
}

TEST(WebpHeaders, AnOpenCvWithoutWebpIsNamed) {
  if (cv::haveImageWriter(".webp")) GTEST_SKIP() << "this OpenCV reads WebP";
  EXPECT_EQ(message_of([] { decode_image(flat_webp(9, 7), "f"); }),
            "f: a WebP file, which this OpenCV was built without; convert it to PNG or JPEG");
}

}  // namespace
}  // namespace facemat
