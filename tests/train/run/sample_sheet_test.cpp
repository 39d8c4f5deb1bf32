#include "train/run/sample_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

struct Sample {
  cv::Mat frame{64, 64, CV_8UC3, cv::Scalar(10, 20, 30)};
  cv::Mat alpha{64, 64, CV_32FC1, cv::Scalar(1.5)};  // above 1: shown and judged as 1
  cv::Mat target{64, 64, CV_32FC1, cv::Scalar(0.5)};
  cv::Mat uncertainty{64, 64, CV_32FC1, cv::Scalar(0)};
};

// The colour in the middle of each tile of a sheet of 64x64 tiles, whose gaps are 4 pixels.
std::vector<cv::Vec3b> middles(const cv::Mat& sheet) {
  std::vector<cv::Vec3b> colours;
  for (int x = 4 + 32; x < sheet.cols; x += 64 + 4) colours.push_back(sheet.at<cv::Vec3b>(4 + 32, x));
  return colours;
}

TEST(SampleSheet, ShowsInputAlphaTruthUncertaintyAndError) {
  const Sample s;
  const cv::Vec3b grey(128, 128, 128), black(0, 0, 0), white(255, 255, 255);
  EXPECT_THAT(middles(sample_sheet(s.frame, s.alpha, s.target, s.uncertainty, 64)),
              testing::ElementsAre(cv::Vec3b(10, 20, 30), white, grey, black, white));
  EXPECT_THAT(middles(sample_sheet(s.frame, s.alpha, s.target, cv::Mat(), 64)),
              testing::ElementsAre(cv::Vec3b(10, 20, 30), white, grey, white));
}

TEST(SampleSheet, ErrorAndUncertaintyShareAScale) {
  Sample s;
  s.alpha.setTo(0.25), s.uncertainty.setTo(0.25);
  const auto colours = middles(sample_sheet(s.frame, s.alpha, s.target, s.uncertainty, 64));
  EXPECT_EQ(colours[3], cv::Vec3b(0, 128, 255)) << "half way from black to white: orange";
  EXPECT_EQ(colours[3], colours[4]);
}

TEST(SampleSheet, RefusesWhatDoesNotFit) {
  const Sample s;
  const auto message = [&](const cv::Mat& alpha, const cv::Mat& uncertainty) {
    return message_of([&] { sample_sheet(s.frame, alpha, s.target, uncertainty); });
  };
  EXPECT_THAT(message(cv::Mat(64, 32, CV_32FC1), cv::Mat()), testing::HasSubstr("the alpha must be"));
  EXPECT_THAT(message(s.alpha, cv::Mat(64, 64, CV_8UC1)), testing::HasSubstr("the uncertainty must be"));
}

}  // namespace
}  // namespace facemat
