#pragma once
// Light on surfaces, in linear light: Lambert's cosine law, a soft highlight (Blinn, SIGGRAPH 1977), a coloured fill and
// ambient light.
//
// Colours are BGR. "Linear" values are proportional to light; pictures hold them sRGB-encoded (IEC 61966-2-1). Directions and
// normals are unit vectors in the axes of scene.h: x right, y down, z towards the viewer, who looks from (0, 0, 1).

#include <opencv2/core.hpp>

#include "data/scene/scene.h"

namespace facemat {

// One channel, 0..1, both ways; inverse of each other. Arguments outside 0..1 are clamped.
float srgb_encode(float linear);
float srgb_decode(float encoded);
cv::Vec3f srgb_encode(const cv::Vec3f& linear);
cv::Vec3f srgb_decode(const cv::Vec3f& encoded);
// Whole pictures, CV_32FC3 (or C1) -> the same type.
cv::Mat encode_picture(const cv::Mat& linear);
cv::Mat decode_picture(const cv::Mat& encoded);

struct Material {
  cv::Vec3f albedo{0.5f, 0.5f, 0.5f};  // linear diffuse reflectance, 0..1
  float specular = 0;                  // strength of the highlight, 0 matt .. 1 wet
  float gloss = 16;                    // Blinn's exponent: 4 wide and soft .. 200 small and sharp
  float wrap = 0;                      // 0 Lambert .. 0.5: light creeps round the edge as it does under skin and through leaves
  float occlusion = 1;                 // share of fill and ambient light that reaches the point, 0..1
  float shadow = 1;                    // share of key light that reaches the point, 0..1
};

// max(0, (n.l + wrap) / (1 + wrap)): 1 when facing the light.
float lambert(const cv::Vec3f& normal, const cv::Vec3f& direction, float wrap = 0);

// The highlight's share: max(0, n.h)^gloss where the light is in front of the surface, h between light and viewer.
float highlight(const cv::Vec3f& normal, const cv::Vec3f& direction, float gloss);

// Linear light leaving the point towards the viewer: albedo * (key + fill + ambient) + specular * highlights of key and fill.
cv::Vec3f shade(const Material& material, const cv::Vec3f& normal, const Light& light);

// A random portrait light: a key from the front half, above more than below, warm or cool; a weaker fill from the other side,
// at times strongly coloured; ambient. A white surface facing the key gets about 1.
Light random_light(Rng rng);

}  // namespace facemat
