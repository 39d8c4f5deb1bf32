#include <array>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/drawing/shapes.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

struct Glasses {
  float half_height = 0.13f, corner = 0.08f, rim = 0.016f, wing = 0;  // face widths; wing: how far outer corners rise
  float tint = 0.2f, tint_below = 0.1f, metal = 0;
  cv::Vec3f frame, lens;
  bool rimless_below = false;
  uint32_t seed = 0;
};

Glasses make_glasses(Rng rng) {
  Glasses g;
  const bool sun = rng.chance(0.45);
  g.half_height = static_cast<float>(rng.uniform(0.105, 0.18));
  g.corner = g.half_height * static_cast<float>(rng.uniform(0.35, 1));
  g.metal = rng.chance(0.35) ? 1.f : 0.f;
  g.rim = g.metal > 0 ? static_cast<float>(rng.uniform(0.006, 0.01)) : static_cast<float>(rng.uniform(0.011, 0.024));
  g.wing = rng.chance(0.3) ? static_cast<float>(rng.uniform(0.02, 0.05)) : 0;
  g.tint = static_cast<float>(sun ? rng.uniform(0.4, 0.6) : rng.uniform(0.1, 0.18));
  g.tint_below = static_cast<float>(rng.chance(0.5) ? g.tint : std::max(0.1, 0.4 * g.tint));
  g.frame = g.metal > 0 ? (rng.chance(0.5) ? cv::Vec3f(0.2f, 0.45f, 0.6f) : cv::Vec3f(0.5f, 0.5f, 0.5f))
                        : (rng.chance(0.5) ? cv::Vec3f(0.012f, 0.012f, 0.012f) : random_colour(rng));
  g.lens = sun ? random_colour(rng, 0.01f, 0.08f) : cv::Vec3f(0.5f, 0.48f, 0.46f);
  g.rimless_below = rng.chance(0.15);
  g.seed = rng.bits();
  return g;
}

// One eye's glass as seen: `half_width` shrinks on the side turned away.
struct Lens {
  cv::Point2f centre;                   // face widths
  float half_width = 0.18f, outer = 1;  // outer: +1 when its outer side is to the right
};

float lens_distance(const cv::Point2f& p, const Lens& lens, const Glasses& g) {
  cv::Point2f q = p - lens.centre;
  const float out = q.x * lens.outer / lens.half_width;
  q.y += g.wing * std::max(0.f, out) * std::max(0.f, out) * smooth_step(0.5f * g.half_height, -g.half_height, q.y);
  q.x *= 1 + 0.12f * smooth_step(0, 1.4f * g.half_height, q.y);  // narrower below
  return box_distance(q, {lens.half_width, g.half_height}, std::min({g.corner, lens.half_width, g.half_height}));
}

}  // namespace

