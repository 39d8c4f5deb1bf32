#pragma once
// Pictures and films for tests of what reads and writes them.

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "src/core/random.h"
#include "src/image/pixels.h"
#include "src/media/frames/frame.h"
#include "tests/support/command.h"

namespace facemat {

// Straight BGRA, CV_32FC4: smooth colours; an alpha with hair, soft edges, flat areas and single pixels. Differs from frame to
// frame.
inline cv::Mat hard_cutout(cv::Size size, int number) {
  Rng rng(100 + number);
  cv::Mat coarse(5, 7, CV_32FC3), colour, alpha(size, CV_32FC1, cv::Scalar(0));
  for (cv::Vec3f& pixel : cv::Mat_<cv::Vec3f>(coarse))
    for (float& value : pixel.val) value = static_cast<float>(rng.uniform(0.1, 0.9));
  cv::resize(coarse, colour, size, 0, 0, cv::INTER_LINEAR);
  cv::ellipse(alpha, {size.width / 2, size.height / 2}, {size.width / 3, size.height / 3}, 10. * number, 0, 360, 1, cv::FILLED);
  cv::GaussianBlur(alpha, alpha, {}, 1.5);
  for (int i = 0; i < 40; ++i)
    cv::line(alpha, {static_cast<int>(rng.integer(0, size.width - 1)), 0},
             {static_cast<int>(rng.integer(0, size.width - 1)), size.height - 1}, cv::Scalar(rng.uniform()), 1);
  for (int i = 0; i < 200; ++i)
    alpha.at<float>(static_cast<int>(rng.integer(0, size.height - 1)), static_cast<int>(rng.integer(0, size.width - 1))) =
        static_cast<float>(rng.uniform());
  cv::Mat out;
  const std::vector<cv::Mat> parts = {colour, alpha};
  cv::merge(parts, out);
  return out;
}

// Straight BGRA as BGR, float 0..1.
inline cv::Mat colours(const cv::Mat& image) {
  cv::Mat out;
  cv::cvtColor(to_float(image), out, cv::COLOR_BGRA2BGR);
  return out;
}

inline cv::Mat channel(const cv::Mat& image, int index) {
  cv::Mat out;
  cv::extractChannel(to_float(image), out, index);
  return out;
}

// The largest difference of two pictures of any depths, as parts of 1.
inline double worst_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(to_float(a).reshape(1), to_float(b).reshape(1), cv::NORM_INF);
}

inline bool has_program(const std::string& name) { return run("command -v " + name).code == 0; }

}  // namespace facemat
