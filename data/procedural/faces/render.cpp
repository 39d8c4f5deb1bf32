#include "data/procedural/faces/render.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/faces/curves.h"
#include "data/procedural/faces/hair.h"
#include "data/procedural/faces/paint.h"

namespace facemat {
namespace {

constexpr float kFaceEdge = 1.35f;  // radians from the front: behind it the ears' region begins

// Per direction.
int samples_per_pixel(int side) { return side <= 160 ? 3 : 2; }

// The skin of the head above the edge of the hair counts as hair; the edge frays along the growth.
void mark_hair(Surface& surface, const Person& person) {
  if (person.hair.style == HairStyle::kBald) return;
  for (size_t i = 0; i < surface.part.size(); ++i) {
    const cv::Vec3f& place = surface.place[i];
    const float angle = std::abs(place[2]);
    if (surface.part[i] != Part::kHead || (angle < 0.9f && place[1] > -0.15f)) continue;
    const float soft = person.hair.style == HairStyle::kBuzz ? 0.1f : 0.06f;
    const float fray =
        0.05f * fbm(place[2] * 5, 0.5f, person.seed + 71, 3) +
        soft * std::max(-0.3f, gradient_noise(place[2] * 60, place[1] * 9, person.seed + 53)) * smooth_step(1.6f, 1.2f, angle);
    if (place[1] < hair_edge(person.hair, place[2]) + fray) surface.part[i] = Part::kScalp;
  }
}

Surface build_surface(const Person& person, const Shot& shot, const View& view, int samples) {
  Surface surface({samples, samples});
  const int detail = std::clamp(samples / 2, 96, 200);
  rasterise(surface, head_grid(person, shot.expression, detail), view);
  if (person.hair.style != HairStyle::kBald) rasterise(surface, scalp_grid(person, shot.expression, 96), view);
  for (const Grid& ear : ear_grids(person)) rasterise(surface, ear, view);
  rasterise(surface, neck_grid(person), view);
  rasterise(surface, shoulder_grid(person), view);
  mark_hair(surface, person);
  return surface;
}

// Share of key light that arrives: a few steps through the z-buffer towards the light.
cv::Mat cast_shadows(const Surface& surface, const View& view, const cv::Vec3f& to_light) {
  cv::Mat shadow(surface.size, CV_32FC1, cv::Scalar(1));
  for (int y = 0; y < surface.size.height; ++y) {
    for (int x = 0; x < surface.size.width; ++x) {
      const float z = surface.z[y * surface.size.width + x];
      if (z == kFar) continue;
      float step = 0.035f, lit = 1;
      for (int s = 0; s < 9; ++s, step *= 1.35f) {
        const int sx = static_cast<int>(static_cast<float>(x) + to_light[0] * step * view.scale);
        const int sy = static_cast<int>(static_cast<float>(y) + to_light[1] * step * view.scale);
        if (sx < 0 || sy < 0 || sx >= surface.size.width || sy >= surface.size.height) break;
        const float above = surface.z[sy * surface.size.width + sx] - (z + to_light[2] * step);
        // Only a blocker of limited thickness hides the light: the z-buffer does not know what is behind its surface.
        if (above > 0.015f && above < 0.6f) lit = std::min(lit, 1 - smooth_step(0.015f, 0.06f, above));
      }
      shadow.at<float>(y, x) = lit;
    }
  }
  const float sigma = 0.018f * view.scale;
  cv::GaussianBlur(shadow, shadow, {}, sigma, sigma, cv::BORDER_REPLICATE);
  return shadow;
}

// Darkening of what lies deeper than its surroundings (after Luft et al., "Image enhancement by unsharp masking the depth
// buffer", SIGGRAPH 2006).
cv::Mat occlude(const Surface& surface, const View& view) {
  cv::Mat depth(surface.size, CV_32FC1);
  for (int y = 0; y < depth.rows; ++y) {
    for (int x = 0; x < depth.cols; ++x) depth.at<float>(y, x) = std::max(-1.2f, surface.z[y * depth.cols + x]);
  }
  cv::Mat around, small;
  cv::resize(depth, small, {}, 0.25, 0.25, cv::INTER_AREA);
  const float sigma = 0.1f * view.scale * 0.25f;
  cv::GaussianBlur(small, small, {}, sigma, sigma, cv::BORDER_REPLICATE);
  cv::resize(small, around, depth.size(), 0, 0, cv::INTER_LINEAR);
  cv::Mat open(surface.size, CV_32FC1);
  for (int y = 0; y < depth.rows; ++y) {
    for (int x = 0; x < depth.cols; ++x) {
      const float deeper = std::max(0.f, around.at<float>(y, x) - depth.at<float>(y, x));
      open.at<float>(y, x) = 1 - 0.65f * smooth_step(0.f, 0.22f, deeper);
    }
  }
  return open;
}

// Light that entered beside the terminator comes out red: the three colours wrap differently round the form.
cv::Vec3f shade_skin(Material material, const cv::Vec3f& normal, const Light& light, float skin) {
  cv::Vec3f out;
  const float wraps[3] = {0.06f, 0.12f, 0.3f};
  for (int c = 0; c < 3; ++c) {
    const float wrap = skin * wraps[c];
    const float key = material.shadow * lambert(normal, light.key_direction, wrap) * light.key_colour[c];
    const float fill = material.occlusion * lambert(normal, light.fill_direction, wrap) * light.fill_colour[c];
    out[c] = material.albedo[c] * (key + fill + material.occlusion * light.ambient[c]);
  }
  material.albedo = {0, 0, 0};
  return out + shade(material, normal, light);
}

cv::Vec3f cloth_albedo(const Clothes& clothes, const cv::Vec3f& place, uint32_t seed) {
  const float weave =
      1 + 0.15f * gradient_noise(place[0] * 60, place[1] * 60, seed) + 0.25f * fbm(place[0] * 3, place[1] * 2, seed + 1, 3);
  float second = 0;
  if (clothes.pattern == 1) second = std::fmod(std::abs(place[1]) * 7, 1.f) > 0.5f ? 1.f : 0.f;
  if (clothes.pattern == 2)
    second = 0.5f * (std::fmod(std::abs(place[1]) * 5, 1.f) > 0.5f) + 0.5f * (std::fmod(std::abs(place[0]) * 6, 1.f) > 0.5f);
  if (clothes.pattern == 3) second = smooth_step(0.3f, 0.2f, nearest_cell(place[0] * 8, place[1] * 8, seed).distance);
  return (clothes.colour + (clothes.second - clothes.colour) * second) * std::max(0.2f, weave);
}

// Skin of the breast shows inside the neckline.
bool inside_neckline(const Clothes& clothes, const cv::Vec3f& place) {
  const float across = std::abs(place[0]) / 0.9f;
  const float depth = clothes.neckline * (clothes.v_neck ? 1 - across : std::sqrt(std::max(0.f, 1 - across * across)));
  return across < 1 && place[1] - 1.4f < depth;
}

cv::Vec3f scalp_albedo(const Person& person, const cv::Vec3f& place) {
  const float streak = gradient_noise(place[2] * 30, place[1] * 3, person.seed + 51) +
                       0.6f * gradient_noise(place[2] * 70, place[1] * 6, person.seed + 52);
  const float through = person.hair.style == HairStyle::kBuzz ? 0.45f + 0.2f * streak : 0.f;  // skin between short hairs
  const cv::Vec3f hair = person.hair.colour * std::max(0.2f, 0.55f + 0.3f * streak);
  return hair + (person.skin * 0.6f - hair) * std::max(0.f, through);
}

class Shader {
 public:
  Shader(const Person& person, const Shot& shot, const View& view, const Surface& surface)
      : person_(person),
        shot_(shot),
        view_(view),
        surface_(surface),
        shadow_(cast_shadows(surface, view, shot.light.key_direction)),
        open_(occlude(surface, view)) {}

