#pragma once
// Small judged material made in code.

#include <fmt/format.h>

#include <opencv2/core.hpp>
#include <optional>

#include "eval/judge/evaluator.h"
#include "tests/support/silence.h"

namespace facemat {

inline cv::Mat flat(float value, int side = 20) { return cv::Mat(side, side, CV_32FC1, cv::Scalar(value)); }

// A square of visible face, alpha 1, in the middle of a frame.
inline cv::Mat square_truth(int side = 20) {
  cv::Mat truth = flat(0, side);
  truth(cv::Rect(side / 4, side / 4, side / 2, side / 2)).setTo(1);
  return truth;
}

// `count` clips of `frames` frames; the occluder class of clip i is "hand" for even i, nothing covers the others. A picture is
// as blue as its clip's number says.
inline ClipSource example_clips(int count, int frames) {
  return {count, [frames](int64_t i) {
            TrueClip clip;
            clip.name = fmt::format("{:06d}", i);
            if (i % 2 == 0) clip.classes = {"hand"};
            clip.covered = 0.1 * static_cast<double>(i);
            clip.length = frames;
            clip.frame = [i](int) {
              TrueFrame frame;
              frame.image = cv::Mat(20, 20, CV_8UC3, cv::Scalar(10.0 * static_cast<double>(i), 0, 0));
              frame.alpha = square_truth();
              frame.trimap = cv::Mat(20, 20, CV_8UC1, cv::Scalar(i == 3 ? 0 : 128));
              return frame;
            };
            return clip;
          }};
}

// Answers the truth plus what it is told, the more wrong the bluer the frame; counts its resets.
class FakePredictor : public Predictor {
 public:
  explicit FakePredictor(float more = 0) : more_(more) {}
  Matte predict(const cv::Mat& frame) override {
    const float wrong = more_ + static_cast<float>(frame.at<cv::Vec3b>(0, 0)[0]) / 256;  // exact in float, also 1 - wrong
    Matte matte{cv::abs(square_truth(frame.rows) - wrong), flat(wrong, frame.rows)};
    return matte;
  }
  void reset() override { ++resets; }
  int resets = 0;

 private:
  float more_;
};

// example_clips judged with a FakePredictor that is wrong by `more` in addition; pictures go beside `file` unless it is empty.
inline EvaluationResult example_result(const std::string& name = "student", const fs::path& file = {}, int clips = 4,
                                       int frames = 2, float more = 0) {
  FakePredictor predictor(more);
  PredictedMattes source(predictor);
  Silence progress;
  std::optional<CasePictures> pictures;
  EvaluationOptions options;
  if (!file.empty()) options.pictures = &pictures.emplace(file);
  EvaluationResult result = evaluate(source, example_clips(clips, frames), options, progress);
  if (pictures) pictures->keep();
  result.model.name = name, result.model.kind = "checkpoint", result.model.network = "rvm_mobilenetv3";
  result.model.weights_hash = "abc";
  result.data.name = "demo", result.data.split = "test", result.data.licence = "CC0-1.0";
  result.training = {{10, 0.5, {{"l1", 0.25}}, {}}, {20, {}, {}, {{"sad", 1.5}}}};
  return result;
}

}  // namespace facemat
