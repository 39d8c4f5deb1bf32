#include "src/image/sheet.h"

#include <gtest/gtest.h>

namespace facemat {
namespace {

TEST(Sheet, TilesLieInAGrid) {
  const auto tile = [](int blue) { return Tile{cv::Mat(10, 20, CV_8UC3, cv::Scalar(blue, 0, 0)), ""}; };
  const cv::Mat sheet = contact_sheet({tile(10), tile(20), tile(30)}, 2, 40);
  EXPECT_EQ(sheet.size(), cv::Size(2 * 44 + 4, 2 * 44 + 4));
  EXPECT_EQ(sheet.at<cv::Vec3b>(4 + 10, 4 + 10)[0], 10);
  EXPECT_EQ(sheet.at<cv::Vec3b>(4 + 10, 48 + 10)[0], 20);
  EXPECT_EQ(sheet.at<cv::Vec3b>(48 + 10, 4 + 10)[0], 30);
  EXPECT_EQ(sheet.at<cv::Vec3b>(4 + 30, 4 + 10), cv::Vec3b(96, 96, 96)) << "a wide picture fills half its tile";
}

TEST(Sheet, GreyAndCaptionsFit) {
  const cv::Mat sheet = contact_sheet({{cv::Mat(8, 8, CV_8UC1, cv::Scalar(200)), "a"}}, 3, 16);
  EXPECT_EQ(sheet.size(), cv::Size(3 * 20 + 4, 16 + 16 + 4 + 4));
  EXPECT_EQ(sheet.at<cv::Vec3b>(8, 8), cv::Vec3b(200, 200, 200));
}

TEST(Sheet, TheMatteShowsTheFaceAndTheBoard) {
  const cv::Mat image(16, 16, CV_8UC3, cv::Scalar(1, 2, 3));
  cv::Mat matte(16, 16, CV_32FC1, cv::Scalar(0));
  matte.row(0).setTo(1);
  const cv::Mat shown = over_checkerboard(image, matte);
  EXPECT_EQ(shown.at<cv::Vec3b>(0, 5), cv::Vec3b(1, 2, 3));
  EXPECT_EQ(shown.at<cv::Vec3b>(5, 5), cv::Vec3b(191, 191, 191));   // 0.75 * 255 = 191.25
  EXPECT_EQ(shown.at<cv::Vec3b>(5, 10), cv::Vec3b(140, 140, 140));  // 0.55 * 255 = 140.25
}

TEST(Sheet, ErrorsGoFromBlackThroughRedAndYellowToWhite) {
  const cv::Mat error = (cv::Mat_<float>(1, 5) << 0, 1.f / 6, 1.f / 3, 0.5f, 2);
  const cv::Mat map = error_map(error, 0.5);
  EXPECT_EQ(map.at<cv::Vec3b>(0), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(map.at<cv::Vec3b>(1), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(map.at<cv::Vec3b>(2), cv::Vec3b(0, 255, 255));
  EXPECT_EQ(map.at<cv::Vec3b>(3), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(map.at<cv::Vec3b>(4), cv::Vec3b(255, 255, 255));
}

}  // namespace
}  // namespace facemat
