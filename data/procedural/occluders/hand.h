#pragma once
// The hand itself, for things that are held as well.

#include "data/procedural/drawing/shapes.h"

namespace facemat {

enum class Gesture { kOpen, kSpread, kFist, kPoint, kCover, kRelaxed, kVictory };

// A hand about 1.25 units long: wrist at the origin, fingers towards -y, the back of the hand towards the viewer (+z), thumb at
// +x or mirrored. The forearm leaves along +y. Skin, nails, sleeve and the exact bend of every finger come from `rng`.
cv::Mat draw_hand(const Rng& rng, cv::Size size, const Light& light, Gesture gesture, const Pose& pose, bool mirrored);

}  // namespace facemat
