#pragma once
// Eyes: the ball with iris, pupil and reflections, the lids' edges, lashes and crease, painted over the head.

#include "data/procedural/faces/paint.h"

namespace facemat {

// Paints what an eye adds at the head's (x, y); leaves `paint` alone away from the eyes.
void paint_eye(const Person& person, const Expression& expression, float x, float y, Paint& paint);

}  // namespace facemat
