#include "data/procedural/faces/shape.h"

#include <algorithm>
#include <cmath>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/faces/curves.h"

namespace facemat {
namespace {

constexpr float kPi = 3.14159265f;

float signed_power(float x, float power) { return std::copysign(std::pow(std::abs(x), power), x); }

// Nose: a ridge growing from between the eyes to the tip, wings beside the tip, an undercut below it.
float nose_height(const Person& p, float x, float y) {
  const float tip = p.nose_length, along = std::clamp((y + 0.12f) / (tip + 0.12f), 0.f, 1.f);
  const float under = smooth_step(tip + 0.13f, tip - 0.04f, y);
  const float ridge = p.nose_height * (0.1f + 0.9f * std::pow(along, 1.2f)) * smooth_step(-0.3f, -0.02f, y) * under;
  const float width = 0.078f + 0.045f * along * along;
  const float wings = 0.5f * p.nose_height * bump(std::abs(x), y, p.nose_width, tip + 0.015f, 0.046f, 0.055f);
  const float bulb = p.nose_bulb * bump(x, y, 0, tip - 0.01f, 0.07f, 0.06f);
  return ridge * bell(x, width) + wings + bulb;
}

float eye_height(const Person& p, float x, float y) {
  const float socket = -0.085f * bump(x, y, p.eye_spacing - 0.03f, 0, 0.17f, 0.1f);
  const float ball = 0.062f * bump(x, y, p.eye_spacing, 0.005f, 0.105f, 0.075f);
  const float ridge = p.brow_ridge * bump(x, y, 0.27f, p.brow_height + 0.02f, 0.2f, 0.07f);
  const float inner = -0.03f * bump(x, y, 0.11f, -0.02f, 0.05f, 0.06f);
  const float bag = p.age * (0.012f * bump(x, y, p.eye_spacing, 0.11f, 0.1f, 0.03f) -
                             0.012f * bump(x, y, p.eye_spacing, 0.15f, 0.12f, 0.02f));
  return socket + ball + ridge + inner + bag;
}

float lip_height(const Person& p, const Expression& e, float x, float y) {
  const float half = mouth_half_width(p, e);
  const LipLines lips = lip_lines(p, e, x);
  const float across = smooth_step(half * 1.1f, half * 0.5f, x);
  const float upper = 0.032f * bell(y - 0.5f * (lips.top + lips.upper_edge), 0.035f);
  const float lower = 0.042f * bell(y - 0.5f * (lips.lower_edge + lips.bottom), 0.042f);
  const float line =
      -0.045f * bell(y - 0.5f * (lips.upper_edge + lips.lower_edge), 0.016f + (lips.lower_edge - lips.upper_edge));
  return across * (upper + lower + line);
}

// The fold from the wing of the nose to beside the mouth: a crease with a soft cheek above it.
float fold_height(const Person& p, const Expression& e, float x, float y) {
  const float t = std::clamp((y - p.nose_length) / 0.26f, 0.f, 1.f);
  const float line = 0.15f + 0.2f * std::pow(t, 0.8f);
  const float strength =
      (0.25f + 0.75f * p.age + 0.6f * std::max(0.f, e.smile)) * smooth_step(-0.1f, 0.1f, y - p.nose_length + 0.06f);
  const float fade = smooth_step(1.15f, 0.6f, (y - p.nose_length) / 0.26f);
  return strength * fade * (-0.02f * bell(x - line, 0.025f) + 0.018f * bell(x - line - 0.07f, 0.06f));
}

float feature_height(const Person& p, const Expression& e, float x, float y) {
  const float ax = std::abs(x), smile = std::max(0.f, e.smile);
  float z = nose_height(p, x, y) + eye_height(p, ax, y) + lip_height(p, e, ax, y) + fold_height(p, e, ax, y);
  z += (p.cheek + 0.025f * smile) * bump(ax, y, 0.4f, 0.2f - 0.03f * smile, 0.16f, 0.14f);
  z -= 0.04f * (0.4f + p.age) * bump(ax, y, 0.46f, 0.52f, 0.14f, 0.16f);
  z += 0.05f * bump(x, y, 0, p.mouth_height, 0.26f, 0.15f);
  z -= 0.012f * bump(x, y, 0, p.nose_length + 0.12f, 0.022f, 0.05f);
  z -= 0.035f * bump(x, y, 0, p.mouth_height + 0.17f, 0.17f, 0.045f);
  z += 0.065f * bump(x, y, 0, 0.88f * p.chin_length, p.chin_width, 0.09f);
  z -= 0.03f * bump(ax, y, 0.58f, -0.18f, 0.12f, 0.2f);
  return z;
}

float half_width(const Person& p, float y) {
  if (y < 0) return p.width * std::pow(std::max(0.f, 1 - std::pow(-y, 2.5f)), 1 / 2.3f);
  const float taper = 1 - p.taper * smooth_step(-0.05f, 1.1f, y) * 1.25f;
  return p.width * taper * std::pow(std::max(0.f, 1 - std::pow(y, 7.f)), 0.5f);
}

float front_depth(const Person& p, float y) {
  if (y < 0) return p.depth * std::pow(std::max(0.f, 1 - std::pow(-y, 2.8f)), 1 / 2.2f);
  return p.depth * (1 - 0.06f * y) * std::pow(std::max(0.f, 1 - std::pow(y, 16.f)), 0.5f);
}

float back_depth(const Person& p, float y) {
  const float shifted = std::clamp((y + 0.15f) / 1.0f, -1.f, 1.f);
  return 1.02f * p.depth * std::pow(std::max(0.f, 1 - shifted * shifted), 0.5f) *
         (y < -0.85f ? std::sqrt(std::max(0.f, (1 + y) / 0.15f)) : 1.f);
}

// Normals from neighbouring points; grids are drawn so that rows run down and columns to the picture's right.
void set_normals(Grid& grid) {
  for (int r = 0; r < grid.rows; ++r) {
    for (int c = 0; c < grid.cols; ++c) {
      const cv::Vec3f down = grid.at(std::min(r + 1, grid.rows - 1), c).position - grid.at(std::max(r - 1, 0), c).position;
      const cv::Vec3f right = grid.at(r, std::min(c + 1, grid.cols - 1)).position - grid.at(r, std::max(c - 1, 0)).position;
      const cv::Vec3f normal = right.cross(down);
      const auto length = static_cast<float>(cv::norm(normal));
      grid.vertices[static_cast<size_t>(r * grid.cols + c)].normal =
          length > 1e-9f ? normal / length : cv::Vec3f(0, r < grid.rows / 2 ? -1.f : 1.f, 0);
    }
  }
}

template <typename Place>
Grid make_grid(int rows, int cols, Part part, bool turns, Place place) {
  Grid grid{rows, cols, part, turns, {}};
  grid.vertices.reserve(static_cast<size_t>(rows * cols));
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < cols; ++c) {
      grid.vertices.push_back(
          place(static_cast<float>(r) / static_cast<float>(rows - 1), static_cast<float>(c) / static_cast<float>(cols - 1)));
    }
  }
  set_normals(grid);
  return grid;
}

