#include "src/image/pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

cv::Mat one(float value) { return cv::Mat(1, 1, CV_32FC1, cv::Scalar(value)); }

TEST(Pixels, EightBitIsClampedThenRoundedHalfUp) {
  const std::vector<std::pair<float, int>> table = {
      {0, 0},           {1, 255},       {-0.1f, 0},  {1.1f, 255},     {1e30f, 255},    {-1e30f, 0},         {0.5f / 255, 1},
      {0.49f / 255, 0}, {0.499f, 127},  {0.5f, 128}, {1.5f / 255, 2}, {2.4f / 255, 2}, {254.4f / 255, 254}, {254.6f / 255, 255},
      {INFINITY, 255},  {-INFINITY, 0},
  };
  for (const auto& [value, byte] : table) EXPECT_EQ(to_u8(one(value)).at<uint8_t>(0), byte) << value;
}

// Files of floats may hold what is no number, and a conversion of that is not defined.
TEST(Pixels, WhatIsNoNumberIsBlack) {
  for (const float value : {NAN, -NAN}) {
    EXPECT_EQ(to_u8(one(value)).at<uint8_t>(0), 0);
    EXPECT_EQ(to_u16(one(value)).at<uint16_t>(0), 0);
  }
}

TEST(Pixels, LevelsGoWhereThereIsAPlaceForThem) {
  const cv::Mat image = (cv::Mat_<float>(1, 4) << 0, 0.2f, 0.5f, 2);
  cv::Mat room(3, 8, CV_8UC1, cv::Scalar(7)), words(1, 4, CV_16UC1), floats(1, 4, CV_32FC1);
  cv::Mat bytes = room(cv::Rect(2, 1, 4, 1));
  to_levels(image, bytes), to_levels(image, words), to_levels(image, floats);
  EXPECT_EQ(cv::norm(bytes, to_u8(image), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(words, to_u16(image), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(floats, image, cv::NORM_INF), 0);
  EXPECT_EQ(cv::sum(room)[0], 20 * 7 + cv::sum(bytes)[0]) << "written beside it";
  cv::Mat small(1, 3, CV_8UC1), doubles(1, 4, CV_64FC1);
  EXPECT_THAT(message_of([&] { to_levels(image, small); }), HasSubstr("a place of the image's size"));
  EXPECT_THAT(message_of([&] { to_levels(image, doubles); }), HasSubstr("8 or 16 bits"));
}

TEST(Pixels, EveryByteAndWordComesBack) {
  cv::Mat bytes(1, 256, CV_8U), words(1, 65536, CV_16U);
  for (int i = 0; i < 256; ++i) bytes.at<uint8_t>(i) = static_cast<uint8_t>(i);
  for (int i = 0; i < 65536; ++i) words.at<uint16_t>(i) = static_cast<uint16_t>(i);
  EXPECT_EQ(cv::norm(to_u8(to_float(bytes)), bytes, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(to_u16(to_float(words)), words, cv::NORM_INF), 0);
  EXPECT_FLOAT_EQ(to_float(bytes).at<float>(51), 0.2f);
}

TEST(Pixels, OtherDepthsAreRefused) {
  EXPECT_THAT(message_of([] { to_float(cv::Mat(1, 1, CV_64F)); }), HasSubstr("8 bit, 16 bit or float"));
  EXPECT_NE(message_of([] { to_u8(cv::Mat(1, 1, CV_8U)); }), "no error");
}

TEST(Pixels, BlendIsTheMattingEquation) {
  const cv::Mat front(1, 3, CV_32FC3, cv::Scalar(1, 0.5, 0)), back(1, 3, CV_32FC3, cv::Scalar(0, 0.5, 0.8));
  const cv::Mat alpha = (cv::Mat_<float>(1, 3) << 0, 0.25f, 1);
  const cv::Mat out = blend(front, alpha, back);
  EXPECT_EQ(out.at<cv::Vec3f>(0), cv::Vec3f(0, 0.5f, 0.8f));
  EXPECT_LT(cv::norm(out.at<cv::Vec3f>(1) - cv::Vec3f(0.25f, 0.5f, 0.6f)), 1e-6);
  EXPECT_EQ(out.at<cv::Vec3f>(2), cv::Vec3f(1, 0.5f, 0));
}

TEST(Pixels, BlendChecksSizesAndTypes) {
  const cv::Mat colour(2, 2, CV_32FC3, cv::Scalar()), alpha(2, 2, CV_32FC1, cv::Scalar());
  EXPECT_THAT(message_of([&] { blend(colour, cv::Mat(2, 3, CV_32FC1), colour); }), HasSubstr("alpha is 3x2"));
  EXPECT_NE(message_of([&] { blend(alpha, alpha, colour); }), "no error");
  EXPECT_NE(message_of([&] { blend_over(colour, colour); }), "no error");
  EXPECT_NE(message_of([&] { layer_over(cv::Mat(2, 2, CV_32FC4), cv::Mat(3, 2, CV_32FC4)); }), "no error");
}

TEST(Pixels, ALayerOverAPictureIsBlend) {
  const cv::Mat colour(1, 1, CV_32FC3, cv::Scalar(0.2, 0.4, 0.9)), alpha = one(0.3f),
                                                                   back(1, 1, CV_32FC3, cv::Scalar(0.7, 0.1, 0.5));
  const cv::Mat layer = premultiply(colour, alpha);
  EXPECT_LT(cv::norm(layer.at<cv::Vec4f>(0) - cv::Vec4f(0.06f, 0.12f, 0.27f, 0.3f)), 1e-6);
  EXPECT_LT(cv::norm(blend_over(layer, back), blend(colour, alpha, back), cv::NORM_INF), 1e-6);
  EXPECT_LT(cv::norm(layer_colour(layer), colour, cv::NORM_INF), 1e-6);
  EXPECT_EQ(layer_alpha(layer).at<float>(0), 0.3f);
}

TEST(Pixels, TransparentLayersAreBlack) {
  const cv::Mat layer = premultiply(cv::Mat(1, 1, CV_32FC3, cv::Scalar(1, 1, 1)), one(0));
  EXPECT_EQ(layer.at<cv::Vec4f>(0), cv::Vec4f(0, 0, 0, 0));
  EXPECT_EQ(layer_colour(layer).at<cv::Vec3f>(0), cv::Vec3f(0, 0, 0));
}

TEST(Pixels, LayersOverEachOtherAreAssociative) {
  const auto layer = [](double b, double g, double r, double a) {
    return cv::Mat(1, 1, CV_32FC4, cv::Scalar(b * a, g * a, r * a, a));
  };
  const cv::Mat a = layer(1, 0, 0.5, 0.5), b = layer(0, 1, 0.2, 0.25), c = layer(0.3, 0.3, 1, 0.75);
  EXPECT_LT(cv::norm(layer_over(a, layer_over(b, c)), layer_over(layer_over(a, b), c), cv::NORM_INF), 1e-6);
  EXPECT_LT(cv::norm(layer_over(a, b).at<cv::Vec4f>(0) - cv::Vec4f(0.5f, 0.125f, 0.275f, 0.625f)), 1e-6);
}

}  // namespace
}  // namespace facemat
