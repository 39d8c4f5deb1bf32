#include "src/runtime/sources/conversions.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr double kLowest = 0.02, kHighest = 0.98;  // quantiles that become 0 and 1
constexpr double kFlat = 1e-6;                     // of the values' size: less spread than this is none

const std::vector<double> kPublishedClasses = {1, 2, 3}, kPublishedHybridClasses = {2, 3}, kOccluderClasses = {6, 9, 17, 18},
                          kFaceClasses = {1, 2, 3, 4, 5, 10, 11, 12, 13};

struct Span {
  double low = 0, high = 0;
};

Span extremes(const cv::Mat& map) {
  Span out;
  cv::minMaxLoc(map, &out.low, &out.high);
  return out;
}

std::vector<float> values_in(const cv::Mat& map, const cv::Mat& region) {
  std::vector<float> out;
  for (int y = 0; y < map.rows; ++y)
    for (int x = 0; x < map.cols; ++x)
      if (region.empty() || region.at<uchar>(y, x)) out.push_back(map.at<float>(y, x));
  return out;
}

// The value at `share` of the sorted `values`, the lower of two. `values` must not be empty.
double quantile(std::vector<float> values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Span percentiles(const cv::Mat& map) {
  const std::vector<float> values = values_in(map, {});
  return {quantile(values, kLowest), quantile(values, kHighest)};
}

bool is_flat(Span span) { return span.high - span.low <= kFlat * std::max(std::abs(span.low), std::abs(span.high)); }

// (map - low) / (high - low), CV_64FC1.
cv::Mat normalised(const cv::Mat& map, Span span) {
  cv::Mat out;
  map.convertTo(out, CV_64F);
  return (out - span.low) / (span.high - span.low);
}

// Both rules of the text on normalised depth, 0 = near.
cv::Mat near_than(const cv::Mat& depth, double threshold, const DepthConfig& config) {
  cv::Mat out(depth.size(), CV_32FC1);
  for (int y = 0; y < depth.rows; ++y)
    for (int x = 0; x < depth.cols; ++x) {
      const double d = depth.at<double>(y, x), s = config.smoothness;
      const double alpha = config.rule == "hard" ? d < threshold : 1 - std::clamp((d - threshold + s / 2) / s, 0.0, 1.0);
      out.at<float>(y, x) = static_cast<float>(alpha);
    }
  return out;
}

cv::Mat none_of(const cv::Mat& map) { return cv::Mat(map.size(), CV_32FC1, cv::Scalar(0)); }

cv::Mat published_depth(const cv::Mat& depth, const DepthConfig& config) {
  const Span span = extremes(depth);
  if (span.high <= span.low) return none_of(depth);
  return near_than(normalised(depth, span), config.threshold, config);
}

cv::Mat mended_depth(const cv::Mat& depth, const cv::Mat& region, const DepthConfig& config) {
  const Span span = percentiles(depth);
  if (is_flat(span) || cv::countNonZero(region) == 0) return none_of(depth);
  cv::Mat d = normalised(depth, span);
  d = cv::min(cv::max(d, 0), 1);
  if (config.depth_is_inverse) d = 1 - d;
  cv::Mat shades;
  d.convertTo(shades, CV_32F);
  const double face = quantile(values_in(shades, region), 0.5);
  return inside(near_than(d, face - config.margin, config), region);
}

cv::Mat smoothed(const cv::Mat& mask) {
  cv::Mat out;
  cv::GaussianBlur(mask, out, {5, 5}, 0);
  return out;
}

cv::Mat listed(const cv::Mat& map, const std::vector<double>& classes) {
  cv::Mat out = none_of(map);
  for (const double one : classes) out.setTo(1, map == one);
  return out;
}

const std::vector<double>& usual_classes(const SegmentationConfig& config, Form form) {
  if (form == Form::kPublished) return kPublishedClasses;
  return config.marks == "face" ? kFaceClasses : kOccluderClasses;
}

void check_map(const cv::Mat& map, const cv::Mat& region) {
  require(map.type() == CV_32FC1 && !map.empty(), "a depth or class map must be one channel of floats");
  require(region.type() == CV_8UC1 && region.size() == map.size(), "a map of {}x{} has a face region of {}x{}", map.cols,
          map.rows, region.cols, region.rows);
}

}  // namespace

void fields(FieldVisitor& visit, DepthConfig& c) {
  visit("rule", c.rule, "hard threshold or soft ramp", {"hard", "soft"});
  visit("threshold", c.threshold, "published: normalised depth below this is near", {0, 1});
  visit("smoothness", c.smoothness, "width of the soft ramp, normalised depth", {0.001, 1});
  visit("depth_is_inverse", c.depth_is_inverse, "mended: larger is nearer, as MiDaS answers");
  visit("margin", c.margin, "mended: normalised depth by which an occluder is nearer than the face", {0, 1});
}

void fields(FieldVisitor& visit, SegmentationConfig& c) {
  visit("map", c.map, "a class map, or a mask", {"classes", "binary"});
  visit("marks", c.marks, "what the mask or the listed classes are; face: the visible face", {"occluder", "face"});
  visit("classes", c.classes, "that count; empty: the default of the form", {0, 65535});
}

void check(const SegmentationConfig& config) {
  for (const double one : config.classes)
    require(one == std::floor(one), "segmentation.classes holds {} (allowed: whole numbers)", one);
}

cv::Mat occluder_of_depth(const cv::Mat& depth, const cv::Mat& region, const DepthConfig& config, Form form) {
  check_map(depth, region);
  return form == Form::kPublished ? published_depth(depth, config) : mended_depth(depth, region, config);
}

cv::Mat occluder_of_segmentation(const cv::Mat& map, const cv::Mat& region, const SegmentationConfig& config, Form form) {
  check_map(map, region);
  cv::Mat mask = map;
  if (config.map == "classes") mask = listed(map, config.classes.empty() ? usual_classes(config, form) : config.classes);
  if (config.map == "binary" && extremes(map).high > 1) mask = cv::Mat(map / 255);  // not into the caller's map
  if (form == Form::kPublished) return smoothed(mask);
  return inside(config.marks == "face" ? cv::Mat(1 - smoothed(mask)) : smoothed(mask), region);
}

cv::Mat occluder_of_both(const cv::Mat& depth, const cv::Mat& classes, const cv::Mat& region, const DepthConfig& by_depth,
                         const SegmentationConfig& by_class, Form form) {
  require(depth.size() == classes.size(), "the depth map is {}x{}, the class map {}x{}", depth.cols, depth.rows, classes.cols,
          classes.rows);
  const bool published = form == Form::kPublished;
  SegmentationConfig counted = by_class;
  if (published && counted.classes.empty()) counted.classes = kPublishedHybridClasses;
  const cv::Mat either =
      cv::max(occluder_of_depth(depth, region, by_depth, form), occluder_of_segmentation(classes, region, counted, form));
  cv::Mat out;
  cv::bilateralFilter(either, out, 9, published ? 75 : 75 / 255.0, 75);
  return published ? out : inside(out, region);
}

cv::Mat inside(const cv::Mat& alpha, const cv::Mat& region) {
  cv::Mat out = none_of(alpha);
  alpha.copyTo(out, region);
  return out;
}

cv::Mat visible_face(const cv::Mat& occluder, const cv::Mat& region) {
  return inside(1 - cv::min(cv::max(occluder, 0.f), 1.f), region);
}

}  // namespace facemat
