#pragma once
// Shared sampling matting (Gastal and Oliveira, "Shared Sampling for Real-Time Alpha Matting", 2010): a pixel's colour is
// explained by one colour of the face and one of the background, taken from known pixels nearby and shared among neighbours.
// No system is solved. Four steps:
//
// 1. An unknown pixel becomes what the nearest known pixel is that lies within expand_radius and whose colour is within
//    expand_distance (RGB 0..1; nearest in place, of equally near ones the first row by row).
// 2. `rays` rays leave the pixel at equal angles, turned by its place in a grid of 8x8 (64 steps up to the next ray's place).
//    Each finds its first face and its first background pixel; where all rays of a pixel miss one side, the nearest pixel of
//    that side is taken. Of all pairs (f, b) the one counts that has the least N^3 A^2 |p - f| |p - b|^4, with
//      N = sum over the 3x3 pixels around p of |C - a F - (1 - a) B|^2, a = sample_alpha,
//      A = P + (1 - 2 P) a, P = e_b / (e_f + e_b), e the least path_energy to a face (background) pixel found.
// 3. Among the pixels within refine_radius the three pairs that explain p's own colour best are averaged.
// 4. F, B and a are smoothed over smooth_radius, by Gaussians of variance (2 radius + 1)^2 / (9 pi) and by how sure each pixel
//    is, exp(-|C - a F - (1 - a) B|^2 / (2 confidence_variance)): F weighed by a and B by 1 - a of the neighbours, each by how
//    unlike its a is; then a is that of the smoothed pair as far as this is sure and its colours as far apart as the
//    neighbours', else the neighbours' mean, in which known ones weigh 1 more.
//
// Constants are those of a public implementation; where it and the paper leave things open (order of equal candidates, path,
// a side that no ray meets, the Gaussian of step 4) the choice is ours, as above and in the source. There the path's y moved by
// the step of x; here by its own.
//
// Memory: about 200 bytes for each pixel of the picture, so that most_pixels = 2,097,152 stands for 0.4 GB. Time: some hundreds
// of pixels are looked at for each unknown one, by `threads` threads; the result does not depend on their number.

#include <opencv2/core.hpp>

#include "src/core/config.h"
#include "src/core/progress.h"
#include "src/runtime/classical/matting_problem.h"

namespace facemat {

struct SharedSamplingConfig {
  int expand_radius = 10;         // pixels; 0: step 1 is left out
  double expand_distance = 0.02;  // of colours
  int rays = 4;
  int refine_radius = 5, smooth_radius = 5;
  double confidence_variance = 0.1;
};
void fields(FieldVisitor& visit, SharedSamplingConfig& config);

// Throws Error as check_problem does, and for pictures of more pixels than solver.most_pixels; nothing else of `solver` is
// looked at. `progress` may be null; it is told of the four steps.
SolvedMatte shared_sampling_matte(const cv::Mat& image, const cv::Mat& trimap, const SharedSamplingConfig& config,
                                  const SolverConfig& solver, int threads = 1, Progress* progress = nullptr);

// --- the steps' parts; colours are CV_64FC3, 0..1

// The alpha with which `colour` lies nearest to between `background` and `face`, clamped to 0..1:
// (colour - background) (face - background) / (|face - background|^2 + 1e-5).
double sample_alpha(const cv::Vec3d& colour, const cv::Vec3d& face, const cv::Vec3d& background);

// |colour - a face - (1 - a) background|^2 for a = sample_alpha.
double sample_error(const cv::Vec3d& colour, const cv::Vec3d& face, const cv::Vec3d& background);

// How much the colours change from one pixel to the other along the straight line: the integral of |dC/ds|^2, in at most ten
// equal steps of at least a pixel, each to the pixel nearest to where it ends.
double path_energy(const cv::Mat& colours, cv::Point from, cv::Point to);

// Step 1.
cv::Mat expanded_trimap(const cv::Mat& colours, const cv::Mat& trimap, int radius, double distance);

}  // namespace facemat
