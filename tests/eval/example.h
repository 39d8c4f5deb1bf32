#pragma once
// Small judged material made in code.

#include <fmt/format.h>

#include <opencv2/core.hpp>

#include "eval/evaluator.h"

namespace facemat {

class NoProgress : public Progress {
 public:
  void update(int64_t, int64_t, const std::string&) override {}
  void message(const std::string&) override {}
};

inline cv::Mat flat(float value, int side = 20) { return cv::Mat(side, side, CV_32FC1, cv::Scalar(value)); }

// A square of visible face, alpha 1, in the middle of a frame.
inline cv::Mat square_truth(int side = 20) {
  cv::Mat truth = flat(0, side);
  truth(cv::Rect(side / 4, side / 4, side / 2, side / 2)).setTo(1);
  return truth;
}

// `count` clips of `frames` frames; the occluder class of clip i is "hand" for even i, nothing covers the others.
inline ClipSource example_clips(int count, int frames) {
  return {count, [frames](int64_t i) {
            Clip clip;
            clip.name = fmt::format("{:06d}", i);
            if (i % 2 == 0) clip.classes = {"hand"};
            for (int t = 0; t < frames; ++t) {
              clip.images.emplace_back(20, 20, CV_8UC3, cv::Scalar(10.0 * static_cast<double>(i), 0, 0));
              clip.alphas.push_back(square_truth());
              clip.trimaps.emplace_back(20, 20, CV_8UC1, cv::Scalar(i == 3 ? 0 : 128));
            }
            return clip;
          }};
}

// Answers the truth plus what it is told, the more wrong the bluer the frame; counts its resets.
class FakePredictor : public Predictor {
 public:
  Matte predict(const cv::Mat& frame) override {
    const float wrong = static_cast<float>(frame.at<cv::Vec3b>(0, 0)[0]) / 256;  // exact in float, also 1 - wrong
    Matte matte{cv::abs(square_truth(frame.rows) - wrong), flat(wrong, frame.rows)};
    return matte;
  }
  void reset() override { ++resets; }
  int resets = 0;
};

}  // namespace facemat
