#pragma once
// Gradient error (Rhemann et al., CVPR 2009, in the form of Composition-1k's evaluation code, sigma 1.4).

#include "eval/metrics/pair.h"

namespace facemat {

// sum (A_p - A_g)^2 / 1000 for each region, A the amplitude of first-order Gaussian derivatives (L2-normalised 9x9 kernels,
// replicated border). p and g are first stretched to their own minimum..maximum over the whole image, unless `stretch` is
// false.
std::vector<double> gradient_error(const AlphaPair& pair, const Regions& regions, bool stretch = true);

}  // namespace facemat
