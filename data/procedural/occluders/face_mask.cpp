#include <array>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/drawing/shapes.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

struct Mask {
  int pleats = 3;                                // 0: a shaped cloth mask with a seam down the middle
  float top = 0.4f, below = 0.07f, wide = 0.9f;  // top: share of the way from eyes to nose tip; wide: of the half face
  bool patterned = false, behind_ears = true;
  cv::Vec3f colour, pattern;
  uint32_t seed = 0;
};

Mask make_mask(Rng rng) {
  Mask mask;
  mask.pleats = rng.chance(0.6) ? 3 : 0;
  mask.top = static_cast<float>(rng.uniform(0.3, 0.65));
  mask.below = static_cast<float>(rng.uniform(0.0, 0.1));
  mask.wide = static_cast<float>(rng.uniform(0.8, 0.96));
  const std::array<cv::Vec3f, 4> plain = {cv::Vec3f(0.75f, 0.6f, 0.42f), cv::Vec3f(0.75f, 0.75f, 0.75f),
                                          cv::Vec3f(0.015f, 0.015f, 0.015f), cv::Vec3f(0.6f, 0.65f, 0.4f)};
  mask.colour = mask.pleats > 0 ? plain[rng.integer(0, 3)] : random_colour(rng);
  mask.patterned = mask.pleats == 0 && rng.chance(0.5);
  mask.pattern = random_colour(rng);
  mask.seed = rng.bits();
  return mask;
}

// The face below the eyes as the mask sees it, in face widths.
struct Lower {
  float top, bottom, left, right;   // y of the upper and lower seam's middle; x of the outline
  float middle_top, middle_bottom;  // x of the middle line there
};

// Across: -1 at the left outline, 0 on the middle line, 1 at the right outline; down: 0 at the top, 1 below the chin.
cv::Point2f on_mask(const cv::Point2f& p, const Lower& face) {
  const float v = (p.y - face.top) / (face.bottom - face.top);
  const float middle = face.middle_top + (face.middle_bottom - face.middle_top) * std::clamp(v, 0.f, 1.f);
  const float half = p.x < middle ? middle - face.left : face.right - middle;
  return {(p.x - middle) / std::max(half, 0.08f), v};
}

float smooth_max(float a, float b, float rounding) { return -smooth_union(-a, -b, rounding); }

float mask_distance(const cv::Point2f& p, const Lower& face, const Mask& mask) {
  const cv::Point2f q = on_mask(p, face);
  const float x = q.x / mask.wide, tall = face.bottom - face.top;
  const float upper = 0.30f * x * x * (1 - 0.3f * x * x), lower = 1 - 0.38f * x * x;
  const float side = (std::abs(q.x) - mask.wide * (1 - 0.22f * smooth_step(0.55f, 1.1f, q.y))) * 0.48f;
  const float d = smooth_max(0.85f * tall * (upper - q.y), 0.85f * tall * (q.y - lower), 0.05f);
  return smooth_max(d, side, 0.06f);
}

cv::Vec3f mask_normal(const cv::Point2f& q, const Mask& mask) {
  float nx = 0.8f * q.x, ny = 0.75f * (q.y - 0.45f);
  if (mask.pleats > 0) {
    const float fold = std::fmod(std::max(0.f, (q.y - 0.1f * q.x * q.x - 0.2f) * 5.5f), 1.f);
    const bool inside = q.y > 0.22f && q.y < 0.8f;
    if (inside) ny += 0.35f * (fold - 0.35f) - (fold > 0.9f ? 1.2f * (fold - 0.9f) / 0.1f : 0.f);
  } else {
    nx += 0.25f * (q.x > 0 ? 1.f : -1.f) * smooth_step(0.35f, 0.02f, std::abs(q.x));  // the raised seam
  }
  nx += 0.35f * gradient_noise(3 * q.x, 6 * q.y, mask.seed);
  ny += 0.25f * gradient_noise(3 * q.x, 6 * q.y + 9, mask.seed + 1);
  return cv::normalize(cv::Vec3f(nx, ny, 0.75f));
}

cv::Vec3f mask_albedo(const cv::Point2f& q, float d, const Mask& mask) {
  cv::Vec3f albedo = mask.colour * (0.94f + 0.12f * value_noise(70 * q.x, 70 * q.y, mask.seed));
  if (mask.patterned) {
    const NoiseCell dot = nearest_cell(7 * q.x, 7 * q.y, mask.seed);
    albedo += smooth_step(0.32f, 0.28f, dot.distance) * (mask.pattern - albedo);
  }
  const float stitch = smooth_step(0.005f, 0.002f, std::abs(d + 0.022f));
  return albedo * (1 - 0.3f * stitch) * (1 - 0.25f * smooth_step(-0.012f, 0, d));
}

}  // namespace

cv::Mat draw_face_mask(const Rng& rng, const Scene& scene) {
  const FaceFrame face = face_frame(scene);
  const Mask mask = make_mask(rng.fork("mask"));
  const cv::Point2f nose = face.to_face(scene.layout.nose_tip), chin = face.to_face(scene.layout.chin);
  const cv::Point2f left = face.to_face(scene.layout.left_edge), right = face.to_face(scene.layout.right_edge);
  const float talking = 0.012f * std::sin(9.4f * static_cast<float>(scene.time));
  const Lower lower{mask.top * nose.y, chin.y + mask.below + talking, left.x, right.x, nose.x, chin.x};
  const Material loop{{0.7f, 0.7f, 0.7f}, 0.05f};
  cv::Mat layer = empty_layer(scene.size);
  const cv::Rect2f bounds(face.origin.x - 1.5f * face.width, face.origin.y - 1.5f * face.width, 3 * face.width, 3 * face.width);
  paint(layer, bounds, [&](const cv::Point2f& pixel) {  // ear loops, behind
    const cv::Point2f p = face.to_face(pixel), q = on_mask(p, lower);
    const cv::Point2f ear = q.x < 0 ? left : right;
    const float side = q.x < 0 ? -1.f : 1.f, tall = lower.bottom - lower.top;
    const cv::Point2f seam(ear.x - side * (1 - mask.wide) * 0.5f - side * 0.03f, 0);
    const float upper = segment_distance(p, {seam.x, lower.top + 0.33f * tall}, {ear.x + side * 0.015f, ear.y + 0.03f});
    const float under =
        segment_distance(p, {seam.x - side * 0.05f, lower.top + 0.6f * tall}, {ear.x + side * 0.015f, ear.y + 0.13f});
    const float d = std::min(upper, under) - std::max(0.007f, 0.5f / face.width);
    return Painted{d * face.width, shade(loop, {0, 0, 1}, scene.light), 1};
  });
  paint(layer, bounds, [&](const cv::Point2f& pixel) {
    const cv::Point2f p = face.to_face(pixel);
    const float d = mask_distance(p, lower, mask);
    if (d > 2 / face.width) return Painted{};
    const cv::Point2f q = on_mask(p, lower);
    const cv::Vec3f n = mask_normal(q, mask);
    const cv::Point2f seen = n[0] * face.right + n[1] * face.down;
    Material material;
    material.albedo = mask_albedo(q, d, mask);
    material.wrap = 0.2f;
    return Painted{d * face.width, shade(material, {seen.x, seen.y, n[2]}, scene.light), 1};
  });
  return layer;
}

}  // namespace facemat
