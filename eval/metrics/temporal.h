#pragma once
// Errors of a matte's motion (Erofeev, Gitman, Vatolin, Fedorov, Wang: "Perceptually motivated benchmark for video matting",
// BMVC 2015).

#include "eval/metrics/pair.h"

namespace facemat {

// dtSSD in RVM's scaling: sqrt(mean(((p_t - p_(t-1)) - (g_t - g_(t-1)))^2)) over the whole image, for one pair of successive
// frames. Printed times 100.
double dtssd(const AlphaPair& before, const AlphaPair& now);

// MESSDdt: mean of |(p_t(x) - g_t(x))^2 - (p_(t+1)(x + v) - g_(t+1)(x + v))^2| over all x, for successive frames `before` (t)
// and `now` (t+1); `flow` v is CV_32FC2, the motion in pixels (x, y) of the true matte from t to t+1. Frames t+1 are sampled
// bilinearly; pixels whose flow is not finite or leaves the frame are dropped, from the mean too (0 if none is left). The
// literature's sum is this times the number of pixels counted.
double messddt(const AlphaPair& before, const AlphaPair& now, const cv::Mat& flow);

}  // namespace facemat
