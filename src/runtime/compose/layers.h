#pragma once
// Splits a picture into its two layers, the face F and what covers it B, given the matte a between them: I = a F + (1 - a) B.
//
// Three numbers a pixel and colour are known and six asked for, so the layers are those that change least where alpha changes:
//
//   E = sum_i |a F + (1 - a) B - I|^2 + rest |B - I|^2
//     + sum_ij (face_change + w |a_i - a_j|) |F_i - F_j|^2 + (occluder_change + w |a_i - a_j|) |B_i - B_j|^2
//
// over pixels i and their four neighbours j, found from coarse to fine with a 2x2 system a pixel (Germer, Uelwer, Conrad,
// Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020: there occluder_change = face_change = 1e-5, rest = 0).
// Ours departs from the paper where faces need it:
// - A coarse level is this energy itself with F and B constant on blocks, sums instead of sampled pixels: edges and strands
//   finer than a block still tell the layers apart, and two sweeps come near the minimum.
// - Where no face shows (alpha at most kNoFace) a pixel tells nothing: an alpha of 0 is the occluder or whatever lies beside
//   the face, and a wall beside it is not the colour of the smoke before it.
// - An occluder is taken to be plainer than a face, so texture of the picture goes to the face.
// - Where nothing tells the layers apart B leans on the picture itself, which is what a plain blend does.

#include <array>
#include <opencv2/core.hpp>

namespace facemat {

inline constexpr float kNoFace = 0.02f;

struct LayerOptions {
  double face_change = 1e-5, occluder_change = 0.1;  // cost of a change where alpha is even
  double alpha_change = 1;                           // w: cost of a change along with alpha
  double rest = 2e-4;
  int coarse_side = 32, coarse_sweeps = 10;  // of levels with both sides at most coarse_side
  int fine_sweeps = 2;                       // of the others
};

// Blue, green, red apart, each CV_32FC1 0..1: how loops over rows are fast.
using Planes = std::array<cv::Mat, 3>;

struct SeparatedLayers {
  Planes face, occluder;  // 0..1, size of the picture
};

// Both layers of `image` (any light, encoded or linear). alpha: CV_32FC1 of its size, 1 = visible face; clamped to 0..1. Throws
// Error when sizes or types differ.
SeparatedLayers estimate_layers(const Planes& image, const cv::Mat& alpha, const LayerOptions& options = {});

}  // namespace facemat
