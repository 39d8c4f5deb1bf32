#pragma once
// What knowing nothing costs: the one grey level that, given as the matte of every frame, has the lowest SAD over a data set.

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>

namespace facemat {

struct ConstantMatte {
  int value = 0;   // 0..255
  double sad = 0;  // mean over the frames, in thousands as the metric
};

class ConstantBaseline {
 public:
  void add(const cv::Mat& truth);  // CV_8UC1
  void add(const ConstantBaseline& other);
  // The median of all true values, which minimises the sum of absolute differences (the lowest such value if several do).
  // Exact.
  ConstantMatte best() const;

 private:
  std::array<int64_t, 256> histogram_{};
  int64_t frames_ = 0;
};

}  // namespace facemat
