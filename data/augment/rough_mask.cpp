#include "data/augment/rough_mask.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr double kStatedAt = 512;  // pixels of the shorter side

// `what`: the settings' name, without least_ and most_.
double drawn(Rng& rng, double least, double most, const char* what) {
  require(least <= most, "guides: least_{} {} is more than most_{} {}", what, least, what, most);
  return least < most ? rng.uniform(least, most) : least;
}

int shorter(const cv::Mat& picture) { return std::min(picture.cols, picture.rows); }

// The square of a reach that is a share of the side; nothing below half a pixel.
cv::Mat square(double reach, int side) {
  const int pixels = 2 * static_cast<int>(std::lround(reach * side)) + 1;
  return cv::getStructuringElement(cv::MORPH_RECT, {pixels, pixels});
}

void cut_hole(cv::Mat& mask, const cv::Rect2d& hole) {
  const double side = hole.width * shorter(mask);
  const cv::Point first(static_cast<int>(std::lround(hole.x * mask.cols - side / 2)),
                        static_cast<int>(std::lround(hole.y * mask.rows - side / 2)));
  const int pixels = static_cast<int>(std::lround(side));
  mask(cv::Rect(first, cv::Size(pixels, pixels)) & cv::Rect({}, mask.size())).setTo(0);
}

}  // namespace

void fields(FieldVisitor& visit, RoughMaskConfig& c) {
  visit("least_threshold", c.least_threshold, "smallest alpha from which on a mask is 1", {0.001, 1});
  visit("most_threshold", c.most_threshold, "largest", {0.001, 1});
  visit("least_erosion", c.least_erosion, "smallest reach of the erosion, pixels at 512", {0, 256});
  visit("most_erosion", c.most_erosion, "largest", {0, 256});
  visit("least_dilation", c.least_dilation, "smallest reach of the dilation that follows", {0, 256});
  visit("most_dilation", c.most_dilation, "largest", {0, 256});
  visit("holes", c.holes, "at most so many square holes", {0, 100});
  visit("least_hole", c.least_hole, "smallest side of a hole, pixels at 512", {0, 512});
  visit("most_hole", c.most_hole, "largest", {0, 512});
  visit("least_blur", c.least_blur, "smallest sigma of the blur, pixels at 512", {0, 100});
  visit("most_blur", c.most_blur, "largest", {0, 100});
  visit("coarse", c.coarse, "probability that the mask is made at a lower resolution", {0, 1});
  visit("most_coarse", c.most_coarse, "by a whole factor from 2 to this", {2, 64});
}

RoughMaskConfig hint_faults() { return {}; }

RoughMaskConfig segmentation_faults() {
  RoughMaskConfig config;
  config.least_threshold = config.most_threshold = 0.5;
  config.least_erosion = 20, config.most_erosion = 38;  // two pixels each time
  config.least_dilation = 30, config.most_dilation = 58;
  config.least_hole = 15, config.most_hole = 45;
  config.least_blur = 3.5, config.most_blur = 6.5;
  config.coarse = 0;
  return config;
}

RoughMask draw_rough_mask(Rng rng, const RoughMaskConfig& c) {
  RoughMask faults;
  faults.threshold = drawn(rng, c.least_threshold, c.most_threshold, "threshold");
  faults.eroded = drawn(rng, c.least_erosion, c.most_erosion, "erosion") / kStatedAt;
  faults.dilated = drawn(rng, c.least_dilation, c.most_dilation, "dilation") / kStatedAt;
  const int64_t holes = rng.integer(0, c.holes);
  for (int64_t i = 0; i < holes; ++i) {
    const double side = drawn(rng, c.least_hole, c.most_hole, "hole") / kStatedAt, x = rng.uniform();
    faults.holes.emplace_back(x, rng.uniform(), side, side);
  }
  faults.blur = drawn(rng, c.least_blur, c.most_blur, "blur") / kStatedAt;
  if (rng.chance(c.coarse)) faults.coarse = static_cast<int>(rng.integer(2, c.most_coarse));
  return faults;
}

cv::Mat rough_mask(const cv::Mat& alpha, const RoughMask& faults) {
  require(alpha.type() == CV_32FC1, "a rough mask is made from a float alpha with one channel");
  const auto reduced = [&](int side) { return std::max(1, side / faults.coarse); };
  const cv::Mat small = faults.coarse == 1 ? alpha : resize(alpha, {reduced(alpha.cols), reduced(alpha.rows)});
  cv::Mat mask = small >= faults.threshold;  // 0 and 255
  cv::erode(mask, mask, square(faults.eroded, shorter(mask)));
  cv::dilate(mask, mask, square(faults.dilated, shorter(mask)));
  for (const cv::Rect2d& hole : faults.holes) cut_hole(mask, hole);
  cv::Mat out;
  mask.convertTo(out, CV_32F, 1. / 255);
  const double sigma = faults.blur * shorter(out);
  constexpr double kLeastSigma = 0.2;  // below, a Gaussian's neighbours get nothing
  if (sigma >= kLeastSigma) cv::GaussianBlur(out, out, {}, sigma, sigma, cv::BORDER_REPLICATE);
  return out.size() == alpha.size() ? out : resize(out, alpha.size());
}

}  // namespace facemat
