#pragma once
// The background that a network is given: the picture without the foreground as somebody would have captured it, a moment
// earlier and from almost the same place. The exact one would give alpha away by a difference.
//
// The perturbations of Background Matting V2 (Lin et al., CVPR 2021) and the gamma of the first (Sengupta et al., CVPR 2020),
// all on the captured background alone: also the shadow, which there falls on the frame instead, since frames stay as the
// dataset has them.

#include <opencv2/core.hpp>

#include "data/recipe/stream_effects.h"
#include "src/core/random.h"

namespace facemat {

class FieldVisitor;

// Probabilities and the largest of each change; the defaults are BGMv2's but for the gamma, which it does not have.
struct BackgroundGuideConfig {
  double noise = 0.4, most_noise = 0.03;                                       // standard deviation, of 0..1
  double jitter = 0.8, brightness = 0.18, contrast = 0.18, saturation = 0.18;  // factors 1 +- that
  double hue = 0.1;                                                            // turns of the circle
  double gamma = 0, gamma_deviation = 0.12;                                    // drawn from N(1, deviation^2)
  double moved = 0.3, degrees = 1, shift = 0.01;                               // shift: share of the shorter side
  double shadow = 0.3, most_shadow = 0.3;                                      // of the foreground on it, of 0..1
  double shadow_shift = 0.1, least_shadow_blur = 20, most_shadow_blur = 39;    // sides of a box, pixels at 512
};
void fields(FieldVisitor& visit, BackgroundGuideConfig& config);

// What is wrong with one; the same for all frames of a clip. The defaults change nothing.
struct BackgroundFaults {
  StreamEffects effects;                               // noise and colour
  double gamma = 1;                                    // exponent of values 0..1
  double degrees = 0;                                  // turned about the middle, counter-clockwise
  double x = 0, y = 0;                                 // moved, shares of the shorter side
  double shadow = 0;                                   // how much darker under the whole foreground, of 0..1
  double shadow_x = 0, shadow_y = 0, shadow_blur = 0;  // shares of the shorter side
};
// Throws Error where the shadow's smallest blur is more than its largest.
BackgroundFaults draw_background_faults(Rng rng, const BackgroundGuideConfig& config);

// `background` (CV_8UC3) as it is given. First the shadow of what covers it, `covering` (CV_32FC1 of its size, 1 = covered; may
// be empty: none), then noise, colour and gamma, then the move, its border repeated. `noise` makes this frame's noise. CV_8UC3.
// Throws Error for other types and sizes.
cv::Mat given_background(const cv::Mat& background, const cv::Mat& covering, const BackgroundFaults& faults, Rng noise);

}  // namespace facemat
