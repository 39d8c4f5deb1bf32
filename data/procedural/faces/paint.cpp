#include "data/procedural/faces/paint.h"

#include <algorithm>
#include <cmath>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/faces/curves.h"
#include "data/procedural/faces/eyes.h"
#include "data/procedural/faces/shape.h"

namespace facemat {
namespace {

// Blood under the skin: cheeks, nose, lids, ears; and the paler forehead.
float redness(const Person& p, float x, float y) {
  const float ax = std::abs(x);
  float red = 0.5f * bump(ax, y, 0.38f, 0.26f, 0.18f, 0.15f) + 0.4f * bump(x, y, 0, p.nose_length, 0.12f, 0.09f);
  red += 0.25f * bump(ax, y, p.eye_spacing, 0.02f, 0.17f, 0.09f) + 0.2f * bump(x, y, 0, 0.9f, 0.2f, 0.1f);
  red -= 0.15f * bump(x, y, 0, -0.45f, 0.4f, 0.2f);
  return red + 0.5f * p.blotches * (fbm(x * 5, y * 5, p.seed + 1, 3));
}

float freckle(const Person& p, float x, float y) {
  const NoiseCell cell = nearest_cell(x * 26, y * 26, p.seed + 2);
  const float size = 0.15f + 0.25f * static_cast<float>(cell.hash & 255) / 255.f;
  const float where = bump(std::abs(x), y, 0.25f, 0.2f, 0.3f, 0.2f) + 0.25f;
  return smooth_step(size, size * 0.4f, cell.distance) * where * ((cell.hash >> 8) % 3 ? 1.f : 0.f);
}

float mole(const Person& p, float x, float y) {
  const NoiseCell cell = nearest_cell(x * 3, y * 3, p.seed + 3);
  return (cell.hash % 6 == 0) ? smooth_step(0.055f, 0.035f, cell.distance) : 0.f;
}

cv::Vec3f skin_albedo(const Person& p, float x, float y, float angle, float footprint) {
  const float red = 0.22f * redness(p, x, y) * (1 - 0.45f * p.melanin);
  cv::Vec3f skin = p.skin.mul(cv::Vec3f(1 - red, 1 - 0.85f * red, 1 + 0.25f * red));
  skin *= 1 + 0.1f * fbm(angle * 4, y * 4, p.seed + 4, 3);
  if (footprint < 0.02f) skin *= 1 + 0.06f * gradient_noise(angle * 45, y * 55, p.seed + 5);
  const float socket = bump(std::abs(x), y, p.eye_spacing - 0.02f, 0.08f, 0.12f, 0.05f) * (0.12f + 0.2f * p.age);
  skin = mix(skin, skin.mul(cv::Vec3f(0.75f, 0.6f, 0.65f)), socket);
  if (p.freckles > 0) skin = mix(skin, skin.mul(cv::Vec3f(0.3f, 0.45f, 0.65f)), 0.75f * p.freckles * freckle(p, x, y));
  if (p.moles > 0) skin = mix(skin, skin * 0.25f, p.moles * mole(p, x, y));
  return skin;
}

// Wrinkles as dark lines that also tilt the normal: forehead, between the brows, crow's feet.
float wrinkles(const Person& p, const Expression& e, float x, float y) {
  const float ax = std::abs(x);
  const float raised = std::max(0.f, e.brow_raise) * 12;
  const float brow = std::max(0.f, p.age - 0.25f + 0.4f * raised) * bump(x, y, 0, -0.42f, 0.38f, 0.14f) *
                     ridge_noise(x * 1.3f, y * 14 + 1.5f * x * x, p.seed + 6);
  const float feet = std::max(0.f, p.age - 0.3f + 0.3f * e.smile) * bump(ax, y, 0.5f, 0.02f, 0.07f, 0.09f) *
                     ridge_noise(std::atan2(y, ax - 0.38f) * 5, 0.3f, p.seed + 7);
  const float between = (e.frown + 0.4f * p.age) * bump(ax, y, 0.045f, -0.17f, 0.014f, 0.07f);
  const float fine = p.age * 0.25f * ridge_noise(x * 12, y * 12, p.seed + 8);
  return brow + feet + between + fine;
}

// Hairs as noise stretched along (dx, dy).
float hair_noise(float x, float y, float dx, float dy, uint32_t seed) {
  return 0.5f + 0.5f * gradient_noise((x * dx + y * dy) * 11, (x * dy - y * dx) * 75, seed);
}

float brow_cover(const Person& p, const Expression& e, float x, float y) {
  const float ax = std::abs(x), t = (ax - 0.1f) / (p.eye_spacing + 0.1f);
  if (t < -0.15f || t > 1.2f) return 0;
  const float raise = e.brow_raise - 0.03f * e.frown * (1 - t);
  const float arch = p.brow_arch * (1 - 3.2f * (t - 0.62f) * (t - 0.62f)) + 0.02f;
  const float middle = p.brow_height - raise - arch + 0.05f * smooth_step(0.7f, 1.1f, t);
  const float thick = p.brow_thickness * (1.1f - 0.75f * smooth_step(0.35f, 1.05f, t));
  const float body = smooth_step(1.25f, 0.55f, std::abs(y - middle) / thick);
  const float ends = smooth_step(-0.1f, 0.12f, t) * smooth_step(1.08f, 0.9f, t);
  const float slope = 0.25f + 0.9f * (1 - smooth_step(0.f, 0.5f, t));
  const float hairs = hair_noise(ax, -y, std::cos(slope), std::sin(slope), p.seed + 9);
  return p.brow_density * body * ends * (0.4f + 0.75f * hairs);
}

float beard_cover(const Person& p, const Expression& e, float x, float y) {
  if (p.beard.stubble + p.beard.full + p.beard.moustache <= 0) return 0;
  const float ax = std::abs(x);
  const float line = 0.34f + 0.42f * smooth_step(0.55f, 0.2f, ax) + 0.03f * fbm(x * 6, y * 6, p.seed + 10, 2);
  const float jaw = smooth_step(line - 0.07f, line + 0.12f, y);
  const float lip = bump(ax, y, 0.12f, p.nose_length + 0.11f + 0.5f * ax * ax, 0.17f, 0.05f);
  const float chin = smooth_step(p.mouth_height + 0.1f, p.mouth_height + 0.17f, y) * smooth_step(0.42f, 0.2f, ax);
  const float sides = smooth_step(mouth_half_width(p, e) * 0.95f, mouth_half_width(p, e) * 1.4f, ax);
  const float where = std::max(jaw * std::max(sides, chin), std::min(1.f, 1.3f * lip));
  const float hairs = hair_noise(x, y, 0.25f * (x > 0 ? 1.f : -1.f), 0.97f, p.seed + 11);
  const float dots = 0.5f + 0.5f * gradient_noise(x * 70, y * 70, p.seed + 12);
  const float full = std::max(p.beard.full * jaw * std::max(sides, chin), p.beard.moustache * std::min(1.f, 1.6f * lip));
  return std::clamp(0.55f * p.beard.stubble * where * (0.5f + dots) + full * (0.55f + 0.55f * hairs), 0.f, 0.96f);
}

void paint_make_up(const Person& p, float x, float y, cv::Vec3f& skin) {
  const float ax = std::abs(x);
  const float blush = p.makeup.blush * bump(ax, y + 0.35f * (ax - 0.42f), 0.44f, 0.24f, 0.13f, 0.08f);
  skin = mix(skin, skin.mul(cv::Vec3f(0.7f, 0.6f, 1.05f)), 0.7f * blush);
  const float shadow = p.makeup.shadow * bump(ax, y, p.eye_spacing + 0.02f, -0.075f, 0.13f, 0.05f);
  skin = mix(skin, p.makeup.shadow_colour.mul(cv::Vec3f::all(0.3f) + 0.9f * p.skin), 0.8f * std::min(1.f, shadow));
}

void paint_nostrils(const Person& p, float x, float y, Material& material) {
  const float ax = std::abs(x);
  const float hole = bump(ax + 0.3f * (y - p.nose_length), y, p.nose_width * 0.53f, p.nose_length + 0.06f, 0.028f, 0.017f);
  const float dark = smooth_step(0.3f, 0.75f, hole);
  material.albedo = mix(material.albedo, material.albedo.mul(cv::Vec3f(0.06f, 0.06f, 0.1f)), dark);
  material.specular *= 1 - dark;
  const float under = bump(x, y, 0, p.nose_length + 0.075f, p.nose_width * 1.1f, 0.035f);
  const float wing = bell(ax - p.nose_width * 1.42f, 0.018f) * bell(y - p.nose_length - 0.01f, 0.05f);
  material.occlusion *= 1 - 0.12f * under - 0.4f * wing;
  material.shadow *= 1 - 0.05f * under - 0.3f * wing;
}

cv::Vec3f tooth_colour(const Person& p, float x, float y, float top) {
  const float widths = 0.062f - 0.05f * std::abs(x) * std::abs(x);
  const float along = x / widths, gap = std::abs(along - std::round(along - 0.5f) - 0.5f);
  const float between = smooth_step(0.42f, 0.5f, gap);
  const float end = 0.075f - 0.01f * smooth_step(0.3f, 0.5f, gap);
  const cv::Vec3f enamel(0.55f - 0.12f * p.age, 0.66f - 0.08f * p.age, 0.7f);
  const cv::Vec3f deep(0.03f, 0.02f, 0.06f);
  const float tooth = smooth_step(end + 0.008f, end - 0.004f, y - top) * smooth_step(0.25f, 0.15f, std::abs(x));
  return mix(deep, enamel * (1 - 0.55f * between), tooth);
}

// Lips, the line between them, and what is seen in an open mouth.
void paint_mouth(const Person& p, const Expression& e, float x, float y, Paint& paint) {
  const float half = mouth_half_width(p, e), ax = std::abs(x);
  if (ax > half * 1.25f || std::abs(y - p.mouth_height) > 0.35f) return;
  const LipLines lips = lip_lines(p, e, ax);
  const float soft = 0.012f * (1 - 0.6f * p.makeup.lipstick);
  const float corner = smooth_step(half * 1.03f, half * 0.94f, ax);
  const float cover =
      corner * smooth_step(lips.top - soft, lips.top + soft, y) * smooth_step(lips.bottom + soft, lips.bottom - soft, y);
  const float lines = 1 + 0.22f * gradient_noise(x * 55, y * 8, p.seed + 13);
  const cv::Vec3f colour = mix(p.lips, p.makeup.lip_colour, 0.85f * p.makeup.lipstick) * lines;
  Material& material = paint.material;
  material.albedo = mix(material.albedo, y < lips.upper_edge ? colour * 0.78f : colour, 0.92f * cover);
  material.specular += cover * (0.1f + 0.2f * p.makeup.lipstick);
  material.gloss += 20 * cover;
  const float open = lips.lower_edge - lips.upper_edge;
  const float line = corner * bell(y - 0.5f * (lips.upper_edge + lips.lower_edge), 0.009f + 0.25f * open);
  material.albedo *= 1 - 0.8f * line * (open < 0.01f ? 1.f : 0.3f);
  const float tuck = bump(ax, y, half * 1.02f, lips.upper_edge, 0.025f, 0.022f);
  material.albedo *= 1 - 0.5f * tuck;
  if (open < 0.006f || ax > half) return;
  const float inside = smooth_step(lips.upper_edge - 0.006f, lips.upper_edge + 0.006f, y) *
                       smooth_step(lips.lower_edge + 0.006f, lips.lower_edge - 0.006f, y);
  if (inside <= 0) return;
  const float depth =
      smooth_step(half * 0.95f, half * 0.4f, ax) * smooth_step(lips.upper_edge - 0.01f, lips.upper_edge + 0.03f, y);
  const cv::Vec3f mouth = tooth_colour(p, x, y, lips.upper_edge - 0.01f) * (0.3f + 0.7f * depth);
  material.albedo = mix(material.albedo, mouth, inside);
  material.specular = material.specular * (1 - inside) + 0.12f * inside;
  paint.skin *= 1 - inside;
}

}  // namespace

Paint paint_head(const Person& p, const Expression& e, const cv::Vec3f& place, float footprint) {
  const float x = place[0], y = place[1], angle = place[2];
  Paint paint;
  Material& material = paint.material;
  material.albedo = skin_albedo(p, x, y, angle, footprint);
  const float oil =
      bump(x, y, 0, 0.3f, 0.1f, 0.3f) + bump(x, y, 0, -0.4f, 0.35f, 0.15f) + bump(std::abs(x), y, 0.4f, 0.16f, 0.12f, 0.08f);
  material.specular = 0.03f + 0.05f * oil + 0.03f * p.melanin;
  material.gloss = 14 + 10 * oil;
  if (std::abs(angle) > 1.75f) return paint;
  const float creases = wrinkles(p, e, x, y);
  material.albedo *= 1 - std::min(0.6f, 0.4f * creases);
  material.occlusion = 1 - std::min(0.5f, 0.4f * creases);
  const float pores = footprint < 0.02f ? 0.1f : 0.04f;
  paint.tilt = {pores * gradient_noise(x * 38, y * 38, p.seed + 14), pores * gradient_noise(x * 38, y * 38, p.seed + 15), 0};
  paint_make_up(p, x, y, material.albedo);
  paint_nostrils(p, x, y, material);
  const float beard = beard_cover(p, e, x, y);
  material.albedo = mix(material.albedo, p.hair.natural * 0.8f, beard);
  material.specular *= 1 - 0.7f * beard;
  paint_mouth(p, e, x, y, paint);
  material.albedo = mix(material.albedo, p.brow_colour, std::min(0.95f, brow_cover(p, e, x, y)));
  paint_eye(p, e, x, y, paint);
  return paint;
}

}  // namespace facemat