cv::Mat draw_glasses(const Rng& rng, const Scene& scene) {
  const FaceFrame face = face_frame(scene);
  const Glasses g = make_glasses(rng.fork("glasses"));
  Rng place = rng.fork("place");
  const float slip = static_cast<float>(place.uniform(0.0, 0.05)) + 0.012f * std::sin(6.28f * static_cast<float>(scene.time));
  const cv::Point2f left = face.to_face(scene.layout.left_eye), right = face.to_face(scene.layout.right_eye);
  const cv::Point2f left_edge = face.to_face(scene.layout.left_edge), right_edge = face.to_face(scene.layout.right_edge);
  const cv::Point2f middle = 0.5f * (left + right);
  const float gap = 0.16f * (right.x - left.x);  // half the bridge
  const auto lens_between = [&](float inner, float outer, float y) {
    return Lens{{0.5f * (inner + outer), y + slip + 0.02f}, 0.5f * std::abs(outer - inner), outer > inner ? 1.f : -1.f};
  };
  const float width = static_cast<float>(place.uniform(0.72, 0.86));  // share of the half face that glass spans
  const std::array<Lens, 2> lenses = {
      lens_between(middle.x - gap, middle.x - gap + width * (left_edge.x - middle.x + gap), left.y),
      lens_between(middle.x + gap, middle.x + gap + width * (right_edge.x - middle.x - gap), right.y)};
  const float glint = static_cast<float>(place.uniform(0.15, 0.45)), slant = static_cast<float>(place.uniform(0.3, 0.9));
  const cv::Vec3f to_light = scene.light.key_direction;

  cv::Mat layer = empty_layer(scene.size);
  const float span = 0.75f * face.width;
  const cv::Rect2f bounds(face.origin.x - 1.2f * span, face.origin.y - span, 2.4f * span, 2 * span);
  paint(layer, bounds, [&](const cv::Point2f& pixel) {
    const cv::Point2f p = face.to_face(pixel);
    const Lens& lens = p.x < middle.x ? lenses[0] : lenses[1];
    const float d = lens_distance(p, lens, g);
    if (d > 0.02f) return Painted{};
    const float down = std::clamp(0.5f + 0.5f * (p.y - lens.centre.y) / g.half_height, 0.f, 1.f);
    // A soft window band that slides with the light, as lenses mirror what is before them.
    const float at = (p.x - lens.centre.x) + slant * (p.y - lens.centre.y) - 0.15f * to_light[0];
    const float band = smooth_step(0.05f, 0.035f, std::abs(at)) + 0.6f * smooth_step(0.015f, 0.006f, std::abs(at - 0.08f));
    const float opacity = g.tint + (g.tint_below - g.tint) * down;
    const float mirrored = glint * band * (0.3f + 0.7f * smooth_step(0.9f, 0.2f, down));
    const cv::Vec3f colour = g.lens * 0.8f * (scene.light.key_colour[1] * 0.6f + scene.light.ambient[1]);
    const float alpha = std::min(0.6f, opacity + (1 - opacity) * mirrored);
    return Painted{d * face.width, colour + (mirrored / std::max(alpha, 1e-3f)) * (0.8f * scene.light.key_colour - colour),
                   alpha};
  });
  Material material;
  material.albedo = g.frame;
  material.specular = 0.35f + 0.5f * g.metal;
  material.gloss = 40;
  const float rim = std::max(g.rim, 0.6f / face.width);
  const auto frame_distance = [&](const cv::Point2f& p) {
    const Lens& lens = p.x < middle.x ? lenses[0] : lenses[1];
    const float upper = smooth_step(0.02f, -0.02f, p.y - lens.centre.y);
    const float thick = rim * (0.75f + 0.5f * upper) * (g.rimless_below ? upper : 1);
    float d = std::abs(lens_distance(p, lens, g)) - thick;
    const float arch = middle.y + slip - 0.01f + 2.2f * (p.x - middle.x) * (p.x - middle.x);
    if (std::abs(p.x - middle.x) < gap + rim) d = std::min(d, std::abs(p.y - arch) - 0.9f * rim);
    for (const Lens& side : lenses) {
      const cv::Point2f edge = side.outer > 0 ? right_edge : left_edge;
      const cv::Point2f hinge = side.centre + cv::Point2f(side.outer * side.half_width, -0.5f * g.half_height);
      d = std::min(d, segment_distance(p, hinge, {edge.x + side.outer * 0.01f, hinge.y + 0.01f}) - 1.1f * rim);
    }
    return d;
  };
  paint(layer, bounds, [&](const cv::Point2f& pixel) {
    const cv::Point2f p = face.to_face(pixel);
    const float d = frame_distance(p);
    if (d > 1.5f / face.width) return Painted{};
    // A round bar: its height falls to the sides as the distance does.
    const float e = 0.004f, deep = std::clamp(1 + d / rim, 0.f, 0.95f);
    cv::Point2f slope(frame_distance(p + cv::Point2f(e, 0)) - d, frame_distance(p + cv::Point2f(0, e)) - d);
    slope *= deep / std::max(1e-6f, std::hypot(slope.x, slope.y));
    const cv::Point2f seen = slope.x * face.right + slope.y * face.down;
    const cv::Vec3f normal(seen.x, seen.y, std::sqrt(std::max(0.05f, 1 - slope.dot(slope))));
    return Painted{d * face.width, shade(material, cv::normalize(normal), scene.light), 1};
  });
  return layer;
}

}  // namespace facemat
