#include "train/run/pictures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/counting_network.h"
#include "train/run/sample_sheet.h"

namespace facemat {
namespace {

// Two clips of four frames of 16x16 pixels.
DatasetSplit clips() {
  return {{4, 4}, [](int64_t index, int64_t) {
            Clip clip;
            clip.name = std::to_string(index);
            for (int t = 0; t < 4; ++t) {
              clip.images.emplace_back(16, 16, CV_8UC3, cv::Scalar::all(10 * t));
              clip.alphas.emplace_back(16, 16, CV_32FC1, cv::Scalar(0.2 * t));
            }
            return clip;
          }};
}

cv::Mat plane(double value) { return cv::Mat(16, 16, CV_32FC1, cv::Scalar(value)); }

TEST(SamplePictures, ShowTheLastFrameAfterAllOthersOneByOne) {
  CountingNetwork network(false), teacher(true);
  const auto pictures = sample_pictures(network, &teacher, clips(), 1, torch::kCPU, GuidePlan());
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(pictures[0].first, "0");
  const cv::Mat frame(16, 16, CV_8UC3, cv::Scalar::all(30));
  const cv::Mat expected = sample_sheet(frame, plane(0.3), plane(0.6), plane(std::sqrt(0.3)));
  ASSERT_EQ(pictures[0].second.size(), expected.size());
  EXPECT_LE(cv::norm(pictures[0].second, expected, cv::NORM_INF), 1);
  EXPECT_EQ(network.most_frames(), 1) << "memory does not grow with the clip";
  EXPECT_EQ(teacher.most_frames(), 1);
}

TEST(SamplePictures, AreOfAsManyClipsAsThereAre) {
  CountingNetwork network(false);
  EXPECT_EQ(sample_pictures(network, nullptr, clips(), 5, torch::kCPU, GuidePlan()).size(), 2u);
}

}  // namespace
}  // namespace facemat
