#pragma once
// The part of a premultiplied layer (src/image/pixels.h) that is not empty, and where it lies on the canvas. Occluders cover a
// part of the frame; work is done there alone.

#include <opencv2/core.hpp>

namespace facemat {

struct Patch {
  cv::Mat layer;  // CV_32FC4 premultiplied; may be empty; lies wholly on the canvas
  cv::Point at;   // canvas position of its top left pixel
  cv::Rect box() const { return {at, layer.size()}; }
};

// The patch of a layer as large as the canvas.
Patch trimmed(const cv::Mat& layer);

// `layer` seen through the 2x3 matrix `source_to_canvas`, as warp_layer() of transform.h, but only where it lands on the
// canvas.
Patch warped(const cv::Mat& layer, const cv::Matx23d& source_to_canvas, cv::Size canvas);

// `front` over `back`.
Patch over(const Patch& front, const Patch& back);

// `patch` as a layer of the canvas' size.
cv::Mat on_canvas(const Patch& patch, cv::Size canvas);

// `patch` over an 8-bit picture: out = round(layer + (1 - alpha) * background), clamped. CV_8UC3 -> CV_8UC3.
cv::Mat painted(const Patch& patch, const cv::Mat& background);

}  // namespace facemat
