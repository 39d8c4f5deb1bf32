#include "data/sources/pictures/layout.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

struct Axes {
  cv::Point2d centre, down, right;  // unit vectors of the face's own axes
};

// Faces are higher than wide: the long axis of the second moments is the vertical one, within 40 degrees.
Axes axes_of(const cv::Mat& mask) {
  const cv::Moments m = cv::moments(mask);
  const cv::Point2d centre(m.m10 / m.m00, m.m01 / m.m00);
  double tilt = 0.5 * std::atan2(2 * m.mu11, m.mu20 - m.mu02) - CV_PI / 2;  // of the long axis from the vertical
  if (tilt < -CV_PI / 2) tilt += CV_PI;
  if (m.mu20 >= m.mu02 || std::abs(tilt) > 40 * CV_PI / 180) tilt = 0;
  return {centre, {-std::sin(tilt), std::cos(tilt)}, {std::cos(tilt), std::sin(tilt)}};
}

// Ends of the mask along `direction` from the centre.
std::pair<double, double> extent(const cv::Mat& mask, const Axes& axes, cv::Point2d direction) {
  double low = 0, high = 0;
  for (int y = 0; y < mask.rows; ++y)
    for (int x = 0; x < mask.cols; ++x) {
      if (mask.at<float>(y, x) < 0.5f) continue;
      const double along = (cv::Point2d(x, y) - axes.centre).dot(direction);
      low = std::min(low, along), high = std::max(high, along);
    }
  return {low, high};
}

}  // namespace

FaceLayout layout_from_mask(const cv::Mat& mask) {
  require(cv::countNonZero(mask >= 0.5f) > 0, "the mask holds no face");
  const Axes axes = axes_of(mask);
  const auto [top, chin] = extent(mask, axes, axes.down);
  const auto [left, right] = extent(mask, axes, axes.right);
  const double width = right - left, height = chin - top;
  const auto at = [&, top = top, left = left](double across, double down) {
    const auto p = axes.centre + axes.right * (left + across * width) + axes.down * (top + down * height);
    return cv::Point2f(p);
  };
  FaceLayout layout;
  layout.left_eye = at(0.28, 0.42);
  layout.right_eye = at(0.72, 0.42);
  layout.nose_tip = at(0.5, 0.62);
  layout.mouth = at(0.5, 0.78);
  layout.chin = at(0.5, 1);
  layout.forehead = at(0.5, 0.18);
  layout.left_edge = at(0, 0.42);
  layout.right_edge = at(1, 0.42);
  layout.width = static_cast<float>(width);
  layout.roll = static_cast<float>(std::atan2(axes.right.y, axes.right.x) * 180 / CV_PI);
  return layout;
}

Light light_from_face(const cv::Mat& image, const cv::Mat& mask, const FaceLayout& layout) {
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
  const cv::Point2f centre = 0.5f * (layout.forehead + layout.chin);
  const float radius = std::max(1.f, layout.width / 2);
  double sum = 0, weight = 0, gradient_x = 0, gradient_y = 0, moment = 0;
  for (int y = 0; y < mask.rows; ++y)
    for (int x = 0; x < mask.cols; ++x) {
      const double m = mask.at<float>(y, x), nx = (x - centre.x) / radius, ny = (y - centre.y) / radius;
      sum += m * grey.at<float>(y, x), weight += m;
      moment += m * (nx * nx + ny * ny) / 2;
      gradient_x += m * nx * grey.at<float>(y, x), gradient_y += m * ny * grey.at<float>(y, x);
    }
  const double mean = sum / std::max(weight, 1.0), scale = 1 / std::max(moment * std::max(mean, 0.05), 1e-6);
  cv::Vec3f direction(static_cast<float>(std::clamp(gradient_x * scale, -1.0, 1.0)),
                      static_cast<float>(std::clamp(gradient_y * scale - 0.3, -1.0, 1.0)), 0.8f);
  Light light;
  light.key_direction = direction / static_cast<float>(cv::norm(direction));
  const auto strength = static_cast<float>(std::clamp(mean * 1.8, 0.35, 1.1));
  light.key_colour *= strength;
  light.fill_colour *= strength;
  light.ambient *= strength;
  return light;
}

FaceLayout transformed(const FaceLayout& layout, const cv::Matx23d& m) {
  const auto move = [&](cv::Point2f p) {
    return cv::Point2f(static_cast<float>(m(0, 0) * p.x + m(0, 1) * p.y + m(0, 2)),
                       static_cast<float>(m(1, 0) * p.x + m(1, 1) * p.y + m(1, 2)));
  };
  FaceLayout out = layout;
  for (cv::Point2f FaceLayout::*point :
       {&FaceLayout::left_eye, &FaceLayout::right_eye, &FaceLayout::nose_tip, &FaceLayout::mouth, &FaceLayout::chin,
        &FaceLayout::forehead, &FaceLayout::left_edge, &FaceLayout::right_edge})
    out.*point = move(layout.*point);
  out.width = static_cast<float>(layout.width * std::sqrt(std::abs(m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0))));
  out.roll = static_cast<float>(layout.roll + std::atan2(m(1, 0), m(0, 0)) * 180 / CV_PI);
  return out;
}

}  // namespace facemat
