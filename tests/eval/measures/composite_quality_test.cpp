#include "eval/measures/composite_quality.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"
#include "src/core/random.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

cv::Mat noise(uint64_t seed, int rows = 24, int cols = 30) {
  Rng rng(seed);
  cv::Mat picture(rows, cols, CV_8UC3);
  for (uint8_t& value : cv::Mat_<uint8_t>(picture.reshape(1))) value = static_cast<uint8_t>(rng.integer(0, 255));
  return picture;
}

cv::Mat grey(int value, int side = 24) { return cv::Mat(side, side, CV_8UC3, cv::Scalar::all(value)); }

TEST(Psnr, ByHand) {
  EXPECT_EQ(psnr(grey(7), grey(7)), kMostPsnr);
  EXPECT_NEAR(psnr(grey(0), grey(255)), 0, 1e-12);
  EXPECT_NEAR(psnr(grey(100), grey(105)), 20 * std::log10(255 / 5.0), 1e-12);
  EXPECT_THROW(psnr(grey(1), grey(1, 25)), Error);
}

// Flat pictures have no structure: what is left is the comparison of the means.
TEST(Ssim, OfFlatPicturesByHand) {
  const double c1 = 2.55 * 2.55;
  EXPECT_NEAR(ssim(grey(100), grey(150)), (2 * 100 * 150 + c1) / (100 * 100 + 150 * 150 + c1), 1e-9);
  EXPECT_NEAR(ssim(grey(9), grey(9)), 1, 1e-12);
}

// By the definition: Gaussian weights of sigma 1.5 over 11 x 11 pixels, every window within the picture.
TEST(Ssim, IsItsDefinition) {
  const cv::Mat a = noise(1), b = noise(2);
  const auto luminance = [](const cv::Mat& picture, int y, int x) {
    const auto& p = picture.at<cv::Vec3b>(y, x);
    return std::round(0.114 * p[0] + 0.587 * p[1] + 0.299 * p[2]);
  };
  double sum = 0;
  int windows = 0;
  for (int y = 5; y + 5 < a.rows; ++y)
    for (int x = 5; x + 5 < a.cols; ++x) {
      double weight = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
      for (int v = -5; v <= 5; ++v)
        for (int u = -5; u <= 5; ++u) {
          const double w = std::exp(-(u * u + v * v) / 4.5), p = luminance(a, y + v, x + u), q = luminance(b, y + v, x + u);
          weight += w, ma += w * p, mb += w * q, aa += w * p * p, bb += w * q * q, ab += w * p * q;
        }
      ma /= weight, mb /= weight;
      const double va = aa / weight - ma * ma, vb = bb / weight - mb * mb, cov = ab / weight - ma * mb;
      const double c1 = 2.55 * 2.55, c2 = 7.65 * 7.65;
      sum += (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      ++windows;
    }
  EXPECT_NEAR(ssim(a, b), sum / windows, 2e-3);  // the luminance is rounded to whole numbers, not always the same way
  EXPECT_LT(ssim(a, b), 0.5);
}

TEST(CompositeQuality, ThePerfectMatteIsPerfectAndAWorseOneWorse) {
  const cv::Mat image = noise(3), truth(image.size(), CV_32FC1, cv::Scalar(0.5F)), wrong(image.size(), CV_32FC1, cv::Scalar(1));
  const CompositeQuality perfect = composite_quality(image, {}, truth, truth),
                         worse = composite_quality(image, {}, wrong, truth);
  EXPECT_EQ(perfect.psnr, kMostPsnr);
  EXPECT_NEAR(perfect.ssim, 1, 1e-12);
  EXPECT_LT(worse.psnr, 40);
  EXPECT_LT(worse.ssim, perfect.ssim);
}

// A matte that is wrong by 0.1 everywhere: the composite is wrong by 12.8 of 255 everywhere, 13 after rounding at most.
TEST(CompositeQuality, PsnrByHand) {
  const cv::Mat truth(24, 24, CV_32FC1, cv::Scalar(0)), wrong(24, 24, CV_32FC1, cv::Scalar(0.1F));
  EXPECT_NEAR(composite_quality(grey(50), {}, wrong, truth).psnr, 20 * std::log10(255 / 13.0), 1e-9);
}

// An occluder of alpha O and its own colour over a clean face: the true composite is that occluder over the filtered face. Even
// the true alpha lets the old face shine through where it is soft, so the composite is not perfect.
TEST(CompositeQuality, TheTruthIsTheOccluderOverTheFilteredFace) {
  const cv::Mat clean = noise(4), occluder = noise(5), filtered = strongly_filtered(clean);
  const float covered = 0.5F;
  cv::Mat image, exact;
  cv::addWeighted(clean, 1 - covered, occluder, covered, 0, image);
  cv::addWeighted(filtered, 1 - covered, occluder, covered, 0, exact);
  const cv::Mat alpha(clean.size(), CV_32FC1, cv::Scalar(1 - covered));
  const cv::Mat plain = to_u8(to_float(filtered) * (1 - covered) + to_float(image) * covered);
  EXPECT_NEAR(composite_quality(image, clean, alpha, alpha).psnr, psnr(plain, exact), 0.1);
}

}  // namespace
}  // namespace facemat
