#pragma once
// Matting by windows of 3x3 pixels, in each of which alpha is taken to follow the colours by a rule of its own: closed-form
// matting (Levin, Lischinski, Weiss, "A Closed-Form Solution to Natural Image Matting", 2008) and learning-based matting (Zheng
// and Kambhamettu, "Learning Based Digital Matting", 2009).
//
// Each window k adds a 9x9 matrix M_k to the matting Laplacian L, and alpha minimises a' L a with the known pixels held:
// L_UU a_U = -L_UK a_K over the unknown pixels U and the known ones K. For pixels i, j of the window with colours I (0..1):
//
//   closed_form     M_ij = delta_ij - (1 + (I_i - mean)' (Sigma + epsilon / 9)^-1 (I_j - mean)) / 9
//   learning_based  M = (1 - F)^2 with F = X (X' X + epsilon)^-1 X', X the nine rows (I_i, 1)
//
// Sigma is the window's covariance (divided by 9); epsilon 1e-7, and the solver's 1e-7 and 10,000, are those of public
// implementations. There learning-based matting holds known pixels by a penalty of 100 instead; here both hold them exactly.
// Windows without an unknown pixel say nothing and are skipped; those at the border lie within the picture.
//
// Time is that of the iterations, each some tens of operations a pixel and unknown; the preconditioner is Eigen's incomplete
// Cholesky factor, of as many entries as the matrix. Memory: about 950 bytes for each unknown pixel (the lower half of the
// matrix, 13 entries of 12 bytes, three times while it is factored, and a list of 12 links of 32 bytes) and 40 for each pixel,
// so that solver.most_pixels = 2,097,152 stands for 2 GB.

#include <opencv2/core.hpp>

#include "src/core/config.h"
#include "src/core/progress.h"
#include "src/runtime/classical/matting_problem.h"

namespace facemat {

struct WindowConfig {
  double epsilon = 1e-7;  // how little alpha may follow the colours: what a window's rule costs
};
void fields(FieldVisitor& visit, WindowConfig& config);

// `image`: CV_8UC3, at least 3x3. Throws Error as check_problem and conjugate_gradients do, and for more unknown pixels than
// solver.most_pixels.
SolvedMatte closed_form_matte(const cv::Mat& image, const cv::Mat& trimap, const WindowConfig& config,
                              const SolverConfig& solver, Progress* progress = nullptr);
SolvedMatte learning_based_matte(const cv::Mat& image, const cv::Mat& trimap, const WindowConfig& config,
                                 const SolverConfig& solver, Progress* progress = nullptr);

}  // namespace facemat
