#include "data/procedural/faces/raster.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace facemat {
namespace {

constexpr float kEyeDistance = 8;          // of the camera, head units
const cv::Vec3f kPivot(0, 0.75f, -0.25f);  // the head turns on the top of the neck
const cv::Vec3f kMiddle(0, 0.2f, 0.5f);    // the middle of the face
constexpr float kFaceUnits = 1.6f;         // hair line to chin

cv::Matx33f rotation(float yaw, float pitch, float roll) {
  const float cy = std::cos(yaw), sy = std::sin(yaw), cp = std::cos(pitch), sp = std::sin(pitch), cr = std::cos(roll),
              sr = std::sin(roll);
  const cv::Matx33f turn(cy, 0, sy, 0, 1, 0, -sy, 0, cy);  // the front moves to +x
  const cv::Matx33f nod(1, 0, 0, 0, cp, -sp, 0, sp, cp);   // the front moves to -y
  const cv::Matx33f tilt(cr, -sr, 0, sr, cr, 0, 0, 0, 1);  // clockwise as seen
  return tilt * nod * turn;
}

cv::Vec3f turned(const cv::Matx33f& by, const cv::Vec3f& point) { return by * (point - kPivot) + kPivot; }

struct Corner {
  cv::Vec3f at, normal, place;
};

float edge(const cv::Vec3f& a, const cv::Vec3f& b, float x, float y) {
  return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
}

void draw_triangle(Surface& surface, Part part, const Corner& a, const Corner& b, const Corner& c) {
  const float area = edge(a.at, b.at, c.at[0], c.at[1]);
  if (area <= 1e-9f) return;  // seen from behind
  const int x0 = std::max(0, static_cast<int>(std::ceil(std::min({a.at[0], b.at[0], c.at[0]}))));
  const int x1 = std::min(surface.size.width - 1, static_cast<int>(std::floor(std::max({a.at[0], b.at[0], c.at[0]}))));
  const int y0 = std::max(0, static_cast<int>(std::ceil(std::min({a.at[1], b.at[1], c.at[1]}))));
  const int y1 = std::min(surface.size.height - 1, static_cast<int>(std::floor(std::max({a.at[1], b.at[1], c.at[1]}))));
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
      const float wa = edge(b.at, c.at, fx, fy) / area, wb = edge(c.at, a.at, fx, fy) / area, wc = 1 - wa - wb;
      if (wa < 0 || wb < 0 || wc < 0) continue;
      const float z = wa * a.at[2] + wb * b.at[2] + wc * c.at[2];
      const int i = y * surface.size.width + x;
      if (z <= surface.z[i]) continue;
      surface.z[i] = z;
      surface.part[i] = part;
      surface.normal[i] = wa * a.normal + wb * b.normal + wc * c.normal;
      surface.place[i] = wa * a.place + wb * b.place + wc * c.place;
    }
  }
}

}  // namespace

cv::Vec3f View::project(const cv::Vec3f& point, bool turns) const {
  const cv::Vec3f at = turned(turns ? head : body, point);
  const cv::Vec3f middle = turned(head, kMiddle);
  const float nearer = kEyeDistance / (kEyeDistance - at[2]), nearer_middle = kEyeDistance / (kEyeDistance - middle[2]);
  return {target[0] + scale * (at[0] * nearer - middle[0] * nearer_middle),
          target[1] + scale * (at[1] * nearer - middle[1] * nearer_middle), at[2]};
}

View make_view(const Shot& shot, int samples) {
  View view;
  view.head = rotation(shot.yaw, shot.pitch, shot.roll);
  view.body = rotation(0.35f * shot.yaw, 0.15f * shot.pitch, 0.2f * shot.roll);
  view.target = shot.centre * static_cast<float>(samples);
  view.scale = shot.face_height * static_cast<float>(samples) / kFaceUnits;
  return view;
}

Surface::Surface(cv::Size frame)
    : size(frame),
      z(static_cast<size_t>(frame.area()), kFar),
      part(static_cast<size_t>(frame.area()), Part::kNone),
      normal(static_cast<size_t>(frame.area())),
      place(static_cast<size_t>(frame.area())) {}

void rasterise(Surface& surface, const Grid& grid, const View& view) {
  const cv::Matx33f& turn = grid.turns ? view.head : view.body;
  std::vector<Corner> corners;
  corners.reserve(grid.vertices.size());
  for (const Vertex& vertex : grid.vertices)
    corners.push_back({view.project(vertex.position, grid.turns), turn * vertex.normal, vertex.place});
  for (int r = 0; r + 1 < grid.rows; ++r) {
    for (int c = 0; c + 1 < grid.cols; ++c) {
      const int i = r * grid.cols + c, below = i + grid.cols;
      draw_triangle(surface, grid.part, corners[i], corners[i + 1], corners[below]);
      draw_triangle(surface, grid.part, corners[i + 1], corners[below + 1], corners[below]);
    }
  }
}

}  // namespace facemat
