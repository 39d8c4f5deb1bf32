#include "data/scene/patch.h"

#include <algorithm>
#include <cmath>

#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {

Patch trimmed(const cv::Mat& layer) {
  const cv::Rect box = bounding_box(layer_alpha(layer));
  if (box.empty()) return {};
  return {layer(box).clone(), box.tl()};
}

Patch warped(const cv::Mat& layer, const cv::Matx23d& m, cv::Size canvas) {
  double left = canvas.width, top = canvas.height, right = 0, bottom = 0;
  for (const double x : {-0.5, layer.cols - 0.5})
    for (const double y : {-0.5, layer.rows - 0.5}) {
      const double u = m(0, 0) * x + m(0, 1) * y + m(0, 2), v = m(1, 0) * x + m(1, 1) * y + m(1, 2);
      left = std::min(left, u), right = std::max(right, u), top = std::min(top, v), bottom = std::max(bottom, v);
    }
  const auto clamped = [](double value, int most) {
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(most)));
  };
  const cv::Point first(clamped(std::floor(left), canvas.width), clamped(std::floor(top), canvas.height));
  const cv::Point last(clamped(std::ceil(right) + 1, canvas.width), clamped(std::ceil(bottom) + 1, canvas.height));
  if (first.x >= last.x || first.y >= last.y) return {};
  cv::Matx23d shifted = m;
  shifted(0, 2) -= first.x;
  shifted(1, 2) -= first.y;
  return {warp_layer(layer, shifted, {last.x - first.x, last.y - first.y}), first};
}

Patch over(const Patch& front, const Patch& back) {
  if (back.layer.empty()) return front;
  if (front.layer.empty()) return back;
  const cv::Rect box = front.box() | back.box();
  cv::Mat out(box.size(), CV_32FC4, cv::Scalar::all(0));
  back.layer.copyTo(out(back.box() - box.tl()));
  cv::Mat under = out(front.box() - box.tl());
  layer_over(front.layer, under).copyTo(under);
  return {out, box.tl()};
}

cv::Mat on_canvas(const Patch& patch, cv::Size canvas) {
  cv::Mat out(canvas, CV_32FC4, cv::Scalar::all(0));
  if (!patch.layer.empty()) patch.layer.copyTo(out(patch.box()));
  return out;
}

cv::Mat painted(const Patch& patch, const cv::Mat& background) {
  cv::Mat out = background.clone();
  if (patch.layer.empty()) return out;
  cv::Mat part = out(patch.box());
  to_u8(blend_over(patch.layer, to_float(part))).copyTo(part);
  return out;
}

}  // namespace facemat
