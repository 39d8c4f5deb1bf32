#include "src/runtime/effects.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "src/core/text.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

// Lengths scale with the frame, so that an effect looks alike at any size. Odd, as kernels must be, and at least 3.
int odd_length(const cv::Mat& frame, double share) {
  return std::max(3, static_cast<int>(std::min(frame.cols, frame.rows) * share)) | 1;
}

cv::Mat luma(const cv::Mat& frame) {  // CV_32FC1
  cv::Mat grey;
  cv::cvtColor(to_float(frame), grey, cv::COLOR_BGR2GRAY);
  return grey;
}

// Brightness kept, colour between deep blue and warm yellow.
cv::Mat tint(const cv::Mat& frame) {
  const cv::Vec3f dark(0.45f, 0.05f, 0.15f), light(0.55f, 0.90f, 1.0f);
  const cv::Mat grey = luma(frame);
  cv::Mat out(frame.size(), CV_32FC3);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) out.at<cv::Vec3f>(y, x) = dark + grey.at<float>(y, x) * (light - dark);
  return to_u8(out);
}

cv::Mat blur(const cv::Mat& frame) {
  const int length = odd_length(frame, 0.08);
  cv::Mat out;
  cv::GaussianBlur(frame, out, {length, length}, 0);
  return out;
}

// Regions of one colour: what edges divide stays divided.
cv::Mat flattened(const cv::Mat& frame) {
  cv::Mat image = frame;
  for (int pass = 0; pass < 2; ++pass) {
    cv::Mat next;
    cv::bilateralFilter(image, next, 9, 40, 9);
    image = next;
  }
  return image;
}

// `levels` steps of brightness in each channel.
cv::Mat posterised(const cv::Mat& image, int levels) {
  cv::Mat table(1, 256, CV_32FC1);
  for (int value = 0; value < 256; ++value)
    table.at<float>(value) = std::min(value * levels / 256, levels - 1) / (levels - 1.f);
  cv::Mat out;
  cv::LUT(image, to_u8(table), out);
  return out;
}

// Greasepaint: flattened colour, cool and strong, in few steps.
cv::Mat paint(const cv::Mat& frame) {
  cv::Mat hsv, out;
  cv::cvtColor(posterised(flattened(frame), 6), hsv, cv::COLOR_BGR2HSV);
  for (int y = 0; y < hsv.rows; ++y)
    for (int x = 0; x < hsv.cols; ++x) {
      cv::Vec3b& pixel = hsv.at<cv::Vec3b>(y, x);
      pixel[0] = static_cast<uint8_t>((pixel[0] + 100) % 180);
      pixel[1] = static_cast<uint8_t>(std::min(255, pixel[1] + 90));
    }
  cv::cvtColor(hsv, out, cv::COLOR_HSV2BGR);
  return out;
}

// Flat colour with ink along the edges.
cv::Mat cartoon(const cv::Mat& frame) {
  cv::Mat grey, ink;
  cv::cvtColor(frame, grey, cv::COLOR_BGR2GRAY);
  cv::medianBlur(grey, grey, 5);
  cv::adaptiveThreshold(grey, ink, 255, cv::ADAPTIVE_THRESH_MEAN_C, cv::THRESH_BINARY, odd_length(frame, 0.02), 4);
  cv::Mat out = posterised(flattened(frame), 8);
  out.setTo(cv::Scalar::all(20), ink == 0);
  return out;
}

}  // namespace

const std::vector<Effect>& effects() {
  static const std::vector<Effect> table = {
      {"blur", "soft focus, for anonymous faces", blur},
      {"cartoon", "flat colour with inked edges", cartoon},
      {"paint", "greasepaint in strange colours", paint},
      {"tint", "two colours by brightness", tint},
  };
  return table;
}

const Effect& find_effect(const std::string& name) { return find_entry(effects(), name, "effect"); }

}  // namespace facemat
