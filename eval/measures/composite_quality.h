#pragma once
// How good the picture is that a matte makes, which is what a viewer sees: a face filter put under what covers the face by the
// predicted alpha, against the same by the true alpha.

#include <opencv2/core.hpp>

namespace facemat {

// 20 log10(255 / root mean square difference) over all pixels and channels; kMostPsnr for equal pictures. CV_8UC3 of one size.
inline constexpr double kMostPsnr = 100;
double psnr(const cv::Mat& picture, const cv::Mat& truth);

// Mean structural similarity of the luminances (Wang, Bovik, Sheikh, Simoncelli 2004: 11x11 Gaussian window of sigma 1.5, K
// 0.01 and 0.03, windows that lie within the picture; below 11 pixels a side the border is mirrored). CV_8UC3 of one size.
double ssim(const cv::Mat& picture, const cv::Mat& truth);

struct CompositeQuality {
  double psnr = 0, ssim = 0;
};

// The filtered face S is the clean face with every channel moved by half its range (128, modulo 256): a wrong pixel is equally
// wrong whatever its colour. The true composite is image + truth (S - clean): with truth = (1 - occluder's alpha) x face mask
// this is the occluder over the filtered face, exactly. The predicted one is alpha S + (1 - alpha) image, as the compositor
// makes it. Without a `clean` picture (empty) the image itself stands for it. image, clean: CV_8UC3; alpha, truth: CV_32FC1,
// 0..1; one size.
cv::Mat strongly_filtered(const cv::Mat& clean);
CompositeQuality composite_quality(const cv::Mat& image, const cv::Mat& clean, const cv::Mat& alpha, const cv::Mat& truth);

}  // namespace facemat
