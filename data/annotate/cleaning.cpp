#include "data/annotate/cleaning.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/annotate/regions.h"

namespace facemat {
namespace {

// Ears, in H but for what says S.
constexpr double kJawScale = 1.03, kJawUp = 0.9, kJawOut = 0.08;
constexpr double kEarLow = 0.22, kEarHigh = 0.80, kFromNose = 0.18;               // level with an ear
constexpr double kTiltedOval = 1.18, kTiltedLow = -0.08, kTiltedFromNose = 0.36;  // of a head tilted back
constexpr double kLeftEarShows = 0.36, kRightEarShows = 0.64;                     // yaw
constexpr double kNearerToEar = 0.62;                                             // than to nose or mouth, times
constexpr double kEarOpen = 0.016, kEarGrow = 0.055, kLeastEar = 0.0009;          // S, S, S^2
// Scalps, in H.
constexpr double kBaldFrom = 1.25, kMiddle = 0.10, kPercentile = 0.99, kArchTop = 1.20, kArchDrop = 0.38, kArchWidth = 0.5,
                 kArchPower = 2.4, kArchLow = 0.75;

int area_of(const cv::Mat& mask) { return cv::countNonZero(mask); }

cv::Mat with_small_holes_filled(const cv::Mat& mask, const std::function<bool(const Components&, size_t)>& is_small) {
  const Components outside = components_of(~mask, 4);
  return mask | kept(outside, [&](size_t i) { return !outside.list[i].at_border && is_small(outside, i); });
}

// Whether (t, u) is where an ear may be, and outside what is surely face.
struct EarPlaces {
  cv::Mat jaw, oval;
  bool left = false, right = false;  // sides on which an ear can show
  double u_nose = 0;

