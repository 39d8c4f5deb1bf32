#pragma once
// What an occluder does to the light on the face under it: a cast shadow and the dark rim where it nearly touches.
//
// Applied to the clean face BEFORE the occluder is put over it: it changes colours, never an alpha, and the matting equation
// holds with the shadowed face as the clean one. Models and ranges are our choice; none of the public generators has shadows.

#include <opencv2/core.hpp>

#include "src/core/random.h"

namespace facemat {

// Lengths are shares of the face's width. All zero: nothing happens.
struct Shadow {
  double strength = 0;  // 0..1, share of linear light missing where the cast shadow is full
  double blur = 0;      // Gaussian sigma of the cast shadow
  double x = 0, y = 0;  // how far it falls, x right, y down
  double contact = 0;   // 0..1, share of linear light missing right at the occluder's edge
};

// An occluder at a drawn height over a flat face under the key light (unit vector from the surface to the light, axes of
// scene.h): the shadow falls away from the light and is softer the farther it falls. Lights at more than 60 degrees from the
// viewer cast as at 60, so that shadows stay near: at most 0.3 face widths away.
Shadow draw_shadow(Rng rng, const cv::Vec3f& key_light_direction);

// `face` (CV_8UC3, sRGB) as it looks under the occluder's shadow, CV_8UC3, nowhere brighter. `occluder_alpha`: CV_32FC1 of the
// face's size, continued outside the picture by its border. `face_width` in pixels. Linear light (after sRGB decoding) is
// multiplied by
//   (1 - strength C) (1 - contact R)
// C: occluder_alpha moved by (x, y) and blurred. R: sqrt(2 pi) s |gradient of occluder_alpha blurred by s|, at most 1, with s
// 1/100 of the face's width; that is 1 on a straight opaque edge, exp(-d^2 / 2 s^2) at distance d, 0 where alpha is even. Both
// are computed at a reduced size. Throws Error for other types or sizes, strengths outside 0..1, a negative blur, a face width
// not above 0.
cv::Mat shadowed(const cv::Mat& face, const cv::Mat& occluder_alpha, double face_width, const Shadow& shadow);

}  // namespace facemat
