#pragma once
// Masks of a few values, and what was read of them.

#include <opencv2/core.hpp>
#include <vector>

namespace facemat {

// 8 x 8 blocks of one value each, which JPEG keeps.
inline cv::Mat blocks(const std::vector<int>& values, int type = CV_8UC1) {
  cv::Mat mask(8, 8 * static_cast<int>(values.size()), type);
  for (size_t i = 0; i < values.size(); ++i)
    mask.colRange(8 * static_cast<int>(i), 8 * static_cast<int>(i) + 8).setTo(values[i]);
  return mask;
}

// The values of a matte's blocks, 0 to 255.
inline std::vector<int> values_of(const cv::Mat& matte) {
  std::vector<int> values;
  for (int x = 4; x < matte.cols; x += 8) values.push_back(cvRound(matte.at<float>(4, x) * 255));
  return values;
}

}  // namespace facemat
