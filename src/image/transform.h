#pragma once
// Resampling. Anything with an alpha is resampled premultiplied: colour and alpha with the same filter, so edges neither darken
// nor shift. Layers (CV_32FC4) are premultiplied already and may be passed as they are.

#include <opencv2/core.hpp>

namespace facemat {

// `image` at `size`: area average when shrinking, bilinear when growing. Any type; colour with alpha must be premultiplied.
cv::Mat resize(const cv::Mat& image, cv::Size size);

// `image` seen through the 2x3 matrix `source_to_output` (pixel coordinates), on a canvas of `size`, bilinear, shrinking
// antialiased by a prior area average. Outside the source: 0, the source mirrored at its border, or its border repeated.
enum class Outside { kZero, kMirrored, kReplicated };
cv::Mat warp(const cv::Mat& image, const cv::Matx23d& source_to_output, cv::Size size, Outside outside = Outside::kZero);

// The same for a premultiplied layer (CV_32FC4), 0 outside, as exact as its pixels allow: a pixel of a layer that shrinks to
// less than 3/4 is the mean of 2 x 2 bilinear samples at their true places (OpenCV rounds places to 1/32 pixel), so that an
// edge is as sharp as if it were drawn there. Throws Error for other types and matrices without an inverse.
cv::Mat warp_layer(const cv::Mat& layer, const cv::Matx23d& source_to_output, cv::Size size);

// What is said of each pixel and how far it can be believed, both CV_32FC1 of one size, 0..1. Without trust: everywhere.
struct Label {
  cv::Mat value, trust;
};

// (trust > 0 ? weighted / trust : plain), at most 1: a label from itself times its trust, the two resampled alike, and itself
// resampled as it is.
cv::Mat divided_by_trust(const cv::Mat& weighted, const cv::Mat& trust, const cv::Mat& plain);

// `label` with both planes resampled by `change`: premultiplied by its trust, as a colour by its alpha, so that what a pixel of
// trust 0 says reaches no pixel that is trusted at all.
template <typename Change>
Label resampled(const Label& label, Change change) {
  if (label.trust.empty()) return {change(label.value), {}};
  const cv::Mat trust = change(label.trust);
  return {divided_by_trust(change(cv::Mat(label.value.mul(label.trust))), trust, change(label.value)), trust};
}

// The similarity that scales by `scale` and turns by `degrees` (counter-clockwise as seen) about `centre`, then puts `centre`
// at `to`.
cv::Matx23d similarity(cv::Point2d centre, double scale, double degrees, cv::Point2d to);

// The smallest rectangle holding every pixel of `alpha` (CV_32FC1) above `threshold`; empty if there is none.
cv::Rect bounding_box(const cv::Mat& alpha, float threshold = 0);

}  // namespace facemat
