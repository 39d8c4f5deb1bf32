#pragma once
// Connectivity error (Rhemann et al., CVPR 2009, in the form of Composition-1k's evaluation code: theta 0.15, step 0.1, p 1).

#include "eval/metrics/pair.h"

namespace facemat {

// For levels t = 0.1 .. 1: B = {p >= t and g >= t} over the whole image, Omega its largest 4-connected component (of equal ones
// the first in column-major order); a pixel that leaves Omega first at t keeps l = t - 0.1, one that never leaves l = 1. With d
// = a - l and phi = 1 - d [d >= 0.15] the error is sum |phi_p - phi_g| / 1000, one value for each region.
std::vector<double> connectivity_error(const AlphaPair& pair, const Regions& regions);

// The same from the levels themselves, for evaluators that find them otherwise (variants.h): `level` is CV_8UC1, 10 l.
std::vector<double> connectivity_error(const AlphaPair& pair, const cv::Mat& level, const Regions& regions);

}  // namespace facemat
