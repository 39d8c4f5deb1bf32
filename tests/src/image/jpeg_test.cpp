// JPEG files: an encoder's (libjpeg's, by way of OpenCV), and blocks of one colour written byte by byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <string>

#include "src/core/error.h"
#include "src/core/random.h"
#include "src/image/codec.h"
#include "tests/support/image_files.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

TEST(Jpeg, ColoursAreRight) {
  const auto value = [](const std::string& bytes) { return decode_image(bytes, "f").at<cv::Vec3b>(4, 4); };
  EXPECT_EQ(value(flat_jpeg_of({77}, -1)), cv::Vec3b(77, 77, 77));
  EXPECT_EQ(value(flat_jpeg_of({150, 128, 128}, -1)), cv::Vec3b(150, 150, 150));
  EXPECT_EQ(value(flat_jpeg_of({76, 85, 255}, 1)), cv::Vec3b(0, 0, 254));  // R = Y + 1.402 (Cr - 128), ... (JFIF 1.02)
  EXPECT_EQ(value(flat_jpeg_of({200, 90, 40}, 0)), cv::Vec3b(40, 90, 200));
  EXPECT_FLOAT_EQ(decode_mask(flat_jpeg_of({77}, -1), "f").at<float>(0, 0), 77 / 255.f);
  EXPECT_FLOAT_EQ(decode_mask(flat_jpeg_of({150, 128, 128}, -1), "f").at<float>(0, 0), 150 / 255.f);
  EXPECT_EQ(decode_image_size(flat_jpeg_of({77}, -1), "f"), (ImageSize{8, 8, 1, 8, false, 1}));
  EXPECT_EQ(decode_image_size(flat_jpeg_of({200, 90, 40}, 0), "f"), (ImageSize{8, 8, 3, 8, false, 1}));
}

TEST(Jpeg, ProgressiveRestartsAndFillBytesAreRead) {
  const cv::Mat picture = ramp(CV_8UC3);
  const std::string plain = encoded(".jpg", picture), progressive = encoded(".jpg", picture, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  const std::string restarts = encoded(".jpg", picture, {cv::IMWRITE_JPEG_RST_INTERVAL, 1});
  ASSERT_THAT(progressive, HasSubstr("\xff\xc2"));
  ASSERT_THAT(restarts, HasSubstr("\xff\xd1"));
  const cv::Mat expected = decode_image(plain, "f");
  EXPECT_LE(cv::norm(expected, picture, cv::NORM_L1) / static_cast<double>(3 * picture.total()), 5);
  EXPECT_EQ(cv::norm(decode_image(progressive, "f"), expected, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_image(restarts, "f"), expected, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_image(behind_start(plain, "\xff\xff\xff"), "f"), expected, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(decode_image(plain + "another file \xff\xd9", "f"), expected, cv::NORM_INF), 0);
  EXPECT_EQ(
      cv::norm(decode_image(behind_start(plain, jpeg_segment(0xe5, "a thumbnail \xff\xd9")), "f"), expected, cv::NORM_INF), 0);
}

TEST(Jpeg, DamageThatHitsAMarkerIsFound) {
  const cv::Mat picture = ramp(CV_8UC3);
  const std::string restarts = encoded(".jpg", picture, {cv::IMWRITE_JPEG_RST_INTERVAL, 1});
  std::string swapped = restarts, bad_marker = encoded(".jpg", picture), unasked = bad_marker, garbage = bad_marker;
  swapped[swapped.find("\xff\xd1") + 1] = '\xd2';
  bad_marker.replace(bad_marker.size() - 60, 2, "\xff\x05");
  unasked.replace(unasked.size() - 60, 2, "\xff\xd0");
  Rng rng(2);
  for (size_t i = garbage.size() / 2; i < garbage.size(); ++i) garbage[i] = static_cast<char>(rng.integer(0, 255));
  EXPECT_THAT(message_of([&] { decode_image(swapped, "f"); }), HasSubstr("f: the image is damaged (JPEG restart marker"));
  EXPECT_THAT(message_of([&] { decode_image(unasked, "f"); }), HasSubstr("f: the image is damaged (JPEG restart marker"));
  EXPECT_THAT(message_of([&] { decode_image(bad_marker, "f"); }), HasSubstr("f: the image is damaged (JPEG marker 05"));
  EXPECT_THROW(decode_image(garbage, "f"), Error);
}

}  // namespace
}  // namespace facemat
