#pragma once
// The colour of a face at a place: skin in layers, brows, eyes, lips, teeth, beard and make-up as functions of the place on the
// head.

#include "data/procedural/faces/person.h"
#include "data/scene/shading.h"

namespace facemat {

struct Paint {
  Material material;
  cv::Vec3f tilt{0, 0, 0};  // added to the normal before the pose: pores, wrinkles, the ball of the eye
  float skin = 1;           // 1: light wanders below the surface; 0: teeth, eyes, hair
  bool eye = false;         // of the eye's ball: the normal is replaced by `tilt`
};

// place: Vertex::place of the head (x, y, angle). footprint: size of a sample in head units; finer detail is left out.
Paint paint_head(const Person& person, const Expression& expression, const cv::Vec3f& place, float footprint);

}  // namespace facemat
