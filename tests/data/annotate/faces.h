#pragma once
// A face whose every place is known, for the tests of the rules.

#include <opencv2/imgproc.hpp>

#include "data/annotate/face_axes.h"
#include "data/annotate/roles.h"
#include "tests/support/tiny_faces.h"

namespace facemat {

inline constexpr int kSide = 200;  // of the crop: 0.01 of it are two pixels

// An upright face in the middle of the crop, its outline an ellipse 80 wide and 120 high.
inline FaceAxes upright_face() {
  const std::vector<float> shares = tiny_onnx::mesh_points(0.2, 0.3);
  std::vector<cv::Point2d> points;
  for (size_t i = 0; i < shares.size(); i += 3) points.emplace_back(kSide * shares[i], kSide * shares[i + 1]);
  return face_axes(points, {}, "test");
}

inline cv::Mat nothing() { return cv::Mat(kSide, kSide, CV_8UC1, cv::Scalar(0)); }

// An ellipse with these half axes, 255 inside.
inline cv::Mat ellipse(cv::Point2d centre, double across, double down) {
  cv::Mat out = nothing();
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const double u = (x + 0.5 - centre.x) / across, v = (y + 0.5 - centre.y) / down;
      if (u * u + v * v <= 1) out.at<uint8_t>(y, x) = 255;
    }
  return out;
}

inline cv::Mat box(int x, int y, int width, int height) {
  cv::Mat out = nothing();
  out(cv::Rect(x, y, width, height)).setTo(255);
  return out;
}

// Background everywhere, certain.
inline RoleMap background_map() {
  const cv::Mat one(kSide, kSide, CV_32FC1, cv::Scalar(1));
  return {nothing(), one, one.clone(), {}};
}

inline void paint(RoleMap& map, const cv::Mat& where, Role role, float top = 1, float gap = 1) {
  map.role.setTo(role, where), map.top.setTo(top, where), map.gap.setTo(gap, where);
}

inline int count(const cv::Mat& mask) { return cv::countNonZero(mask); }

}  // namespace facemat
