#pragma once
// Trimaps: 0 known background, 128 unknown, 255 known foreground.

#include <opencv2/core.hpp>

namespace facemat {

inline constexpr int kUnknown = 128;

// Foreground (alpha >= 1 - 1e-5) and background (alpha <= 1e-5) are each eroded by an elliptical kernel of the given side in
// pixels; what is left between is unknown. The picture's border is no edge: pixels beyond it count as inside. alpha: CV_32FC1;
// sides >= 1; returns CV_8UC1, equal to cv::erode with cv::getStructuringElement(MORPH_ELLIPSE), in time that grows with the
// side and not with its square. Rule of the CelebAMat relatives (reference: independent kernels of 1..29 pixels at 640x640;
// evaluation uses one fixed side).
cv::Mat make_trimap(const cv::Mat& alpha, int foreground_side, int background_side);

}  // namespace facemat
