#include "data/procedural/drawing/shapes.h"

#include "data/procedural/drawing/noise.h"
#include "src/core/error.h"

namespace facemat {

float box_distance(const cv::Vec3f& p, const cv::Vec3f& half, float rounding) {
  const float x = std::abs(p[0]) - half[0] + rounding, y = std::abs(p[1]) - half[1] + rounding,
              z = std::abs(p[2]) - half[2] + rounding;
  const float ox = std::max(x, 0.f), oy = std::max(y, 0.f), oz = std::max(z, 0.f);
  return std::sqrt(ox * ox + oy * oy + oz * oz) + std::min(0.f, std::max({x, y, z})) - rounding;
}

float box_distance(const cv::Point2f& p, const cv::Point2f& half, float rounding) {
  const float x = std::abs(p.x) - half.x + rounding, y = std::abs(p.y) - half.y + rounding;
  return std::hypot(std::max(x, 0.f), std::max(y, 0.f)) + std::min(0.f, std::max(x, y)) - rounding;
}

float cylinder_distance(const cv::Vec3f& p, float half_height, float radius, float rounding) {
  return box_distance(cv::Point2f(std::hypot(p[0], p[2]), p[1]), {radius, half_height}, rounding);
}

float torus_distance(const cv::Vec3f& p, float ring, float tube) {
  return std::hypot(std::hypot(p[0], p[1]) - ring, p[2]) - tube;
}

float segment_distance(const cv::Point2f& p, const cv::Point2f& a, const cv::Point2f& b) {
  const cv::Point2f side = b - a, to = p - a;
  const float t = std::clamp(to.dot(side) / std::max(1e-9f, side.dot(side)), 0.f, 1.f);
  return std::hypot(to.x - t * side.x, to.y - t * side.y);
}

cv::Point2f FaceFrame::to_face(const cv::Point2f& pixels) const {
  const cv::Point2f d = pixels - origin;
  return {d.dot(right) / width, d.dot(down) / width};
}

cv::Point2f FaceFrame::to_pixels(const cv::Point2f& face) const { return origin + width * (face.x * right + face.y * down); }

FaceFrame face_frame(const Scene& scene) {
  require(!scene.size.empty(), "occluder: the scene has no pixels (needs a width and a height)");
  constexpr float kLeast = 0.05f, kMost = 1e6f;  // pixels; whole numbers hold any pixel's place in such faces' widths
  require(scene.layout.width >= kLeast && scene.layout.width <= kMost, "occluder: the face has width {} (allowed: {} to {})",
          scene.layout.width, kLeast, kMost);
  const float roll = scene.layout.roll * static_cast<float>(CV_PI / 180);
  FaceFrame frame;
  frame.origin = 0.5f * (scene.layout.left_eye + scene.layout.right_eye);
  frame.right = {std::cos(roll), std::sin(roll)};
  frame.down = {-std::sin(roll), std::cos(roll)};
  frame.width = scene.layout.width;
  return frame;
}

cv::Matx33f turn_x(float a) { return {1, 0, 0, 0, std::cos(a), -std::sin(a), 0, std::sin(a), std::cos(a)}; }
cv::Matx33f turn_y(float a) { return {std::cos(a), 0, std::sin(a), 0, 1, 0, -std::sin(a), 0, std::cos(a)}; }
cv::Matx33f turn_z(float a) { return {std::cos(a), -std::sin(a), 0, std::sin(a), std::cos(a), 0, 0, 0, 1}; }

Motion motion_at(Rng rng, double time, float reach) {
  const auto swing = [&] {
    const double phase = rng.uniform(0, 2 * CV_PI), rate = rng.uniform(0.6, 2.0), strength = rng.uniform(0.2, 0.6);
    return static_cast<float>(strength * std::sin(2 * CV_PI * rate * time + phase));
  };
  Motion motion;
  const float across = swing(), down = swing();
  motion.offset = reach * cv::Point2f(across, down);
  motion.turn = 0.25f * reach * swing();
  const double side = rng.uniform(0, 2 * CV_PI);
  const float from = smooth_step(0, 1, static_cast<float>(time)) - 0.5f;
  if (rng.chance(0.5)) motion.offset += reach * from * cv::Point2f(std::cos(side), std::sin(side));
  return motion;
}

cv::Vec3f random_colour(Rng& rng, float darkest, float lightest) {
  const float value = static_cast<float>(std::pow(rng.uniform(), 1.5)) * (lightest - darkest) + darkest;
  const float colourful = static_cast<float>(rng.chance(0.3) ? 0.1 : rng.uniform(0.3, 1));
  const float hue = static_cast<float>(rng.uniform(0, 2 * CV_PI));
  cv::Vec3f colour;
  for (int c = 0; c < 3; ++c) {
    const float wave = 0.5f + 0.5f * std::cos(hue + c * static_cast<float>(2 * CV_PI / 3));
    colour[c] = value * (1 - colourful + colourful * (0.05f + 1.2f * wave));
    colour[c] = std::min(colour[c], 0.9f);
  }
  return colour;
}

cv::Mat empty_layer(cv::Size size) { return {size, CV_32FC4, cv::Scalar::all(0)}; }

void lay_over(cv::Vec4f& pixel, const cv::Vec3f& colour, float alpha) {
  for (int c = 0; c < 3; ++c) pixel[c] = std::min(alpha * colour[c] + (1 - alpha) * pixel[c], 1.f);
  pixel[3] = std::min(alpha + (1 - alpha) * pixel[3], 1.f);
  for (int c = 0; c < 3; ++c) pixel[c] = std::min(pixel[c], pixel[3]);
}

}  // namespace facemat
