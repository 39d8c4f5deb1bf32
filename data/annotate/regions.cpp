#include "data/annotate/regions.h"

#include <opencv2/imgproc.hpp>

namespace facemat {
namespace {

// Distance of each pixel to the nearest that is not set, CV_32FC1; huge where there is none.
cv::Mat distance_to_unset(const cv::Mat& mask) {
  cv::Mat out;
  cv::distanceTransform(mask, out, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return out;
}

}  // namespace

cv::Mat dilated(const cv::Mat& mask, double radius) {
  if (cv::countNonZero(mask) == 0) return mask.clone();
  return distance_to_unset(~mask) <= radius;
}

cv::Mat eroded(const cv::Mat& mask, double radius) {
  if (cv::countNonZero(mask) == static_cast<int>(mask.total())) return mask.clone();
  return distance_to_unset(mask) > radius;
}

cv::Mat opened(const cv::Mat& mask, double radius) { return dilated(eroded(mask, radius), radius); }

cv::Mat band_around_edge(const cv::Mat& mask, double radius) {
  const int set = cv::countNonZero(mask);
  if (set == 0 || set == static_cast<int>(mask.total())) return cv::Mat(mask.size(), CV_8UC1, cv::Scalar(0));
  return (distance_to_unset(mask) <= radius) & (distance_to_unset(~mask) <= radius);
}

Parts parts_of(const cv::Mat& mask, int neighbours) {
  Parts out;
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

std::vector<int> overlaps(const Parts& parts, const cv::Mat& where) {
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

cv::Mat kept(const Parts& parts, const std::function<bool(size_t)>& keep) {
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
