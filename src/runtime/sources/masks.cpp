#include "src/runtime/sources/masks.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"

namespace facemat {

void fields(FieldVisitor& visit, BoxMaskConfig& config) {
  visit("blur", config.blur, "of the box's edge, in half widths of the frame", {0, 1});
  visit("padding", config.padding, "percent left out: top, right, bottom, left", {0, 100});
}

void check(const BoxMaskConfig& config) {
  require(config.padding.size() == 4, "box.padding has {} numbers (allowed: 4: top, right, bottom, left)",
          config.padding.size());
  for (const double share : config.padding)
    require(share >= 0 && share <= 100, "box.padding holds {} (allowed: 0 to 100)", share);
}

cv::Mat box_mask(const BoxMaskConfig& config, cv::Size size) {
  const int blur = static_cast<int>(0.5 * size.width * config.blur), least = std::max(blur / 2, 1);
  const auto left_out = [&](size_t side, int pixels) {
    return std::max(least, static_cast<int>(pixels * config.padding[side] / 100));
  };
  const int top = left_out(0, size.height), right = left_out(1, size.width), bottom = left_out(2, size.height),
            left = left_out(3, size.width);
  cv::Mat out(size, CV_32FC1, cv::Scalar(0));
  const cv::Rect box(left, top, std::max(0, size.width - left - right), std::max(0, size.height - top - bottom));
  if (!box.empty()) out(box).setTo(1);
  if (blur > 0) cv::GaussianBlur(out, out, {}, 0.25 * blur);
  return out;
}

void fields(FieldVisitor& visit, HardenConfig& config) {
  visit("sigma", config.sigma, "pixels of the Gaussian before the lower half is cut off; XSeg's users take 5; 0: off",
        {0, 256});
}

cv::Mat hardened(const cv::Mat& alpha, const HardenConfig& config) {
  if (config.sigma == 0) return alpha;
  cv::Mat out;
  cv::GaussianBlur(alpha, out, {}, config.sigma);
  return 2 * (cv::min(cv::max(out, 0.5), 1) - 0.5);
}

}  // namespace facemat
