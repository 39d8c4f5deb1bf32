#pragma once
// The solid parts of a person as grids of points: head, ears, neck, shoulders. Units and axes: person.h.

#include <opencv2/core.hpp>
#include <vector>

#include "data/procedural/faces/person.h"

namespace facemat {

enum class Part : uint8_t { kNone, kHead, kScalp, kEar, kNeck, kClothes };

struct Vertex {
  cv::Vec3f position;  // head units, before the pose
  cv::Vec3f normal;    // unit, outwards
  cv::Vec3f place;     // where on its part: for the head (x, y, angle from the front in radians), else part-specific
};

// rows x cols vertices, neighbours joined by quads.
struct Grid {
  int rows = 0, cols = 0;
  Part part = Part::kNone;
  bool turns = true;  // with the head; else stays with the shoulders
  std::vector<Vertex> vertices;
  const Vertex& at(int row, int col) const { return vertices[static_cast<size_t>(row * cols + col)]; }
};

// Half opening of the mouth and the curves of lips and lids, shared by shape and paint. x is measured from the middle line.
struct LipLines {
  float top, upper_edge, lower_edge, bottom;  // y of: upper lip's top, its lower edge, lower lip's upper edge, its bottom
};
LipLines lip_lines(const Person& person, const Expression& expression, float x);
float mouth_half_width(const Person& person, const Expression& expression);

// The bare surface at `angle` round the head (0 front, + picture right) and `height` (-1 crown .. 1 chin), bumps included.
cv::Vec3f head_point(const Person& person, const Expression& expression, float angle, float height);
// The y of the edge of the hair at `angle`: scalp lies above.
float hair_edge(const Hair& hair, float angle);

Grid head_grid(const Person& person, const Expression& expression, int detail);
Grid scalp_grid(const Person& person, const Expression& expression, int detail);  // the hair's mass over the skull
std::vector<Grid> ear_grids(const Person& person);
Grid neck_grid(const Person& person);
Grid shoulder_grid(const Person& person);

}  // namespace facemat
