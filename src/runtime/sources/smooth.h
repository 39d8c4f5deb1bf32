#pragma once
// Temporal smoothing of any predictor's mattes where the picture rests.

#include <memory>

#include "src/core/config.h"
#include "src/image/predictor.h"

namespace facemat {

struct SmoothConfig {
  double strength = 0;  // 0..1: how much of the past stays where the picture rests; 0: off
  double rest = 0.02;   // change of the picture, 0..1, up to which it rests (a camera's noise) ...
  double moved = 0.06;  // ... and from which on nothing of the past stays
  int radius = 2;       // pixels the change is averaged over, each way
};
void fields(FieldVisitor& visit, SmoothConfig& config);

// Per pixel, for alpha a, frame f and their smoothed values A and F:
//   change = mean over (2 radius + 1)^2 pixels and the three colours of |f - F|
//   k = 1 - strength (moved - change) / (moved - rest), the fraction clamped to 0..1
//   A += k (a - A),  F += k (f - F)
// Where the picture rests this is exponential smoothing: of independent noise in alpha the share (1 - strength) / (1 +
// strength) of the variance stays. Where it has changed by `moved` the new alpha is taken as it is, without lag or smear. F,
// not the frame before, is what is compared, so slow motion adds up until it counts. Uncertainty is smoothed along with alpha.
// reset(), and a frame of another size, forget the past. Throws Error unless rest < moved. `inner` itself for a strength of 0.
std::unique_ptr<Predictor> smoothed(std::unique_ptr<Predictor> inner, const SmoothConfig& config);

}  // namespace facemat
