#pragma once
// The waist between networks and everything that judges or uses them: frame in, matte out. Implemented over LibTorch (eval) and
// over ONNX Runtime (src/runtime), so the same metrics judge both.

#include <opencv2/core.hpp>
#include <string>

#include "src/image/guides.h"

namespace facemat {

struct Matte {
  cv::Mat alpha;          // CV_32FC1, 0..1, 1 = visible face, size of the frame
  cv::Mat uncertainty;    // CV_32FC1, standard deviation of alpha; empty if the model gives none
  std::string note = {};  // what it took, in a few words beside a progress bar ("212 iterations"); usually empty
};

class Predictor {
 public:
  virtual ~Predictor() = default;
  // The matte of the next frame (CV_8UC3 BGR, any size >= 16x16) of the current clip. Frames of one clip share one size. Throws
  // Error for a predictor that needs a guide.
  virtual Matte predict(const cv::Mat& frame) = 0;
  // The same, with what the frame comes with: guides that wishes() does not name are not looked at.
  virtual Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) { return predict(frame); }
  // Which guides it looks at, and which of them it cannot do without.
  virtual GuideWishes wishes() const { return {}; }
  // Whether a matte depends on the frames of the clip before it.
  virtual bool remembers() const { return false; }
  // The next frame of the clip is not asked for: who goes by frames' numbers counts it all the same.
  virtual void skip() {}
  // Forget the past: the next frame starts a new clip.
  virtual void reset() = 0;
};

}  // namespace facemat