  bool hold(int y, int x, float t, float u) const {
    const bool on_side = (left && u < std::min(u_nose, 0.0)) || (right && u > std::max(u_nose, 0.0));
    if (!on_side) return false;
    const double from_nose = std::abs(u - u_nose);
    const bool level = t > kEarLow && t < kEarHigh && from_nose > kFromNose && jaw.at<uint8_t>(y, x) == 0;
    const bool tilted = t > kTiltedLow && t <= kEarLow && from_nose > kTiltedFromNose && oval.at<uint8_t>(y, x) == 0;
    return level || tilted;
  }
};

bool is_nearer_to_an_ear(cv::Point2d p, const FaceAxes& frame) {
  const double ear = std::min(cv::norm(p - frame.left_ear), cv::norm(p - frame.right_ear));
  const double middle = std::min(cv::norm(p - frame.nose), cv::norm(p - frame.mouth));
  return ear < kNearerToEar * middle;
}

}  // namespace

void fields(FieldVisitor& visit, CleaningConfig& c) {
  visit("part_oval", c.part_oval, "oval, times, in which the parts of this face lie", {0.5, 3});
  visit("part_share", c.part_share, "least size of a part, as a share of the largest", {0, 1});
  visit("part_inside", c.part_inside, "share of it that lies in that oval", {0, 1});
  visit("background_hole", c.background_hole, "holes up to this share of the face are filled, if mostly background", {0, 1});
  visit("occluder_hole", c.occluder_hole, "likewise, if mostly hair, skin, clothes or accessories", {0, 1});
  visit("ears", c.ears, "the parser calls ears face: cut them along the jaw");
  visit("scalp", c.scalp, "the parser calls bald scalps face: cut them above the forehead");
  visit("open", c.open, "radius, in sides of the crop, below which threads are cut", {0, 0.1});
  visit("last_oval", c.last_oval, "oval, times, for what is left then", {0.5, 3});
  visit("last_inside", c.last_inside, "share of a part that lies in it; the largest part stays", {0, 1});
  visit("smooth", c.smooth, "sigma, in sides, of the Gaussian before the edge is drawn again", {0, 0.05});
  visit("least_hole", c.least_hole, "smaller holes, in squares of the side, are filled at the end", {0, 0.1});
}

cv::Mat face_parts(const cv::Mat& face, const FaceAxes& frame, const CleaningConfig& config) {
  const Components parts = components_of(face);
  if (parts.list.empty()) return face.clone();
  const std::vector<int> inside = overlaps(parts, oval_mask(frame, config.part_oval, face.size()));
  const size_t main = std::max_element(inside.begin(), inside.end()) - inside.begin();
  return kept(parts, [&](size_t i) {
    const double area = parts.list[i].area;
    return i == main || (area >= config.part_share * parts.list[main].area && inside[i] > config.part_inside * area);
  });
}

cv::Mat holes_filled(const cv::Mat& face, const RoleMap& map, const CleaningConfig& config) {
  const double area = area_of(face);
  const Components outside = components_of(~face, 4);
  const std::vector<int> background = overlaps(outside, map.role == kBackground);
  const cv::Mat small = kept(outside, [&](size_t i) {
    const Component& part = outside.list[i];
    const double most = 2 * background[i] > part.area ? config.background_hole : config.occluder_hole;
    return !part.at_border && part.area < most * area;
  });
  return face | small;
}

std::vector<cv::Point2d> jaw_polygon(const FaceAxes& frame) {
  std::vector<cv::Point2d> out = scaled(frame.jaw, frame.centre, kJawScale);
  const auto raised = [&](cv::Point2d end, double outward) {
    return end + frame.height * (kJawUp * frame.up + outward * kJawOut * frame.side);
  };
  const cv::Point2d left = out.front(), right = out.back();
  out.push_back(raised(right, 1));
  out.push_back(raised(left, -1));
  return out;
}

cv::Mat ears_of(const cv::Mat& face, const FaceAxes& frame, const FrameMaps& maps) {
  const double side = face.cols;
  EarPlaces places;
  places.jaw = filled_polygon(jaw_polygon(frame), face.size());
  places.oval = oval_mask(frame, kTiltedOval, face.size());
  places.left = frame.yaw() > kLeftEarShows, places.right = frame.yaw() < kRightEarShows;
  places.u_nose = frame.u(frame.nose);
  cv::Mat candidate(face.size(), CV_8UC1, cv::Scalar(0));
  for (int y = 0; y < face.rows; ++y)
    for (int x = 0; x < face.cols; ++x) {
      if (face.at<uint8_t>(y, x) == 0 || !places.hold(y, x, maps.t.at<float>(y, x), maps.u.at<float>(y, x))) continue;
      if (is_nearer_to_an_ear({x + 0.5, y + 0.5}, frame)) candidate.at<uint8_t>(y, x) = 255;
    }
  const Components blobs = components_of(opened(candidate, kEarOpen * side));
  const cv::Mat ears = kept(blobs, [&](size_t i) { return blobs.list[i].area > kLeastEar * side * side; });
  return candidate & dilated(ears, kEarGrow * side);
}

cv::Mat scalp_of(const cv::Mat& face, const FaceAxes& frame, const FrameMaps& maps) {
  cv::Mat out(face.size(), CV_8UC1, cv::Scalar(0));
  const double u_top = frame.u(frame.forehead);
  std::vector<float> heights;
  for (int y = 0; y < face.rows; ++y)
    for (int x = 0; x < face.cols; ++x)
      if (face.at<uint8_t>(y, x) != 0 && std::abs(maps.u.at<float>(y, x) - u_top) < kMiddle)
        heights.push_back(maps.t.at<float>(y, x));
  if (heights.empty()) return out;
  const auto top = heights.begin() + static_cast<std::ptrdiff_t>(kPercentile * static_cast<double>(heights.size() - 1));
  std::nth_element(heights.begin(), top, heights.end());
  if (*top <= kBaldFrom) return out;
  for (int y = 0; y < face.rows; ++y)
    for (int x = 0; x < face.cols; ++x) {
      const double t = maps.t.at<float>(y, x), aside = std::abs(maps.u.at<float>(y, x) - u_top) / kArchWidth;
      const bool above = t > kArchLow && t > kArchTop - kArchDrop * std::pow(aside, kArchPower);
      if (above && face.at<uint8_t>(y, x) != 0) out.at<uint8_t>(y, x) = 255;
    }
  return out;
}

cv::Mat opened_parts(const cv::Mat& face, const FaceAxes& frame, const CleaningConfig& config) {
  const Components parts = components_of(opened(face, config.open * face.cols));
  if (parts.list.empty()) return cv::Mat(face.size(), CV_8UC1, cv::Scalar(0));
  const std::vector<int> inside = overlaps(parts, oval_mask(frame, config.last_oval, face.size()));
  const auto smaller = [](const Component& a, const Component& b) { return a.area < b.area; };
  const size_t largest = std::max_element(parts.list.begin(), parts.list.end(), smaller) - parts.list.begin();
  return kept(parts, [&](size_t i) {
    const double area = parts.list[i].area;
    return i == largest || (area >= config.part_share * parts.list[largest].area && inside[i] > config.last_inside * area);
  });
}

cv::Mat smoothed_edge(const cv::Mat& face, const CleaningConfig& config) {
  cv::Mat soft = face;
  if (config.smooth > 0) {
    face.convertTo(soft, CV_32F);
    cv::GaussianBlur(soft, soft, {}, config.smooth * face.cols);
  }
  const cv::Mat mask = soft > 127.5;
  const double least = config.least_hole * face.cols * face.cols;
  return with_small_holes_filled(mask, [&](const Components& holes, size_t i) { return holes.list[i].area < least; });
}

Cleaned cleaned(const RoleMap& map, const FaceAxes& frame, const CleaningConfig& config) {
  const FrameMaps maps = frame_maps(frame, map.role.size());
  cv::Mat face = holes_filled(face_parts(map.role == kFace, frame, config), map, config);
  cv::Mat ruled(face.size(), CV_8UC1, cv::Scalar(0));
  if (config.ears) ruled |= ears_of(face, frame, maps);
  face &= ~ruled;
  if (config.scalp) ruled |= scalp_of(face, frame, maps);
  face &= ~ruled;
  return {smoothed_edge(opened_parts(face, frame, config), config), ruled};
}

}  // namespace facemat
