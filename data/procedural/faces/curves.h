#pragma once
// The two bumps and the one blend that faces are modelled and painted with.

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

namespace facemat {

// exp(-(x / width)^2): 1 at 0, 0.37 at `width`.
inline float bell(float x, float width) { return std::exp(-(x * x) / (width * width)); }

// A bell in both directions about (cx, cy).
inline float bump(float x, float y, float cx, float cy, float sx, float sy) { return bell(x - cx, sx) * bell(y - cy, sy); }

inline cv::Vec3f mix(const cv::Vec3f& a, const cv::Vec3f& b, float share) { return a + (b - a) * share; }

inline cv::Vec3f unit(const cv::Vec3f& v) { return v / std::max(1e-6f, static_cast<float>(cv::norm(v))); }

}  // namespace facemat
