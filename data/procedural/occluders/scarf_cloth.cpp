#include "data/procedural/drawing/noise.h"
#include "data/procedural/drawing/shapes.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

enum class Weave { kPlain, kStripes, kChecks, kKnit };

struct Fabric {
  Weave weave = Weave::kPlain;
  cv::Vec3f colour, second;
  float repeats = 5;  // stripes to a face width
  uint32_t seed = 0;
};

Fabric make_fabric(Rng rng) {
  Fabric fabric;
  fabric.weave = static_cast<Weave>(rng.integer(0, 3));
  fabric.colour = random_colour(rng);
  fabric.second = random_colour(rng);
  fabric.repeats = static_cast<float>(rng.uniform(3, 9));
  fabric.seed = rng.bits();
  return fabric;
}

// 1 on one half of each unit, 0 on the other, with soft borders.
float stripe(float x) { return smooth_step(0.21f, 0.29f, std::abs(x - std::floor(x) - 0.5f)); }

// Colour at (along, across) the cloth, in face widths.
cv::Vec3f fabric_colour(const Fabric& fabric, float along, float across) {
  const float u = fabric.repeats * along, v = fabric.repeats * across;
  const float thread = 0.94f + 0.12f * value_noise(90 * along, 90 * across, fabric.seed);
  float share = 0, weave = 1;
  if (fabric.weave == Weave::kStripes) share = stripe(u);
  if (fabric.weave == Weave::kChecks) share = 0.5f * (stripe(u) + stripe(v));
  if (fabric.weave == Weave::kKnit) {
    const float column = std::abs(std::fmod(std::abs(16 * across), 1.f) - 0.5f), rise = 16 * along + 1.2f * column;
    weave = 0.6f + 0.4f * std::sin(static_cast<float>(CV_PI) * (rise - std::floor(rise))) * smooth_step(0, 0.15f, column);
    share = 0.35f * stripe(0.25f * u);
  }
  return (fabric.colour + share * (fabric.second - fabric.colour)) * (thread * weave);
}

// Folded cloth as a height over (x, y), face widths; folds run along `along`.
struct Folds {
  cv::Point2f along{0, 1};
  float density = 4, depth = 0.05f;
  uint32_t seed = 0;
  float at(const cv::Point2f& p, float shift) const {
    const float length = p.dot(along), side = p.x * along.y - p.y * along.x;
    const float bent = side + 0.12f * gradient_noise(1.3f * length + shift, side, seed);
    const float broad = gradient_noise(density * bent, 0.5f * length + shift, seed + 1);
    return depth * (broad + 0.35f * ridge_noise(1.7f * density * bent, 0.8f * length, seed + 2));
  }
};

template <typename Height>
cv::Vec3f height_normal(const Height& height, const cv::Point2f& p) {
  const float e = 0.006f;
  const float dx = (height(p + cv::Point2f(e, 0)) - height(p - cv::Point2f(e, 0))) / (2 * e);
  const float dy = (height(p + cv::Point2f(0, e)) - height(p - cv::Point2f(0, e))) / (2 * e);
  return cv::normalize(cv::Vec3f(-dx, -dy, 1));
}

cv::Vec3f cloth_light(const cv::Vec3f& albedo, const cv::Vec3f& normal, float open, const Scene& scene) {
  Material material;
  material.albedo = albedo;
  material.wrap = 0.25f;
  material.occlusion = std::clamp(open, 0.25f, 1.f);
  material.shadow = std::clamp(0.3f + open, 0.f, 1.f);
  return shade(material, normal, scene.light);
}

// A cloth that hangs over one side of the face: everything beyond a wavy line.
cv::Mat draw_hanging(const Rng& rng, const Scene& scene, bool thin) {
  const FaceFrame face = face_frame(scene);
  Rng place = rng.fork("place");
  const Fabric fabric = make_fabric(rng.fork("fabric"));
  const float angle = static_cast<float>(place.uniform(0, 2 * CV_PI));
  const cv::Point2f inward(std::cos(angle), std::sin(angle));
  const float edge = static_cast<float>(thin ? place.uniform(-0.6, -0.1) : place.uniform(-0.2, 0.18));
  const Motion motion = motion_at(rng.fork("motion"), scene.time, 0.3f);
  const float shift = motion.offset.dot(inward), wave = static_cast<float>(place.uniform(0.03, 0.1));
  const float opacity = thin ? static_cast<float>(place.uniform(0.15, 0.4)) : 1.f;
  const float lean = angle + static_cast<float>(place.uniform(0.9, 2.2));
  const float depth = static_cast<float>(place.uniform(0.06, 0.13)), density = static_cast<float>(place.uniform(2.5, 5.5));
  const Folds folds{{std::cos(lean), std::sin(lean)}, density, depth, fabric.seed};
  const float flow = 0.5f * static_cast<float>(scene.time);
  cv::Mat layer = empty_layer(scene.size);
  const auto height = [&](const cv::Point2f& p) { return folds.at(p, flow); };
  paint(layer, cv::Rect2f(0, 0, scene.size.width, scene.size.height), [&](const cv::Point2f& pixel) {
    // Fixed to the cloth: its pattern and folds move with it. The face's middle is 0.25 below the eyes.
    const cv::Point2f p = (pixel - face.origin) / face.width - cv::Point2f(0, 0.25f) - shift * inward;
    const float across = p.x * inward.y - p.y * inward.x;
    const float line = edge + wave * gradient_noise(3 * across + flow, 0.5f, fabric.seed + 5) +
                       0.3f * wave * gradient_noise(11 * across, flow, fabric.seed + 6);
    const float d = 0.95f * (line - p.dot(inward));
    if (d > 2 / face.width) return Painted{};
    const float h = height(p), hem = smooth_step(0.004f, 0.001f, std::abs(d + 0.035f));
    const cv::Vec3f normal = height_normal(height, p);
    const float alpha =
        thin ? std::min(0.6f, opacity / std::max(0.35f, normal[2]) + 0.1f * smooth_step(-0.035f, -0.03f, d)) : 1.f;
    const cv::Vec3f albedo = fabric_colour(fabric, p.dot(inward), across) * (1 - 0.35f * hem);
    return Painted{d * face.width, cloth_light(albedo, normal, 0.8f + 4 * h, scene), alpha};
  });
  return layer;
}

}  // namespace

