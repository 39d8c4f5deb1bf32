#pragma once
// A picture's two layers as published: multi-level foreground estimation (Germer, Uelwer, Conrad, Harmeling, "Fast Multi-Level
// Foreground Estimation", ICPR 2020), which matting systems without colours of their own are judged with. layers.h is the same
// idea mended for faces; this one is kept to compare with.
//
// From one pixel up to the picture, in ceil(log2(longer side)) levels whose sides are round(side^(i / levels)), picture and
// matte sampled by the nearest pixel. Each level starts from the one before and goes over its pixels row by row, some times, in
// place: F and B of a pixel are those that solve
//
//   [ a a + S    a (1 - a)         ] [F]   [ a I       + sum_j d_j F_j ]
//   [ a (1 - a)  (1 - a)(1 - a) + S] [B] = [ (1 - a) I + sum_j d_j B_j ],   d_j = regularisation + gradient |a - a_j|, S their
//   sum
//
// over its four neighbours j, clamped to 0..1. The first level starts from the mean colours where a > 0.9 and where a < 0.1.
// Choices of ours: a neighbour beyond the border is the pixel itself; a side without such pixels starts from the mean of all.

#include <opencv2/core.hpp>

#include "src/runtime/compose/layers.h"

namespace facemat {

struct MultilevelOptions {
  double regularisation = 1e-5, gradient = 1;
  int small_side = 32, small_rounds = 10;  // of levels with both sides at most small_side
  int rounds = 2;                          // of the others
};

// As estimate_layers(): alpha 1 = visible face, so that F is the face.
SeparatedLayers multilevel_layers(const Planes& image, const cv::Mat& alpha, const MultilevelOptions& options = {});

}  // namespace facemat
