#pragma once
// The waist between networks and everything that judges or uses them: frame in, matte out. Implemented over LibTorch (eval) and
// over ONNX Runtime (src/runtime), so the same metrics judge both.

#include <opencv2/core.hpp>

namespace facemat {

struct Matte {
  cv::Mat alpha;        // CV_32FC1, 0..1, 1 = visible face, size of the frame
  cv::Mat uncertainty;  // CV_32FC1, standard deviation of alpha; empty if the model gives none
};

class Predictor {
 public:
  virtual ~Predictor() = default;
  // The matte of the next frame (CV_8UC3 BGR, any size >= 16x16) of the current clip. Frames of one clip share one size.
  virtual Matte predict(const cv::Mat& frame) = 0;
  // Forget the past: the next frame starts a new clip.
  virtual void reset() = 0;
};

}  // namespace facemat
