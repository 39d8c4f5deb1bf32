#include <array>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/occluders/held.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

enum class Dish { kApple, kBurger, kIceCream, kDoughnut };

struct Food {
  Dish dish = Dish::kApple;
  cv::Vec3f first, second;  // linear colours: skin and blush, cream of two balls, icing
  uint32_t seed = 0;
};

// One part of a dish: how far, and which.
struct Part {
  float distance = 1e9f;
  int index = 0;
};

void join(Part& nearest, float distance, int index) {
  if (distance < nearest.distance) nearest = {distance, index};
}

Part apple(const cv::Vec3f& p) {
  const float across = std::hypot(p[0], p[2]);
  Part part;
  join(part, 0.75f * (std::hypot(across - 0.1f, 0.95f * p[1] + 0.12f * across) - 0.2f), 0);
  join(part, bone_distance(p, {{0, -0.1f, 0}, {0.04f, -0.3f, 0}, 0.014f, 0.018f}), 1);
  return part;
}

Part burger(const cv::Vec3f& p, uint32_t seed) {
  const float around = std::atan2(p[0], p[2]), across = std::hypot(p[0], p[2]);
  Part part;
  const cv::Vec3f top(p[0], (p[1] + 0.07f) * (p[1] < -0.07f ? 1.25f : 3.5f), p[2]);
  join(part, 0.28f * (static_cast<float>(cv::norm(top)) - 0.31f), 0);
  join(part,
       cylinder_distance(p - cv::Vec3f(0, 0.02f + 0.02f * std::sin(7 * around + 3) * smooth_step(0.15f, 0.32f, across), 0),
                         0.014f, 0.335f, 0.01f) *
           0.7f,
       1);
  join(part, cylinder_distance(p - cv::Vec3f(0, 0.075f, 0), 0.04f, 0.315f + 0.01f * value_noise(20 * p, seed), 0.03f) * 0.9f,
       2);
  join(part, cylinder_distance(p - cv::Vec3f(0, 0.17f, 0), 0.06f, 0.3f, 0.045f), 0);
  return part;
}

Part ice_cream(const cv::Vec3f& p, uint32_t seed) {
  const auto ball = [&](const cv::Vec3f& at, float radius) {
    return 0.8f * (static_cast<float>(cv::norm(p - at)) - radius - 0.03f * (value_noise(14 * p, seed) - 0.5f));
  };
  Part part;
  join(part, ball({0, -0.02f, 0}, 0.2f), 0);
  join(part, ball({0.02f, -0.26f, 0}, 0.17f), 1);
  join(part, 0.9f * bone_distance(p, {{0, 0.1f, 0}, {0, 0.68f, 0}, 0.175f, 0.012f}), 2);
  return part;
}

Part doughnut(const cv::Vec3f& p, uint32_t seed) {
  Part part;
  join(part, torus_distance(p, 0.21f, 0.12f), 0);
  join(part, torus_distance(p - cv::Vec3f(0, 0, 0.018f), 0.21f, 0.114f + 0.02f * (value_noise(9 * p, seed) - 0.3f)) * 0.9f, 1);
  return part;
}

Part food_part(const cv::Vec3f& p, const Food& food) {
  switch (food.dish) {
    case Dish::kApple:
      return apple(p);
    case Dish::kBurger:
      return burger(p, food.seed);
    case Dish::kIceCream:
      return ice_cream(p, food.seed);
    case Dish::kDoughnut:
      return doughnut(p, food.seed);
  }
  return {};
}

cv::Vec3f mixed(const cv::Vec3f& a, const cv::Vec3f& b, float t) { return a + t * (b - a); }

