#include "data/procedural/drawing/noise.h"
#include "data/procedural/occluders/held.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

struct Microphone {
  float head = 0.17f;
  bool foam = false;
  cv::Vec3f foam_colour, body;
  uint32_t seed = 0;
};

Microphone make_microphone(Rng rng) {
  Microphone microphone;
  microphone.head = static_cast<float>(rng.uniform(0.15, 0.2));
  microphone.foam = rng.chance(0.4);
  microphone.foam_colour = rng.chance(0.5) ? cv::Vec3f(0.015f, 0.015f, 0.015f) : random_colour(rng);
  microphone.body = rng.chance(0.7) ? cv::Vec3f(0.02f, 0.02f, 0.02f) : random_colour(rng);
  microphone.seed = rng.bits();
  return microphone;
}

float head_distance(const cv::Vec3f& p, const Microphone& m) {
  return std::min(static_cast<float>(cv::norm(p)) - m.head, 1e6f) +
         (m.foam ? 0.008f * (value_noise(40 * p, m.seed) - 0.5f) : 0.f);
}

float collar_distance(const cv::Vec3f& p, const Microphone& m) {
  return cylinder_distance(p - cv::Vec3f(0, 0.03f, 0), 0.028f, m.head + 0.012f, 0.012f);
}

float body_distance(const cv::Vec3f& p, const Microphone& m) {
  return bone_distance(p, {{0, 0.8f * m.head, 0}, {0, 1.25f, 0}, 0.72f * m.head, 0.42f * m.head});
}

float microphone_distance(const cv::Vec3f& p, const Microphone& m) {
  const float d = std::min(head_distance(p, m), body_distance(p, m));
  return m.foam ? d : std::min(d, collar_distance(p, m));
}

// Woven wire: bright crossings over dark holes.
Material grille(const cv::Vec3f& p, const Microphone& m) {
  const float u = std::atan2(p[0], p[2]) * 26, v = std::asin(std::clamp(p[1] / m.head, -1.f, 1.f)) * 26;
  const float wire = std::max(std::abs(std::sin(u + v)), std::abs(std::sin(u - v)));
  Material material;
  material.albedo = cv::Vec3f::all(0.05f + 0.5f * smooth_step(0.55f, 0.95f, wire));
  material.specular = 0.5f;
  material.gloss = 20;
  return material;
}

Material microphone_material(const cv::Vec3f& p, const Microphone& m) {
  const float head = head_distance(p, m), body = body_distance(p, m);
  Material material;
  if (!m.foam && collar_distance(p, m) < std::min(head, body)) {
    material.albedo = {0.4f, 0.4f, 0.4f};
    material.specular = 0.8f;
    material.gloss = 40;
    return material;
  }
  if (head < body && !m.foam) return grille(p, m);
  material.albedo = head < body ? m.foam_colour * (0.7f + 0.6f * value_noise(60 * p, m.seed)) : m.body;
  material.specular = head < body ? 0.f : 0.25f;
  material.gloss = 30;
  return material;
}

}  // namespace

cv::Mat draw_microphone(const Rng& rng, const Scene& scene) {
  const Microphone m = make_microphone(rng.fork("microphone"));
  Rng choice = rng.fork("choice");
  const float below = static_cast<float>(choice.uniform(-0.05, 0.2)), size = static_cast<float>(choice.uniform(0.95, 1.25));
  Pose pose = held_pose(rng, scene, size, below, 0.7f);
  const auto distance = [&](const cv::Vec3f& p) { return microphone_distance(p, m); };
  const auto surface = [&](const cv::Vec3f& p, const cv::Vec3f&) { return microphone_material(p, m); };
  const cv::Mat layer = draw_solid(scene.size, pose, scene.light, 1.0f, distance, surface);
  return choice.chance(0.8) ? held(layer, rng, scene, pose, {0, 0.55f, 0}) : layer;
}

}  // namespace facemat
