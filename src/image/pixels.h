#pragma once
// Pixel ranges and the one blend of the project.
//
// Conventions: 8-bit images are OpenCV BGR, sRGB. Float images are CV_32F, 0..1. An alpha or mask is CV_32FC1, 0..1, 1 =
// visible face unless a name says otherwise. A layer is CV_32FC4, BGR premultiplied by its alpha in channel 3.

#include <opencv2/core.hpp>

namespace facemat {

// 0..1 float -> 8 or 16 bit: clamp, then round half up. Never a truncating cast. Any channel count.
cv::Mat to_u8(const cv::Mat& image);
cv::Mat to_u16(const cv::Mat& image);
// The same at the depth of `out` (CV_32F: as it is), which has the image's size and channels already: nothing is allocated.
void to_levels(const cv::Mat& image, cv::Mat& out);

// 8- or 16-bit -> float 0..1 (a float image is returned as it is). Throws Error for other depths.
cv::Mat to_float(const cv::Mat& image);

// out = alpha * foreground + (1 - alpha) * background, per pixel, in float: the matting equation, used by synthesis and product
// alike. foreground, background: CV_32FC3 of one size; alpha: CV_32FC1 of that size. Throws Error when sizes or types differ.
cv::Mat blend(const cv::Mat& foreground, const cv::Mat& alpha, const cv::Mat& background);

// A premultiplied layer over an opaque image: layer.bgr + (1 - layer.a) * background. CV_32FC4 over CV_32FC3 -> CV_32FC3.
cv::Mat blend_over(const cv::Mat& layer, const cv::Mat& background);
// A premultiplied layer over another: both CV_32FC4 -> CV_32FC4.
cv::Mat layer_over(const cv::Mat& front, const cv::Mat& back);

// Straight BGR (CV_32FC3) and alpha (CV_32FC1) -> premultiplied layer, and back. Where alpha is 0 the colour is black.
cv::Mat premultiply(const cv::Mat& colour, const cv::Mat& alpha);
cv::Mat layer_alpha(const cv::Mat& layer);   // CV_32FC1
cv::Mat layer_colour(const cv::Mat& layer);  // straight CV_32FC3

}  // namespace facemat