// Columns crowd in front, where the features are.
float angle_of(float share) {
  const float s = 2 * share - 1;
  return kPi * (0.45f * s + 0.55f * s * s * s);
}

float height_of(float share) { return std::sin(kPi * (share - 0.5f) * 0.999f); }

Grid ear_grid(const Person& p, float side) {
  const float size = p.ear_size;
  return make_grid(16, 20, Part::kEar, true, [&](float v, float u) {
    // An ellipsoidal leaf tilted backwards and standing off the head, hollow in the middle.
    const float a = side * 2 * kPi * u, radius = std::sin(0.5f * kPi * v);
    const float hollow = -0.05f * bell(radius - 0.45f, 0.3f) + 0.03f * bell(radius - 0.8f, 0.14f);
    const float x = (0.03f + hollow + 0.07f * (1 - radius)), y = 0.24f * radius * std::sin(a), z = 0.13f * radius * std::cos(a);
    const float flare = 0.35f;
    const cv::Vec3f at(side * (p.width * 0.985f + size * (x * 0.7f - flare * z + 0.02f)), 0.17f + size * y,
                       -0.12f + size * (z + 0.3f * x - 0.15f * y));
    return Vertex{at, {}, {radius, a, side}};
  });
}

}  // namespace

float mouth_half_width(const Person& person, const Expression& expression) {
  return person.mouth_width * (1 + 0.2f * std::max(0.f, expression.smile) - 0.6f * expression.open);
}

LipLines lip_lines(const Person& p, const Expression& e, float x) {
  const float u = std::clamp(x / mouth_half_width(p, e), -1.f, 1.f), inside = 1 - u * u;
  const float line = p.mouth_height - (0.016f + 0.055f * e.smile) * u * u + 0.006f * bell(u, 0.25f);
  const float gap = (e.open + 0.028f * std::max(0.f, e.smile - 0.55f)) * std::pow(inside, 0.7f);
  const float bow = 1 - 0.22f * bell(u, 0.13f) + 0.1f * bell(std::abs(u) - 0.22f, 0.15f);
  const float stretch = 1 - 0.25f * std::max(0.f, e.smile);
  LipLines lines;
  lines.upper_edge = line - 0.3f * gap;
  lines.lower_edge = line + gap;
  lines.top = lines.upper_edge - p.upper_lip * stretch * std::pow(inside, 0.75f) * bow;
  lines.bottom = lines.lower_edge + p.lower_lip * stretch * std::pow(inside, 0.65f);
  return lines;
}

