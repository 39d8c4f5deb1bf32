#pragma once
// Closed random blobs, as RandOcc draws its occluders (arXiv 2205.06218; the numbers are those of its public generator).
//
// Fact: 3..15 points uniform in the unit square, drawn anew (at most 200 times) until neighbours in angular order are at least
// 0.7 / n apart, measured as |dx + dy|; the ends of the open chain are not compared. Points are joined by cubic Beziers that
// leave and reach them along a blend of the two edges' directions, with handles of `rad` chords.
// Our choice: a curve that leaves the unit square is shrunk and shifted into it (there it is cut off, which leaves straight
// edges), loops are filled (non-zero winding), and the edge is antialiased.

#include <opencv2/core.hpp>

#include <vector>

#include "src/core/random.h"

namespace facemat {

struct RandomShape {
  std::vector<cv::Point2d> nodes;  // 3..15 in the unit square, sorted by atan2(dx, dy) about their mean
  double rad = 0;                  // 0..1, length of the Bezier handles in chords: 0 a polygon, 1 bulging
  double edgy = 0;                 // 0..1: 0 both edges share a node's direction, above 0 the leaving edge has more say
};
RandomShape draw_random_shape(Rng rng);

// The closed curve through the nodes, kOutlineSamples points for each edge, without repeating the first point. It may leave the
// unit square. Node direction: p a_i + (1 - p) a_(i-1), p = atan(edgy) / pi + 1/2, a_i in [0, 2 pi) the direction of the edge
// that leaves node i, plus pi when the two differ by more than pi. Throws Error for fewer than 3 nodes.
constexpr int kOutlineSamples = 100;
std::vector<cv::Point2d> outline_of(const RandomShape& shape);

// A drawn shape's outline, inside the unit square.
std::vector<cv::Point2d> random_outline(Rng rng);

// Alpha of a closed outline in 0..1 units on side x side pixels: CV_32FC1, 0..1, 1 where the winding number is not 0. A pixel's
// coverage is exact along x and the mean of 16 lines along y. Parts outside the square are cut off. Throws Error for side < 1.
cv::Mat filled_outline(const std::vector<cv::Point2d>& outline, int side);

// filled_outline(random_outline(rng), side).
cv::Mat random_shape(Rng rng, int side);

}  // namespace facemat
