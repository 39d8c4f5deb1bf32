#include "data/scene/shading.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kTableSize = 4096;

float encode_exactly(float linear) {
  return linear <= 0.0031308f ? 12.92f * linear : 1.055f * std::pow(linear, 1 / 2.4f) - 0.055f;
}

// Pictures are encoded through a table over the square root of light, which is nearly straight in the encoded value.
const std::array<float, kTableSize + 2>& encode_table() {
  static const auto table = [] {
    std::array<float, kTableSize + 2> values{};
    for (size_t i = 0; i < values.size(); ++i) {
      const float root = static_cast<float>(i) / kTableSize;
      values[i] = encode_exactly(std::min(1.f, root * root));
    }
    return values;
  }();
  return table;
}

float encode_by_table(float linear) {
  const float at = std::sqrt(std::clamp(linear, 0.f, 1.f)) * kTableSize;
  const int index = static_cast<int>(at);
  const auto& table = encode_table();
  const float low = table[static_cast<size_t>(index)], high = table[static_cast<size_t>(index) + 1];
  return low + (high - low) * (at - static_cast<float>(index));
}

template <typename Function>
cv::Mat map_values(const cv::Mat& picture, Function function) {
  require(picture.depth() == CV_32F, "shading: a picture to encode or decode must be float");
  cv::Mat out(picture.size(), picture.type());
  const int width = picture.cols * picture.channels();
  for (int y = 0; y < picture.rows; ++y) {
    const float* from = picture.ptr<float>(y);
    float* to = out.ptr<float>(y);
    for (int x = 0; x < width; ++x) to[x] = function(from[x]);
  }
  return out;
}

cv::Vec3f tint(float warmth, float strength) { return {strength * (1 - warmth), strength, strength * (1 + warmth)}; }

cv::Vec3f saturated(Rng& rng, float strength) {
  cv::Vec3f colour;
  for (int c = 0; c < 3; ++c) colour[c] = strength * static_cast<float>(rng.uniform(0.15, 1.3));
  return colour;
}

// From the front half space: `side` radians to the right of the viewer, `rise` radians above.
cv::Vec3f direction_of(float side, float rise) {
  return {std::sin(side) * std::cos(rise), -std::sin(rise), std::cos(side) * std::cos(rise)};
}

}  // namespace

float srgb_encode(float linear) { return encode_exactly(std::clamp(linear, 0.f, 1.f)); }

float srgb_decode(float encoded) {
  const float value = std::clamp(encoded, 0.f, 1.f);
  return value <= 0.04045f ? value / 12.92f : std::pow((value + 0.055f) / 1.055f, 2.4f);
}

cv::Vec3f srgb_encode(const cv::Vec3f& linear) {
  return {srgb_encode(linear[0]), srgb_encode(linear[1]), srgb_encode(linear[2])};
}
cv::Vec3f srgb_decode(const cv::Vec3f& encoded) {
  return {srgb_decode(encoded[0]), srgb_decode(encoded[1]), srgb_decode(encoded[2])};
}

cv::Mat encode_picture(const cv::Mat& linear) { return map_values(linear, encode_by_table); }
cv::Mat decode_picture(const cv::Mat& encoded) {
  return map_values(encoded, [](float value) { return srgb_decode(value); });
}

float lambert(const cv::Vec3f& normal, const cv::Vec3f& direction, float wrap) {
  return std::max(0.f, (normal.dot(direction) + wrap) / (1 + wrap));
}

float highlight(const cv::Vec3f& normal, const cv::Vec3f& direction, float gloss) {
  const float facing = normal.dot(direction);
  if (facing <= 0) return 0;
  const cv::Vec3f between(direction[0], direction[1], direction[2] + 1);
  const float cosine = std::max(0.f, normal.dot(between)) / std::max(1e-6f, static_cast<float>(cv::norm(between)));
  // Fades in with the light's cosine, so that no highlight is cut by the terminator.
  return std::pow(cosine, gloss) * std::min(1.f, facing * 4);
}

cv::Vec3f shade(const Material& material, const cv::Vec3f& normal, const Light& light) {
  const float key = material.shadow * lambert(normal, light.key_direction, material.wrap);
  const float fill = material.occlusion * lambert(normal, light.fill_direction, material.wrap);
  const cv::Vec3f diffuse = key * light.key_colour + fill * light.fill_colour + material.occlusion * light.ambient;
  cv::Vec3f out = material.albedo.mul(diffuse);
  if (material.specular <= 0) return out;
  const float key_shine = material.shadow * highlight(normal, light.key_direction, material.gloss);
  const float fill_shine = material.occlusion * highlight(normal, light.fill_direction, material.gloss);
  return out + material.specular * (key_shine * light.key_colour + fill_shine * light.fill_colour);
}

Light random_light(Rng rng) {
  Light light;
  const float side = static_cast<float>(rng.normal(0, 0.6));
  const float key_side = std::clamp(side, -1.25f, 1.25f);
  const float rise = static_cast<float>(rng.uniform(-0.1, 1.0));
  light.key_direction = direction_of(key_side, rise);
  const bool flat = rng.chance(0.3);  // window or studio light: little difference between the sides
  const float key = static_cast<float>(flat ? rng.uniform(0.5, 0.75) : rng.uniform(0.75, 1.15));
  light.key_colour = tint(static_cast<float>(rng.normal(0.04, 0.1)), key);
  const float fill_side = (key_side > 0 ? -1.f : 1.f) * static_cast<float>(rng.uniform(0.4, 1.4));
  light.fill_direction = direction_of(fill_side, static_cast<float>(rng.uniform(-0.4, 0.6)));
  const float fill = static_cast<float>(flat ? rng.uniform(0.25, 0.45) : rng.uniform(0.05, 0.35));
  light.fill_colour = rng.chance(0.2) ? saturated(rng, fill) : tint(static_cast<float>(rng.normal(-0.03, 0.12)), fill);
  const float ambient = static_cast<float>(flat ? rng.uniform(0.2, 0.35) : rng.uniform(0.06, 0.25));
  light.ambient = tint(static_cast<float>(rng.normal(0, 0.06)), ambient);
  return light;
}

}  // namespace facemat
