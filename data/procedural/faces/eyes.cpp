#include "data/procedural/faces/eyes.h"

#include <algorithm>
#include <cmath>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/faces/curves.h"

namespace facemat {
namespace {

constexpr float kIrisRadius = 0.068f;

// The almond between the lids at u (-1 inner corner .. 1 outer corner); y relative to the eye's centre line.
struct Lids {
  float upper, lower, crease;
};

Lids lids_at(const Person& p, const Expression& e, float u) {
  const float inside = std::max(0.f, 1 - u * u);
  const float squint = 0.13f * std::max(0.f, e.smile);
  const float lean = 1 - 0.18f * u;  // the highest point lies towards the nose
  const float closed = 0.028f * inside;
  const float opened = -0.072f * p.eye_open * std::pow(inside, 0.62f) * lean;
  Lids lids;
  lids.upper = closed + (opened * (1 - squint) - closed) * std::min(1.15f, e.lids);
  lids.lower = (0.036f - 0.014f * squint) * std::pow(inside, 0.7f) * (1 + 0.25f * u);
  lids.lower = std::max(lids.lower, lids.upper);
  lids.crease = opened - 0.012f - 0.02f * p.lid_fold * (1 - 0.4f * u * u) + 0.01f * (1 - e.lids);
  return lids;
}

cv::Vec3f iris(const Person& p, float dx, float dy, float r) {
  const float turn = std::atan2(dy, dx);
  const float fibres = 0.75f + 0.5f * value_noise(turn * 9, r * 25, p.seed + 31);
  const cv::Vec3f inner = mix(p.iris, cv::Vec3f(0.06f, 0.16f, 0.25f), 0.4f * bell(r - 0.025f, 0.012f));
  const float rim = 1 - 0.75f * smooth_step(0.045f, kIrisRadius, r);
  const float below = 1.15f + 5.f * dy;  // light gathers opposite the lamp
  return inner * (0.75f * fibres * rim * below);
}

void paint_ball(const Person& p, const Expression& e, float dx, float dy, float u, const Lids& lids, float cover,
                Paint& paint) {
  const float gx = dx - e.gaze_x, gy = dy - e.gaze_y + 0.016f, r = std::hypot(gx, gy);
  const float veins = 0.12f * ridge_noise(dx * 14, dy * 22, p.seed + 32) * smooth_step(0.3f, 1.f, std::abs(u));
  cv::Vec3f colour(0.41f - veins, 0.42f - veins, 0.45f);
  colour = mix(colour, cv::Vec3f(0.25f, 0.25f, 0.45f), smooth_step(-0.82f, -1.f, u));  // the pink inner corner
  const float in_iris = smooth_step(kIrisRadius + 0.004f, kIrisRadius - 0.006f, r);
  colour = mix(colour, iris(p, gx, gy, r), in_iris);
  colour = mix(colour, cv::Vec3f(0.004f, 0.004f, 0.004f), smooth_step(0.027f, 0.021f, r));
  const float lid_shade = 1 - 0.6f * bell(dy - lids.upper, 0.024f) - 0.15f * bell(dy - lids.lower, 0.012f);
  const float corner_shade = 1 - 0.35f * u * u;
  Material ball;
  ball.albedo = colour * (lid_shade * corner_shade);
  ball.occlusion = 0.85f;
  // Two glints, of the window and of the fill, where a cornea would show them.
  const float glint = smooth_step(0.016f, 0.009f, std::hypot(gx + 0.02f, gy + 0.022f)) +
                      0.35f * smooth_step(0.01f, 0.005f, std::hypot(gx - 0.024f, gy - 0.018f));
  ball.albedo += cv::Vec3f::all(0.75f * glint * (e.lids > 0.4f ? 1.f : 0.f));
  Material& m = paint.material;
  m.albedo = mix(m.albedo, ball.albedo, cover);
  m.specular += (0.25f - m.specular) * cover;
  m.gloss += (90 - m.gloss) * cover;
  m.occlusion += (ball.occlusion - m.occlusion) * cover;
  paint.skin *= 1 - cover;
  paint.eye = cover > 0.5f;
  if (!paint.eye) return;
  const float nx = dx / 0.17f, ny = dy / 0.17f;
  paint.tilt = {nx, ny, std::sqrt(std::max(0.2f, 1 - nx * nx - ny * ny))};
}

}  // namespace

void paint_eye(const Person& p, const Expression& e, float x, float y, Paint& paint) {
  const float side = x < 0 ? -1.f : 1.f;
  const float out = std::abs(x) - p.eye_spacing;
  if (std::abs(out) > 0.26f || std::abs(y) > 0.2f) return;
  const float dy = y + p.eye_tilt * out * 0.6f, half = p.eye_size, u = out / half;
  const float ends = smooth_step(1.12f, 0.98f, std::abs(u));
  const Lids lids = lids_at(p, e, std::clamp(u, -1.f, 1.f));
  Material& m = paint.material;
  // The crease and the fold of skin above the lid; the lid itself a little shaded.
  const float fade = smooth_step(1.35f, 0.8f, std::abs(u));
  m.albedo *= 1 - fade * (0.15f + 0.35f * p.lid_fold) * bell(dy - lids.crease, 0.01f);
  m.albedo *= 1 - 0.22f * fade * smooth_step(lids.crease, lids.crease + 0.01f, dy) *
                      smooth_step(lids.upper + 0.01f, lids.upper - 0.005f, dy);
  m.albedo *= 1 - 0.2f * fade * bell(dy - lids.lower - 0.03f, 0.012f);
  const float cover = std::abs(u) < 1 ? smooth_step(lids.upper - 0.003f, lids.upper + 0.004f, dy) *
                                            smooth_step(lids.lower + 0.004f, lids.lower - 0.003f, dy)
                                      : 0.f;
  if (cover > 0 && lids.lower - lids.upper > 0.004f) paint_ball(p, e, side * out, dy, u, lids, cover, paint);
  // The wet edge of the lower lid, then lashes: a dark line, heavier outwards, with hairs beyond it.
  const float wet = ends * bell(dy - lids.lower - 0.004f, 0.006f);
  m.albedo = mix(m.albedo, mix(p.skin, cv::Vec3f(0.35f, 0.35f, 0.6f), 0.35f), 0.6f * wet);
  const float weight = (p.woman ? 0.75f : 0.5f) + 0.35f * p.makeup.liner;
  const float thick = 0.006f + 0.008f * p.makeup.liner * (0.5f + 0.5f * u);
  const float hairs = smooth_step(0.1f, 0.5f, gradient_noise(out * 80 + dy * 30, dy * 6, p.seed + 33));
  const float fringe = hairs * smooth_step(lids.upper - 0.035f - 0.015f * u, lids.upper - 0.005f, dy) *
                       smooth_step(lids.upper + 0.008f, lids.upper, dy);
  const float lash =
      ends * std::min(1.f, weight * (bell(dy - lids.upper, thick) + 0.6f * fringe * smooth_step(-0.4f, 0.5f, u)) +
                               0.4f * weight * bell(dy - lids.lower - 0.003f, 0.006f) * smooth_step(-0.5f, 0.8f, u));
  m.albedo = mix(m.albedo, cv::Vec3f(0.008f, 0.008f, 0.01f), std::min(0.95f, lash));
}

}  // namespace facemat
