#include "data/procedural/faces/hair.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/faces/curves.h"
#include "data/procedural/faces/shape.h"

namespace facemat {
namespace {

constexpr float kPi = 3.14159265f;

float draw(Rng& rng, double low, double high) { return static_cast<float>(rng.uniform(low, high)); }

// How a style grows: how many locks, strands and steps; what pulls them.
struct Growth {
  int locks, strands, steps;
  float gravity, spread, lift, sideways, back, forward;
  float wave = 0, turns = 3;  // amplitude and turns of a lock's curl
};

Growth growth_of(HairStyle style) {
  switch (style) {
    case HairStyle::kBald:
      return {0, 0, 1, 0, 0, 0, 0, 0, 0};
    case HairStyle::kBuzz:
      return {700, 4, 3, 0.4f, 0.04f, 0.8f, 0.2f, 0.2f, 0};
    case HairStyle::kReceding:
      return {380, 7, 7, 0.4f, 0.05f, 0.1f, 0.5f, 0.9f, 0};
    case HairStyle::kShort:
      return {480, 8, 7, 0.5f, 0.05f, 0.3f, 0.5f, 0.5f, 0};
    case HairStyle::kFringe:
      return {420, 9, 10, 0.6f, 0.05f, 0.2f, 0.45f, 0.1f, 0.75f};
    case HairStyle::kBob:
      return {320, 10, 14, 1.1f, 0.06f, 0.2f, 0.9f, 0.2f, 0};
    case HairStyle::kLong:
      return {320, 11, 18, 1.1f, 0.06f, 0.2f, 0.9f, 0.2f, 0};
    case HairStyle::kCurly:
      return {300, 8, 30, 0.8f, 0.09f, 0.5f, 0.8f, 0.2f, 0};
    case HairStyle::kAfro:
      return {650, 5, 18, 0, 0.06f, 1.6f, 0.1f, 0, 0};
    case HairStyle::kBun:
      return {320, 8, 12, 0, 0.04f, 0, 0.1f, 1.3f, 0};
  }
  return {};
}

Growth growth_of(const Hair& hair) {
  Growth growth = growth_of(hair.style);
  growth.wave = hair.style == HairStyle::kBun ? 0 : 0.1f * hair.curl * hair.curl * std::min(1.f, hair.length);
  growth.turns = (2 + 3 * hair.curl) * std::max(0.6f, 0.6f * hair.length);
  if (hair.style == HairStyle::kAfro) growth.wave = 0.07f;
  return growth;
}

// Pushes a point out of a skull-shaped ellipsoid grown by `gap`.
cv::Vec3f outside_head(const Person& p, const cv::Vec3f& at, float gap) {
  const float below = std::max(0.f, at[1]);
  const cv::Vec3f radii(p.width * (1 - 0.25f * below) + gap, 1 + gap, (at[2] > 0 ? p.depth * 0.97f : p.depth * 1.02f) + gap);
  const cv::Vec3f scaled(at[0] / radii[0], at[1] / radii[1] * 0.98f, at[2] / radii[2]);
  const auto length = static_cast<float>(cv::norm(scaled));
  return length >= 1 || length < 1e-4f ? at : at / length;
}

// Where a strand would hang over the face it is led to the sides, as hands do with hair.
float face_push(const Hair& hair, const cv::Vec3f& at) {
  const bool covers = at[2] > 0.2f && at[1] > hair.hairline - 0.12f && at[1] < 1.2f;
  return covers ? smooth_step(0.66f, 0.3f, std::abs(at[0])) : 0;
}

// Away from the face, and below the ears back towards the neck.
float sideways_pull(const Hair& hair, const cv::Vec3f& at) {
  const float middle = std::abs(at[0]) < 0.2f ? hair.parting : 0, side = at[0] >= middle ? 1.f : -1.f;
  return side * 1.8f * face_push(hair, at) - 1.2f * smooth_step(0.f, 0.6f, at[1]) * (at[0] - side * 0.62f);
}

cv::Vec3f start_direction(const Hair& hair, const Growth& g, const cv::Vec3f& root, Rng& rng) {
  const cv::Vec3f out = unit(root);
  const float side = root[0] >= hair.parting ? 1.f : -1.f;
  cv::Vec3f direction = g.lift * out + cv::Vec3f(side * g.sideways, 0, -g.back);
  if (g.forward > 0 && root[2] > -0.2f) direction = cv::Vec3f(0.3f * side, 0.1f, g.forward) + 0.5f * out;
  for (int c = 0; c < 3; ++c) direction[c] += draw(rng, -0.2, 0.2);
  return unit(direction);
}

Strand guide_lock(const Person& p, const Growth& g, const cv::Vec3f& root, Rng& rng) {
  const Hair& hair = p.hair;
  Strand lock;
  float length = hair.length * draw(rng, 0.8, 1.1);
  // A fringe is cut above the eyes in front, longer at the sides.
  const bool fringe = hair.style == HairStyle::kFringe && root[2] > 0.15f;
  if (fringe) length = std::min(length, draw(rng, 0.35, 0.62));
  const float step = length / static_cast<float>(g.steps);
  const float gap = hair.thickness * draw(rng, 0.6, 1.4) + 0.015f;
  const cv::Vec3f knot(0.0f, -0.75f, -0.75f);
  cv::Vec3f at = root, direction = start_direction(hair, g, root, rng);
  lock.points.push_back(at);
  for (int s = 0; s < g.steps; ++s) {
    const float done = static_cast<float>(s) / static_cast<float>(g.steps);
    cv::Vec3f pull(0, g.gravity, 0);
    if (!fringe && hair.style != HairStyle::kAfro) pull[0] += sideways_pull(hair, at);
    if (hair.style == HairStyle::kBun) pull = 2.5f * unit(knot - at);
    direction = unit(direction + pull * (0.35f + 0.3f * done));
    at += direction * step;
    at = outside_head(p, at, gap * std::min(1.f, 6 * done + 0.35f));
    lock.points.push_back(at);
  }
  return lock;
}

// A strand of a lock: beside its guide, wound round it, thinning out at the ends.
Strand follow(const Strand& guide, const Growth& g, float phase, Rng& rng) {
  Strand strand;
  const float radius = g.spread * std::sqrt(draw(rng, 0, 1)), turn = draw(rng, 0, 2 * kPi);
  const cv::Vec3f beside(radius * std::cos(turn), 0.4f * radius * std::sin(turn), radius * std::sin(turn));
  const float stop = draw(rng, 0.7, 1);
  const auto count = static_cast<size_t>(stop * static_cast<float>(guide.points.size()));
  for (size_t i = 0; i < std::max<size_t>(2, count); ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(guide.points.size() - 1);
    const float grown = std::min(1.f, 3 * t), angle = phase + 2 * kPi * g.turns * t;
    const cv::Vec3f wound(std::cos(angle), 0.2f * std::sin(angle), std::sin(angle));
    strand.points.push_back(guide.points[i] + beside * (0.4f + 0.6f * grown) + wound * (g.wave * grown));
  }
  strand.shade = draw(rng, 0.7, 1.25);
  strand.width = draw(rng, 0.006, 0.014);
  return strand;
}

cv::Vec3f random_root(const Person& p, Rng& rng) {
  const Expression calm;
  for (int attempt = 0; attempt < 40; ++attempt) {
    // Uniform over the sphere, and only above the edge of the hair.
    const float angle = draw(rng, -kPi, kPi), height = draw(rng, -0.999, 0.55);
    const float edge = hair_edge(p.hair, angle) + 0.06f * fbm(angle * 5, 0.5f, p.seed + 71, 3);
    const cv::Vec3f at = head_point(p, calm, angle, height);
    if (at[1] < edge) return at;
  }
  return {0, -1, 0};
}

struct Piece {                // one strand, posed
  std::vector<cv::Vec3f> at;  // x, y samples, z head units
  std::vector<cv::Vec3f> colour;
  float width, depth;
};

Piece pose(const Strand& strand, const Hair& hair, const Light& light, const View& view) {
  Piece piece{{}, {}, strand.width * view.scale, 0};
  for (const cv::Vec3f& point : strand.points) {
    piece.at.push_back(view.project(point, true));
    piece.depth += piece.at.back()[2] / static_cast<float>(strand.points.size());
  }
  for (size_t i = 0; i < strand.points.size(); ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(strand.points.size() - 1);
    const cv::Vec3f along =
        unit(view.head * (strand.points[std::min(i + 1, strand.points.size() - 1)] - strand.points[i > 0 ? i - 1 : 0]));
    const cv::Vec3f albedo = (hair.colour + (hair.tips - hair.colour) * smooth_step(0.4f, 1.f, t)) * strand.shade;
    // Hair shades hair: what lies behind or far below the crown gets less light, and so does the side away from the key.
    const cv::Vec3f out = unit(cv::Vec3f(piece.at[i][0] - view.target[0], piece.at[i][1] - view.target[1], 0) / view.scale +
                               cv::Vec3f(0, 0, piece.at[i][2]));
    const float facing = 0.45f + 0.55f * std::max(0.f, out.dot(light.key_direction));
    const float depth = 0.3f + 0.7f * smooth_step(-0.8f, 0.5f, piece.at[i][2]);
    piece.colour.push_back(shade_strand(albedo, along, light) * (facing * depth));
  }
  return piece;
}

// One sample-wide column or row of coverage at a time is blended over the layer; the nearer strand is drawn later.
void draw_segment(cv::Mat& layer, const Surface& surface, const Piece& piece, size_t i) {
  const cv::Vec3f a = piece.at[i], b = piece.at[i + 1], d = b - a;
  const float length = std::max(1e-3f, std::hypot(d[0], d[1])), radius = std::max(0.35f, 0.5f * piece.width);
  const float taper = i + 2 == piece.at.size() ? 0.5f : 1.f, strength = taper * std::min(1.f, piece.width / 0.7f) * 0.85f;
  const int x0 = std::max(0, static_cast<int>(std::floor(std::min(a[0], b[0]) - radius - 1)));
  const int x1 = std::min(layer.cols - 1, static_cast<int>(std::ceil(std::max(a[0], b[0]) + radius + 1)));
  const int y0 = std::max(0, static_cast<int>(std::floor(std::min(a[1], b[1]) - radius - 1)));
  const int y1 = std::min(layer.rows - 1, static_cast<int>(std::ceil(std::max(a[1], b[1]) + radius + 1)));
  for (int y = y0; y <= y1; ++y) {
    auto* row = layer.ptr<cv::Vec4f>(y);
    for (int x = x0; x <= x1; ++x) {
      const float px = static_cast<float>(x) - a[0], py = static_cast<float>(y) - a[1];
      const float along = (px * d[0] + py * d[1]) / length;
      if (along < 0 || along >= length) continue;
      const float cover = strength * std::clamp(radius + 0.5f - std::abs(px * d[1] - py * d[0]) / length, 0.f, 1.f);
      const float t = along / length;
      if (cover <= 0 || a[2] + t * d[2] < surface.z[y * layer.cols + x] - 0.02f) continue;
      const cv::Vec3f colour = piece.colour[i] + (piece.colour[i + 1] - piece.colour[i]) * t;
      row[x] = row[x] * (1 - cover) + cv::Vec4f(colour[0] * cover, colour[1] * cover, colour[2] * cover, cover);
    }
  }
}

}  // namespace

cv::Vec3f shade_strand(const cv::Vec3f& albedo, const cv::Vec3f& along, const Light& light) {
  const auto diffuse = [&](const cv::Vec3f& to) {
    const float c = along.dot(to);
    return std::sqrt(std::max(0.f, 1 - c * c));
  };
  const auto shine = [&](const cv::Vec3f& to) {
    const float c = along.dot(unit(to + cv::Vec3f(0, 0, 1)));
    return std::pow(std::max(0.f, 1 - c * c), 30.f);
  };
  const cv::Vec3f light_in =
      diffuse(light.key_direction) * light.key_colour + diffuse(light.fill_direction) * light.fill_colour + light.ambient;
  const cv::Vec3f gloss = shine(light.key_direction) * light.key_colour + shine(light.fill_direction) * light.fill_colour;
  return albedo.mul(light_in) + (albedo * 0.5f + cv::Vec3f::all(0.035f)).mul(gloss);
}

std::vector<Strand> grow_hair(const Person& person, const Rng& rng) {
  const Growth growth = growth_of(person.hair);
  std::vector<Strand> strands;
  for (int l = 0; l < growth.locks; ++l) {
    Rng lock = rng.fork("lock", static_cast<uint64_t>(l));
    const cv::Vec3f root = random_root(person, lock);
    const Strand guide = guide_lock(person, growth, root, lock);
    const float phase = draw(lock, 0, 2 * kPi), tone = draw(lock, 0.8, 1.15);
    for (int s = 0; s < growth.strands; ++s) {
      strands.push_back(follow(guide, growth, phase + draw(lock, -0.4, 0.4), lock));
      strands.back().shade *= tone;
    }
  }
  return strands;
}

cv::Mat draw_hair(const std::vector<Strand>& strands, const Hair& hair, const Light& light, const View& view,
                  const Surface& surface) {
  std::vector<Piece> pieces;
  pieces.reserve(strands.size());
  for (const Strand& strand : strands) pieces.push_back(pose(strand, hair, light, view));
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.depth < b.depth; });
  cv::Mat layer(surface.size, CV_32FC4, cv::Scalar::all(0));
  for (const Piece& piece : pieces) {
    for (size_t i = 0; i + 1 < piece.at.size(); ++i) draw_segment(layer, surface, piece, i);
  }
  return layer;
}

}  // namespace facemat
