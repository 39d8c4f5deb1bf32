#pragma once
// Solids as signed distances, seen in parallel projection, and flat painted regions: what the occluders are made of.
//
// Lengths are in face widths, so that a thing looks alike on any canvas. Axes as in scene.h: x right, y down, z towards the
// viewer. A pixel (column, row) is the square [column, column + 1) x [row, row + 1). Distances are negative inside. Solids are
// found by sphere tracing (Hart, "Sphere tracing", The Visual Computer 1996).

#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "data/scene/scene.h"
#include "data/scene/shading.h"
#include "src/core/random.h"

namespace facemat {

// --- signed distances

// A round cone: a sphere of radius `ra` at `a` growing evenly to `rb` at `b`. `along` is 0 at a, 1 at b.
struct Bone {
  cv::Vec3f a, b;
  float ra = 0, rb = 0;
};
inline float along_bone(const cv::Vec3f& p, const Bone& bone) {
  const float bx = bone.b[0] - bone.a[0], by = bone.b[1] - bone.a[1], bz = bone.b[2] - bone.a[2];
  const float dot = (p[0] - bone.a[0]) * bx + (p[1] - bone.a[1]) * by + (p[2] - bone.a[2]) * bz;
  return std::clamp(dot / std::max(1e-9f, bx * bx + by * by + bz * bz), 0.f, 1.f);
}
inline float bone_distance(const cv::Vec3f& p, const Bone& bone) {
  const float t = along_bone(p, bone);
  const float dx = p[0] - bone.a[0] - t * (bone.b[0] - bone.a[0]), dy = p[1] - bone.a[1] - t * (bone.b[1] - bone.a[1]),
              dz = p[2] - bone.a[2] - t * (bone.b[2] - bone.a[2]);
  return std::sqrt(dx * dx + dy * dy + dz * dz) - (bone.ra + t * (bone.rb - bone.ra));
}
// bone_distance() of up to four bones, to the bit, side by side: compilers make vectors of the loops over lanes.
class FourBones {
 public:
  FourBones() = default;
  template <typename... Bones>
  explicit FourBones(const Bones&... bones) {
    static_assert(sizeof...(bones) <= kLanes);
    int lane = 0;
    (set(lane++, bones), ...);
  }
  // Those of the bones given, in their order; other lanes mean nothing.
  std::array<float, 4> distances(const cv::Vec3f& p) const {
    std::array<float, 4> t, square, distance;
    for (int i = 0; i < kLanes; ++i) {
      const float dot = (p[0] - a_[0][i]) * axis_[0][i] + (p[1] - a_[1][i]) * axis_[1][i] + (p[2] - a_[2][i]) * axis_[2][i];
      t[i] = dot / squared_[i];
    }
    for (int i = 0; i < kLanes; ++i) t[i] = t[i] < 0 ? 0 : t[i] > 1 ? 1 : t[i];
    for (int i = 0; i < kLanes; ++i) {
      const float dx = p[0] - a_[0][i] - t[i] * axis_[0][i], dy = p[1] - a_[1][i] - t[i] * axis_[1][i],
                  dz = p[2] - a_[2][i] - t[i] * axis_[2][i];
      square[i] = dx * dx + dy * dy + dz * dz;
    }
    for (int i = 0; i < kLanes; ++i) distance[i] = std::sqrt(square[i]) - (radius_[i] + t[i] * growth_[i]);
    return distance;
  }