cv::Vec3f head_point(const Person& p, const Expression& e, float angle, float height) {
  const float s = std::sin(angle), c = std::cos(angle);
  const float side = signed_power(s, 0.95f), front = signed_power(c, 0.85f);
  float y = height;
  const float x = half_width(p, height) * side;
  float z = front * (c > 0 ? front_depth(p, height) : back_depth(p, height));
  if (height > 0) {
    // The jaw rises from the chin to the ears, and stays up behind them.
    const float aside = x * x / (p.width * p.width), rise = c > 0 ? aside : aside + (1 - aside) * c * c;
    y = height * (1 - 0.36f * rise * height) * (1 + (p.chin_length - 1) * height) +
        e.open * smooth_step(0.55f, 0.9f, height) * 0.8f;
  }
  if (c > 0) z += feature_height(p, e, x, y) * smooth_step(0.02f, 0.4f, c) * smooth_step(1.f, 0.93f, height);
  return {x, y, z};
}

float hair_edge(const Hair& hair, float angle) {
  const float a = std::abs(angle);
  const float temple = hair.hairline + (0.28f - 0.3f * (hair.hairline + 0.6f)) * smooth_step(0.35f, 1.05f, a);
  const float sideburn = temple + (0.12f - temple) * smooth_step(0.95f, 1.3f, a);
  const float bare_ear = sideburn - 0.12f * bell(a - 1.6f, 0.2f);
  return bare_ear + 0.5f * smooth_step(1.7f, 2.2f, a);
}

Grid head_grid(const Person& p, const Expression& e, int detail) {
  return make_grid(detail, detail, Part::kHead, true, [&](float v, float u) {
    const float angle = angle_of(u);
    const cv::Vec3f at = head_point(p, e, angle, height_of(v));
    return Vertex{at, {}, {at[0], at[1], angle}};
  });
}

Grid scalp_grid(const Person& p, const Expression& e, int detail) {
  return make_grid(detail, detail, Part::kScalp, true, [&](float v, float u) {
    const float angle = angle_of(u);
    const cv::Vec3f skin = head_point(p, e, angle, height_of(v * 0.85f));
    const float edge = hair_edge(p.hair, angle) + 0.05f * fbm(angle * 5, 0.5f, p.seed + 71, 3);
    const float inside = smooth_step(0.04f, 0.3f, edge - skin[1]);
    const float lumps = 1 + 0.5f * fbm(angle * 3, skin[1] * 3, p.seed + 72, 2);
    const float lift = edge > skin[1] + 0.04f ? 0.004f + 0.7f * p.hair.thickness * inside * lumps : -0.05f;
    const cv::Vec3f outward = skin / std::max(0.05f, static_cast<float>(cv::norm(skin)));
    return Vertex{skin + lift * outward, {}, {skin[0], skin[1], angle}};
  });
}

std::vector<Grid> ear_grids(const Person& person) { return {ear_grid(person, -1), ear_grid(person, 1)}; }

Grid neck_grid(const Person& p) {
  return make_grid(24, 32, Part::kNeck, false, [&](float v, float u) {
    const float angle = kPi * (2 * u - 1), y = 0.25f + 1.35f * v;
    const float radius = (p.woman ? 0.33f : 0.4f) + 0.25f * smooth_step(0.75f, 1.1f, v);
    const float cords = 0.015f * bell(std::abs(angle) - 0.5f - 0.3f * (1 - v), 0.15f);
    return Vertex{
        {(radius + cords) * std::sin(angle), y, -0.38f + 0.95f * (radius + cords) * std::cos(angle)}, {}, {angle, y, 0}};
  });
}

Grid shoulder_grid(const Person& p) {
  return make_grid(48, 48, Part::kClothes, false, [&](float v, float u) {
    const float angle = kPi * (2 * u - 1), y = 1.22f + 2.2f * v * v + 0.12f * v;
    const float span = p.woman ? 1.35f : 1.6f;
    const float width = 0.42f + (span - 0.42f) * std::pow(smooth_step(0.f, 0.62f, v), 0.6f);
    const float deep = 0.38f + 0.35f * smooth_step(0.f, 0.6f, v);
    const float drop = 0.22f * bell(angle, 0.9f) * (1 - v);  // the collar dips in front
    return Vertex{{width * signed_power(std::sin(angle), 0.9f), y + drop, -0.25f + deep * signed_power(std::cos(angle), 0.8f)},
                  {},
                  {angle, y + drop, v}};
  });
}

}  // namespace facemat
