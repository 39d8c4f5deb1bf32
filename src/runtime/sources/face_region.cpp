#include "src/runtime/sources/face_region.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

// Of a face in sides of its crop: CropConfig's share, and the width that goes with it in the photographs the cascade was
// measured on (cascade.cpp).
constexpr double kHeight = 0.65, kWidth = 0.65 * 0.81 / 1.13;

}  // namespace

void fields(FieldVisitor& visit, FaceRegion& region) {
  visit("shape", region.shape,
        "none: the whole frame; ellipse, box: for aligned face crops; detected: around faces that are found",
        {"none", "ellipse", "box", "detected"});
  visit("centre_x", region.centre_x, "of the ellipse or box, in widths of the frame", {0, 1});
  visit("centre_y", region.centre_y, "in heights of the frame", {0, 1});
  visit("radius_x", region.radius_x, "in widths of the frame; of a box half its width", {0.01, 1});
  visit("radius_y", region.radius_y, "in heights of the frame", {0.01, 1});
  visit("grow", region.grow, "shape detected: the ellipse against the face's box", {0.5, 2});
  visit.group("detector", region.detector, "shape detected: finds the faces");
}

cv::Mat face_region(const FaceRegion& region, cv::Size size) {
  require(region.shape != "detected", "region.shape detected needs the frame (allowed here: none, ellipse, box)");
  cv::Mat out(size, CV_8UC1, cv::Scalar(255));
  if (region.shape == "none") return out;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const double across = ((x + 0.5) / size.width - region.centre_x) / region.radius_x;
      const double down = ((y + 0.5) / size.height - region.centre_y) / region.radius_y;
      const bool in_box = std::abs(across) <= 1 && std::abs(down) <= 1;
      out.at<uchar>(y, x) = (region.shape == "box" ? in_box : across * across + down * down <= 1) ? 255 : 0;
    }
  return out;
}

void add_ellipse(cv::Point2d centre, cv::Size2d size, double degrees, cv::Mat& region) {
  const double angle = degrees * CV_PI / 180, cosine = std::cos(angle), sine = std::sin(angle);
  const double reach = std::max(size.width, size.height) / 2;
  const auto from = [](double place) { return std::max(0, static_cast<int>(std::floor(place))); };
  const auto to = [](double place, int end) { return std::min(end, static_cast<int>(std::ceil(place))); };
  for (int y = from(centre.y - reach); y < to(centre.y + reach, region.rows); ++y)
    for (int x = from(centre.x - reach); x < to(centre.x + reach, region.cols); ++x) {
      const double dx = x + 0.5 - centre.x, dy = y + 0.5 - centre.y;
      const double across = (cosine * dx + sine * dy) / (size.width / 2), down = (cosine * dy - sine * dx) / (size.height / 2);
      if (across * across + down * down <= 1) region.at<uchar>(y, x) = 255;
    }
}

FaceFinder::FaceFinder(const DetectorConfig& detector, int threads)
    : detector_(make_face_detector(detector, threads)), tracker_({}) {}

const std::vector<TrackedFace>& FaceFinder::find(const cv::Mat& frame) {
  std::vector<Sighting> found;
  if (detector_)
    for (const Face& face : detector_->detect(frame, next_frame_++)) found.push_back({pose_of(face, {}), face.score});
  return tracker_.searched(found, frame.size());
}

void FaceFinder::reset() { tracker_.reset(); }

cv::Size2d face_size(const FacePose& pose) { return {kWidth * pose.side, kHeight * pose.side}; }

RegionFinder::RegionFinder(const FaceRegion& region, int threads) : region_(region) {
  if (region_.shape == "detected") finder_.emplace(region_.detector, threads);
}

cv::Mat RegionFinder::find(const cv::Mat& frame) {
  if (!finder_) return face_region(region_, frame.size());
  if (!finder_->looks()) return cv::Mat(frame.size(), CV_8UC1, cv::Scalar(255));
  cv::Mat out(frame.size(), CV_8UC1, cv::Scalar(0));
  for (const TrackedFace& face : finder_->find(frame))
    add_ellipse(face.pose.centre, face_size(face.pose) * region_.grow, face.pose.degrees, out);
  return out;
}

void RegionFinder::skip() {
  if (finder_) finder_->skip();
}

void RegionFinder::reset() {
  if (finder_) finder_->reset();
}

}  // namespace facemat
