#pragma once
// What a network makes of a sample, as one picture to look at while training.

#include <opencv2/core.hpp>

namespace facemat {

// A row of captioned tiles, each fitted into `tile` x `tile` pixels: input | alpha | truth | uncertainty (left out if empty) |
// error. Alpha and truth are grey, black 0 and white 1. Uncertainty and error |alpha - truth| share one scale of rising
// lightness, so that they can be compared: black 0, through red and yellow, white 0.5 and more (error_map of
// src/image/sheet.h).
//
// frame: CV_8UC3 BGR; alpha (clamped to 0..1 here), target, uncertainty (standard deviation of alpha): CV_32FC1 of the frame's
// size. Returns CV_8UC3. Throws Error if a size or type differs.
cv::Mat sample_sheet(const cv::Mat& frame, const cv::Mat& alpha, const cv::Mat& target, const cv::Mat& uncertainty,
                     int tile = 256);

}  // namespace facemat
