#pragma once
// Hair as strands: grown from the scalp in locks, falling round the head, drawn as anti-aliased lines through the z-buffer.
//
// Strand light after Kajiya and Kay (SIGGRAPH 1989): a thin cylinder is brightest where light meets it at a right angle.

#include "data/procedural/faces/raster.h"
#include "src/core/random.h"

namespace facemat {

struct Strand {
  std::vector<cv::Vec3f> points;  // head units, before the pose
  float shade = 1;                // of this strand against its neighbours
  float width = 0.01f;            // head units
};

// All strands of a head; `rng` belongs to the identity, so hair is the same in every photograph but for the light.
std::vector<Strand> grow_hair(const Person& person, const Rng& rng);

// Strands over what `surface` shows: CV_32FC4, linear BGR premultiplied by coverage, of the surface's size.
cv::Mat draw_hair(const std::vector<Strand>& strands, const Hair& hair, const Light& light, const View& view,
                  const Surface& surface);

// Linear light from a thin strand along the unit vector `along`.
cv::Vec3f shade_strand(const cv::Vec3f& albedo, const cv::Vec3f& along, const Light& light);

}  // namespace facemat