  cv::Vec3f colour(int x, int y) const {
    const int i = y * surface_.size.width + x;
    const cv::Vec3f normal = unit(surface_.normal[i]), place = surface_.place[i];
    switch (surface_.part[i]) {
      case Part::kHead:
        return finish(paint_head(person_, shot_.expression, place, 1 / view_.scale), normal, x, y);
      case Part::kScalp:
        return finish({{scalp_albedo(person_, place), 0.05f, 12, 0, 1, 1}, {}, 0, false}, normal, x, y);
      case Part::kEar:
        return finish({{ear_albedo(place), 0.03f, 14, 0, 1, 1}, {}, 1, false}, normal, x, y);
      case Part::kNeck:
        return finish({{neck_albedo(place), 0.03f, 12, 0, 1, 1}, {}, 1, false}, normal, x, y);
      default:
        break;
    }
    if (inside_neckline(shot_.clothes, place))
      return finish({{neck_albedo(place), 0.03f, 12, 0, 1, 1}, {}, 1, false}, normal, x, y);
    return finish({{cloth_albedo(shot_.clothes, place, shot_.seed), 0.01f, 8, 0, 1, 1}, {}, 0, false}, normal, x, y);
  }

 private:
  cv::Vec3f ear_albedo(const cv::Vec3f& place) const {
    const float inner = smooth_step(0.75f, 0.35f, place[0]);
    return person_.skin.mul(cv::Vec3f(0.8f, 0.75f, 1.f)) * (1 - 0.4f * inner);
  }