 private:
  static constexpr int kLanes = 4;
  void set(int lane, const Bone& bone) {
    for (int i = 0; i < 3; ++i) a_[i][lane] = bone.a[i], axis_[i][lane] = bone.b[i] - bone.a[i];
    const float x = axis_[0][lane], y = axis_[1][lane], z = axis_[2][lane];
    squared_[lane] = std::max(1e-9f, x * x + y * y + z * z);
    radius_[lane] = bone.ra, growth_[lane] = bone.rb - bone.ra;
  }
  std::array<std::array<float, kLanes>, 3> a_{}, axis_{};
  std::array<float, kLanes> squared_{1, 1, 1, 1}, radius_{}, growth_{};
};
float box_distance(const cv::Vec3f& p, const cv::Vec3f& half, float rounding);
float cylinder_distance(const cv::Vec3f& p, float half_height, float radius, float rounding);  // about the y axis
float torus_distance(const cv::Vec3f& p, float ring, float tube);                              // about the z axis
float box_distance(const cv::Point2f& p, const cv::Point2f& half, float rounding);
float segment_distance(const cv::Point2f& p, const cv::Point2f& a, const cv::Point2f& b);
// The union with a fillet of about `fillet`; never more than the smaller distance.
inline float smooth_union(float a, float b, float fillet) {
  const float near = fillet - std::abs(a - b);
  if (near <= 0) return std::min(a, b);
  const float h = near / fillet;
  return std::min(a, b) - 0.25f * h * h * fillet;
}
// Share of a pixel covered by a straight edge `distance` pixels away from its centre.
inline float coverage(float distance) { return std::clamp(0.5f - distance, 0.f, 1.f); }

// --- where things are

// Picture axes in face widths; the origin lies between the eyes.
struct FaceFrame {
  cv::Point2f origin, right, down;  // origin in pixels, unit axes that follow the head's roll
  float width = 1;                  // pixels per unit
  cv::Point2f to_face(const cv::Point2f& pixels) const;
  cv::Point2f to_pixels(const cv::Point2f& face) const;
};
// Throws Error when the scene has no pixels or its layout no width.
FaceFrame face_frame(const Scene& scene);

// A thing's place: pixels of its origin and its turn in space.
struct Pose {
  cv::Point2f at;                         // pixels
  float scale = 1;                        // pixels per unit
  cv::Matx33f turn = cv::Matx33f::eye();  // thing -> picture axes
};
cv::Matx33f turn_x(float radians);
cv::Matx33f turn_y(float radians);
cv::Matx33f turn_z(float radians);  // clockwise as seen

// A slow path through the clip: small swings, and at times an approach or a departure. Zero on average, smooth in time.
struct Motion {
  cv::Point2f offset;  // face widths
  float turn = 0;      // radians
};
Motion motion_at(Rng rng, double time, float reach);

// A saturated to dull colour of things, linear BGR.
cv::Vec3f random_colour(Rng& rng, float darkest = 0.03f, float lightest = 0.8f);

// --- drawing

cv::Mat empty_layer(cv::Size size);
// Straight sRGB colour with alpha over what the layer holds at one pixel.
void lay_over(cv::Vec4f& pixel, const cv::Vec3f& colour, float alpha);

// Paints a region: at(pixel centre) returns Painted. Coverage comes from `distance`, in pixels.
struct Painted {
  float distance = 1e6f;
  cv::Vec3f colour;   // linear
  float opacity = 1;  // of the material
};
template <typename At>
void paint(cv::Mat& layer, const cv::Rect2f& bounds, const At& at) {
  const cv::Rect box = cv::Rect(cv::Point(static_cast<int>(std::floor(bounds.x)), static_cast<int>(std::floor(bounds.y))),
                                cv::Point(static_cast<int>(std::ceil(bounds.x + bounds.width)) + 1,
                                          static_cast<int>(std::ceil(bounds.y + bounds.height)) + 1)) &
                       cv::Rect({0, 0}, layer.size());
  for (int y = box.y; y < box.y + box.height; ++y) {
    for (int x = box.x; x < box.x + box.width; ++x) {
      const Painted painted = at(cv::Point2f(x + 0.5f, y + 0.5f));
      const float alpha = coverage(painted.distance) * std::clamp(painted.opacity, 0.f, 1.f);
      if (alpha > 0) lay_over(layer.at<cv::Vec4f>(y, x), srgb_encode(painted.colour), alpha);
    }
  }
}

// Draws a solid. distance(p) is its signed distance (or less) and surface(p, normal) its Material, both in the thing's own axes
// and units; `reach` is a depth, in units, that the whole solid stays within. Edges, also those inside, are supersampled; the
// alpha of each sample follows the distance of its ray from the solid, so alpha moves smoothly.
template <typename Distance, typename Surface>
class SolidPainter {
 public:
  SolidPainter(const Pose& pose, const Light& light, float reach, const Distance& distance, const Surface& surface)
      : pose_(pose), back_(pose.turn.t()), light_(light), reach_(reach), distance_(distance), surface_(surface) {}

