#pragma once
// Pose, projection and the z-buffer: which point of which part is seen at every sample.

#include <opencv2/core.hpp>
#include <vector>

#include "data/procedural/faces/shape.h"

namespace facemat {

// From head units to samples of the enlarged frame, with a weak perspective.
struct View {
  cv::Matx33f head, body;  // rotations of the head and, smaller, of the shoulders
  cv::Vec2f target;        // where the middle of the face is seen, samples
  float scale = 1;         // samples per head unit

  // `turns`: with the head. Returns x, y in samples and z in head units, larger is nearer.
  cv::Vec3f project(const cv::Vec3f& point, bool turns) const;
};

View make_view(const Shot& shot, int samples);

// Per sample. `z` is kFar where nothing is seen.
inline constexpr float kFar = -1e9f;
struct Surface {
  cv::Size size;
  std::vector<float> z;
  std::vector<Part> part;
  std::vector<cv::Vec3f> normal;  // posed, unit
  std::vector<cv::Vec3f> place;   // Vertex::place, interpolated
  explicit Surface(cv::Size size);
};

void rasterise(Surface& surface, const Grid& grid, const View& view);

}  // namespace facemat
