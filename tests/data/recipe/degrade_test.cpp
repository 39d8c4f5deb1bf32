#include "data/recipe/degrade.h"

#include <gtest/gtest.h>

#include "src/image/pixels.h"
#include "tests/support/pictures.h"

namespace facemat {
namespace {

cv::Mat grey(int value) { return cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(value)); }

TEST(Degrade, NothingIsNothing) {
  EXPECT_EQ(cv::norm(degrade(grey(77), {}, Rng(1)), grey(77), cv::NORM_INF), 0);
  EXPECT_EQ(describe(Degradation{}), "");
}

TEST(Degrade, ContrastTurnsAboutTheMiddle) {
  Degradation d;
  d.contrast = 0.5;
  EXPECT_EQ(degrade(grey(0), d, Rng(1)).at<cv::Vec3b>(5, 5), cv::Vec3b(64, 64, 64));  // 0.25 * 255 = 63.75
  EXPECT_EQ(degrade(grey(255), d, Rng(1)).at<cv::Vec3b>(5, 5), cv::Vec3b(191, 191, 191));
}

TEST(Degrade, ExposureIsStopsOfLight) {
  Degradation d;
  d.exposure = -1;  // half the light: 200 * 2^(-1 / 2.2) = 145.9
  EXPECT_EQ(degrade(grey(200), d, Rng(1)).at<cv::Vec3b>(5, 5), cv::Vec3b(146, 146, 146));
  EXPECT_EQ(describe(d), "exposure -1.00");
}

TEST(Degrade, NoiseHasItsDeviationAndItsStream) {
  Degradation d;
  d.noise = 0.04;
  const cv::Mat a = degrade(grey(128), d, Rng(1)), b = degrade(grey(128), d, Rng(1)), c = degrade(grey(128), d, Rng(2));
  EXPECT_NEAR(deviation(a), 0.04 * 255, 0.5);
  EXPECT_EQ(cv::norm(a, b, cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(a, c, cv::NORM_INF), 0);
}

TEST(Degrade, BlurSoftensEdgesAndKeepsTheMean) {
  cv::Mat edge = grey(0);
  edge.colRange(32, 64).setTo(cv::Scalar::all(200));
  Degradation d;
  d.blur = 2.0 / 64;
  const cv::Mat out = degrade(edge, d, Rng(1));
  EXPECT_GT(out.at<cv::Vec3b>(10, 30)[0], 20);
  EXPECT_LT(out.at<cv::Vec3b>(10, 33)[0], 180);
  EXPECT_NEAR(cv::mean(out)[0], 100, 1);
}

TEST(Degrade, JpegChangesLittleOnFlatAreas) {
  Degradation d;
  d.jpeg_quality = 50;
  EXPECT_LE(cv::norm(degrade(grey(120), d, Rng(1)), grey(120), cv::NORM_INF), 3);
  EXPECT_EQ(describe(d), "jpeg 50");
}

TEST(Degrade, IsMadeOfReJpegAndBlur) {
  cv::Mat edge = grey(20);
  edge.colRange(29, 64).setTo(cv::Scalar(200, 90, 40));  // within a block
  Degradation jpeg, blur;
  jpeg.jpeg_quality = 30, blur.blur = 3.0 / 64;
  EXPECT_EQ(cv::norm(degrade(edge, jpeg, Rng(1)), rejpeg(edge, 30), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(rejpeg(edge, 30), edge), cv::norm(rejpeg(edge, 100), edge)) << "the lower, the worse";
  EXPECT_EQ(cv::norm(degrade(edge, blur, Rng(1)), to_u8(gaussian_blurred(to_float(edge), 3)), cv::NORM_INF), 0);
  EXPECT_TRUE(gaussian_blurred(edge, 0.1).data == edge.data) << "nothing to do";
}

TEST(Degrade, DrawsStayInRange) {
  int changed = 0;
  DegradeConfig config;
  config.least_contrast = 0.6, config.most_contrast = 1.4, config.exposure = 0.25, config.noise = 0.1;
  for (int i = 0; i < 500; ++i) {
    const Degradation d = draw_degradation(Rng(1).fork("draw", i), config);
    EXPECT_TRUE(d.contrast >= 0.6 && d.contrast <= 1.4);
    EXPECT_TRUE(d.exposure >= -0.25 && d.exposure <= 0.25);
    EXPECT_TRUE(d.blur >= 0 && d.blur <= 3.0 / 512);
    EXPECT_TRUE(d.noise >= 0 && d.noise <= 0.1);
    EXPECT_TRUE(d.jpeg_quality == 0 || (d.jpeg_quality >= 40 && d.jpeg_quality <= 100));
    changed += !describe(d).empty();
  }
  EXPECT_GT(changed, 350);
}

}  // namespace
}  // namespace facemat