cv::Mat draw_cloth(const Rng& rng, const Scene& scene) { return draw_hanging(rng, scene, false); }
cv::Mat draw_veil(const Rng& rng, const Scene& scene) { return draw_hanging(rng, scene, true); }

// Turns of cloth round the neck, the highest in front; each is a bulging, folded band that sags in the middle.
cv::Mat draw_scarf(const Rng& rng, const Scene& scene) {
  const FaceFrame face = face_frame(scene);
  Rng place = rng.fork("place");
  const Fabric fabric = make_fabric(rng.fork("fabric"));
  const cv::Point2f mouth = face.to_face(scene.layout.mouth), nose = face.to_face(scene.layout.nose_tip);
  const float lift = static_cast<float>(place.uniform(0, 1)), half = static_cast<float>(place.uniform(0.6, 0.8));
  const Motion motion = motion_at(rng.fork("motion"), scene.time, 0.12f);
  const float top = nose.y - 0.08f + lift * (mouth.y - nose.y) + motion.offset.y;
  const int turns = static_cast<int>(place.integer(2, 4));
  cv::Mat layer = empty_layer(scene.size);
  for (int turn = turns - 1; turn >= 0; --turn) {
    const float tall = static_cast<float>(place.uniform(0.42, 0.56)), upper = top + 0.25f * turn,
                sag = static_cast<float>(place.uniform(0.02, 0.16));
    const float tilt = static_cast<float>(place.normal(0, 0.12)), wide = half + 0.1f * turn;
    const Folds folds{cv::Point2f(1, tilt) / std::hypot(1.f, tilt), 7, 0.045f, fabric.seed + 31 * turn};
    const auto local = [&](const cv::Point2f& p) {  // x across, y: 0 at the upper and 1 at the lower edge
      const float x = (p.x - mouth.x) / wide;
      return cv::Point2f(x, (p.y - upper - sag * (1 - x * x) - tilt * (p.x - mouth.x)) / tall);
    };
    const auto height = [&](const cv::Point2f& p) {
      const cv::Point2f q = local(p);
      const float round = std::max(0.f, 1 - q.x * q.x), bulge = std::max(0.f, q.y * (1 - q.y));
      return 0.3f * std::sqrt(round + 0.02f) + 0.22f * std::sqrt(bulge + 0.004f) + folds.at(p, 0);
    };
    const bool last = turn == turns - 1;
    paint(layer, cv::Rect2f(0, 0, scene.size.width, scene.size.height), [&](const cv::Point2f& pixel) {
      const cv::Point2f p = face.to_face(pixel), q = local(p);
      const float rough = 0.015f * gradient_noise(9 * p.x, 3.f * turn, fabric.seed + 3);
      const float side = (std::abs(q.x) - 1) * wide, above = -q.y * tall + rough, below = last ? -1.f : (q.y - 1) * tall;
      const float d = 0.9f * -smooth_union(-std::max(above, below), -side, 0.12f);
      if (d > 2 / face.width) return Painted{};
      const cv::Vec3f n = height_normal(height, p);
      const cv::Point2f seen = n[0] * face.right + n[1] * face.down;
      const float under = turn == 0 ? 1 : smooth_step(-0.05f, 0.5f, q.y - 0.45f);  // in the shade of the turn above
      const float open = (0.7f + 5 * folds.at(p, 0)) * (0.45f + 0.55f * under) * smooth_step(0.0f, -0.06f, d - 0.03f);
      return Painted{d * face.width, cloth_light(fabric_colour(fabric, q.y * tall, p.x), {seen.x, seen.y, n[2]}, open, scene),
                     1};
    });
  }
  return layer;
}

}  // namespace facemat
