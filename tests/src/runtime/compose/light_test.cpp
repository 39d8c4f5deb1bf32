#include "src/runtime/compose/light.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace facemat {
namespace {

struct Pixels {
  explicit Pixels(int width) : values(3, std::vector<float>(width)) {}
  std::array<float*, 3> out() { return {values[0].data(), values[1].data(), values[2].data()}; }
  std::array<const float*, 3> in() const { return {values[0].data(), values[1].data(), values[2].data()}; }
  std::vector<std::vector<float>> values;
};

TEST(Light, IsTheStandardsFormula) {
  EXPECT_DOUBLE_EQ(light_of_srgb(0), 0);
  EXPECT_DOUBLE_EQ(light_of_srgb(1), 1);
  EXPECT_NEAR(light_of_srgb(0.5), 0.21404114, 1e-8);  // (0.555 / 1.055)^2.4
  EXPECT_DOUBLE_EQ(light_of_srgb(0.02), 0.02 / 12.92);
  EXPECT_NEAR(srgb_of_light(0.18), 0.46135613, 1e-8);  // 1.055 * 0.18^(1 / 2.4) - 0.055
  for (int i = 0; i <= 1000; ++i) EXPECT_NEAR(srgb_of_light(light_of_srgb(i / 1000.)), i / 1000., 1e-12);
}

template <typename Value>
void every_value_comes_back(int type, int levels) {
  cv::Mat row(1, levels, type), back(1, levels, type);
  for (int i = 0; i < levels; ++i) row.at<cv::Vec<Value, 3>>(i) = cv::Vec<Value, 3>::all(static_cast<Value>(i));
  for (const bool linear : {false, true}) {
    Pixels pixels(levels);
    read_pixels(row, 0, 0, levels, linear, pixels.out());
    back.setTo(7);
    write_pixels(pixels.in(), levels, linear, 0, 0, back);
    EXPECT_EQ(cv::norm(row, back, cv::NORM_INF), 0) << linear;
    EXPECT_FLOAT_EQ(pixels.values[1][levels / 3],
                    linear ? light_of_srgb((levels / 3) / (levels - 1.)) : (levels / 3) / (levels - 1.));
  }
}

TEST(Light, EveryByteAndWordComesBack) {
  every_value_comes_back<uint8_t>(CV_8UC3, 256);
  every_value_comes_back<uint16_t>(CV_16UC3, 65536);
}

TEST(Light, BytesAreThoseOfTheFormula) {
  constexpr int kSteps = 300000;
  Pixels pixels(kSteps);
  for (int i = 0; i < kSteps; ++i)
    for (auto& plane : pixels.values) plane[i] = static_cast<float>(i) / (kSteps - 1);
  cv::Mat out(1, kSteps, CV_8UC3);
  write_pixels(pixels.in(), kSteps, true, 0, 0, out);
  for (int i = 0; i < kSteps; ++i) {
    const double exact = 255 * srgb_of_light(pixels.values[0][i]);
    const double to_half = std::abs(exact - std::floor(exact) - 0.5);
    if (to_half < 1e-4) continue;
    ASSERT_EQ(out.at<cv::Vec3b>(i)[0], static_cast<int>(exact + 0.5)) << i;
  }
}

TEST(Light, ColoursStayApartAndValuesAreClamped) {
  const cv::Mat image(2, 3, CV_8UC3, cv::Scalar(10, 100, 200));
  Pixels pixels(2);
  read_pixels(image, 1, 1, 2, false, pixels.out());
  for (int c = 0; c < 3; ++c) EXPECT_FLOAT_EQ(pixels.values[c][1], static_cast<float>(image.at<cv::Vec3b>(1, 2)[c]) / 255);
  pixels.values = {{-1, 2}, {0.5f / 255, 0.49f / 255}, {NAN, 1}};
  for (const bool linear : {false, true}) {
    cv::Mat out(1, 2, CV_8UC3);
    write_pixels(pixels.in(), 2, linear, 0, 0, out);
    EXPECT_EQ(out.at<cv::Vec3b>(0)[0], 0);
    EXPECT_EQ(out.at<cv::Vec3b>(1)[0], 255);
    EXPECT_EQ(out.at<cv::Vec3b>(0)[2], 0);
    EXPECT_EQ(out.at<cv::Vec3b>(0)[1], linear ? 6 : 1);  // 255 * 12.92 * 0.5 / 255 = 6.46
    EXPECT_EQ(out.at<cv::Vec3b>(1)[1], linear ? 6 : 0);  // 6.33
  }
  cv::Mat floats(1, 2, CV_32FC3);
  write_pixels(pixels.in(), 2, false, 0, 0, floats);
  EXPECT_EQ(floats.at<cv::Vec3f>(1)[0], 2.f);  // floats may lie outside 0..1
}

}  // namespace
}  // namespace facemat
