#pragma once
// KNN matting (Chen, Li, Tang, "KNN Matting", 2013): a pixel has the alpha of the pixels that are nearest in colour and place,
// wherever they lie.
//
// Each pass looks for the `neighbours` pixels nearest to each, itself as the first, by the features R, G, B, w x, w y, with x
// and y from 0 to 1 over the picture and w its place_weight: 20 by w = 2, then 10 by w = 0.1, as public implementations have
// it. A pair weighs 1 (binary), or 1 - mean |difference of features| but at least 0 (soft); the weights W of all passes are
// added, W = (W + W') / 2, and with D = W's row sums
//
//   (1 - D^-1 W + lambda C) a = lambda C known,     C: 1 where the trimap is known, else 0
//
// lambda = 100. Its matrix is not symmetric; both sides times D are, and are what is solved. Known pixels then get what the
// trimap says. Pixels that no chain of neighbours joins to a known one are 0.
//
// Memory: about 120 bytes for each pixel of the picture and 16 for each of its neighbours, 600 with the usual ones, so that
// solver.most_pixels = 2,097,152 stands for 1.3 GB. Most of the time goes into finding neighbours, which `threads` threads do.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/core/progress.h"
#include "src/runtime/classical/matting_problem.h"

namespace facemat {

struct KnnPass {
  int neighbours = 20;      // with the pixel itself
  double place_weight = 2;  // of x and y against colours
};
void fields(FieldVisitor& visit, KnnPass& pass);

struct KnnConfig {
  std::vector<KnnPass> passes = {{20, 2}, {10, 0.1}};
  double lambda = 100;             // how firmly known pixels are held
  std::string weights = "binary";  // | soft
};
void fields(FieldVisitor& visit, KnnConfig& config);

// Throws Error for no pass, or too many neighbours in all (kMostNeighbours).
void check(const KnnConfig& config);
inline constexpr int kMostNeighbours = 128;

// Throws Error as check_problem and conjugate_gradients do, and for pictures of more pixels than solver.most_pixels.
SolvedMatte knn_matte(const cv::Mat& image, const cv::Mat& trimap, const KnnConfig& config, const SolverConfig& solver,
                      int threads = 1, Progress* progress = nullptr);

}  // namespace facemat
