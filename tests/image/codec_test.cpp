#include "src/image/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "src/core/file.h"
#include "src/image/pixels.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

cv::Mat ramp(int type) {
  cv::Mat image(24, 32, type);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols * image.channels(); ++x) {
      if (image.depth() == CV_8U) image.ptr<uint8_t>(y)[x] = static_cast<uint8_t>(7 * y + 3 * x);
      if (image.depth() == CV_16U) image.ptr<uint16_t>(y)[x] = static_cast<uint16_t>(700 * y + 301 * x);
    }
  return image;
}

// A PNG header that promises `width` x `height` pixels.
std::string png_of_size(uint32_t width, uint32_t height) {
  std::string bytes = encode_image(".png", ramp(CV_8UC3));
  for (int i = 0; i < 4; ++i) {
    bytes[16 + i] = static_cast<char>(width >> (24 - 8 * i));
    bytes[20 + i] = static_cast<char>(height >> (24 - 8 * i));
  }
  return bytes;
}

TEST(Codec, LosslessFilesComeBack) {
  const Scratch scratch;
  write_image(scratch / "colour.png", ramp(CV_8UC3));
  EXPECT_EQ(cv::norm(read_image(scratch / "colour.png"), ramp(CV_8UC3), cv::NORM_INF), 0);
  write_image(scratch / "mask8.png", ramp(CV_8UC1));
  EXPECT_EQ(cv::norm(read_mask(scratch / "mask8.png"), to_float(ramp(CV_8UC1)), cv::NORM_INF), 0);
  write_image(scratch / "mask16.png", ramp(CV_16UC1));
  EXPECT_EQ(cv::norm(read_mask(scratch / "mask16.png"), to_float(ramp(CV_16UC1)), cv::NORM_INF), 0);
}

TEST(Codec, JpegComesBackNearly) {
  const Scratch scratch;
  const cv::Mat image(32, 32, CV_8UC3, cv::Scalar(40, 90, 200));
  write_image(scratch / "a.jpg", image, 95);
  EXPECT_LE(cv::norm(read_image(scratch / "a.jpg"), image, cv::NORM_INF), 3);
}

TEST(Codec, GreyFilesAreWidenedAndEqualChannelsAreAMask) {
  const Scratch scratch;
  write_image(scratch / "grey.png", ramp(CV_8UC1));
  EXPECT_EQ(read_image(scratch / "grey.png").type(), CV_8UC3);
  cv::Mat wide;
  cv::cvtColor(ramp(CV_8UC1), wide, cv::COLOR_GRAY2BGR);
  write_image(scratch / "wide.png", wide);
  EXPECT_EQ(cv::norm(read_mask(scratch / "wide.png"), to_float(ramp(CV_8UC1)), cv::NORM_INF), 0);
  write_image(scratch / "colour.png", ramp(CV_8UC3));
  EXPECT_THAT(message_of([&] { read_mask(scratch / "colour.png"); }), HasSubstr("must be grey"));
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
  write_image(scratch / "opaque.png", ramp(CV_8UC3));
  EXPECT_THAT(message_of([&] { read_cutout(scratch / "opaque.png"); }), HasSubstr("needs an alpha channel"));
}

TEST(Codec, TrimapsHoldThreeValues) {
  const Scratch scratch;
  cv::Mat trimap = (cv::Mat_<uint8_t>(1, 3) << 0, 128, 255);
  write_image(scratch / "t.png", trimap);
  EXPECT_EQ(cv::norm(read_trimap(scratch / "t.png"), trimap, cv::NORM_INF), 0);
  trimap.at<uint8_t>(1) = 127;
  write_image(scratch / "t.png", trimap);
  EXPECT_THAT(message_of([&] { read_trimap(scratch / "t.png"); }), HasSubstr("0, 128 and 255 only"));
}

TEST(Codec, BadFilesAreNamedWithTheirFault) {
  const std::string png = encode_image(".png", ramp(CV_8UC3)), jpeg = encode_image(".jpg", ramp(CV_8UC3));
  std::string flipped = png;
  flipped[png.size() / 2] = static_cast<char>(flipped[png.size() / 2] ^ 0x55);
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "not a PNG or JPEG"},
      {"hello", "not a PNG or JPEG"},
      {png.substr(0, 20), "not a PNG or JPEG"},
      {png.substr(0, png.size() / 2), "truncated"},
      {png.substr(0, png.size() - 12), "truncated"},
      {jpeg.substr(0, jpeg.size() / 2), "truncated"},
      {jpeg.substr(0, jpeg.size() - 2), "truncated"},
      {png_of_size(60000, 60000), "60000x60000 pixels (allowed: up to 100000000"},
      {png_of_size(0xffffffff, 0xffffffff), "4294967295x4294967295 pixels"},
      {png_of_size(0, 5), "0x5 pixels"},
      {flipped, "the image is damaged"},
  };
  const Scratch scratch;
  for (const auto& [bytes, message] : table) {
    write_file(scratch / "a.png", bytes);
    const std::string got = message_of([&] { read_image(scratch / "a.png"); });
    EXPECT_THAT(got, HasSubstr(message)) << bytes.size();
    EXPECT_THAT(got, HasSubstr("a.png: "));
  }
  EXPECT_THAT(message_of([&] { read_image(scratch / "none.png"); }), HasSubstr("none.png: no such file"));
}

TEST(Codec, UnknownFormatsAreNotWritten) {
  const Scratch scratch;
  EXPECT_THAT(message_of([&] { write_image(scratch / "a.webp", ramp(CV_8UC3)); }), HasSubstr("'.webp' cannot be written"));
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

}  // namespace
}  // namespace facemat
