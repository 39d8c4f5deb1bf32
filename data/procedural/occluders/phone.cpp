#include "data/procedural/drawing/noise.h"
#include "data/procedural/occluders/held.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

struct Phone {
  float half_width = 0.24f, half_height = 0.5f, rounding = 0.05f;
  cv::Vec3f colour, screen_top, screen_base;
  bool lenses_apart = false;
  int lenses = 2;
};

constexpr float kHalfDepth = 0.028f, kLens = 0.05f;

Phone make_phone(Rng rng) {
  Phone phone;
  phone.half_width = static_cast<float>(rng.uniform(0.22, 0.27));
  phone.half_height = phone.half_width * static_cast<float>(rng.uniform(1.95, 2.2));
  phone.rounding = static_cast<float>(rng.uniform(0.03, 0.07));
  phone.colour = rng.chance(0.5) ? cv::Vec3f(0.02f, 0.02f, 0.02f) : random_colour(rng);
  phone.screen_top = random_colour(rng);
  phone.screen_base = random_colour(rng);
  phone.lenses = static_cast<int>(rng.integer(1, 3));
  return phone;
}

cv::Vec3f lens_at(const Phone& phone, int index) {
  return {-phone.half_width + 0.09f, -phone.half_height + 0.1f + 0.12f * index, kHalfDepth};
}

float phone_distance(const cv::Vec3f& p, const Phone& phone) {
  const float plate = box_distance(cv::Point2f(p[0], p[1]), {phone.half_width, phone.half_height}, phone.rounding);
  const float x = std::max(plate + 0.012f, -0.2f), z = std::abs(p[2]) - kHalfDepth + 0.012f;
  float d = std::hypot(std::max(x, 0.f), std::max(z, 0.f)) + std::min(0.f, std::max(x, z)) - 0.012f;
  for (int i = 0; i < phone.lenses; ++i) {
    const cv::Vec3f off = p - lens_at(phone, i);
    d = std::min(d, cylinder_distance({off[0], off[2], off[1]}, 0.012f, kLens, 0.006f));
  }
  return d;
}

Material phone_material(const cv::Vec3f& p, const cv::Vec3f& normal, const Phone& phone) {
  Material material;
  material.albedo = phone.colour;
  material.specular = 0.4f;
  material.gloss = 60;
  if (normal[2] > 0.9f) material.albedo *= 0.9f + 0.2f * smooth_step(-0.3f, 0.3f, p[0] + p[1]);
  const bool screen =
      normal[2] < -0.9f && std::abs(p[0]) < phone.half_width - 0.02f && std::abs(p[1]) < phone.half_height - 0.04f;
  if (screen) {
    const float row = std::fmod(std::abs(p[1]) * 9, 1.f), t = 0.5f + 0.5f * p[1] / phone.half_height;
    material.albedo =
        (1 - t) * phone.screen_top + t * phone.screen_base + cv::Vec3f::all(row < 0.25f && std::abs(p[0]) < 0.15f ? 0.2f : 0.f);
  } else if (normal[2] < -0.9f) {
    material.albedo = {0.01f, 0.01f, 0.01f};
  }
  for (int i = 0; i < phone.lenses && p[2] > kHalfDepth + 0.004f; ++i) {
    const cv::Vec3f off = p - lens_at(phone, i);
    const float far = std::hypot(off[0], off[1]);
    if (far < 0.7f * kLens) material.albedo = cv::Vec3f(0.03f, 0.012f, 0.012f), material.specular = 1, material.gloss = 150;
    if (far < 0.25f * kLens) material.albedo = {0.09f, 0.03f, 0.02f};
  }
  return material;
}

}  // namespace

cv::Mat draw_phone(const Rng& rng, const Scene& scene) {
  const Phone phone = make_phone(rng.fork("phone"));
  Rng choice = rng.fork("choice");
  const float below = static_cast<float>(choice.uniform(-0.45, 0.25)), size = static_cast<float>(choice.uniform(0.95, 1.25));
  Pose pose = held_pose(rng, scene, size, below, 0.6f);
  if (choice.chance(0.3)) pose.turn = pose.turn * turn_z(static_cast<float>(CV_PI / 2));      // held across
  if (choice.chance(0.35)) pose.turn = pose.turn * turn_y(static_cast<float>(CV_PI) - 0.2f);  // the screen is seen
  const auto distance = [&](const cv::Vec3f& p) { return phone_distance(p, phone); };
  const auto surface = [&](const cv::Vec3f& p, const cv::Vec3f& n) { return phone_material(p, n, phone); };
  const cv::Mat layer = draw_solid(scene.size, pose, scene.light, 1.0f, distance, surface);
  return choice.chance(0.8) ? held(layer, rng, scene, pose, {0, 0.6f * phone.half_height, 0}) : layer;
}

}  // namespace facemat
