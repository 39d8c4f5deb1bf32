#include "data/procedural/drawing/noise.h"
#include "data/procedural/occluders/held.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

struct Cup {
  bool paper = false, striped = false;
  float height = 0.26f, top = 0.22f, base = 0.17f;  // half height and radii
  cv::Vec3f colour, band, lid;
  float band_low = 0, band_high = 0;
};

Cup make_cup(Rng rng) {
  Cup cup;
  cup.paper = rng.chance(0.5);
  cup.height = static_cast<float>(cup.paper ? rng.uniform(0.32, 0.42) : rng.uniform(0.22, 0.3));
  cup.top = static_cast<float>(rng.uniform(0.19, 0.25));
  cup.base = cup.top * static_cast<float>(cup.paper ? rng.uniform(0.68, 0.78) : rng.uniform(0.8, 1));
  cup.colour = rng.chance(0.4) ? cv::Vec3f(0.75f, 0.78f, 0.8f) : random_colour(rng);
  cup.band = cup.paper && rng.chance(0.6) ? cv::Vec3f(0.12f, 0.22f, 0.36f) : random_colour(rng);
  cup.lid = rng.chance(0.5) ? cv::Vec3f(0.8f, 0.8f, 0.8f) : cv::Vec3f(0.02f, 0.02f, 0.02f);
  cup.striped = rng.chance(0.6);
  cup.band_low = static_cast<float>(rng.uniform(0.05, 0.2));
  cup.band_high = -static_cast<float>(rng.uniform(0.0, 0.2));
  return cup;
}

float radius_at(const Cup& cup, float y) { return cup.top + (cup.base - cup.top) * (0.5f + 0.5f * y / cup.height); }

float lid_distance(const cv::Vec3f& p, const Cup& cup) {
  const float rim = cylinder_distance(p + cv::Vec3f(0, cup.height, 0), 0.025f, cup.top + 0.022f, 0.015f);
  return std::min(rim, cylinder_distance(p + cv::Vec3f(0, cup.height + 0.05f, 0), 0.04f, cup.top - 0.02f, 0.02f));
}

float cup_distance(const cv::Vec3f& p, const Cup& cup) {
  const float outer =
      0.95f * cylinder_distance(p, cup.height, radius_at(cup, std::clamp(p[1], -cup.height, cup.height)), 0.015f);
  if (cup.paper) return std::min(outer, lid_distance(p, cup));
  const float inner = cylinder_distance(p + cv::Vec3f(0, 0.04f, 0), cup.height, cup.top - 0.03f, 0.01f);
  const float ring = torus_distance(p - cv::Vec3f(cup.top + 0.02f, 0, 0), 0.55f * cup.height, 0.03f);
  return smooth_union(std::max(outer, -inner), std::max(ring, 0.02f - std::hypot(p[0], p[2]) + cup.base - 0.05f), 0.03f);
}

Material cup_material(const cv::Vec3f& p, const Cup& cup) {
  Material material;
  material.albedo = cup.colour;
  material.specular = cup.paper ? 0.05f : 0.45f;
  material.gloss = cup.paper ? 12.f : 70.f;
  const float around =
      smooth_step(cup.band_high - 0.008f, cup.band_high, p[1]) * smooth_step(cup.band_low + 0.008f, cup.band_low, p[1]);
  if (cup.striped) material.albedo += around * (cup.band - cup.colour);
  if (cup.paper && lid_distance(p, cup) < 0.004f) material.albedo = cup.lid, material.specular = 0.25f, material.gloss = 40;
  const bool drink = !cup.paper && std::hypot(p[0], p[2]) < cup.top - 0.025f && p[1] > -0.9f * cup.height;
  if (drink) material.albedo = 0.3f * material.albedo;
  return material;
}

}  // namespace

cv::Mat draw_cup(const Rng& rng, const Scene& scene) {
  const Cup cup = make_cup(rng.fork("cup"));
  Rng choice = rng.fork("choice");
  const float size = static_cast<float>(choice.uniform(1.0, 1.35));
  Pose pose = held_pose(rng, scene, size, 0.75f * cup.height, 0.35f);
  if (choice.chance(0.5)) pose.turn = pose.turn * turn_y(static_cast<float>(CV_PI));  // the handle on the other side
  const auto distance = [&](const cv::Vec3f& p) { return cup_distance(p, cup); };
  const auto surface = [&](const cv::Vec3f& p, const cv::Vec3f&) { return cup_material(p, cup); };
  const cv::Mat layer = draw_solid(scene.size, pose, scene.light, 0.8f, distance, surface);
  return choice.chance(0.7) ? held(layer, rng, scene, pose, {0, 0.45f * cup.height, 0}) : layer;
}

}  // namespace facemat
