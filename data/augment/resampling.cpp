#include "data/augment/resampling.h"

#include <opencv2/imgproc.hpp>

#include "src/core/text.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

int opencv_filter(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kNearest:
      return cv::INTER_NEAREST_EXACT;
    case ResizeFilter::kCubic:
      return cv::INTER_CUBIC;
    case ResizeFilter::kArea:
      return cv::INTER_AREA;
    case ResizeFilter::kLanczos:
      return cv::INTER_LANCZOS4;
    default:
      return cv::INTER_LINEAR;
  }
}

}  // namespace

const std::vector<ResizeFilterList>& resize_filter_lists() {
  using F = ResizeFilter;
  static const std::vector<ResizeFilterList> lists = {
      {"plain", "area average when shrinking, bilinear when growing", {F::kPlain}},
      {"gca", "nearest, linear, cubic or Lanczos", {F::kNearest, F::kLinear, F::kCubic, F::kLanczos}},
      {"cam", "nearest, linear, cubic or area", {F::kNearest, F::kLinear, F::kCubic, F::kArea}},
  };
  return lists;
}

ResizeFilter draw_resize_filter(Rng rng, const std::string& name) {
  const ResizeFilterList& list = find_entry(resize_filter_lists(), name, "list of resampling filters");
  return list.filters[static_cast<size_t>(rng.integer(0, static_cast<int64_t>(list.filters.size()) - 1))];
}

cv::Mat resize_by(const cv::Mat& image, cv::Size size, ResizeFilter filter) {
  if (filter == ResizeFilter::kPlain || image.size() == size) return resize(image, size);
  cv::Mat out;
  cv::resize(image, out, size, 0, 0, opencv_filter(filter));
  if (out.depth() == CV_32F) out = cv::max(cv::min(out, 1.0), 0.0);
  return out;
}

}  // namespace facemat
