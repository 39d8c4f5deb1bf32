#pragma once
// A scene to draw into.

#include "data/scene/scene.h"

namespace facemat {

// A frontal face 0.5 of the canvas wide, its middle in the canvas's middle.
inline Scene scene_of(int size, double time = 0) {
  const float s = static_cast<float>(size);
  Scene scene;
  scene.size = {size, size};
  FaceLayout& face = scene.layout;
  face.left_eye = {0.39f * s, 0.43f * s};
  face.right_eye = {0.61f * s, 0.43f * s};
  face.nose_tip = {0.5f * s, 0.57f * s};
  face.mouth = {0.5f * s, 0.67f * s};
  face.chin = {0.5f * s, 0.8f * s};
  face.forehead = {0.5f * s, 0.3f * s};
  face.left_edge = {0.25f * s, 0.44f * s};
  face.right_edge = {0.75f * s, 0.44f * s};
  face.width = 0.5f * s;
  scene.time = time;
  return scene;
}

}  // namespace facemat