  cv::Vec3f neck_albedo(const cv::Vec3f& place) const {
    return person_.skin * (0.92f + 0.1f * fbm(place[0] * 4, place[1] * 4, person_.seed + 61, 3));
  }

  cv::Vec3f finish(Paint paint, cv::Vec3f normal, int x, int y) const {
    normal = paint.eye ? unit(view_.head * paint.tilt) : unit(normal + view_.head * paint.tilt);
    paint.material.shadow *= shadow_.at<float>(y, x);
    const float open = open_.at<float>(y, x);
    paint.material.occlusion *= open;
    paint.material.shadow *= 0.5f + 0.5f * open;
    return shade_skin(paint.material, normal, shot_.light, paint.skin);
  }

  const Person& person_;
  const Shot& shot_;
  const View& view_;
  const Surface& surface_;
  cv::Mat shadow_, open_;
};

// The head in front of the ears, without the underside of the jaw, which photographs' masks count as neck.
bool is_face(const Surface& surface, const View& view, size_t i) {
  if (surface.part[i] != Part::kHead || std::abs(surface.place[i][2]) > kFaceEdge) return false;
  const cv::Vec3f unposed = view.head.t() * surface.normal[i];
  return surface.place[i][1] < 0.7f || unposed[1] < 0.85f * static_cast<float>(cv::norm(unposed));
}

}  // namespace

Figure render_figure(const Person& person, const Shot& shot, const Rng& growth, int side) {
  const int samples = side * samples_per_pixel(side);
  const View view = make_view(shot, samples);
  const Surface surface = build_surface(person, shot, view, samples);
  const Shader shader(person, shot, view, surface);
  const cv::Mat hair = draw_hair(grow_hair(person, growth), person.hair, shot.light, view, surface);
  cv::Mat layer(surface.size, CV_32FC4, cv::Scalar::all(0)), mask(surface.size, CV_32FC1, cv::Scalar::all(0));
  for (int y = 0; y < samples; ++y) {
    for (int x = 0; x < samples; ++x) {
      const int i = y * samples + x;
      const cv::Vec4f& strand = hair.at<cv::Vec4f>(y, x);
      auto& out = layer.at<cv::Vec4f>(y, x);
      out = strand;
      if (surface.part[i] == Part::kNone || strand[3] > 0.995f) continue;
      const cv::Vec3f colour = shader.colour(x, y) * (1 - strand[3]);
      out += cv::Vec4f(colour[0], colour[1], colour[2], 1 - strand[3]);
      if (is_face(surface, view, i)) mask.at<float>(y, x) = 1 - strand[3];
    }
  }
  Figure figure;
  cv::resize(layer, figure.layer, {side, side}, 0, 0, cv::INTER_AREA);
  cv::resize(mask, figure.mask, {side, side}, 0, 0, cv::INTER_AREA);
  return figure;
}

}  // namespace facemat