Material food_material(const cv::Vec3f& p, const Food& food) {
  const int part = food_part(p, food).index;
  const float fine = value_noise(35 * p, food.seed), broad = value_noise(6 * p, food.seed + 1);
  const cv::Vec3f bread(0.07f, 0.24f, 0.5f);
  Material material;
  material.wrap = 0.15f;
  material.gloss = 30;
  if (food.dish == Dish::kApple) {
    material.albedo =
        part == 1 ? cv::Vec3f(0.03f, 0.06f, 0.1f) : mixed(food.first, food.second, smooth_step(0.35f, 0.7f, broad));
    if (part == 0) material.albedo *= 0.85f + 0.3f * value_noise(30 * std::atan2(p[0], p[2]), 5 * p[1], food.seed);
    material.specular = part == 0 ? 0.4f : 0.f;
  } else if (food.dish == Dish::kBurger) {
    const std::array<cv::Vec3f, 3> colours = {bread, cv::Vec3f(0.05f, 0.4f, 0.16f), cv::Vec3f(0.02f, 0.035f, 0.07f)};
    material.albedo = colours[part] * (0.75f + 0.5f * fine);
    const NoiseCell seed = nearest_cell(11 * p[0], 11 * p[2] + 5 * p[1], food.seed);
    if (part == 0 && p[1] < -0.14f && seed.distance < 0.22f) material.albedo = {0.4f, 0.6f, 0.75f};
    material.specular = part == 0 ? 0.12f : 0.05f;
  } else if (food.dish == Dish::kIceCream) {
    const float grid = std::max(std::abs(std::sin(30 * p[1] + 14 * p[0])), std::abs(std::sin(30 * p[1] - 14 * p[0])));
    material.albedo = part == 2 ? cv::Vec3f(0.1f, 0.3f, 0.55f) * (1 - 0.45f * smooth_step(0.85f, 1, grid))
                                : (part == 0 ? food.first : food.second);
    material.albedo *= 0.88f + 0.24f * fine;
    material.specular = part == 2 ? 0.f : 0.15f;
  } else {
    material.albedo = part == 0 ? bread * (0.8f + 0.4f * fine) : food.first;
    const NoiseCell sprinkle = nearest_cell(16 * p[0], 16 * p[1], food.seed);
    if (part == 1 && sprinkle.distance < 0.25f) {
      const uint32_t h = sprinkle.hash;
      material.albedo = {(h & 255) / 300.f, (h >> 8 & 255) / 300.f, (h >> 16 & 255) / 300.f};
    }
    material.specular = part == 0 ? 0.05f : 0.35f;
  }
  return material;
}

Food make_food(Rng rng) {
  Food food;
  food.dish = static_cast<Dish>(rng.integer(0, 3));
  food.seed = rng.bits();
  food.first = random_colour(rng, 0.25f, 0.85f);
  food.second = random_colour(rng, 0.25f, 0.85f);
  if (food.dish == Dish::kApple) {
    food.first = rng.chance(0.5) ? cv::Vec3f(0.03f, 0.03f, 0.45f) : cv::Vec3f(0.05f, 0.45f, 0.4f);
    food.second = rng.chance(0.5) ? cv::Vec3f(0.03f, 0.05f, 0.55f) : cv::Vec3f(0.06f, 0.5f, 0.6f);
  }
  return food;
}

}  // namespace

cv::Mat draw_food(const Rng& rng, const Scene& scene) {
  const Food food = make_food(rng.fork("food"));
  Rng choice = rng.fork("choice");
  const bool cone = food.dish == Dish::kIceCream;
  const Pose pose = held_pose(rng, scene, static_cast<float>(choice.uniform(1.0, 1.3)), cone ? 0.15f : 0.08f, 0.4f);
  const auto distance = [&](const cv::Vec3f& p) { return food_part(p, food).distance; };
  const auto surface = [&](const cv::Vec3f& p, const cv::Vec3f&) { return food_material(p, food); };
  const cv::Mat layer = draw_solid(scene.size, pose, scene.light, 0.9f, distance, surface);
  return choice.chance(0.75) ? held(layer, rng, scene, pose, {0, cone ? 0.42f : 0.26f, 0}) : layer;
}

}  // namespace facemat
