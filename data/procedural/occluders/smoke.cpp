#include "data/procedural/drawing/noise.h"
#include "data/procedural/drawing/shapes.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {

// Density is fractal noise in two depths, bent by slower noise (Quilez's domain warping), inside a soft rising plume.
cv::Mat draw_smoke(const Rng& rng, const Scene& scene) {
  const FaceFrame face = face_frame(scene);
  Rng look = rng.fork("smoke");
  const uint32_t seed = look.bits();
  const float thick = static_cast<float>(look.uniform(0.5, 0.95)), fine = static_cast<float>(look.uniform(1.6, 3));
  const float broad = static_cast<float>(look.uniform(0.35, 0.8)), lean = static_cast<float>(look.uniform(-0.5, 0.5));
  const float rise = static_cast<float>(look.uniform(0.3, 0.9) * scene.time),
              drift = static_cast<float>(look.uniform(-0.3, 0.3) * scene.time);
  const float grey = static_cast<float>(look.uniform(0.35, 0.85)), warm = static_cast<float>(look.uniform(-0.04, 0.04));
  const float low = static_cast<float>(look.uniform(0.1, 0.6)), beside = static_cast<float>(look.normal(0, 0.2));
  const cv::Point2f middle(beside + drift, low);
  const float turning = static_cast<float>(0.5 * scene.time);
  const auto density = [&](const cv::Point2f& p) {
    const cv::Vec3f at(fine * p.x, fine * (p.y + rise), turning);
    const float bend_x = value_noise(0.9f * at, seed + 7) - 0.5f,
                bend_y = value_noise(0.9f * at + cv::Vec3f(5, 2, 0), seed + 8) - 0.5f;
    const float cloud = fbm(cv::Vec3f(at[0] + 0.9f * bend_x, at[1] + 0.9f * bend_y, at[2]), seed, 5, 0.52f);
    const float across = (p.x - middle.x - lean * (middle.y - p.y)) / (broad * (1 + 0.4f * std::max(0.f, middle.y - p.y)));
    const float plume =
        std::exp(-across * across) * smooth_step(1.3f, 0.2f, p.y - middle.y) * smooth_step(-2.2f, -0.6f, p.y - middle.y);
    return plume * smooth_step(0.34f, 0.72f, cloud);
  };
  // The light's side of a billow is brighter: density falls towards the light.
  const cv::Point2f towards(0.06f * scene.light.key_direction[0], 0.06f * scene.light.key_direction[1]);
  const cv::Vec3f albedo = cv::Vec3f(grey * (1 - warm), grey, grey * (1 + warm));
  cv::Mat layer = empty_layer(scene.size);
  paint(layer, cv::Rect2f(0, 0, scene.size.width, scene.size.height), [&](const cv::Point2f& pixel) {
    const cv::Point2f p = (pixel - face.origin) / face.width;
    const float here = density(p);
    if (here < 1e-3f) return Painted{};
    const float free = std::clamp(0.75f + 1.2f * (here - density(p + towards)), 0.15f, 1.2f);
    const cv::Vec3f light = 0.8f * free * scene.light.key_colour + 0.5f * scene.light.fill_colour + scene.light.ambient;
    return Painted{-1, albedo.mul(light), 1 - std::exp(-2.6f * thick * here)};
  });
  return layer;
}

}  // namespace facemat