  cv::Mat draw(cv::Size size) const {
    cv::Mat layer = empty_layer(size);
    cv::Mat depth(size, CV_32F, cv::Scalar(kMiss)), start(size, CV_32F, cv::Scalar(kMiss));
    for (int y = 0; y < size.height; y += kTile) {
      for (int x = 0; x < size.width; x += kTile)
        trace_tile(cv::Rect(x, y, kTile, kTile) & cv::Rect({0, 0}, size), depth, start);
    }
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const float first = start.at<float>(y, x);
        if (first == kMiss) continue;
        layer.at<cv::Vec4f>(y, x) =
            edge(depth, x, y) ? supersampled(x, y, first) : shaded(x + 0.5f, y + 0.5f, depth.at<float>(y, x));
      }
    }
    return layer;
  }

 private:
  static constexpr int kTile = 8, kSamples = 3, kSteps = 64;
  static constexpr float kMiss = -1e9f;
  struct Ray {
    float depth = kMiss;   // where it hit
    float nearest = 1e9f;  // least distance met
  };

  cv::Vec3f own(float x, float y, float z) const {
    return back_ * cv::Vec3f((x - pose_.at.x) / pose_.scale, (y - pose_.at.y) / pose_.scale, z);
  }

  // A ray that meets the solid shrunk by `shrink`.
  Ray trace(float x, float y, float z, float shrink) const {
    Ray ray;
    const float enough = 0.02f / pose_.scale;
    const cv::Vec3f base = own(x, y, 0), away(back_(0, 2), back_(1, 2), back_(2, 2));
    for (int step = 0; step < kSteps && z > -reach_; ++step) {
      const float d = distance_({base[0] + z * away[0], base[1] + z * away[1], base[2] + z * away[2]}) + shrink;
      ray.nearest = std::min(ray.nearest, d);
      if (d < enough) {
        ray.depth = z;
        return ray;
      }
      z -= std::max(d, 0.1f / pose_.scale);
    }
    return ray;
  }

  // A cone round all rays of the tile walks as far as the whole cone is free; rays start where it stopped.
  void trace_tile(const cv::Rect& tile, cv::Mat& depth, cv::Mat& start) const {
    const float x = tile.x + 0.5f * tile.width, y = tile.y + 0.5f * tile.height;
    const float radius = (0.5f * std::hypot(tile.width, tile.height) + 1.f) / pose_.scale;
    float z = reach_, d = 0;
    while (z > -reach_ && (d = distance_(own(x, y, z))) > 1.02f * radius) z -= std::sqrt(d * d - radius * radius);
    if (z <= -reach_) return;
    for (int row = tile.y; row < tile.y + tile.height; ++row) {
      for (int column = tile.x; column < tile.x + tile.width; ++column) {
        const Ray ray = trace(column + 0.5f, row + 0.5f, z, 0);
        depth.at<float>(row, column) = ray.depth;
        if (ray.nearest < 1.f / pose_.scale) start.at<float>(row, column) = z;
      }
    }
  }

  bool edge(const cv::Mat& depth, int x, int y) const {
    const float here = depth.at<float>(y, x);
    if (here == kMiss) return true;
    for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      const int column = std::clamp(x + dx, 0, depth.cols - 1), row = std::clamp(y + dy, 0, depth.rows - 1);
      if (std::abs(depth.at<float>(row, column) - here) > 2.5f / pose_.scale) return true;
    }
    return false;
  }

  cv::Vec4f supersampled(int x, int y, float start) const {
    cv::Vec4f sum;
    for (int sample = 0; sample < kSamples * kSamples; ++sample) {
      const float sx = x + (sample % kSamples + 0.5f) / kSamples, sy = y + (sample / kSamples + 0.5f) / kSamples;
      const Ray ray = trace(sx, sy, start, 0.5f / (kSamples * pose_.scale));
      if (ray.depth != kMiss) {
        sum += shaded(sx, sy, ray.depth);
      } else {
        const float alpha = std::clamp(1 - ray.nearest * kSamples * pose_.scale, 0.f, 1.f);
        if (alpha > 0) sum += alpha * shaded(sx, sy, nearest_depth(sx, sy, start));
      }
    }
    return sum * (1.f / (kSamples * kSamples));
  }

  // Where a ray that misses comes closest.
  float nearest_depth(float x, float y, float z) const {
    float best = z, nearest = 1e9f;
    for (int step = 0; step < kSteps && z > -reach_; ++step) {
      const float d = distance_(own(x, y, z));
      if (d < nearest) nearest = d, best = z;
      z -= std::max(d, 0.1f / pose_.scale);
    }
    return best;
  }

  cv::Vec3f normal_at(const cv::Vec3f& p) const {
    const float e = 0.5f / pose_.scale;
    cv::Vec3f n;
    for (const cv::Vec3f& k : {cv::Vec3f(1, -1, -1), cv::Vec3f(-1, -1, 1), cv::Vec3f(-1, 1, -1), cv::Vec3f(1, 1, 1)}) {
      n += k * distance_(p + e * k);
    }
    return n * (1 / std::max(1e-9f, static_cast<float>(cv::norm(n))));
  }

  // Openness along the normal: how much less than free the distance grows.
  float openness(const cv::Vec3f& p, const cv::Vec3f& normal) const {
    float blocked = 0, weight = 0.6f;
    for (const float step : {0.03f, 0.08f, 0.16f}) {
      blocked += weight * std::max(0.f, step - distance_(p + step * normal)) / step;
      weight *= 0.6f;
    }
    return std::clamp(1 - blocked, 0.f, 1.f);
  }

  float lit(const cv::Vec3f& p, const cv::Vec3f& normal) const {
    const cv::Vec3f to_light = back_ * light_.key_direction;
    if (normal.dot(to_light) <= 0) return 1;
    float share = 1, t = 0.03f;
    for (int step = 0; step < 6; ++step) {
      const float d = distance_(p + t * to_light + 0.01f * normal);
      share = std::min(share, 0.5f + 3 * d / t);
      t += std::max(0.03f, d);
    }
    return std::clamp(share, 0.f, 1.f);
  }

  cv::Vec4f shaded(float x, float y, float z) const {
    const cv::Vec3f p = own(x, y, z), normal = normal_at(p);
    Material material = surface_(p, normal);
    material.occlusion *= openness(p, normal);
    material.shadow *= lit(p, normal) * (0.4f + 0.6f * material.occlusion);
    const cv::Vec3f colour = srgb_encode(shade(material, pose_.turn * normal, light_));
    return {colour[0], colour[1], colour[2], 1};
  }

  Pose pose_;
  cv::Matx33f back_;
  const Light& light_;
  float reach_;
  const Distance& distance_;
  const Surface& surface_;
};

template <typename Distance, typename Surface>
cv::Mat draw_solid(cv::Size size, const Pose& pose, const Light& light, float reach, const Distance& distance,
                   const Surface& surface) {
  return SolidPainter<Distance, Surface>(pose, light, reach, distance, surface).draw(size);
}

}  // namespace facemat
