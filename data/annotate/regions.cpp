#include "data/annotate/regions.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace facemat {
namespace {

// Distance of each pixel to the nearest that is not set, CV_32FC1; huge where there is none.
cv::Mat distance_to_unset(const cv::Mat& mask) {
  cv::Mat out;
  cv::distanceTransform(mask, out, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return out;
}

// The part of the picture that holds everything within `margin` pixels of what is set: the rest need not be looked at.
cv::Rect surroundings(const cv::Mat& mask, double margin) {
  const int more = static_cast<int>(std::ceil(margin)) + 1;
  const cv::Rect box = cv::boundingRect(mask);
  if (box.empty()) return {};
  return cv::Rect(box.x - more, box.y - more, box.width + 2 * more, box.height + 2 * more) & cv::Rect({}, mask.size());
}

cv::Mat unset(const cv::Mat& mask) { return cv::Mat(mask.size(), CV_8UC1, cv::Scalar(0)); }

}  // namespace

cv::Mat dilated(const cv::Mat& mask, double radius) {
  cv::Mat out = unset(mask);
  const cv::Rect around = surroundings(mask, radius);
  if (!around.empty()) cv::compare(distance_to_unset(~mask(around)), radius, out(around), cv::CMP_LE);
  return out;
}

cv::Mat eroded(const cv::Mat& mask, double radius) {
  cv::Mat out = unset(mask);
  const cv::Rect around = surroundings(mask, 0);
  if (around.empty()) return out;
  const cv::Mat part = mask(around);
  if (cv::countNonZero(part) == static_cast<int>(part.total())) return mask.clone();  // all of the picture is set
  cv::compare(distance_to_unset(part), radius, out(around), cv::CMP_GT);
  return out;
}

cv::Mat opened(const cv::Mat& mask, double radius) { return dilated(eroded(mask, radius), radius); }

cv::Mat band_around_edge(const cv::Mat& mask, double radius) {
  cv::Mat out = unset(mask);
  const cv::Rect around = surroundings(mask, radius);
  if (around.empty()) return out;
  const cv::Mat part = mask(around);
  if (cv::countNonZero(part) == static_cast<int>(part.total())) return out;
  cv::Mat inside, outside;
  cv::compare(distance_to_unset(part), radius, inside, cv::CMP_LE);
  cv::compare(distance_to_unset(~part), radius, outside, cv::CMP_LE);
  cv::bitwise_and(inside, outside, out(around));
  return out;
}

Components components_of(const cv::Mat& mask, int neighbours) {
  Components out;
  cv::Mat stats, centres;
  const int count = cv::connectedComponentsWithStats(mask, out.labels, stats, centres, neighbours, CV_32S);
  for (int label = 1; label < count; ++label) {
    const int left = stats.at<int>(label, cv::CC_STAT_LEFT), top = stats.at<int>(label, cv::CC_STAT_TOP);
    const bool at_border = left == 0 || top == 0 || left + stats.at<int>(label, cv::CC_STAT_WIDTH) == mask.cols ||
                           top + stats.at<int>(label, cv::CC_STAT_HEIGHT) == mask.rows;
    out.list.push_back({label, stats.at<int>(label, cv::CC_STAT_AREA), at_border});
  }
  return out;
}

std::vector<int> overlaps(const Components& parts, const cv::Mat& where) {
  std::vector<int> out(parts.list.size() + 1, 0);
  for (int y = 0; y < where.rows; ++y) {
    const int* label = parts.labels.ptr<int>(y);
    const uint8_t* set = where.ptr<uint8_t>(y);
    for (int x = 0; x < where.cols; ++x)
      if (set[x] != 0) ++out[label[x]];
  }
  out.erase(out.begin());  // of the outside; labels count from 1 in the order of the list
  return out;
}

cv::Mat kept(const Components& parts, const std::function<bool(size_t)>& keep) {
  std::vector<uint8_t> value(parts.list.size() + 1, 0);
  for (size_t i = 0; i < parts.list.size(); ++i) value[i + 1] = keep(i) ? 255 : 0;
  cv::Mat out(parts.labels.size(), CV_8UC1);
  for (int y = 0; y < out.rows; ++y) {
    const int* label = parts.labels.ptr<int>(y);
    uint8_t* to = out.ptr<uint8_t>(y);
    for (int x = 0; x < out.cols; ++x) to[x] = value[label[x]];
  }
  return out;
}

}  // namespace facemat
