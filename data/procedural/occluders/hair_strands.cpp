#include <array>
#include <vector>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/drawing/shapes.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

constexpr int kPieces = 20;

// Hair over the face: a lock is a bundle of strands round one guide curve.
struct Strand {
  std::array<cv::Point2f, kPieces + 1> points;  // pixels
  float half_width = 0.5f;                      // pixels, at the root
  cv::Vec3f colour;                             // linear albedo
};

cv::Point2f curve(const std::array<cv::Point2f, 4>& c, float t) {
  const float s = 1 - t;
  return s * s * s * c[0] + 3 * s * s * t * c[1] + 3 * s * t * t * c[2] + t * t * t * c[3];
}

std::array<cv::Point2f, 4> guide(Rng& rng, double time) {
  const float side = rng.chance(0.5) ? 1.f : -1.f, root = static_cast<float>(rng.uniform(-0.25, 0.42));
  const float length = static_cast<float>(rng.uniform(0.95, 1.9)), out = static_cast<float>(rng.uniform(-0.25, 0.4));
  const float phase = static_cast<float>(rng.uniform(0, 2 * CV_PI)), sway = static_cast<float>(rng.uniform(0.02, 0.1));
  const float swing = sway * std::sin(phase + 2 * static_cast<float>(CV_PI * time) * static_cast<float>(rng.uniform(0.7, 1.8)));
  const float wave = static_cast<float>(rng.normal(0, 0.18));
  const cv::Point2f start(side * root, -0.98f + 0.5f * root * root);
  return {start, start + cv::Point2f(side * 0.3f * out + 0.3f * swing, 0.3f * length),
          start + cv::Point2f(side * (out + wave) + 0.7f * swing, 0.65f * length),
          start + cv::Point2f(side * (out - wave) + 1.2f * swing, length)};
}

cv::Vec3f hair_colour(Rng& rng) {
  constexpr int kColours = 6;
  const std::array<cv::Vec3f, kColours> colours = {cv::Vec3f(0.008f, 0.009f, 0.011f), cv::Vec3f(0.015f, 0.028f, 0.055f),
                                                   cv::Vec3f(0.04f, 0.08f, 0.16f),    cv::Vec3f(0.14f, 0.32f, 0.5f),
                                                   cv::Vec3f(0.02f, 0.07f, 0.26f),    cv::Vec3f(0.45f, 0.46f, 0.48f)};
  const float bright = static_cast<float>(rng.uniform(0.8, 1.3));
  return colours[rng.integer(0, kColours - 1)] * bright;
}

// Light on a thin fibre (Kajiya and Kay, SIGGRAPH 1989): diffuse by the sine, highlight by the half vector's sine to the
// tangent.
cv::Vec3f fibre(const cv::Vec3f& colour, const cv::Point2f& along, const Light& light) {
  const cv::Vec3f tangent(along.x, along.y, 0);
  const auto sine = [&](const cv::Vec3f& v) {
    const float c = tangent.dot(v);
    return std::sqrt(std::max(0.f, 1 - c * c));
  };
  const cv::Vec3f half = cv::normalize(light.key_direction + cv::Vec3f(0, 0, 1));
  const float diffuse = sine(light.key_direction), shine = 0.14f * std::pow(sine(half), 60.f);
  return colour.mul(diffuse * light.key_colour + light.fill_colour + light.ambient) + shine * light.key_colour;
}

// Width along a strand: thin at the root, where it leaves the others, and at the tip.
float taper(float t) { return smooth_step(-0.05f, 0.25f, t) * (1 - 0.75f * t); }

// The strand's pieces into `cover` (its own coverage so far) and the layer, then `cover` is wiped where it was used.
void draw_strand(cv::Mat& layer, cv::Mat& cover, const Strand& strand, const Light& light) {
  std::vector<cv::Point> used;
  std::vector<cv::Vec3f> colours;
  for (int i = 0; i < kPieces; ++i) {
    const cv::Point2f a = strand.points[i], b = strand.points[i + 1];
    const float half = strand.half_width * taper((i + 0.5f) / kPieces), margin = half + 1;
    const cv::Point2f along = (b - a) / std::max(1e-6f, std::hypot(b.x - a.x, b.y - a.y));
    const cv::Vec3f colour = srgb_encode(fibre(strand.colour, along, light));
    const cv::Rect box = cv::Rect(cv::Point(std::floor(std::min(a.x, b.x) - margin), std::floor(std::min(a.y, b.y) - margin)),
                                  cv::Point(std::ceil(std::max(a.x, b.x) + margin), std::ceil(std::max(a.y, b.y) + margin))) &
                         cv::Rect({0, 0}, layer.size());
    for (int y = box.y; y < box.y + box.height; ++y) {
      for (int x = box.x; x < box.x + box.width; ++x) {
        const float d = segment_distance({x + 0.5f, y + 0.5f}, a, b);
        const float share = std::clamp(half + 0.5f - d, 0.f, std::min(1.f, 2 * half));
        float& before = cover.at<float>(y, x);
        if (share <= before) continue;
        used.emplace_back(x, y);
        lay_over(layer.at<cv::Vec4f>(y, x), colour, (share - before) / std::max(1e-6f, 1 - before));
        before = share;
      }
    }
  }
  for (const cv::Point& at : used) cover.at<float>(at) = 0;
}

}  // namespace

cv::Mat draw_hair_strands(const Rng& rng, const Scene& scene) {
  const FaceFrame face = face_frame(scene);
  Rng look = rng.fork("hair");
  const cv::Vec3f colour = hair_colour(look);
  const int locks = static_cast<int>(look.integer(3, 7));
  const float curl = look.chance(0.4) ? static_cast<float>(look.uniform(0.015, 0.05)) : 0.005f;
  cv::Mat layer = empty_layer(scene.size), cover(scene.size, CV_32F, cv::Scalar(0));
  for (int lock = 0; lock < locks; ++lock) {
    Rng own = rng.fork("lock", lock);
    const auto middle = guide(own, scene.time);
    const int strands = static_cast<int>(own.chance(0.35) ? own.integer(2, 6) : own.integer(18, 55));
    const float spread = static_cast<float>(own.uniform(0.02, 0.07)), turns = static_cast<float>(own.uniform(5, 14));
    const float phase = static_cast<float>(own.uniform(0, 2 * CV_PI));
    for (int i = 0; i < strands; ++i) {
      const float offset = static_cast<float>(own.normal(0, 1)), flare = static_cast<float>(own.normal(0, 0.7)),
                  shift = static_cast<float>(own.normal(0, 0.25));
      const float reach = static_cast<float>(own.uniform(0.75, 1));
      Strand strand;
      strand.half_width = face.width * static_cast<float>(own.uniform(0.0025, 0.005));
      strand.colour = colour * static_cast<float>(own.uniform(0.6, 1.5));
      for (int k = 0; k <= kPieces; ++k) {
        const float t = reach * static_cast<float>(k) / kPieces;
        const float bundle = 1 - 0.6f * std::sin(2.6f * t) + 0.8f * t * t;
        cv::Point2f p = curve(middle, t);
        p.x += spread * (offset * bundle + flare * t * t) + curl * t * std::sin(turns * t + phase + shift);
        strand.points[k] = face.to_pixels(p);
      }
      draw_strand(layer, cover, strand, scene.light);
    }
  }
  return layer;
}

}  // namespace facemat
