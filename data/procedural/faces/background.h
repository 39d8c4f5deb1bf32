#pragma once
// What is behind a person: gradients, blurred clutter, lamps out of focus, textured walls.

#include <opencv2/core.hpp>

#include "src/core/random.h"

namespace facemat {

// CV_32FC3, linear BGR, size x size.
cv::Mat draw_background(const Rng& rng, int size);

}  // namespace facemat
