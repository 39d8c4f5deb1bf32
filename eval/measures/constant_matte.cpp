#include "eval/measures/constant_matte.h"

#include <cstdlib>

#include "src/core/error.h"

namespace facemat {

void ConstantBaseline::add(const cv::Mat& truth) {
  require(truth.type() == CV_8UC1, "the constant baseline takes 8-bit mattes");
  for (int y = 0; y < truth.rows; ++y)
    for (int x = 0; x < truth.cols; ++x) ++histogram_[truth.at<uint8_t>(y, x)];
  ++frames_;
}

void ConstantBaseline::add(const ConstantBaseline& other) {
  for (size_t v = 0; v < histogram_.size(); ++v) histogram_[v] += other.histogram_[v];
  frames_ += other.frames_;
}

ConstantMatte ConstantBaseline::best() const {
  if (frames_ == 0) return {};
  int64_t pixels = 0, below = 0, sum = 0;
  for (const int64_t count : histogram_) pixels += count;
  int median = 0;
  while (2 * (below += histogram_[median]) < pixels) ++median;
  for (int v = 0; v < 256; ++v) sum += histogram_[v] * std::abs(v - median);
  return {median, static_cast<double>(sum) / 255 / 1000 / static_cast<double>(frames_)};
}

}  // namespace facemat
