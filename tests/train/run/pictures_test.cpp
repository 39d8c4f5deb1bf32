#include "train/run/pictures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "train/run/sample_sheet.h"

namespace facemat {
namespace {

// Alpha is a tenth of the number of frames seen before; so is the variance, if there is one.
class Counted : public MattingNetwork {
 public:
  explicit Counted(bool uncertain) : uncertain_(uncertain) {}
  using MattingNetwork::forward;
  Prediction forward(const torch::Tensor& frames, const Guides&, const States& states, double) override {
    const auto seen = states.empty() ? torch::zeros({1}) : states[0];
    most_frames_ = std::max(most_frames_, frames.size(1));
    Prediction prediction;
    prediction.alpha = torch::ones({frames.size(0), frames.size(1), 1, frames.size(3), frames.size(4)}) * seen * 0.1;
    if (uncertain_) prediction.variance = prediction.alpha;
    prediction.states = {seen + static_cast<double>(frames.size(1))};
    return prediction;
  }
  Prediction forward_scaled(const torch::Tensor& frames, const Guides& guides, const States& states,
                            const torch::Tensor&) override {
    return forward(frames, guides, states, 1);
  }
  int64_t most_frames() const { return most_frames_; }

 private:
  bool uncertain_;
  int64_t most_frames_ = 0;
};

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
  Counted network(false), teacher(true);
  const auto pictures = sample_pictures(network, &teacher, clips(), 1, torch::kCPU);
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
  Counted network(false);
  EXPECT_EQ(sample_pictures(network, nullptr, clips(), 5, torch::kCPU).size(), 2u);
}

}  // namespace
}  // namespace facemat
